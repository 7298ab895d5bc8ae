"""A revaluation line into value entries."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from costing.accounts import MissingAccount, pair_of
from costing.revaluation import Goods, NewWorth, Worth, at_average, at_own_cost, parts_of, spread
from inventory.models import GenBusinessPostingGroup, GenProductPostingGroup, InventoryPostingGroup, Location
from inventory.numbers import plain, round_to
from inventory.setup import Setup
from ledger.choices import ValueEntryType
from ledger.records import ZERO, NewValueEntry
from posting import errors
from posting.errors import PostingError
from posting.facts import Facts
from posting.lines import ItemFacts
from posting.revaluation_check import check_valuation, receipts_of
from posting.revaluation_lines import Asked, Looked, Mode, Receipt


@dataclass(frozen=True, slots=True)
class Valued:
    """The receipts of a line, and what their goods are carried at before it."""

    receipts: Sequence[Receipt]
    goods: Sequence[Goods]
    quantity: Decimal
    calculated: Decimal

    def new_unit_cost(self, worth: NewWorth, setup: Setup) -> Decimal:
        """The cost per unit after the line."""
        value = worth.for_quantity(self.quantity, self.calculated, setup.amount_rounding)
        exact = worth.unit_cost if worth.unit_cost is not None else value / self.quantity
        return round_to(exact, setup.unit_cost_rounding)


def value_goods(asked: Asked, place: int, looked: Looked, item: ItemFacts, setup: Setup) -> Valued:
    """What a line's goods are worth before it (B2; of a full revaluation B25)."""
    receipts = receipts_of(asked, place, looked, item)
    layers = [receipt.layer for receipt in receipts]
    if asked.line.mode == Mode.ENTRY:
        goods = [Goods(layers, sum((receipt.worth for receipt in receipts), ZERO))]
        quantity = sum((layer.invoiced for layer in layers), ZERO)
    else:
        if item.is_average:
            goods = at_average(layers, looked.pools(place), setup.amount_rounding)
        else:
            goods = at_own_cost(layers, setup.amount_rounding)
        quantity = sum((layer.remaining for layer in layers), ZERO)
    return Valued(receipts, goods, quantity, sum((each.calculated for each in goods), ZERO))


def rows_of(asked: Asked, found: Valued, facts: Facts) -> tuple[list[NewValueEntry], list[PostingError]]:
    """The line's value entries, and what they are refused for."""
    line, rounding = asked.line, facts.setup.amount_rounding
    value = line.worth.for_quantity(found.quantity, found.calculated, rounding)
    if value < 0 and value < found.calculated:
        what = "The goods" if line.mode == Mode.ITEM else f"Entry {line.entry}"
        return [], [errors.WorthIsNegative(line=line.key, what=what, value=plain(value))]
    by_entry = {receipt.entry.id: receipt for receipt in found.receipts}
    if line.mode == Mode.ENTRY:
        receipt, amount = found.receipts[0], value - found.calculated
        changes = [(receipt, receipt.layer.invoiced, Worth(amount, ZERO))] if amount else []
    else:
        changes = [
            (by_entry[layer.entry_id], layer.remaining, parts_of(layer, amount, rounding))
            for layer, amount in spread(found.goods, value, rounding)
        ]
    rows = [_row(asked, *change, facts.setup) for change in changes]
    problems = list(check_valuation(line.key, (row.valuation_date for row in rows), facts.setup))
    return rows, problems or list(_missing_accounts(line.key, rows, facts))


def _row(asked: Asked, receipt: Receipt, quantity: Decimal, worth: Worth, setup: Setup) -> NewValueEntry:
    """A revaluation moves nothing and invoices nothing (ledger-model.md §7.5 for its date)."""
    entry, line = receipt.entry, asked.line
    total = worth.actual + worth.expected
    return NewValueEntry(
        entry, entry.entry_type, ValueEntryType.REVALUATION, asked.day, max(asked.day, entry.valuation_date),
        line.document_number, quantity, cost_per_unit=round_to(total / quantity, setup.unit_cost_rounding),
        cost_amount_actual=worth.actual, cost_amount_expected=worth.expected,
        partial_revaluation=line.mode != Mode.ENTRY, order_key=entry.order_key, reason_code=line.reason_code,
        **receipt.shared,
    )  # fmt: skip


def earliest_dates(rows: Iterable[NewValueEntry]) -> dict[int, date]:
    """For each item the first date from which its costs change."""
    days: dict[int, date] = {}
    for row in rows:
        item = row.entry.item_id
        days[item] = min(days.get(item, row.valuation_date), row.valuation_date)
    return days


def _missing_accounts(key: int, rows: Sequence[NewValueEntry], facts: Facts) -> Iterator[PostingError]:
    """The accounts that the worker will ask for, each combination once."""
    if not facts.setup.automatic_cost_posting:
        return
    asked = {
        (role, row.entry.location_id, row.inventory_posting_group_id, row.gen_business_posting_group_id,
         row.gen_product_posting_group_id)
        for row in rows
        for expected in _parts(row, facts)
        for role in pair_of(row.item_ledger_entry_type, row.entry_type, "", expected=expected)
    }  # fmt: skip
    for role, location, group, business, product in sorted(asked, key=str):
        found = facts.accounts.find(role, location, group, business, product)
        if isinstance(found, MissingAccount):
            groups = _names(found.setup, location, group, business, product)
            yield errors.PostingSetupMissing(line=key, setup=found.setup, account=found.account, groups=groups)


def _parts(row: NewValueEntry, facts: Facts) -> Iterator[bool]:
    """Whether the actual and the expected part go to the G/L."""
    if row.cost_amount_actual:
        yield False
    if row.cost_amount_expected and facts.setup.expected_cost_posting:
        yield True


def _names(setup: str, location: int, group: int | None, business: int | None, product: int | None) -> str:
    """Read only when something is missing."""
    if setup.startswith("Inventory"):
        code = InventoryPostingGroup.objects.values_list("code", flat=True).get(pk=group or 0)
        place = Location.objects.values_list("code", flat=True).get(pk=location) or "the blank location"
        return f"location {place} and inventory posting group {code}"
    name = GenProductPostingGroup.objects.values_list("code", flat=True).get(pk=product or 0)
    partner = "(blank)" if business is None else GenBusinessPostingGroup.objects.get(pk=business).code
    return f"business posting group {partner} and product posting group {name}"
