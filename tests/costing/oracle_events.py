"""What each event writes: entries, links and rows at posting (ledger-model.md §5 to §7)."""

import copy
from dataclasses import dataclass, fields, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

from tests.costing.oracle_book import NONE, TRANSIT, ZERO, Entry, Order, Refuse, Value, cents
from tests.costing.oracle_links import Links


@dataclass(frozen=True)
class Part:
    """A component or a resource of an assembly."""

    quantity: Decimal
    place: int = 0
    item: int = 0
    direct: Decimal = ZERO
    indirect: Decimal = ZERO


@dataclass(frozen=True)
class Event:
    """One thing that happens, with every number said; entries by their number.

    `quantity` is above zero; `amount` is a line amount, `unit` a unit cost; `ship_only` leaves the invoice for later.
    """

    kind: str
    day: date
    item: int = 0
    place: int = 0
    quantity: Decimal = ZERO
    amount: Decimal = ZERO
    unit: Decimal = ZERO
    entry: int | None = None
    other: int | None = None
    ship_only: bool = False
    serial: str = ""
    order: str = ""
    to: int = 0
    parts: tuple[Part, ...] = ()


def exact(told: Event | Part) -> Event | Part:
    """With fractions in place of decimals."""
    values = {field.name: getattr(told, field.name) for field in fields(told)}
    numbers = {name: Fraction(value) for name, value in values.items() if isinstance(value, Decimal)}
    return replace(told, **numbers)


