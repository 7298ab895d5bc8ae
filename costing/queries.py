"""Is a cost final, and what is it."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import connection
from django.db.models import Exists, OuterRef, QuerySet

from costing.average import period_end
from costing.models import CostToForward
from inventory.choices import AverageCostCalculation, CostingMethod
from inventory.models import Item
from inventory.setup import read_setup
from ledger.models import ValueEntry
from ledger.periods import read_calendar


@dataclass(frozen=True, slots=True)
class EntryPoint:
    """A date (for averages: the end of a period) from which an item is valued, and whether that is done."""

    location_id: int | None
    variant_key: int
    valuation_date: date
    adjusted: bool


def cost_is_adjusted(item_id: int) -> bool:
    """True while nothing is queued for the item."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT NOT EXISTS (SELECT FROM costing_costtoforward WHERE item_id = %s)", [item_id])
        return bool(cursor.fetchone()[0])


def entry_points(item_id: int) -> list[EntryPoint]:
    """The dates an item has been valued at, as far as its entries say; two statements beside setup and periods.

    Ledger-model.md §2.4 and costing-clarifications.md B27: averages over the whole item have no place.
    """
    setup, calendar = read_setup(), read_calendar()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT i.costing_method, (SELECT min(from_date) FROM costing_costtoforward WHERE item_id = i.id)"
            " FROM inventory_item i WHERE i.id = %s",
            [item_id],
        )
        method, queued = cursor.fetchone()
        cursor.execute(_DATES, [item_id])
        rows = cursor.fetchall()
    default = setup.average_cost_calculation, setup.average_cost_period
    points: set[tuple[int | None, int, date]] = set()
    for location, variant, day in rows:
        kind, period = calendar.average_setting(day, default)
        if method != CostingMethod.AVERAGE:
            points.add((location, variant, day))
        elif kind == AverageCostCalculation.ITEM:
            points.add((None, 0, period_end(day, period, calendar)))
        else:
            points.add((location, variant, period_end(day, period, calendar)))
    return [
        EntryPoint(location, variant, day, queued is None or day < queued)
        for location, variant, day in sorted(points, key=lambda point: (point[2], point[0] or 0, point[1]))
    ]


# An entry that was moved to a later date keeps the point of its old one.
_DATES = """
    SELECT DISTINCT v.location_id, v.variant_key, d.day
      FROM ledger_valueentry v
     CROSS JOIN LATERAL (SELECT v.valuation_date UNION SELECT valuation_date FROM ledger_valuationchange
                          WHERE value_entry_id = v.id) AS d (day)
     WHERE v.item_id = %s AND v.inventoriable AND NOT v.adjustment AND v.entry_type <> 'rounding'
"""


def entries_to_adjust(item_id: int) -> set[int]:
    """Entries whose cost is to be forwarded: a queued register linked them, and cost flows over the link."""
    with connection.cursor() as cursor:
        cursor.execute(_TO_ADJUST, [item_id])
        return {row[0] for row in cursor.fetchall()}


_TO_ADJUST = """
    SELECT DISTINCT CASE WHEN a.item_ledger_entry_id = a.outbound_entry_id THEN a.inbound_entry_id
                         ELSE a.outbound_entry_id END
      FROM costing_costtoforward q
      JOIN ledger_itemapplicationentry a ON a.register_id = q.register_id
      JOIN ledger_itemledgerentry e ON e.id = a.item_ledger_entry_id AND e.item_id = q.item_id
     WHERE q.item_id = %s AND a.cost_application AND a.outbound_entry_id IS NOT NULL
"""


def with_adjusted(items: QuerySet[Item]) -> QuerySet[Item]:
    """Items with `cost_is_adjusted`: false while something is queued for them."""
    return items.annotate(cost_is_adjusted=~Exists(CostToForward.objects.filter(item=OuterRef("pk"))))


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits for a worker on one item, since when, and why it could not be done."""

    item: str
    description: str
    rows: int
    since: datetime
    reason: str


def waiting_for_adjustment(limit: int = 50) -> list[Waiting]:
    """Items whose costs are to be adjusted, those that failed first; one statement."""
    return _waiting("costing_costtoforward", limit)


def waiting_for_the_gl(limit: int = 50) -> list[Waiting]:
    """Items with worth that is not in the G/L yet, those that failed first; one statement."""
    return _waiting("costing_costtopost", limit)


def _waiting(table: str, limit: int) -> list[Waiting]:
    with connection.cursor() as cursor:
        cursor.execute(_WAITING.format(table=table), [limit])
        return [Waiting(*row) for row in cursor.fetchall()]


def queue_counts() -> tuple[int, int, int, int]:
    """Items to adjust, items to post, and how many of each could not be done; one statement."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNTS)
        row: tuple[int, int, int, int] = cursor.fetchone()
    return row


_WAITING = """
    SELECT i.number, i.description, count(*), min(q.created_at), max(q.failure)
      FROM {table} q JOIN inventory_item i ON i.id = q.item_id
     GROUP BY 1, 2 ORDER BY max(q.failure) = '', 4, 1 LIMIT %s
"""
_COUNTS = """
    SELECT (SELECT count(DISTINCT item_id) FROM costing_costtoforward),
           (SELECT count(DISTINCT item_id) FROM costing_costtopost),
           (SELECT count(DISTINCT item_id) FROM costing_costtoforward WHERE failure <> ''),
           (SELECT count(DISTINCT item_id) FROM costing_costtopost WHERE failure <> '')
"""


@dataclass(frozen=True, slots=True)
class CostOnDay:
    """What one unit on hand was worth at the end of a day."""

    day: date
    unit_cost: Decimal


def cost_trend(item_id: int, *, since: date, until: date) -> list[CostOnDay]:
    """Value by quantity on hand, from `since` on each day that moved either; one statement.

    What lies before `since` counts as of that day. Days that end with nothing on hand are left out.
    """
    with connection.cursor() as cursor:
        cursor.execute(_TREND, [since, item_id, until])
        return [CostOnDay(*row) for row in cursor.fetchall()]


_TREND = """
    SELECT day, value / quantity
      FROM (SELECT day, sum(sum(quantity)) OVER running AS quantity, sum(sum(value)) OVER running AS value
              FROM (SELECT greatest(posting_date, %s) AS day, item_ledger_entry_quantity AS quantity,
                           cost_amount_actual + cost_amount_expected AS value
                      FROM ledger_valueentry WHERE item_id = %s AND posting_date <= %s AND inventoriable) v
             GROUP BY day WINDOW running AS (ORDER BY day)) d
     WHERE quantity > 0 ORDER BY day
"""


def cost_changes(item: Item) -> QuerySet[ValueEntry]:
    """What adjustments wrote for an item, the latest first, with the entry that was corrected, why, and by whom."""
    return (
        ValueEntry.objects.filter(item=item)
        .exclude(cause="")
        .select_related("item_ledger_entry", "register", "register__user", "caused_by_value_entry")
        .order_by("-id")
    )
