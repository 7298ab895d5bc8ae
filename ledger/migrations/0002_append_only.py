"""What was written stays as it was written, and every item has a state."""

from django.db import migrations

TABLES = [
    "ledger_itemregister",
    "ledger_itemledgerentry",
    "ledger_itemapplicationentry",
    "ledger_valueentry",
    "ledger_valuationchange",
    "ledger_glregister",
    "ledger_glentry",
    "ledger_glrelation",
    "ledger_valueposting",
]

FORBID = """
CREATE FUNCTION ledger_forbid_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'TRUNCATE' AND current_setting('stockledger.truncate', true) = 'allowed' THEN
        RETURN NULL;
    END IF;
    RAISE EXCEPTION '% is append-only: post a correcting entry instead', TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
""" + "".join(
    f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
    " FOR EACH STATEMENT EXECUTE FUNCTION ledger_forbid_change();\n"
    for table in TABLES
)
ALLOW = "".join(f"DROP TRIGGER append_only ON {table};\n" for table in TABLES) + "DROP FUNCTION ledger_forbid_change();"

STATES = """
CREATE FUNCTION ledger_state_for_item() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO ledger_itemstate (item_id, version, quantity, invoiced_quantity, cost_amount_actual,
                                  cost_amount_expected, unit_cost, last_direct_cost)
    SELECT id, 0, 0, 0, 0, 0, 0, 0 FROM new_items;
    RETURN NULL;
END $$;
CREATE TRIGGER state_for_item AFTER INSERT ON inventory_item REFERENCING NEW TABLE AS new_items
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_state_for_item();
INSERT INTO ledger_itemstate (item_id, version, quantity, invoiced_quantity, cost_amount_actual,
                              cost_amount_expected, unit_cost, last_direct_cost)
SELECT id, 0, 0, 0, 0, 0, 0, 0 FROM inventory_item;
"""
NO_STATES = """
DROP TRIGGER state_for_item ON inventory_item;
DROP FUNCTION ledger_state_for_item();
DELETE FROM ledger_itemstate;
"""

BALANCED = """
CREATE FUNCTION ledger_register_balances() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM new_entries GROUP BY register_id HAVING sum(amount) <> 0) THEN
        RAISE EXCEPTION 'gl_register_balances: the entries of a G/L register must add up to zero'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER register_balances AFTER INSERT ON ledger_glentry REFERENCING NEW TABLE AS new_entries
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_register_balances();
"""
UNBALANCED = """
DROP TRIGGER register_balances ON ledger_glentry;
DROP FUNCTION ledger_register_balances();
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_initial"), ("inventory", "0002_seed_setup_and_blank_location")]
    operations = [
        migrations.RunSQL(FORBID, ALLOW),
        migrations.RunSQL(STATES, NO_STATES),
        migrations.RunSQL(BALANCED, UNBALANCED),
    ]
