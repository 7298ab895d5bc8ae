"""Stock: what is open, in memory, while lines are folded through it one after another (costing-application.md §2).

Pure: it knows what was read before, and what the lines so far have done; it never asks the database.
"""

from bisect import insort
from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal

from inventory.numbers import plain
from ledger.choices import EntryType, OrderType
from ledger.records import ZERO, Entry, NewApplication, NewItemEntry
from posting import making
from posting.applying import key_of, place_of
from posting.displace import Displacement
from posting.errors import (
    AlreadyApplied,
    PartInvoiced,
    UndoNotPossible,
    UndoOfInvoiced,
    ValuationBeforeCutoff,
)
from posting.later import INVOICED_LATER, Exact, Later
from posting.limits import beyond_the_books
from posting.lines import CapacityLine, ChargeLine, FinishLine, InvoiceLine, ItemFacts, Line, PostingLine
from posting.values import Values

NEW = 1 << 62


@dataclass(slots=True)
class Stock(Displacement):
    """Folds lines into a page of new rows."""

    _count: int = 0

    def post(self, line: Line) -> None:
        """Turn one line into new rows, seeing what the lines before it left."""
        if isinstance(line, FinishLine):
            self._finish(line)
            return
        first = len(self.page.value_entries)
        if isinstance(line, CapacityLine):
            self._work(line)
        elif isinstance(line, InvoiceLine | ChargeLine):
            self._later(line)
        else:
            for part in self._parts(line):
                self._move(part)
        self.refusals += beyond_the_books(line.key, self.page.value_entries[first:], self.states[line.item_id])

    def _parts(self, line: PostingLine) -> list[PostingLine]:
        """One line, or two where only a part is invoiced at once (ledger-model.md §5)."""
        now = line.invoiced
        if now is None or now in (0, line.quantity):
            return [line]
        if not 0 < now / line.quantity < 1:
            self.refusals.append(PartInvoiced(line=line.key, invoiced=plain(now), quantity=plain(line.quantity)))
            return []
        amount = line.amount
        first = None if amount is None else self._values(line.item_id).amount(amount * now / line.quantity)
        rest = None if amount is None or first is None else amount - first
        return [
            replace(line, quantity=now, invoiced=now, amount=first),
            replace(line, quantity=line.quantity - now, invoiced=ZERO, amount=rest, discount_amount=ZERO),
        ]

    def _move(self, line: PostingLine) -> None:
        item = self.facts.items[line.item_id]
        refused = making.refused_by_order(line, self.opening.known, self.facts)
        if refused:
            self.refusals += refused
        elif line.undoes:
            self._undo(line, item)
        elif line.is_transfer:
            self._transfer(line, item)
        elif line.signed_quantity > 0:
            self._receive(line, item)
        else:
            self._issue(line, item)

    def _values(self, item_id: int) -> Values:
        return Values(self.facts, self.states[item_id], self.page, self.opening.known)

    # ------------------------------------------------------------------ later events and orders

    def _later(self, line: InvoiceLine | ChargeLine) -> None:
        """An invoice or a charge of an entry that is there."""
        item, worth = self.facts.items[line.item_id], self.opening.worths[line.entry]
        later = Later(self._values(item.id), item)
        cutoff = self.facts.setup.earliest_valuation_date
        if isinstance(line, InvoiceLine):
            target = self.opening.entries.get(worth.applies_to or 0)
            elements = self.opening.elements.get(worth.applies_to or 0)
            exact = Exact(elements, target.quantity) if elements is not None and target is not None else None
            self.refusals += later.invoice(line, worth, exact)
        elif cutoff is not None and worth.entry.valuation_date < cutoff:
            day = str(worth.entry.valuation_date)
            self.refusals.append(ValuationBeforeCutoff(line=line.key, date=day, cutoff=str(cutoff)))
            return
        else:
            later.charge(line, worth)
        self.changed[worth.entry.id] = worth.entry
        self._must_be_adjusted(worth.entry.item_id, min(line.posting_date, worth.entry.valuation_date))

    def _undo(self, line: PostingLine, item: ItemFacts) -> None:
        """Take a receipt or shipment back that was not invoiced (costing-application.md §11)."""
        worth = self.opening.worths[line.applies_to or line.applies_from or 0]
        entry = worth.entry
        unused = entry.remaining == entry.quantity if entry.quantity > 0 else entry.returnable == entry.quantity
        if entry.entry_type not in INVOICED_LATER or worth.correction:
            self.refusals.append(UndoNotPossible(line=line.key, entry=str(entry.id)))
        elif entry.invoiced:
            self.refusals.append(UndoOfInvoiced(line=line.key, entry=str(entry.id), item=item.number))
        elif not unused and item.is_stock:
            self.refusals.append(AlreadyApplied(line=line.key, entry=str(entry.id), item=item.number))
        else:
            first = len(self.page.value_entries)
            (self._receive if entry.quantity < 0 else self._issue)(line, item)
            row = self.page.value_entries[first]
            Later(self._values(item.id), item).undo_of(worth, row.entry, row)
            self.changed[entry.id] = entry

    def _work(self, line: CapacityLine) -> None:
        refused = making.refused_by_order(line, self.opening.known, self.facts)
        self.refusals += refused
        if not refused:
            new, rows = making.work(line, self.facts, self.opening.known.order_of(line))
            self.page.capacity_entries.append(new)
            self.page.value_entries += rows
            self._went_in(line)

    def _went_in(self, line: PostingLine | CapacityLine) -> None:
        """What an assembly made follows whatever goes in, also afterwards; production waits for its end."""
        if line.order_key[0] == OrderType.ASSEMBLY:
            self._must_be_adjusted(self.opening.known.order_of(line).item_id, line.posting_date)

    def _finish(self, line: FinishLine) -> None:
        orders = making.finished(line, self.opening.known)
        if not orders:
            self.refusals.append(making.unknown(line))
        for order in orders:
            if order.outputs:
                self._must_be_adjusted(order.item_id, min(entry.valuation_date for entry in order.outputs))

    def _dated_by_order(self, line: PostingLine, entry: Entry) -> None:
        """An output is not valued before what was consumed for it (costing-application.md §5 C)."""
        if line.entry_type == EntryType.OUTPUT:
            order = self.opening.known.order_of(line)
            if line.signed_quantity > 0:
                entry.valuation_date = max(entry.valuation_date, order.consumed_on or entry.valuation_date)
                order.outputs.append(entry)
        elif line.entry_type == EntryType.CONSUMPTION:
            order = self.opening.known.order_of(line)
            order.consumed_on = max(order.consumed_on or entry.valuation_date, entry.valuation_date)
            for output in order.outputs:
                self._raise(output, order.consumed_on)

    # ------------------------------------------------------------------ the three movements

    def _receive(self, line: PostingLine, item: ItemFacts) -> None:
        entry = self._new(line, item, line.location_id, line.signed_quantity)
        source = self._returned(line, entry)
        if source is not None:
            entry.valuation_date = max(entry.posting_date, source.valuation_date)
            self._returns[source.id].append(entry)
            self._remember_source(entry, source)
            if line.entry_type == EntryType.CONSUMPTION:
                entry.completely_invoiced = source.completely_invoiced
        self._serial_comes_in(line, item, entry)
        self._dated_by_order(line, entry)
        self._add(line, entry)
        self.page.applications.append(
            NewApplication(entry, entry, source, entry.quantity, entry.posting_date, True, fixed=source is not None)
        )
        if not line.drop_shipment:
            self._cover_open_issues(line, item, entry)
        values = self._values(item.id)
        if line.entry_type == EntryType.ASSEMBLY_OUTPUT and source is None:
            values.assembled(line, item, entry, self.opening.known.order_of(line).went_in)
        else:
            values.receipt(line, item, entry, source, self.opening.elements.get(line.applies_from or 0))
        self._remember(entry, line)

    def _issue(self, line: PostingLine, item: ItemFacts) -> None:
        entry = self._new(line, item, line.location_id, line.signed_quantity)
        supplies = self._take(line, item, entry) if item.is_stock else []
        fixed = line.applies_to is not None or line.delivered_by is not None
        by_average = item.is_average and not fixed
        if line.entry_type == EntryType.CONSUMPTION:
            entry.completely_invoiced = all(supply.completely_invoiced for supply, _ in supplies)
        self._dated_by_order(line, entry)
        self._add(line, entry)
        self._link(entry, supplies, cost=not by_average, fixed=fixed)
        target = self.opening.entries.get(line.applies_to or 0)
        elements = self.opening.elements.get(line.applies_to or 0)
        self._values(item.id).issue(line, item, entry, by_average, target, elements)
        if line.entry_type == EntryType.ASSEMBLY_CONSUMPTION:
            self.opening.known.order_of(line).went_in -= entry.cost
            self._went_in(line)
        self._remember(entry, line)

    def _transfer(self, line: PostingLine, item: ItemFacts) -> None:
        assert line.new_location_id is not None
        out = self._new(line, item, line.location_id, -line.quantity)
        supplies = self._take(line, item, out)
        arrives = self._leaves_transit(line)  # what is in transit is not averaged again (costing-application.md §3)
        by_average = item.is_average and line.applies_to is None and not arrives
        whole = item.is_average and line.applies_to is None
        out.completely_invoiced = all(supply.completely_invoiced for supply, _ in supplies)
        self._add(line, out)
        self._link(out, supplies, cost=not by_average, fixed=line.applies_to is not None)
        if arrives and whole:
            out.cost = -sum((supply.cost * taken / supply.quantity for supply, taken in supplies), ZERO)
        parts = [(None, line.quantity)] if whole else supplies
        halves = [self._arrive(line, item, out, supply, quantity, arrives) for supply, quantity in parts]
        moved, out.cost = out.cost, ZERO
        self._values(item.id).transfer(line, item, out, halves, by_average, moved)
        for half, _ in halves:
            if not self._goes_into_transit(line):
                self._cover_open_issues(line, item, half)
            self._remember(half, line)
        self._remember(out, line)

    def _goes_into_transit(self, line: PostingLine) -> bool:
        return line.moves_to_or_from_transit and self.facts.locations[line.new_location_id or 0].in_transit

    def _arrive(
        self, line: PostingLine, item: ItemFacts, out: Entry, supply: Entry | None, quantity: Decimal, keeps: bool
    ) -> tuple[Entry, Entry | None]:
        half = self._new(line, item, line.new_location_id or 0, quantity)
        half.valuation_date = out.valuation_date
        half.completely_invoiced = out.completely_invoiced
        self._remember_source(half, out)  # and so all that it was taken from (costing-application.md §6)
        self._add(line, half)
        self.page.applications.append(
            NewApplication(
                half, half, out, quantity, half.posting_date, keeps or supply is not None, transferred_from=supply
            )
        )
        return half, supply

    # ------------------------------------------------------------------ rows

    def _new(self, line: PostingLine, item: ItemFacts, location_id: int, quantity: Decimal) -> Entry:
        self._count += 1
        later = line.invoiced == 0 or line.entry_type == EntryType.OUTPUT  # it is expected cost until then
        return Entry(
            item.id, location_id, line.variant_id or 0, line.posting_date, line.posting_date, quantity,
            quantity if item.is_stock else ZERO, NEW + self._count, 0, line.serial_number, line.lot_number,
            line.package_number, not later, quantity if quantity < 0 and item.is_stock else ZERO, ZERO, False,
            line.entry_type, ZERO if later else quantity, None if later else line.posting_date, line.order_key,
        )  # fmt: skip

    def _add(self, line: PostingLine, entry: Entry) -> None:
        self.page.item_entries.append(
            NewItemEntry(
                entry, line.entry_type, line.document_date, line.document_number, line.unit_code,
                line.quantity_per_unit, line.variant_id, document_type=line.document_type,
                document_line=line.document_line, drop_shipment=line.drop_shipment or line.delivered_by is not None,
                applies_to=self._delivered.get(line.delivered_by) if line.delivered_by is not None else None,
                external_document_number=line.external_document_number, description=line.description,
                applies_to_entry_id=None if line.is_transfer and entry.quantity > 0 else line.applies_to,
                correction=line.correction,
                expiration_date=line.expiration_date, warranty_date=line.warranty_date, vendor_id=line.vendor_id,
                customer_id=line.customer_id, responsibility_center_id=line.responsibility_center_id,
                dimension_set_id=line.dimension_set_id, reason_code=line.reason_code,
            )
        )  # fmt: skip

    def _link(self, entry: Entry, supplies: Iterable[tuple[Entry, Decimal]], *, cost: bool, fixed: bool) -> None:
        for supply, quantity in supplies:
            self.page.applications.append(
                NewApplication(entry, supply, entry, -quantity, entry.posting_date, cost, fixed)
            )

    def _remember(self, entry: Entry, line: PostingLine) -> None:
        """From now on the entry is there for the lines that follow, and its item has work for the adjuster."""
        if line.drop_shipment:
            self._delivered[line.key] = entry
        elif entry.remaining:
            insort(self._open[key_of(entry)], entry, key=place_of)
        if entry.remaining > 0 and entry.serial_number:
            self.opening.serials.add((entry.item_id, entry.serial_number))
        self._must_be_adjusted(entry.item_id, min(entry.posting_date, entry.valuation_date))
