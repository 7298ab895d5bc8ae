"""When an entry was revalued last; and the triggers of capacity entries and stockkeeping units."""

from django.db import migrations, models

FORBID = """
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_capacityledgerentry
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_forbid_change();
"""
UNITS = """
CREATE FUNCTION ledger_state_for_unit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO ledger_stockkeepingunitstate (stockkeeping_unit_id, unit_cost, last_direct_cost)
    SELECT n.id, s.unit_cost, s.last_direct_cost
      FROM new_units n JOIN ledger_itemstate s ON s.item_id = n.item_id;
    RETURN NULL;
END $$;
CREATE TRIGGER state_for_unit AFTER INSERT ON inventory_stockkeepingunit REFERENCING NEW TABLE AS new_units
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_state_for_unit();
"""
NO_UNITS = """
DROP TRIGGER state_for_unit ON inventory_stockkeepingunit;
DROP FUNCTION ledger_state_for_unit();
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0004_closed_periods_stay")]
    operations = [
        migrations.AddField("entrybalance", "revalued_on", models.DateField(null=True)),
        migrations.RunSQL(FORBID, "DROP TRIGGER append_only ON ledger_capacityledgerentry"),
        migrations.RunSQL(UNITS, NO_UNITS),
    ]
