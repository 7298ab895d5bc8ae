"""What happens to an entry after it moved: invoices, charges, and the undoing of what was not invoiced.

Value entries only (ledger-model.md §6.2, §6.5, §6.11, §6.12, §7.4). Pure.
"""

from dataclasses import dataclass
from decimal import Decimal

from inventory.numbers import plain
from ledger.choices import EntryType, ValueEntryType, VarianceType
from ledger.records import ZERO, Entry, NewValueEntry
from posting.errors import AlreadyInvoiced, NothingToInvoice, OverInvoiced, PostingError
from posting.lines import ChargeLine, InvoiceLine, ItemFacts
from posting.trace import Elements
from posting.values import Values
from posting.worth import Worth

INVOICED_LATER = (EntryType.PURCHASE, EntryType.SALE)


@dataclass(frozen=True, slots=True)
class Exact:
    """What a return is fixed to: the elements of the receipt's cost and its quantity."""

    elements: Elements
    quantity: Decimal


@dataclass(slots=True)
class Later:
    """Writes the value entries of later events of one item."""

    values: Values
    item: ItemFacts

    # ------------------------------------------------------------------ invoices

    def invoice(self, line: InvoiceLine, worth: Worth, exact: Exact | None) -> list[PostingError]:
        """Turn expected cost of a part, or of the rest, into actual cost; returns why it cannot be."""
        entry = worth.entry
        quantity = worth.left_to_invoice if line.quantity is None else line.quantity
        if refused := _may_invoice(line, worth, quantity):
            return [refused]
        signed = quantity if entry.quantity > 0 else -quantity
        last = quantity == worth.left_to_invoice
        amount = self._invoiced_amount(line, worth, quantity)
        row = self._row(line, worth, ValueEntryType.DIRECT, signed)
        row.invoiced_quantity, row.discount_amount = signed, line.discount_amount
        expected = -worth.expected if last else -self._part(worth.original_expected * signed / entry.quantity)
        actual = self._invoiced_cost(worth, signed, amount, exact)
        row.cost_per_unit = self._unit(actual[0] / signed)
        self._statistics(row, worth, amount, last)
        self._count(worth, signed, expected, line)
        self.values.state.invoiced_quantity += signed if self.item.is_stock else ZERO
        self.values.book(row, ZERO if self.item.inventory_value_zero else actual[0], expected)
        self._take_back_revaluations(line, worth, quantity, last)
        self._beside(row, worth, actual, exact)
        return []

    def _invoiced_amount(self, line: InvoiceLine, worth: Worth, quantity: Decimal) -> Decimal | None:
        """What the invoice says, net; as received where it says nothing."""
        if line.amount is not None:
            return line.amount
        if line.unit_amount is not None:
            return self._part(line.unit_amount * quantity) - line.discount_amount
        total = worth.purchase_expected or worth.sales_expected
        rest = quantity == worth.left_to_invoice
        return total if rest else self._part(total * quantity / worth.left_to_invoice)

    def _invoiced_cost(
        self, worth: Worth, signed: Decimal, amount: Decimal | None, exact: Exact | None
    ) -> tuple[Decimal, Decimal, Decimal]:
        """Direct cost, and overhead and variance where an exact return of a purchase mirrors them (B10, B11)."""
        entry = worth.entry
        if entry.entry_type == EntryType.PURCHASE and entry.quantity > 0 and not worth.correction:
            return amount if amount is not None else ZERO, ZERO, ZERO
        if exact is not None:
            direct, indirect, variance = (self._part(part * signed / exact.quantity) for part in exact.elements)
            return direct, indirect, variance
        return self._part(worth.cost_per_unit * signed), ZERO, ZERO

    def _beside(
        self, row: NewValueEntry, worth: Worth, actual: tuple[Decimal, Decimal, Decimal], exact: Exact | None
    ) -> None:
        entry = worth.entry
        if exact is not None:
            for kind, cost in ((ValueEntryType.INDIRECT, actual[1]), (ValueEntryType.VARIANCE, actual[2])):
                if cost:
                    self.values.more(row, kind, cost, VarianceType.PURCHASE if kind == ValueEntryType.VARIANCE else "")
        elif entry.entry_type == EntryType.PURCHASE and entry.quantity > 0:
            self.values.beside(self.item, row, row.valued_quantity)
            if not row.drop_shipment and self.item.is_stock:
                direct = self._unit((actual[0] + row.discount_amount) / row.valued_quantity)
                self.values.learn(self.item, entry, row.valued_quantity, direct)

    def _statistics(self, row: NewValueEntry, worth: Worth, amount: Decimal | None, last: bool) -> None:
        """The revenue or purchase amount, and what of the expected one is no longer expected."""
        share = Decimal(1) if last else abs(row.valued_quantity) / worth.left_to_invoice
        if worth.entry.entry_type == EntryType.SALE:
            row.sales_amount_actual = amount or ZERO
            row.sales_amount_expected = -self._part(worth.sales_expected * share)
            worth.sales_expected += row.sales_amount_expected
        elif worth.entry.entry_type == EntryType.PURCHASE:
            row.purchase_amount_actual = amount or ZERO
            row.purchase_amount_expected = -self._part(worth.purchase_expected * share)
            worth.purchase_expected += row.purchase_amount_expected

    def _count(self, worth: Worth, signed: Decimal, expected: Decimal, line: InvoiceLine) -> None:
        entry = worth.entry
        entry.invoiced += signed
        entry.completely_invoiced = entry.invoiced == entry.quantity
        entry.last_invoice_date = max(line.posting_date, entry.last_invoice_date or line.posting_date)
        worth.expected += expected

    def _take_back_revaluations(self, line: InvoiceLine, worth: Worth, quantity: Decimal, last: bool) -> None:
        """Expected worth of earlier revaluations goes with what is invoiced (costing-clarifications.md B15)."""
        for each in worth.revalued:
            whole = worth.entry.quantity - each.invoiced_before
            back = -each.expected - each.taken_back if last else -self._part(each.expected * quantity / whole)
            if not back:
                continue
            each.taken_back += back
            row = self._row(line, worth, ValueEntryType.REVALUATION, each.valued_quantity)
            row.valuation_date, row.partial_revaluation = each.valuation_date, each.partial
            row.applies_to_value_entry_id = each.value_entry_id
            self.values.book(row, ZERO, back)

    # ------------------------------------------------------------------ charges

    def charge(self, line: ChargeLine, worth: Worth) -> None:
        """Landed cost on what came in; on what went out it touches no inventory (revaluation file §3.2)."""
        entry = worth.entry
        row = self._row(line, worth, ValueEntryType.DIRECT, entry.quantity)
        row.item_charge, row.document_type = line.charge, ""
        row.gen_product_posting_group_id = line.gen_product_posting_group_id or row.gen_product_posting_group_id
        if line.of_sale:
            row.sales_amount_actual = line.amount
            row.inventoriable = entry.quantity > 0 and self.item.is_stock
            self.values.book(row, ZERO)
            return
        inbound = entry.quantity > 0
        row.purchase_amount_actual = line.amount
        row.inventoriable = inbound and self.item.is_stock
        if inbound:
            row.item_ledger_entry_type = EntryType.PURCHASE
        sign = -1 if not inbound and entry.entry_type == EntryType.SALE else 1
        amount = ZERO if self.item.inventory_value_zero else line.amount * sign
        row.cost_per_unit = self._unit(amount / entry.quantity)
        self.values.book(row, amount)
        if self.item.is_standard and row.inventoriable:
            self.values.more(row, ValueEntryType.VARIANCE, -amount, VarianceType.PURCHASE)

    # ------------------------------------------------------------------ undo

    def undo_of(self, worth: Worth, correction: Entry, first: NewValueEntry) -> None:
        """Expected cost of both entries becomes actual, so that the pair is worth nothing (B26).

        `first` is the correction's expected row.
        """
        entry = worth.entry
        for owner, amount in ((entry, worth.expected), (correction, first.cost_amount_expected)):
            row = self._copy(first, owner)
            row.document_number = worth.document_number
            row.invoiced_quantity = owner.quantity
            owner.invoiced, owner.completely_invoiced = owner.quantity, True
            owner.last_invoice_date = first.posting_date
            self.values.state.invoiced_quantity += owner.quantity
            self.values.book(row, amount, -amount)
        worth.expected = ZERO

    def _copy(self, first: NewValueEntry, owner: Entry) -> NewValueEntry:
        return NewValueEntry(
            owner, first.item_ledger_entry_type, ValueEntryType.DIRECT, first.posting_date, owner.valuation_date,
            first.document_number, owner.quantity, inventoriable=first.inventoriable,
            cost_per_unit=first.cost_per_unit, order_key=first.order_key,
            inventory_posting_group_id=first.inventory_posting_group_id,
            gen_business_posting_group_id=first.gen_business_posting_group_id,
            gen_product_posting_group_id=first.gen_product_posting_group_id, vendor_id=first.vendor_id,
            customer_id=first.customer_id, responsibility_center_id=first.responsibility_center_id,
            dimension_set_id=first.dimension_set_id, reason_code=first.reason_code,
        )  # fmt: skip

    # ------------------------------------------------------------------ rows

    def _row(self, line: InvoiceLine | ChargeLine, worth: Worth, kind: str, quantity: Decimal) -> NewValueEntry:
        entry = worth.entry
        return NewValueEntry(
            entry, entry.entry_type, kind, line.posting_date, entry.valuation_date, line.document_number, quantity,
            document_line=line.document_line, external_document_number=line.external_document_number,
            inventoriable=self.item.is_stock, order_key=entry.order_key, **worth.copied,
        )  # fmt: skip

    def _part(self, value: Decimal) -> Decimal:
        return self.values.amount(value)

    def _unit(self, value: Decimal) -> Decimal:
        return self.values.unit(value)


def _may_invoice(line: InvoiceLine, worth: Worth, quantity: Decimal) -> PostingError | None:
    entry = worth.entry
    if entry.entry_type not in INVOICED_LATER or worth.correction:
        return NothingToInvoice(line=line.key, entry=str(entry.id))
    if not worth.left_to_invoice:
        return AlreadyInvoiced(line=line.key, entry=str(entry.id))
    if quantity <= 0 or quantity > worth.left_to_invoice:
        left = plain(worth.left_to_invoice)
        return OverInvoiced(line=line.key, entry=str(entry.id), left=left, quantity=plain(quantity))
    return None
