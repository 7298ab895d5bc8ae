"""Differences into value entries that copy what they correct and say why (costing-adjustment.md §7; decision 11)."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date

from django.db import connection

from costing.nodes import Difference, Node, OrderKey, Solution
from inventory.setup import Setup
from ledger.choices import EntryType
from ledger.corrections import Correction, escaped
from ledger.periods import Calendar
from work.statements import Sending

Found = tuple[int, Mapping[int, Node], Difference]
Cause = tuple[int, str]  # a value entry and its document
CAUSES = {
    "adjust": "cost_forwarded",
    "made": "order_costs",
    "balance": "order_costs",
    "rounding": "rounding",
    "sweep": "nothing_left",
}
_CONSUMED = (EntryType.CONSUMPTION, EntryType.ASSEMBLY_CONSUMPTION)


def rows_of(found: Sequence[Found], causes: Mapping[int, Cause]) -> list[Correction]:
    """Differences as they are written; `causes` are value entries by the entry that caused something."""
    rows = []
    for _, nodes, each in found:
        node, adjusts = nodes[each.entry_id], each.kind == "adjust"
        rows.append(
            Correction(
                each.corrects, each.entry_type, each.variance_type, each.actual, each.expected, each.invoiced_quantity,
                adjusts, each.kind == "balance", adjusts and node.by_average, each.kind == "sweep",
                CAUSES[each.kind],
                *causes[each.cause_entry_id], each.old_cost, each.new_cost, node.quantity,
            )
        )  # fmt: skip
    return rows


def posting_date_by(setup: Setup, calendar: Calendar) -> Callable[[date], date] | None:
    """When what corrects a row of a date is posted; none where every date may be posted (costing-adjustment.md §7.4).

    The original date where it may still be posted, else the first that may.
    """
    first, last = setup.allow_posting_from, setup.allow_posting_to
    if first is None and last is None and calendar.last_closed is None and not any(calendar.closed):
        return None

    def posting_date(original: date) -> date:
        inside = (first is None or original >= first) and (last is None or original <= last)
        if inside and not calendar.is_closed(original):
            return original
        return calendar.first_open(first if first is not None and (not inside or first > original) else original)

    return posting_date


def causes_of(found: Iterable[Found]) -> dict[int, Cause]:
    """The latest value entry of each entry that caused something, with its document; one statement."""
    entries = sorted({difference.cause_entry_id for _, _, difference in found})
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT ON (item_ledger_entry_id) item_ledger_entry_id, id, document_number"
            " FROM ledger_valueentry WHERE item_ledger_entry_id = ANY(%s) ORDER BY item_ledger_entry_id, id DESC",
            [entries],
        )
        return {entry: (value_entry, escaped(document)) for entry, value_entry, document in cursor.fetchall()}


def was_invoiced_since(found: Iterable[Found]) -> bool:
    """True where expected cost would be corrected that an invoice has taken back meanwhile: it must stay at nothing."""
    seen = {
        difference.entry_id: nodes[difference.entry_id].invoiced_before
        for _, nodes, difference in found
        if difference.expected
    }
    if not seen:
        return False
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM unnest(%s::bigint[], %s::numeric[]) AS n (entry, invoiced)"
            " JOIN ledger_entrybalance b ON b.entry_id = n.entry AND b.invoiced_quantity <> n.invoiced)",
            [list(seen), list(seen.values())],
        )
        return bool(cursor.fetchone()[0])


def now_invoiced(
    solved: Iterable[tuple[Mapping[int, Node], Solution]], chosen: Iterable[Found], *, whole: bool
) -> dict[int, Node]:
    """Entries whose being completely invoiced is written now: an output only together with its rows."""
    written = {difference.entry_id for _, _, difference in chosen}
    return {
        entry: nodes[entry] for nodes, solution in solved for entry in solution.invoiced if entry in written or whole
    }


def settle_invoicing(invoiced: Mapping[int, Node], sending: Sending) -> None:
    """Bring the balances along."""
    if invoiced:
        rows = [(entry, node.completely_invoiced, node.invoiced) for entry, node in invoiced.items()]
        sending.add(_BALANCES, [list(column) for column in zip(*rows, strict=True)])


_BALANCES = """
    UPDATE ledger_entrybalance b
       SET completely_invoiced = n.final, invoiced_quantity = n.invoiced,
           last_invoice_date = coalesce((SELECT max(v.posting_date) FROM ledger_valueentry v
                                          WHERE v.item_ledger_entry_id = b.entry_id AND v.invoiced_quantity <> 0),
                                        b.last_invoice_date)
      FROM unnest(%s::bigint[], %s::boolean[], %s::numeric[]) AS n (entry_id, final, invoiced)
     WHERE b.entry_id = n.entry_id
"""


def fed_orders(found: Iterable[Found]) -> list[OrderKey]:
    """The orders that got other costs, so that what they made must follow."""
    keys = {
        nodes[difference.entry_id].order_key
        for _, nodes, difference in found
        if nodes[difference.entry_id].entry_type in _CONSUMED
    }
    return sorted(keys)
