"""Everything that can be refused without looking at stock: all lines at once, before the first write."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from costing.accounts import MissingAccount
from inventory.choices import ItemType, Tri
from inventory.models import GenBusinessPostingGroup, GenProductPostingGroup, InventoryPostingGroup
from inventory.numbers import plain
from ledger.choices import EntryType
from ledger.records import ZERO, Entry
from posting import errors
from posting.accounts_needed import pairs_needed
from posting.errors import PostingError
from posting.facts import Facts
from posting.limits import MOST_AMOUNT, MOST_QUANTITY, MOST_UNIT_COST, too_large
from posting.lines import JOURNAL_TYPES, CapacityLine, ChargeLine, FinishLine, InvoiceLine, ItemFacts, Line, PostingLine

EARLIEST, LATEST = date(1900, 1, 1), date(2999, 12, 31)  # what lies beyond is a slip of the pen
_ADJUSTMENTS = (EntryType.POSITIVE_ADJUSTMENT, EntryType.NEGATIVE_ADJUSTMENT)


def check_lines(lines: Sequence[Line], facts: Facts, applied: Mapping[int, Entry]) -> list[PostingError]:
    """What is wrong with these lines, whatever is on stock; empty when nothing is.

    `applied` holds the entries that the lines name as applies-to and applies-from.
    """
    check = _Check(facts, applied)
    return [problem for line in lines for problem in check.line(line)]


@dataclass(slots=True)
class _Check:
    facts: Facts
    applied: Mapping[int, Entry]
    _accounts_known: dict[tuple[object, ...], list[MissingAccount]] = field(default_factory=dict)

    def line(self, line: Line) -> Iterator[PostingError]:
        if isinstance(line, FinishLine):
            return
        if not isinstance(line, PostingLine):
            yield from self._event(line)
            return
        item = self.facts.items[line.item_id]
        yield from self._item(line, item)
        yield from self._date(line)
        if not line.correction:
            yield from self._places(line, item)
            yield from self._tracking(line, item)
        yield from self._quantity(line)
        yield from self._applied(line, item)
        yield from self._groups(line, item)

    def _event(self, line: InvoiceLine | ChargeLine | CapacityLine) -> Iterator[PostingError]:
        """Dates, sizes and document numbers of invoices, charges and work; the fold sees the rest."""
        yield from self._date(line)
        if not line.document_number:
            yield errors.DocumentNumberMissing(line=line.key)
        if isinstance(line, CapacityLine):
            yield from too_large(line.key, "quantity", line.quantity, MOST_QUANTITY)
            if not line.quantity:
                yield errors.QuantityIsZero(line=line.key)
            for name in ("direct_unit_cost", "unit_cost"):
                yield from too_large(line.key, name, getattr(line, name) or ZERO, MOST_UNIT_COST)
            item = self.facts.items[line.item_id]
            if item.is_stock and item.gen_product_posting_group_id is not None:
                yield from self._accounts(line, item, line.location_id, item.gen_product_posting_group_id)
            return
        yield from too_large(line.key, "amount", line.amount or ZERO, MOST_AMOUNT)
        if isinstance(line, ChargeLine) and not line.charge:
            yield errors.ValueMissing(line=line.key, name="The item charge")

    def _item(self, line: PostingLine, item: ItemFacts) -> Iterator[PostingError]:
        if line.entry_type not in EntryType.values:
            allowed = ", ".join(kind.label for kind in JOURNAL_TYPES)
            yield errors.EntryTypeNotAllowed(line=line.key, entry_type=line.entry_type, allowed=allowed)
        if line.is_transfer and not item.is_stock:
            yield errors.ItemTypeNotAllowed(line=line.key, item=item.number, type=ItemType(item.type).label)
        if line.correction:
            return  # what was posted can be taken back, also after its item was blocked
        use = _blocked_use(line.entry_type, item.blocked, item.sales_blocked, item.purchasing_blocked)
        if use:
            yield errors.ItemBlocked(line=line.key, item=item.number, use=use)
        yield from self._variant(line, item)

    def _variant(self, line: PostingLine, item: ItemFacts) -> Iterator[PostingError]:
        if line.variant_id is None:
            company = self.facts.setup.variant_mandatory_if_exists
            mandatory = item.variant_mandatory == Tri.YES or (item.variant_mandatory == Tri.DEFAULT and company)
            if mandatory and item.has_variants:
                yield errors.VariantMissing(line=line.key, item=item.number)
            return
        variant = self.facts.variants[line.variant_id]
        if variant.item_id != item.id:
            yield errors.VariantOfAnotherItem(line=line.key, variant=variant.code, item=item.number)
        use = _blocked_use(line.entry_type, variant.blocked, variant.sales_blocked, variant.purchasing_blocked)
        if use:
            yield errors.VariantBlocked(line=line.key, variant=variant.code, item=item.number, use=use)

    def _date(self, line: PostingLine | InvoiceLine | ChargeLine | CapacityLine) -> Iterator[PostingError]:
        """The allowed range first, then periods, then the cut-off (costing-clarifications.md C7)."""
        day, facts = line.posting_date, self.facts
        first, last = facts.first_date or EARLIEST, facts.last_date or LATEST
        if day < first or day > last:
            yield errors.PostingDateNotAllowed(line=line.key, date=str(day), first=str(first), last=str(last))
        elif facts.calendar.is_closed(day):
            yield errors.PeriodClosed(line=line.key, date=str(day), first=str(facts.calendar.first_open(day)))
        elif facts.setup.earliest_valuation_date and day < facts.setup.earliest_valuation_date:
            cutoff = str(facts.setup.earliest_valuation_date)
            yield errors.ValuationBeforeCutoff(line=line.key, date=str(day), cutoff=cutoff)

    def _places(self, line: PostingLine, item: ItemFacts) -> Iterator[PostingError]:
        ids = [line.location_id] + ([line.new_location_id] if line.new_location_id else [])
        for location in (self.facts.locations[place] for place in ids):
            if location.in_transit and not line.moves_to_or_from_transit:
                yield errors.LocationInTransit(line=line.key, location=location.code)
            if self.facts.setup.location_mandatory and not location.code and item.is_stock:
                yield errors.LocationMissing(line=line.key, item=item.number)
        if line.is_transfer and line.new_location_id in (None, line.location_id):
            yield errors.SameLocation(line=line.key, location=self.facts.location_name(line.location_id))

    def _quantity(self, line: PostingLine) -> Iterator[PostingError]:
        yield from too_large(line.key, "quantity", line.quantity, MOST_QUANTITY)
        for name in ("amount", "discount_amount"):
            yield from too_large(line.key, name, getattr(line, name) or ZERO, MOST_AMOUNT)
        if line.quantity == 0:
            yield errors.QuantityIsZero(line=line.key)
        if line.is_transfer and line.quantity < 0:
            yield errors.QuantityNegative(line=line.key)
        if line.quantity < 0 and not line.correction:
            yield from self._names_what_it_takes_back(line)
        if line.discount_amount and line.entry_type in _ADJUSTMENTS:
            yield errors.DiscountNotAllowed(line=line.key)
        if not line.document_number:
            yield errors.DocumentNumberMissing(line=line.key)

    def _names_what_it_takes_back(self, line: PostingLine) -> Iterator[PostingError]:
        """Output below zero reverses an output that is named (ledger-model.md §6.10)."""
        if line.entry_type == EntryType.OUTPUT and line.applies_to is None:
            yield errors.ReversalNotNamed(line=line.key, what=EntryType(line.entry_type).label)

    def _tracking(self, line: PostingLine, item: ItemFacts) -> Iterator[PostingError]:
        """Serial and lot numbers as the item's tracking code asks (tracking-setup.md §2)."""
        inbound_purchase = line.entry_type == EntryType.PURCHASE and line.signed_quantity > 0
        outbound_sale = line.entry_type == EntryType.SALE and line.signed_quantity < 0
        serial = item.by_serial or (item.serial_purchase_inbound and inbound_purchase)
        serial = serial or (item.serial_sales_outbound and outbound_sale)
        lot = item.lot_specific or (item.lot_purchase_inbound and inbound_purchase)
        lot = lot or (item.lot_sales_outbound and outbound_sale)
        if serial and not line.serial_number:
            yield errors.SerialMissing(line=line.key, item=item.number)
        if line.serial_number and abs(line.quantity) != 1 and line.quantity:
            yield errors.SerialNotSingle(line=line.key, serial=line.serial_number, quantity=plain(line.quantity))
        if lot and not line.lot_number:
            yield errors.LotMissing(line=line.key, item=item.number)

    def _applied(self, line: PostingLine, item: ItemFacts) -> Iterator[PostingError]:
        """Fixed applications name an entry of the same goods and the other sign (costing-application.md §4)."""
        quantity = -line.quantity if line.is_transfer else line.signed_quantity
        if line.applies_to is not None:
            reason = self._mismatch(line, item, line.applies_to, same_place=True, inbound=quantity < 0)
            if reason:
                yield errors.AppliesToMismatch(line=line.key, entry=str(line.applies_to), reason=reason)
        if line.applies_from is not None:
            reason = self._mismatch(line, item, line.applies_from, same_place=False, inbound=False)
            if not reason and self.applied[line.applies_from].entry_type == EntryType.TRANSFER:
                reason = "it is a transfer; move the goods back by another one"
            if not reason and quantity < 0:
                reason = "only a line that brings goods in can return them"
            if reason:
                yield errors.AppliesFromMismatch(line=line.key, entry=str(line.applies_from), reason=reason)

    def _mismatch(self, line: PostingLine, item: ItemFacts, entry_id: int, *, same_place: bool, inbound: bool) -> str:
        entry = self.applied.get(entry_id)
        if entry is None:
            return "there is no such item ledger entry"
        if entry.item_id != item.id or entry.variant_key != (line.variant_id or 0):
            return f"it is not an entry of item {item.number}"
        if same_place and entry.location_id != line.location_id:
            return "it lies at another location"
        if (entry.quantity > 0) != inbound:
            return "it moves goods in the same direction" if same_place else "it brought goods in"
        if item.by_serial and entry.serial_number != line.serial_number:
            return "it has another serial number"
        return ""

    def _groups(self, line: PostingLine, item: ItemFacts) -> Iterator[PostingError]:
        product = line.gen_product_posting_group_id or item.gen_product_posting_group_id
        if product is None:
            yield errors.PostingGroupMissing(line=line.key, item=item.number, group="general product posting group")
        if not item.is_stock:
            return
        if line.inventory_posting_group_id is None and item.inventory_posting_group_id is None:
            yield errors.PostingGroupMissing(line=line.key, item=item.number, group="inventory posting group")
        elif product is not None:
            for location in {line.location_id, line.new_location_id or line.location_id}:
                yield from self._accounts(line, item, location, product)

    def _accounts(
        self, line: PostingLine | CapacityLine, item: ItemFacts, location: int, product: int
    ) -> Iterator[PostingError]:
        """The accounts the worker will ask for, where it posts by itself."""
        if self.facts.setup.automatic_cost_posting:
            for missing in self._missing_accounts(line, item, location, product):
                yield errors.PostingSetupMissing(
                    line=line.key, setup=missing.setup, account=missing.account, groups=missing.groups
                )

    def _missing_accounts(
        self, line: PostingLine | CapacityLine, item: ItemFacts, location: int, product: int
    ) -> list[MissingAccount]:
        """Each combination is looked at once."""
        business = group = None
        if isinstance(line, PostingLine):
            business, group = line.gen_business_posting_group_id, line.inventory_posting_group_id
        group = group or item.inventory_posting_group_id
        pairs = pairs_needed(line, item, with_expected=self.facts.setup.expected_cost_posting)
        key = (pairs, location, group, business, product)
        if key not in self._accounts_known:
            roles = sorted({role for pair in pairs for role in pair})
            found = [self.facts.accounts.find(role, location, group, business, product) for role in roles]
            self._accounts_known[key] = [
                MissingAccount(miss.setup, miss.account, self._names(miss.setup, location, group, business, product))
                for miss in found
                if isinstance(miss, MissingAccount)
            ]
        return self._accounts_known[key]

    def _names(self, setup: str, location: int, group: int | None, business: int | None, product: int) -> str:
        """Read only when something is missing."""
        if setup.startswith("Inventory"):
            code = InventoryPostingGroup.objects.values_list("code", flat=True).get(pk=group or 0)
            return f"location {self.facts.location_name(location)} and inventory posting group {code}"
        name = GenProductPostingGroup.objects.values_list("code", flat=True).get(pk=product)
        partner = "(blank)" if business is None else GenBusinessPostingGroup.objects.get(pk=business).code
        return f"business posting group {partner} and product posting group {name}"


def _blocked_use(entry_type: str, blocked: bool, sales: bool, purchasing: bool) -> str:
    if blocked:
        return "all use"
    if sales and entry_type == EntryType.SALE:
        return "sales"
    return "purchasing" if purchasing and entry_type == EntryType.PURCHASE else ""
