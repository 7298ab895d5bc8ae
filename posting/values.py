"""What a movement is worth when it is posted: its value entries and the item's unit cost (ledger-model.md §6, §7, §9).

Pure. The worth of an issue is provisional here; cost adjustment brings it to the cost of what it was taken from.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from inventory.numbers import round_to
from ledger.choices import EntryType, ValueEntryType, VarianceType
from ledger.records import ZERO, Entry, NewValueEntry, Page, State
from posting.facts import Facts
from posting.lines import ItemFacts, PostingLine

HUNDRED = Decimal(100)
Elements = tuple[Decimal, Decimal, Decimal]


@dataclass(slots=True)
class Values:
    """Writes the value entries of one movement onto the page and keeps the item's sums and unit cost."""

    facts: Facts
    state: State
    page: Page

    # ------------------------------------------------------------------ receipts

    def receipt(
        self, line: PostingLine, item: ItemFacts, entry: Entry, source: Entry | None, elements: Elements | None
    ) -> None:
        """A receipt: purchase, positive adjustment, or something that comes back."""
        if source is not None and elements is not None:
            self._mirror(line, item, entry, elements, source)
        elif source is not None:
            self._direct(line, item, entry, self._amount(source.cost * entry.quantity / source.quantity))
        elif line.entry_type == EntryType.PURCHASE:
            self._purchase(line, item, entry)
        else:
            unit_cost = self._unit_cost(line, item, entry.quantity)
            given = line.amount if line.entry_type == EntryType.POSITIVE_ADJUSTMENT and not item.is_standard else None
            self._direct(line, item, entry, given if given is not None else self._amount(unit_cost * entry.quantity))
            if line.entry_type == EntryType.POSITIVE_ADJUSTMENT:
                net = (unit_cost - item.overhead_rate) / (1 + item.indirect_cost_percent / HUNDRED)
                self._learn_unit_cost(item, entry, self._unit(net))

    def _purchase(self, line: PostingLine, item: ItemFacts, entry: Entry) -> None:
        quantity = entry.quantity
        amount = line.amount
        if amount is None:
            amount = self._amount(self._card_cost(item) * quantity)
        overhead = self._amount(amount * item.indirect_cost_percent / HUNDRED + item.overhead_rate * quantity)
        direct = self._direct(line, item, entry, amount)
        direct.purchase_amount_actual = amount
        direct.discount_amount = line.discount_amount
        if overhead:
            self._more(direct, ValueEntryType.INDIRECT, overhead)
        if item.is_standard:
            variance = self._amount(item.standard_cost * quantity) - amount - overhead
            if variance:
                self._more(direct, ValueEntryType.VARIANCE, variance, VarianceType.PURCHASE)
        self._learn_unit_cost(item, entry, self._unit((amount + line.discount_amount) / quantity))

    def _learn_unit_cost(self, item: ItemFacts, entry: Entry, last_direct_cost: Decimal) -> None:
        """The card shows a sensible cost at once (costing-clarifications.md B12, B13)."""
        state = self.state
        if not item.is_stock:
            return
        if last_direct_cost > 0:
            state.last_direct_cost = last_direct_cost
        first_stock = 0 < state.invoiced_quantity <= entry.quantity
        if not item.is_standard and first_stock and state.last_direct_cost:
            state.unit_cost = state.last_direct_cost

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
            price = line.amount / entry.quantity
            unit_cost = self._unit(price * (1 + item.indirect_cost_percent / HUNDRED) + item.overhead_rate)
        else:
            unit_cost = self._unit_cost(line, item, entry.quantity)
        direct = self._direct(line, item, entry, self._amount(unit_cost * entry.quantity), by_average, unit_cost)
        if line.entry_type == EntryType.PURCHASE and line.amount is not None:
            direct.purchase_amount_actual = line.amount

    def _mirror(self, line: PostingLine, item: ItemFacts, entry: Entry, elements: Elements, of: Entry) -> None:
        """Direct, indirect and variance apart, each rounded (costing-clarifications.md B11)."""
        direct, indirect, variance = (self._amount(part * entry.quantity / of.quantity) for part in elements)
        row = self._direct(line, item, entry, direct)
        if line.entry_type == EntryType.PURCHASE:
            row.purchase_amount_actual = line.amount if line.amount is not None else direct
            row.discount_amount = line.discount_amount
        if indirect:
            self._more(row, ValueEntryType.INDIRECT, indirect)
        if variance:
            self._more(row, ValueEntryType.VARIANCE, variance, VarianceType.PURCHASE)

    # ------------------------------------------------------------------ transfers

    def transfer(
        self, line: PostingLine, item: ItemFacts, out: Entry, halves: Sequence[tuple[Entry, Entry | None]],
        by_average: bool,
    ) -> None:  # fmt: skip
        """Worth moves at cost: each arriving half at the share of its supply, the leaving half at their sum."""
        costs = []
        for half, supply in halves:
            if supply is None:
                costs.append(self._amount(self._card_cost(item) * half.quantity))
            else:
                costs.append(self._amount(supply.cost * half.quantity / supply.quantity))
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
            item_ledger_entry_quantity=entry.quantity, invoiced_quantity=entry.quantity,
            cost_per_unit=self._unit(cost / entry.quantity if unit_cost is None else unit_cost),
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
            row.sales_amount_actual = line.amount
            row.discount_amount = line.discount_amount
        self._book(row, cost)
        if item.is_stock:
            self.state.quantity += entry.quantity
            self.state.invoiced_quantity += entry.quantity
        return row

    def _more(self, direct: NewValueEntry, entry_type: str, cost: Decimal, variance_type: str = "") -> None:
        """A row beside the direct one: overhead or variance."""
        row = NewValueEntry(
            direct.entry, direct.item_ledger_entry_type, entry_type, direct.posting_date, direct.valuation_date,
            direct.document_number, direct.valued_quantity, variance_type=variance_type,
            external_document_number=direct.external_document_number,
            cost_per_unit=self._unit(cost / direct.valued_quantity), inventoriable=direct.inventoriable,
            inventory_posting_group_id=direct.inventory_posting_group_id,
            gen_business_posting_group_id=direct.gen_business_posting_group_id,
            gen_product_posting_group_id=direct.gen_product_posting_group_id, vendor_id=direct.vendor_id,
            customer_id=direct.customer_id, responsibility_center_id=direct.responsibility_center_id,
            dimension_set_id=direct.dimension_set_id, reason_code=direct.reason_code,
        )  # fmt: skip
        self._book(row, ZERO if self.facts.items[direct.entry.item_id].inventory_value_zero else cost)

    def _book(self, row: NewValueEntry, cost: Decimal) -> None:
        if row.inventoriable:
            row.cost_amount_actual = cost
            row.entry.cost += cost
            self.state.cost_amount_actual += cost
        else:
            row.cost_amount_non_inventoriable = cost
        self.page.value_entries.append(row)

    def _unit_cost(self, line: PostingLine, item: ItemFacts, quantity: Decimal) -> Decimal:
        """The line's own cost, unless the item has a standard (costing-clarifications.md B1, B9); else the card's."""
        if item.is_standard:
            return item.standard_cost
        if line.unit_cost is not None:
            return line.unit_cost
        if line.entry_type == EntryType.POSITIVE_ADJUSTMENT and line.amount is not None:
            return self._unit(line.amount / quantity)
        return self.state.unit_cost

    def _card_cost(self, item: ItemFacts) -> Decimal:
        return item.standard_cost if item.is_standard else self.state.unit_cost

    def _amount(self, value: Decimal) -> Decimal:
        return round_to(value, self.facts.setup.amount_rounding)

    def _unit(self, value: Decimal) -> Decimal:
        return round_to(value, self.facts.setup.unit_cost_rounding)
