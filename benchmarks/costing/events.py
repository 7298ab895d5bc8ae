"""What happens late: a receipt dated before everything, an invoice that costs more."""

from datetime import date, timedelta
from decimal import Decimal

from django.db import connection

from benchmarks.company import Company
from benchmarks.costing.data import MIDDLE
from inventory.models import InventorySetup
from posting.journals import LineVersion, post_journal
from posting.lines import InvoiceLine
from posting.models import ItemJournalLine
from posting.movements import post_movements
from users.history import acting
from users.models import User

PRICE_LATER = Decimal("6.13")
PRICE_INVOICED = Decimal("5.37")


def choose_period(period: str) -> None:
    """The company averages by day or by month."""
    with acting(User.objects.get(username="bench"), "benchmark"):
        InventorySetup.objects.update(average_cost_period=period)


def average_by(period: str) -> None:
    """Choose the averaging period and leave the closing balances that an adjusted past would have."""
    choose_period(period)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM costing_averagecostpoint")
        cursor.execute(_POINTS.format(end=_ENDS[period]))
        cursor.execute("ANALYZE costing_averagecostpoint")


_ENDS = {
    "day": "valuation_date",
    "month": "(date_trunc('month', valuation_date) + interval '1 month - 1 day')::date",
}
_POINTS = """
    INSERT INTO costing_averagecostpoint (item_id, location_id, variant_key, period_end, quantity, cost)
    SELECT item_id, NULL, 0, day, sum(sum(quantity)) OVER running, sum(sum(cost)) OVER running
      FROM (SELECT v.item_id, {end} AS day, item_ledger_entry_quantity AS quantity,
                   cost_amount_actual + cost_amount_expected AS cost
              FROM ledger_valueentry v JOIN inventory_item i ON i.id = v.item_id AND i.costing_method = 'average') v
     GROUP BY item_id, day WINDOW running AS (PARTITION BY item_id ORDER BY day)
"""


def early_receipt(item_id: int, quantity: int) -> None:
    """Post a receipt dated before all later entries, at another price; it covers what is open."""
    _receipt(item_id, quantity, MIDDLE + timedelta(days=1), PRICE_LATER)


def last_receipt(item_id: int) -> None:
    """Post a receipt after all other entries: it changes nobody's cost."""
    _receipt(item_id, 1, MIDDLE + timedelta(days=400), Decimal("5.00"))


def _receipt(item_id: int, quantity: int, day: date, price: Decimal) -> None:
    company = Company()
    line = ItemJournalLine.objects.create(
        batch_id=company.batches[0], line_number=1, entry_type="purchase", item_id=item_id,
        location_id=company.location, quantity=quantity, unit_amount=price,
        posting_date=day, document_number="EARLY",
    )  # fmt: skip
    post_journal(line.batch_id, [LineVersion(line.pk, line.version)], posted_by=company.user)


def late_invoice(item_id: int) -> None:
    """Invoice the item's biggest receipt, from which everything was sold since, at a higher price than expected."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, posting_date FROM ledger_itemledgerentry WHERE item_id = %s ORDER BY quantity DESC, id LIMIT 1",
            [item_id],
        )
        entry, day = cursor.fetchone()
    line = InvoiceLine(key=1, entry=entry, posting_date=day, document_number="LATE", unit_amount=PRICE_INVOICED)
    post_movements([line], posted_by=Company().user)
