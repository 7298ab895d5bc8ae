"""The rows every company starts with: the setup and the blank location; dimension sets never change."""

from django.db import migrations

from users.history import acting_in_migration


def seed(apps, schema_editor):
    acting_in_migration(schema_editor, "the rows every company starts with")
    schema_editor.execute("INSERT INTO inventory_location (code, name, in_transit) VALUES ('', 'No location', false)")
    apps.get_model("inventory", "InventorySetup").objects.create(pk=1)
    schema_editor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def unseed(apps, schema_editor):
    acting_in_migration(schema_editor, "taking the first rows back")
    schema_editor.execute("DELETE FROM inventory_location WHERE code = ''")
    schema_editor.execute("DELETE FROM inventory_inventorysetup")
    schema_editor.execute("SET CONSTRAINTS ALL IMMEDIATE")


FORBID = """
CREATE FUNCTION inventory_forbid_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is never changed: make another one', TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER never_changes BEFORE UPDATE OR DELETE ON inventory_dimensionset
    FOR EACH STATEMENT EXECUTE FUNCTION inventory_forbid_change();
"""
ALLOW = """
DROP TRIGGER never_changes ON inventory_dimensionset;
DROP FUNCTION inventory_forbid_change();
"""


class Migration(migrations.Migration):
    dependencies = [("inventory", "0001_initial")]
    operations = [migrations.RunPython(seed, unseed), migrations.RunSQL(FORBID, ALLOW)]
