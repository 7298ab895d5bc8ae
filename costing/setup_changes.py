"""What must be done again when the company chooses otherwise."""

from django.db import connection

from costing.queue import queue_open_expected_cost
from inventory.choices import CostingMethod
from inventory.models import InventorySetup


def follow_setup(before: InventorySetup, after: InventorySetup) -> int:
    """Queue what a changed choice makes wrong; returns the rows. The caller holds the setup's lock.

    Another way to average, or another period, holds for every fiscal year that is not closed, and all averages from
    there on are computed anew (costing-methods.md §4.9). Expected cost posting that is switched on queues the
    expected cost of all that is not invoiced (costing-gl-posting.md §4).
    """
    rows = 0
    was = before.average_cost_calculation, before.average_cost_period
    now = after.average_cost_calculation, after.average_cost_period
    if was != now:
        rows += _average_anew(*now)
    if after.expected_cost_posting and not before.expected_cost_posting:
        rows += queue_open_expected_cost()
    return rows


def _average_anew(calculation: str, period: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE ledger_accountingperiod SET average_cost_calculation = %s, average_cost_period = %s"
            " WHERE new_fiscal_year AND NOT closed AND average_cost_calculation <> ''",
            [calculation, period],
        )
        cursor.execute(
            "SELECT coalesce((SELECT min(starting_date) FROM ledger_accountingperiod"
            " WHERE new_fiscal_year AND NOT closed AND EXISTS"
            " (SELECT FROM ledger_accountingperiod c WHERE c.new_fiscal_year AND c.closed)), '0001-01-01')"
        )
        start = cursor.fetchone()[0]
        cursor.execute(
            "DELETE FROM costing_averagecostpoint p USING inventory_item i"
            " WHERE i.id = p.item_id AND i.costing_method = %s AND p.period_end >= %s",
            [CostingMethod.AVERAGE, start],
        )
        cursor.execute(_QUEUE, [CostingMethod.AVERAGE, start])
        return int(cursor.rowcount)


_QUEUE = """
    INSERT INTO costing_costtoforward (register_id, item_id, from_date, created_at, failure)
    SELECT max(e.register_id), e.item_id, min(b.valuation_date), now(), ''
      FROM ledger_entrybalance b JOIN ledger_itemledgerentry e ON e.id = b.entry_id
      JOIN inventory_item i ON i.id = e.item_id AND i.costing_method = %s
     WHERE b.valuation_date >= %s
     GROUP BY e.item_id
"""
