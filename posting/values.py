"""What a movement is worth when it is posted: its value entries and the item's unit cost (ledger-model.md §6, §7, §9).

Pure. The worth of an issue is provisional here; cost adjustment brings it to the cost of what it was taken from.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from inventory.choices import AverageCostCalculation
from inventory.numbers import round_to
from ledger.choices import EntryType, ValueEntryType, VarianceType
from ledger.records import ZERO, Entry, NewValueEntry, Page, State
from posting.facts import Facts
from posting.known import Known
from posting.lines import ItemFacts, PostingLine

HUNDRED = Decimal(100)
Elements = tuple[Decimal, Decimal, Decimal]


@dataclass(slots=True)
class Values:
    """Writes the value entries of one movement onto the page and keeps the item's sums and unit cost."""

    facts: Facts
    state: State
    page: Page
    known: Known

    # ------------------------------------------------------------------ receipts

    def receipt(
        self, line: PostingLine, item: ItemFacts, entry: Entry, source: Entry | None, elements: Elements | None
    ) -> None:
        """A receipt: purchase, output, positive adjustment, or something that comes back."""
        if source is not None and elements is not None:
            self._mirror(line, item, entry, elements, source)
        elif source is not None:
            self._direct(line, item, entry, self.amount(source.cost * entry.quantity / source.quantity))
        elif line.entry_type == EntryType.PURCHASE and not entry.invoiced:
            self._expected_purchase(line, item, entry)
        elif line.entry_type == EntryType.PURCHASE:
            self._purchase(line, item, entry)
        elif line.entry_type == EntryType.OUTPUT:
            self._direct(line, item, entry, self.amount(self._card_cost(item, entry) * entry.quantity))
        else:
            unit_cost = self._unit_cost(line, item, entry)
            given = line.amount if line.entry_type == EntryType.POSITIVE_ADJUSTMENT and not item.is_standard else None
            self._direct(line, item, entry, given if given is not None else self.amount(unit_cost * entry.quantity))
            if line.entry_type == EntryType.POSITIVE_ADJUSTMENT:
                net = (unit_cost - item.overhead_rate) / (1 + item.indirect_cost_percent / HUNDRED)
                self._learn_unit_cost(item, entry, self.unit(net))

    def _purchase(self, line: PostingLine, item: ItemFacts, entry: Entry) -> None:
        amount = line.amount
        if amount is None:
            amount = self.amount(self._card_cost(item, entry) * entry.quantity)
        direct = self._direct(line, item, entry, amount)
        direct.purchase_amount_actual = amount
        direct.discount_amount = line.discount_amount
        self.beside(item, direct, entry.quantity)
        if not line.drop_shipment:
            self._learn_unit_cost(item, entry, self.unit((amount + line.discount_amount) / entry.quantity))

    def beside(self, item: ItemFacts, direct: NewValueEntry, quantity: Decimal) -> None:
        """Overhead and the variance of a standard item, for what `direct` invoices (costing-methods.md §7)."""
        amount = direct.cost_amount_actual + direct.cost_amount_non_inventoriable
        overhead = self.amount(amount * item.indirect_cost_percent / HUNDRED + item.overhead_rate * quantity)
        if overhead:
            self.more(direct, ValueEntryType.INDIRECT, overhead)
        if item.is_standard:
            variance = self.amount(self._card_cost(item, direct.entry) * quantity) - amount - overhead
            if variance:
                self.more(direct, ValueEntryType.VARIANCE, variance, VarianceType.PURCHASE)

    def _expected_purchase(self, line: PostingLine, item: ItemFacts, entry: Entry) -> None:
        """A receipt without invoice, overhead included (ledger-model.md §6.1).

        Parts of one order line add up to what the whole line is expected to cost: each gets the rounded sum so far
        less what the parts before it have been given.
        """
        before, given = self.known.received_before(line)
        factor = 1 + item.indirect_cost_percent / HUNDRED
        if line.amount is None or item.is_standard:
            unit_cost = self._card_cost(item, entry)
            exact = unit_cost * entry.quantity
        else:
            price = line.amount / entry.quantity if line.unit_amount is None else line.unit_amount
            unit_cost = price * factor + item.overhead_rate
            whole = line.amount if line.unit_amount is None else line.unit_amount * entry.quantity
            exact = whole * factor + item.overhead_rate * entry.quantity
        if before and abs(unit_cost * before - given) <= self.facts.setup.amount_rounding:
            exact, carried = exact + unit_cost * before, given
        else:
            carried = ZERO  # the first part, or the price has changed since: nothing to add up to
        cost = self.amount(exact) - carried
        direct = self._direct(line, item, entry, cost, unit_cost=unit_cost)
        direct.purchase_amount_expected = line.amount if line.amount is not None else ZERO
        self.known.note_received(line, entry.quantity, cost)

    # ------------------------------------------------------------------ orders

    def assembled(self, line: PostingLine, item: ItemFacts, entry: Entry, went_in: Decimal) -> None:
        """What an assembly order made, at the cost of what went into it in this posting (ledger-model.md §6.9)."""
        if item.is_standard:
            self._direct(line, item, entry, self.amount(self._card_cost(item, entry) * entry.quantity))
            return
        direct = self._direct(line, item, entry, went_in)
        overhead = self.amount(went_in * item.indirect_cost_percent / HUNDRED + item.overhead_rate * entry.quantity)
        if overhead:
            self.more(direct, ValueEntryType.INDIRECT, overhead)
        self._learn_unit_cost(item, entry, self.unit(went_in / entry.quantity))

    def _learn_unit_cost(self, item: ItemFacts, entry: Entry, last_direct_cost: Decimal) -> None:
        """The card shows a sensible cost at once (costing-clarifications.md B12, B13)."""
        if not item.is_stock:
            return
        self.learn(item, entry, entry.quantity, last_direct_cost)

    def learn(self, item: ItemFacts, entry: Entry, invoiced: Decimal, last_direct_cost: Decimal) -> None:
        """The same for an invoice of a part; `invoiced` in base units. Stockkeeping units follow."""
        state = self.state
        if last_direct_cost > 0:
            state.last_direct_cost = last_direct_cost
        first_stock = 0 < state.invoiced_quantity <= invoiced
        if not item.is_standard and first_stock and state.last_direct_cost:
            state.unit_cost = state.last_direct_cost
        unit = self.known.unit_of(entry)
        if unit is not None:
            unit.learn(invoiced, last_direct_cost, state.unit_cost if self.averages_whole else None)

    # ------------------------------------------------------------------ issues

    def issue(
        self, line: PostingLine, item: ItemFacts, entry: Entry, by_average: bool, target: Entry | None,
        elements: Elements | None,
    ) -> None:  # fmt: skip
        """An issue: at the unit cost, or exactly at the cost of the receipt that it returns."""
        if elements is not None and target is not None:
            self._mirror(line, item, entry, elements, target)
            return
        if line.entry_type == EntryType.PURCHASE and not item.is_standard and line.amount is not None:
            price = line.amount / entry.quantity if line.unit_amount is None else line.unit_amount
            unit_cost = self.unit(price * (1 + item.indirect_cost_percent / HUNDRED) + item.overhead_rate)
        elif line.entry_type in (EntryType.OUTPUT, EntryType.ASSEMBLY_OUTPUT) and target is not None:
            unit_cost = self.unit(target.cost / target.quantity)
        else:
            unit_cost = self._unit_cost(line, item, entry)
        direct = self._direct(line, item, entry, self.amount(unit_cost * entry.quantity), by_average, unit_cost)
        if line.entry_type == EntryType.PURCHASE and line.amount is not None:
            if entry.invoiced:
                direct.purchase_amount_actual = line.amount
            else:
                direct.purchase_amount_expected = line.amount

    def _mirror(self, line: PostingLine, item: ItemFacts, entry: Entry, elements: Elements, of: Entry) -> None:
        """Direct, indirect and variance apart, each rounded (costing-clarifications.md B11)."""
        if not entry.invoiced:  # elements are kept apart only where the return is invoiced (B21)
            self._direct(line, item, entry, self.amount(sum(elements, ZERO) * entry.quantity / of.quantity))
            return
        direct, indirect, variance = (self.amount(part * entry.quantity / of.quantity) for part in elements)
        row = self._direct(line, item, entry, direct)
        if line.entry_type == EntryType.PURCHASE:
            row.purchase_amount_actual = line.amount if line.amount is not None else direct
            row.discount_amount = line.discount_amount
        if indirect:
            self.more(row, ValueEntryType.INDIRECT, indirect)
        if variance:
            self.more(row, ValueEntryType.VARIANCE, variance, VarianceType.PURCHASE)

    # ------------------------------------------------------------------ transfers

    def transfer(
        self, line: PostingLine, item: ItemFacts, out: Entry, halves: Sequence[tuple[Entry, Entry | None]],
        by_average: bool, moved: Decimal = ZERO,
    ) -> None:  # fmt: skip
        """Worth moves at cost: each arriving half at the share of its supply, the leaving half at their sum.

        What leaves transit moves at `moved`, the cost it came with.
        """
        costs = []
        for half, supply in halves:
            if supply is None:
                costs.append(self.amount(-moved if moved else self._card_cost(item, out) * half.quantity))
            else:
                costs.append(self.amount(supply.cost * half.quantity / supply.quantity))
        self._direct(line, item, out, -sum(costs, ZERO), by_average)
        for (half, _), cost in zip(halves, costs, strict=True):
            self._direct(line, item, half, cost)

    # ------------------------------------------------------------------ rows and sums

    def _direct(
        self, line: PostingLine, item: ItemFacts, entry: Entry, cost: Decimal, by_average: bool = False,
        unit_cost: Decimal | None = None,
    ) -> NewValueEntry:  # fmt: skip
        """The first value entry of a movement, which carries its quantity.

        The cost per unit is the one that was given, else the amount by the quantity (ledger-model.md §7.6): what is
        not covered keeps it, so it must not have been through the rounding of the amount.
        """
        if item.inventory_value_zero:
            cost, unit_cost = ZERO, None
        row = NewValueEntry(
            entry, line.entry_type, ValueEntryType.DIRECT, line.posting_date, entry.valuation_date,
            line.document_number, entry.quantity,
            external_document_number=line.external_document_number,
            document_type=line.document_type, document_line=line.document_line,
            item_ledger_entry_quantity=entry.quantity, invoiced_quantity=entry.invoiced,
            expected_cost=not entry.invoiced, order_key=line.order_key,
            drop_shipment=line.drop_shipment or line.delivered_by is not None,
            cost_per_unit=self.unit(cost / entry.quantity if unit_cost is None else unit_cost),
            valued_by_average_cost=by_average and item.is_stock,
            inventoriable=item.is_stock,
            inventory_posting_group_id=line.inventory_posting_group_id or item.inventory_posting_group_id,
            gen_business_posting_group_id=line.gen_business_posting_group_id,
            gen_product_posting_group_id=line.gen_product_posting_group_id or item.gen_product_posting_group_id,
            vendor_id=line.vendor_id, customer_id=line.customer_id,
            responsibility_center_id=line.responsibility_center_id, dimension_set_id=line.dimension_set_id,
            reason_code=line.reason_code,
        )  # fmt: skip
        if line.entry_type == EntryType.SALE and line.amount is not None:
            if entry.invoiced:
                row.sales_amount_actual = line.amount
                row.discount_amount = line.discount_amount
            else:
                row.sales_amount_expected = line.amount
        if item.is_stock:
            self.state.quantity += entry.quantity
            self.state.invoiced_quantity += entry.invoiced
        self.book(row, cost if entry.invoiced else ZERO, ZERO if entry.invoiced else cost)
        return row

    def more(self, direct: NewValueEntry, entry_type: str, cost: Decimal, variance_type: str = "") -> None:
        """A row beside the direct one: overhead or variance."""
        row = NewValueEntry(
            direct.entry, direct.item_ledger_entry_type, entry_type, direct.posting_date, direct.valuation_date,
            direct.document_number, direct.valued_quantity, variance_type=variance_type,
            document_type=direct.document_type, document_line=direct.document_line, order_key=direct.order_key,
            drop_shipment=direct.drop_shipment, item_charge=direct.item_charge,
            external_document_number=direct.external_document_number,
            cost_per_unit=self.unit(cost / direct.valued_quantity), inventoriable=direct.inventoriable,
            inventory_posting_group_id=direct.inventory_posting_group_id,
            gen_business_posting_group_id=direct.gen_business_posting_group_id,
            gen_product_posting_group_id=direct.gen_product_posting_group_id, vendor_id=direct.vendor_id,
            customer_id=direct.customer_id, responsibility_center_id=direct.responsibility_center_id,
            dimension_set_id=direct.dimension_set_id, reason_code=direct.reason_code,
        )  # fmt: skip
        self.book(row, ZERO if self.facts.items[direct.entry.item_id].inventory_value_zero else cost)

    def book(self, row: NewValueEntry, actual: Decimal, expected: Decimal = ZERO) -> None:
        """Put a row on the page and into the sums; what is no stock has no expected worth."""
        if row.inventoriable:
            row.cost_amount_actual, row.cost_amount_expected = actual, expected
            row.entry.cost += actual + expected
            self.state.cost_amount_actual += actual
            self.state.cost_amount_expected += expected
        else:
            row.cost_amount_non_inventoriable = actual
        self.page.value_entries.append(row)

    def _unit_cost(self, line: PostingLine, item: ItemFacts, entry: Entry) -> Decimal:
        """The line's own cost, unless the item has a standard (costing-clarifications.md B1, B9); else the card's."""
        if item.is_standard:
            return self._card_cost(item, entry)
        if line.unit_cost is not None:
            return line.unit_cost
        if line.entry_type == EntryType.POSITIVE_ADJUSTMENT and line.amount is not None:
            return self.unit(line.amount / entry.quantity)
        return self._card_cost(item, entry)

    def _card_cost(self, item: ItemFacts, entry: Entry) -> Decimal:
        """Of the stockkeeping unit where there is one, else of the item."""
        unit = self.known.unit_of(entry)
        if item.is_standard:
            return unit.standard_cost if unit is not None and unit.standard_cost else item.standard_cost
        return self.state.unit_cost if unit is None else unit.unit_cost

    @property
    def averages_whole(self) -> bool:
        """Items are averaged over all their places, so that one cost holds everywhere."""
        return self.facts.setup.average_cost_calculation == AverageCostCalculation.ITEM

    def amount(self, value: Decimal) -> Decimal:
        """Rounded to the company's amounts."""
        return round_to(value, self.facts.setup.amount_rounding)

    def unit(self, value: Decimal) -> Decimal:
        """Rounded to unit costs."""
        return round_to(value, self.facts.setup.unit_cost_rounding)
