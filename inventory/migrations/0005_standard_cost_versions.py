"""Every change of a standard cost leaves a version behind, whichever door it came through; versions never change."""

from django.db import migrations

# The date comes from the verb that implements standard costs, else it is today; user and reason are those of acting().
KEEP = """
CREATE FUNCTION inventory_keep_standard_cost() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    known json := nullif(current_setting('pghistory.context_metadata', true), '')::json;
    since date := coalesce(nullif(current_setting('stockledger.standard_from', true), '')::date, current_date);
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO inventory_standardcostversion (
               item_id, from_date, old_cost, new_cost, material_cost, capacity_cost, subcontracted_cost,
               capacity_overhead_cost, manufacturing_overhead_cost, user_id, reason, known_at)
        SELECT n.id, since, 0, n.standard_cost, n.single_level_material_cost, n.single_level_capacity_cost,
               n.single_level_subcontracted_cost, n.single_level_capacity_overhead_cost,
               n.single_level_manufacturing_overhead_cost, (known->>'user')::bigint,
               left(coalesce(known->>'reason', ''), 250), clock_timestamp()
          FROM new_rows n WHERE n.standard_cost <> 0 ORDER BY n.id;
    ELSE
        INSERT INTO inventory_standardcostversion (
               item_id, from_date, old_cost, new_cost, material_cost, capacity_cost, subcontracted_cost,
               capacity_overhead_cost, manufacturing_overhead_cost, user_id, reason, known_at)
        SELECT n.id, since, o.standard_cost, n.standard_cost, n.single_level_material_cost,
               n.single_level_capacity_cost, n.single_level_subcontracted_cost, n.single_level_capacity_overhead_cost,
               n.single_level_manufacturing_overhead_cost, (known->>'user')::bigint,
               left(coalesce(known->>'reason', ''), 250), clock_timestamp()
          FROM new_rows n JOIN old_rows o ON o.id = n.id
         WHERE (o.standard_cost, o.single_level_material_cost, o.single_level_capacity_cost,
                o.single_level_subcontracted_cost, o.single_level_capacity_overhead_cost,
                o.single_level_manufacturing_overhead_cost)
            <> (n.standard_cost, n.single_level_material_cost, n.single_level_capacity_cost,
                n.single_level_subcontracted_cost, n.single_level_capacity_overhead_cost,
                n.single_level_manufacturing_overhead_cost)
         ORDER BY n.id;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER keep_standard_cost_of_new AFTER INSERT ON inventory_item REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION inventory_keep_standard_cost();
CREATE TRIGGER keep_standard_cost AFTER UPDATE ON inventory_item
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION inventory_keep_standard_cost();
CREATE TRIGGER never_changes BEFORE UPDATE ON inventory_standardcostversion
    FOR EACH STATEMENT EXECUTE FUNCTION inventory_forbid_change();
"""
LET_GO = """
DROP TRIGGER never_changes ON inventory_standardcostversion;
DROP TRIGGER keep_standard_cost ON inventory_item;
DROP TRIGGER keep_standard_cost_of_new ON inventory_item;
DROP FUNCTION inventory_keep_standard_cost();
"""


class Migration(migrations.Migration):
    dependencies = [("inventory", "0004_standard_costs")]
    operations = [migrations.RunSQL(KEEP, LET_GO)]