class Events(Links):
    """One method for each kind of event."""

    def play(self, event: Event) -> list[Entry]:
        """The entries that it adds. Raises `Refuse`, and then nothing has happened."""
        before = copy.deepcopy(self.__dict__)
        known = len(self.entries)
        try:
            getattr(self, f"_{event.kind}")(exact(event))
        except Refuse:
            self.__dict__ = before
            raise
        return self.entries[known:]

    def _the(self, number: int | None) -> Entry:
        assert number is not None
        return self.entries[number]

    # ------------------------------------------------------------------ increases

    def _purchase(self, event: Event) -> None:
        self.cover(self._buy(event))

    def _drop(self, event: Event) -> None:
        """The vendor delivers to the customer: a receipt that feeds nothing but its own shipment (§6.11)."""
        receipt = self._buy(event)
        receipt.dropped = True
        self._issue("sale", replace(event, entry=receipt.number))

    def _buy(self, event: Event) -> Entry:
        world, quantity = self.world.items[event.item], event.quantity
        entry = self.new_entry("purchase", event.item, event.place, event.day, quantity, serial=event.serial)
        entry.amount = event.amount
        if event.ship_only:
            expected = cents(event.amount * (100 + self.percents[event.item]) / 100 + self.rates[event.item] * quantity)
            if world.method == "standard":
                expected = cents(self.standards[event.item] * quantity)
            self.value(entry, "direct", event.day, quantity, expected=expected, awaits_invoice=True)
        else:
            self._bought(entry, event.day, quantity, event.amount, NONE)
        return entry

    def _bought(self, entry: Entry, day: date, quantity: Fraction, amount: Fraction, expected: Fraction) -> None:
        """Direct, the revaluations it takes back, indirect, variance (A2)."""
        world = self.world.items[entry.item]
        balancing = self._balancing(entry, quantity)
        self.value(entry, "direct", day, quantity, invoiced=quantity, actual=amount, expected=expected)
        self._balance(entry, day, balancing)
        indirect = cents(amount * self.percents[entry.item] / 100 + self.rates[entry.item] * quantity)
        if indirect:
            self.value(entry, "indirect", day, quantity, actual=indirect)
        if world.method == "standard":
            variance = cents(self.standards[entry.item] * quantity) - amount - indirect
            if variance:
                self.value(entry, "variance", day, quantity, actual=variance)

    def _balancing(self, entry: Entry, quantity: Fraction) -> list[tuple[Value, Fraction]]:
        """What an invoice of this quantity takes back of each expected revaluation (B15)."""
        found = []
        for row in entry.rows:
            if row.kind != "revaluation" or row.balances or not row.expected:
                continue
            earlier = sum((r.invoiced for r in entry.rows if r.sequence < row.sequence), NONE)
            back = sum((r.expected for r in entry.rows if r.balances is row), NONE)
            part = -cents(row.expected * quantity / (entry.quantity - earlier))
            found.append((row, -row.expected - back if entry.invoiced + quantity == entry.quantity else part))
        return found

    def _balance(self, entry: Entry, day: date, balancing: list[tuple[Value, Fraction]]) -> None:
        for row, amount in balancing:
            made = self.value(
                entry, "revaluation", day, row.valued_quantity, expected=amount, partial=row.partial, balances=row
            )
            made.valued = row.valued

    def _positive(self, event: Event) -> None:
        entry = self.new_entry(
            "positive_adjmt", event.item, event.place, event.day, event.quantity, serial=event.serial
        )
        unit = self._unit(event)
        self.value(
            entry, "direct", event.day, event.quantity, invoiced=event.quantity, actual=cents(unit * event.quantity)
        )
        self.cover(entry)

    def _unit(self, event: Event) -> Fraction:
        """Standard items have their standard, whatever the line says (B1, B9)."""
        return self.standards[event.item] if self.method(event.item) == "standard" else event.unit

    def _invoice(self, event: Event) -> None:
        """Of a receipt or shipment of any kind; the rest, or a part (ledger-model.md §7.4)."""
        entry = self._the(event.entry)
        sign = 1 if entry.quantity > 0 else -1
        if event.quantity > abs(entry.quantity - entry.invoiced):
            raise Refuse("over_invoiced")
        quantity = event.quantity * sign
        written = [row for row in entry.rows if row.kind != "revaluation"]
        first = entry.awaits_invoice
        assert first is not None
        if entry.invoiced + quantity == entry.quantity:
            expected = -sum((row.expected for row in written), NONE)
        else:
            expected = -cents(quantity / entry.quantity * first.expected)
        if entry.kind == "purchase" and sign > 0:
            self._bought(entry, event.day, quantity, event.amount, expected)
            return
        balancing = self._balancing(entry, quantity) if sign > 0 else []
        actual = cents(entry.unit * quantity)
        self.value(entry, "direct", event.day, quantity, invoiced=quantity, actual=actual, expected=expected)
        self._balance(entry, event.day, balancing)

    # ------------------------------------------------------------------ issues

    def _sale(self, event: Event) -> None:
        self._issue("sale", event)

    def _negative(self, event: Event) -> None:
        self._issue("negative_adjmt", event)

    def _vendor_return(self, event: Event) -> None:
        entry = self._issue("purchase", event)
        entry.exact = entry.target is not None

    def _issue(self, kind: str, event: Event) -> Entry:
        target = self._the(event.entry) if event.entry is not None else None
        place = target.place if target else event.place
        serial = target.serial if target else event.serial
        entry = self.new_entry(kind, event.item, place, event.day, -event.quantity, serial=serial)
        entry.target, entry.order, entry.unit = target, event.order, self._unit(event)
        if kind == "purchase" and target is None and self.method(event.item) != "standard":
            with_overhead = event.unit * (100 + self.percents[event.item]) / 100 + self.rates[event.item]
            entry.unit = cents(with_overhead * 1000) / 1000  # to unit-amount precision (B8)
        entry.averaged = self.method(event.item) == "average" and target is None
        self.take(entry)
        cost = cents(entry.unit * entry.quantity)
        if event.ship_only:
            self.value(entry, "direct", event.day, entry.quantity, expected=cost, awaits_invoice=True)
        else:
            self.value(entry, "direct", event.day, entry.quantity, invoiced=entry.quantity, actual=cost)
        return entry

    # ------------------------------------------------------------------ returns

    def _customer_return(self, event: Event) -> None:
        self._brought_back("sale", event)

    def _put_right(self, event: Event) -> None:
        self._brought_back("positive_adjmt", event)

    def _put_back(self, event: Event) -> None:
        self._raise_outputs(self._brought_back("consumption", event))

    def _brought_back(self, kind: str, event: Event) -> Entry:
        issue = self._the(event.entry) if event.entry is not None else None
        serial = issue.serial if issue else event.serial
        if issue and event.quantity > -issue.returnable:
            raise Refuse("returned_more_than_shipped")
        if serial and any(each.left > 0 and each.serial == serial for each in self.entries):
            raise Refuse("serial_on_inventory")
        entry = self.new_entry(kind, event.item, event.place, event.day, event.quantity, serial=serial)
        entry.comes_from, entry.order = issue, issue.order if issue else ""
        entry.unit = issue.unit if issue else self._unit(event)
        if issue:
            issue.returnable += event.quantity
            entry.valued = max(event.day, issue.value_date)
        cost = cents(entry.unit * event.quantity)
        if event.ship_only:
            self.value(entry, "direct", event.day, event.quantity, expected=cost, awaits_invoice=True)
        else:
            self.value(entry, "direct", event.day, event.quantity, invoiced=event.quantity, actual=cost)
        self.cover(entry)
        return entry

    # ------------------------------------------------------------------ transfers

    def _transfer(self, event: Event) -> None:
        self._move(event, event.place, event.to)

    def _transfer_ship(self, event: Event) -> None:
        self._move(event, event.place, TRANSIT)

    def _transfer_receive(self, event: Event) -> None:
        self._move(event, TRANSIT, event.to)

    def _move(self, event: Event, place: int, to: int) -> None:
        """One half leaves; for each supply another arrives, for an averaged one a single one (§6.8)."""
        out = self.new_entry("transfer", event.item, place, event.day, -event.quantity)
        out.target = self._the(event.entry) if event.entry is not None else None
        out.serial, out.order = out.target.serial if out.target else event.serial, event.order
        self.take(out)
        out.averaged = not all(link.carries for link in self.taken(out))
        self.value(out, "direct", event.day, out.quantity, invoiced=out.quantity)
        supplies = [(link.inbound, link.quantity) for link in self.taken(out)]
        for supply, quantity in [(None, event.quantity)] if out.averaged else supplies:
            half = self.new_entry("transfer", event.item, to, event.day, quantity)
            half.serial, half.order, half.half_of, half.supply = out.serial, event.order, out, supply
            half.valued = out.valued
            self.value(half, "direct", event.day, quantity, invoiced=quantity)
            self.cover(half)

    # ------------------------------------------------------------------ charges and revaluations

    def _charge(self, event: Event) -> None:
        """On an increase it is worth, on an issue it is not (costing-revaluation-item-charges-variance.md §3.2)."""
        entry, amount = self._the(event.entry), event.amount
        if entry.quantity < 0:
            signed = amount if entry.kind == "purchase" else -amount
            self.value(entry, "direct", event.day, entry.quantity, without_stock=signed, charge=True)
            return
        self.value(entry, "direct", event.day, entry.quantity, actual=amount, charge=True)
        if self.method(entry.item) == "standard":
            self.value(entry, "variance", event.day, entry.quantity, actual=-amount, charge=True)

    def revalue(
        self, entry: Entry, day: date, actual: Fraction, expected: Fraction, quantity: Fraction, *, partial: bool
    ) -> None:
        if actual or expected:
            self.value(entry, "revaluation", day, quantity, partial=partial, actual=actual, expected=expected)

    def _revalue_entry(self, event: Event) -> None:
        entry = self._the(event.entry)
        self.revalue(entry, event.day, event.amount, NONE, entry.quantity, partial=False)

    def _revalue_remaining(self, event: Event) -> None:
        entry = self._the(event.entry)
        self.revalue(entry, event.day, event.amount, NONE, self.left_on(entry, event.day), partial=True)

    # ------------------------------------------------------------------ undo

    def _undo(self, event: Event) -> None:
        """A correction of the opposite quantity, linked exactly; both are invoiced whole (B26)."""
        entry = self._the(event.entry)
        if entry.quantity > 0 and entry.left != entry.quantity:
            raise Refuse("already_applied")
        expected = sum((row.expected for row in entry.rows), NONE)
        back = self.new_entry(entry.kind, entry.item, entry.place, entry.posted, -entry.quantity, serial=entry.serial)
        back.correction, back.order, back.unit = True, entry.order, entry.unit
        if entry.quantity > 0:
            back.target = entry
            self.take(back)
        else:
            back.comes_from, back.valued, entry.returnable = entry, max(entry.posted, entry.value_date), NONE
            self.cover(back)
        back.returnable = NONE
        self.value(
            entry, "direct", entry.posted, entry.quantity, invoiced=entry.quantity, actual=expected, expected=-expected
        )
        self.value(back, "direct", entry.posted, back.quantity, expected=-expected, awaits_invoice=True)
        self.value(
            back, "direct", entry.posted, back.quantity, invoiced=back.quantity, actual=-expected, expected=expected
        )

    # ------------------------------------------------------------------ orders

    def _consume(self, event: Event) -> None:
        self._order(event.order, "production")
        entry = self._issue("consumption", event)
        self._raise_outputs(entry)

    def _output(self, event: Event) -> None:
        self._order(event.order, "production")
        entry = self.new_entry("output", event.item, event.place, event.day, event.quantity, order=event.order)
        used = [each.valued for each in self.of_order(event.order, "consumption")]
        entry.unit, entry.valued = self._unit(event), max([event.day, *used])
        expected = cents(entry.unit * event.quantity)
        self.value(entry, "direct", event.day, event.quantity, expected=expected, awaits_invoice=True)
        self.cover(entry)

    def _unmake(self, event: Event) -> None:
        """An output is taken back, linked exactly; what it is worth its order says (B24)."""
        self._issue("output", event)

    def _capacity(self, event: Event) -> None:
        order = self._order(event.order, "production")
        self._resource(order, event.parts[0])

    def _resource(self, order: Order, part: Part) -> None:
        order.capacity += Fraction(part.direct)
        order.capacity_overhead += Fraction(part.indirect)

    def _order(self, number: str, kind: str) -> Order:
        return self.orders.setdefault(number, Order(number, kind))

    def _finish(self, event: Event) -> None:
        order = self.orders[event.order]
        order.finished, order.standard = True, self.standards[order.item]

    def _assemble(self, event: Event) -> None:
        order = self._order(event.order, "assembly")
        order.finished, order.standard = True, self.standards[order.item]
        for part in event.parts:
            if part.direct or part.indirect:
                self._resource(order, part)
            else:
                needed = replace(event, item=part.item, place=part.place, quantity=Fraction(part.quantity), parts=())
                self._issue("assembly_consumption", needed)
        entry = self.new_entry("assembly_output", event.item, event.place, event.day, event.quantity, order=event.order)
        self.value(entry, "direct", event.day, event.quantity, invoiced=event.quantity)
        self.cover(entry)

    # ------------------------------------------------------------------ setup and links by hand

    def _set_standard(self, event: Event) -> None:
        self.standards[event.item] = event.unit

    def _revalue_item(self, event: Event) -> None:
        self.revalue_item(event.item, event.day, None if event.place < 0 else event.place, event.amount)

    def revalue_item(self, item: int, day: date, place: int | None, new: Fraction) -> None:
        """Known where costs are."""
        raise NotImplementedError

    def _unapply(self, event: Event) -> None:
        self.unapply(self._the(event.entry), self._the(event.other))

    def _apply(self, event: Event) -> None:
        self.apply(self._the(event.other), self._the(event.entry))

    def _reapply(self, event: Event) -> None:
        self.reapply(event.item)
