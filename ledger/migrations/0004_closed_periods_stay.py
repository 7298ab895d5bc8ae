"""A closed inventory period is neither renamed nor moved nor deleted, and no other ends on or before it."""

from django.db import migrations

STAY = """
CREATE FUNCTION ledger_closed_period_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' AND OLD.closed AND (
        TG_OP = 'DELETE' OR (NEW.ending_date, NEW.name) IS DISTINCT FROM (OLD.ending_date, OLD.name)) THEN
        RAISE EXCEPTION 'closed_inventory_period_stays: reopen the period to % first', OLD.ending_date
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF TG_OP = 'DELETE' THEN
        RETURN OLD;
    END IF;
    IF TG_OP = 'INSERT' OR NEW.ending_date <> OLD.ending_date THEN
        IF EXISTS (SELECT FROM ledger_inventoryperiod WHERE closed AND ending_date >= NEW.ending_date) THEN
            RAISE EXCEPTION 'inventory_period_ends_after_the_last_closed: % is closed already', NEW.ending_date
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER closed_period_stays BEFORE INSERT OR UPDATE OR DELETE ON ledger_inventoryperiod
    FOR EACH ROW EXECUTE FUNCTION ledger_closed_period_stays();
"""
GO = """
DROP TRIGGER closed_period_stays ON ledger_inventoryperiod;
DROP FUNCTION ledger_closed_period_stays();
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0003_capacity_and_orders")]
    operations = [migrations.RunSQL(STAY, GO)]
