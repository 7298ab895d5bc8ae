"""What a step is about: chosen when it is its turn, from what is there then.

A step is a kind and a seed: leaving one out of a history leaves the meaning of the others much as it was.
"""

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from tests.costing.oracle_book import (
    COMPONENT,
    EAST,
    NONE,
    PRODUCT,
    START,
    TRANSIT,
    WEST,
    ZERO,
    Entry,
    cents,
    money,
)
from tests.costing.oracle_draw import Step
from tests.costing.oracle_events import Event, Part
from tests.costing.oracle_proposal import Proposals

QUANTITIES = tuple(Decimal(text) for text in ("1", "1", "2", "2", "3", "3", "5", "7", "10", "0.5", "1.33333", "20"))
PRICES = tuple(Decimal(text) for text in ("10", "3.33", "14.29", "0.07", "7", "99.99", "0", "1.005", "123.45"))
CHARGES = tuple(Decimal(text) for text in ("1", "0.07", "12.34", "100", "-0.5", "0.01"))


class Planner:
    """Makes events of steps. Raises `LookupError` where there is nothing that the step could be about."""

    def __init__(self, oracle: Proposals, chance: random.Random) -> None:
        self.oracle = oracle
        self.spread = chance.choice((1, 3, 40, 120))
        self.negative = chance.random() < 0.3  # issues may stay uncovered
        self.dice = chance
        self.last = START

    def plan(self, step: Step) -> list[Event]:
        self.dice = random.Random(step.seed)
        events: list[Event] = getattr(self, f"_{step.kind}")()
        self.last = max([self.last, *(event.day for event in events)])
        return events

    # ------------------------------------------------------------------ choices

    def _day(self) -> date:
        return START + timedelta(days=self.dice.randrange(self.spread))

    def _item(self) -> int:
        return COMPONENT if self.dice.random() < 0.7 else PRODUCT

    def _method(self, item: int) -> str:
        return self.oracle.method(item)

    def _quantity(self, item: int) -> Decimal:
        return Decimal(1) if self._method(item) == "specific" else self.dice.choice(QUANTITIES)

    def _amount(self, quantity: Decimal) -> Decimal:
        return money(cents(Fraction(self.dice.choice(PRICES)) * Fraction(quantity)))

    def _one(self, wanted: Callable[[Entry], bool]) -> Entry:
        found = [entry for entry in self.oracle.entries if wanted(entry)]
        if not found:
            raise LookupError
        return self.dice.choice(found)

    def _part_of(self, entry: Entry, whole: Fraction) -> Decimal:
        """All of a quantity, or some of it."""
        if self._method(entry.item) == "specific" or self.dice.random() < 0.5:
            return decimal(whole)
        return min(decimal(whole), self.dice.choice(QUANTITIES))

    def _fate(self, chance: float) -> bool:
        return self.dice.random() < chance

    def _stock(self, item: int) -> tuple[int, Decimal, str]:
        """A place with goods, and how many of them; their serial number for specific items."""
        entry = self._one(lambda each: each.item == item and each.left > 0 and each.place != TRANSIT)
        if self._method(item) == "specific":
            return entry.place, Decimal(1), entry.serial
        mine = [each for each in self.oracle.entries if each.item == item and each.place == entry.place]
        there = decimal(sum((each.left for each in mine if each.left > 0), NONE))
        wanted = there if self._fate(0.25) else self.dice.choice(QUANTITIES)
        return entry.place, min(wanted, there), ""

    # ------------------------------------------------------------------ increases

    def _purchase(self, *, ship_only: bool = False) -> list[Event]:
        item = self._item()
        quantity = self._quantity(item)
        serial = f"S{len(self.oracle.entries)}" if self._method(item) == "specific" else ""
        return [Event("purchase", self._day(), item, self.dice.choice((EAST, WEST)), quantity,
                      self._amount(quantity), serial=serial, ship_only=ship_only)]  # fmt: skip

    def _drop(self) -> list[Event]:
        return [replace(each, kind="drop", unit=self.dice.choice(PRICES)) for each in self._purchase(
            ship_only=self._fate(0.7))]  # fmt: skip

    def _receive(self) -> list[Event]:
        return self._purchase(ship_only=True)

    def _positive(self) -> list[Event]:
        item = self._item()
        serial = f"S{len(self.oracle.entries)}" if self._method(item) == "specific" else ""
        return [Event("positive", self._day(), item, self.dice.choice((EAST, WEST)), self._quantity(item),
                      unit=self.dice.choice(PRICES), serial=serial)]  # fmt: skip

    def _invoice(self) -> list[Event]:
        entry = self._one(lambda each: each.awaits_invoice is not None and each.kind in ("purchase", "sale")
                          and not each.correction and each.invoiced != each.quantity)  # fmt: skip
        rest = abs(entry.quantity - entry.invoiced)
        quantity = self._part_of(entry, rest)
        if entry.exact:
            quantity = decimal(rest)  # elements of a return that is invoiced in part: nothing is said
        amount = money(cents(entry.amount * Fraction(quantity) / abs(entry.quantity)))
        if self._fate(0.5):
            amount = self._amount(quantity)
        return [Event("invoice", self._day(), entry.item, quantity=quantity, amount=amount, entry=entry.number)]

    # ------------------------------------------------------------------ issues

    def _sale(self, kind: str = "sale", *, ship_only: bool = False) -> list[Event]:
        item = self._item()
        if self.negative and self._fate(0.4) and self._method(item) != "specific":
            place, quantity, serial = self.dice.choice((EAST, WEST)), self._quantity(item), ""
        else:
            place, quantity, serial = self._stock(item)
        return [Event(kind, self._day(), item, place, quantity, unit=self.dice.choice(PRICES), serial=serial,
                      ship_only=ship_only)]  # fmt: skip

    def _ship(self) -> list[Event]:
        return self._sale(ship_only=True)

    def _negative(self) -> list[Event]:
        return self._sale("negative")

    def _free_vendor_return(self) -> list[Event]:
        return self._sale("vendor_return", ship_only=self._fate(0.5))

    def _sale_of(self) -> list[Event]:
        """Fixed; now and then of goods that others have taken (B18)."""
        gone = self._fate(0.3)
        return self._fixed("sale", lambda entry: (gone and bool(self.oracle.used(entry))) or entry.left > 0)

    def _vendor_return(self) -> list[Event]:
        return self._fixed("vendor_return", lambda entry: entry.kind == "purchase" and entry.left > 0)

    def _fixed(self, kind: str, wanted: Callable[[Entry], bool]) -> list[Event]:
        entry = self._one(lambda each: each.quantity > 0 and each.place != TRANSIT and wanted(each))
        whole = entry.quantity if self._fate(0.3) and self._method(entry.item) != "specific" else entry.left
        quantity = self._part_of(entry, whole or entry.quantity)
        return [Event(kind, self._day(), entry.item, entry.place, quantity, unit=self.dice.choice(PRICES),
                      entry=entry.number, serial=entry.serial, ship_only=self._fate(0.3))]  # fmt: skip

    # ------------------------------------------------------------------ returns

    def _customer_return(self) -> list[Event]:
        return self._back("customer_return", "sale", ship_only=self._fate(0.4))

    def _put_right(self) -> list[Event]:
        return self._back("put_right", "negative_adjmt")

    def _put_back(self) -> list[Event]:
        return self._back("put_back", "consumption")

    def _back(self, kind: str, of: str, *, ship_only: bool = False) -> list[Event]:
        issue = self._one(lambda each: each.kind == of and each.returnable < 0 and not each.correction
                          and (of != "consumption" or not self.oracle.orders[each.order].finished))  # fmt: skip
        quantity = self._part_of(issue, -issue.quantity if self._fate(0.1) else -issue.returnable)
        place = issue.place if self._fate(0.8) else self.dice.choice((EAST, WEST))
        return [Event(kind, self._day(), issue.item, place, quantity, entry=issue.number, serial=issue.serial,
                      order=issue.order, ship_only=ship_only)]  # fmt: skip

    def _free_customer_return(self) -> list[Event]:
        item = self._item()
        if self._method(item) == "specific":
            raise LookupError
        return [Event("customer_return", self._day(), item, self.dice.choice((EAST, WEST)), self._quantity(item),
                      unit=self.dice.choice(PRICES), ship_only=self._fate(0.4))]  # fmt: skip

    # ------------------------------------------------------------------ transfers

    def _transfer(self) -> list[Event]:
        item = self._item()
        place, quantity, serial = self._stock(item)
        return [Event("transfer", self._day(), item, place, quantity, serial=serial, to=1 - place)]

    def _transfer_of(self) -> list[Event]:
        entry = self._one(lambda each: each.left > 0 and each.place != TRANSIT)
        return [Event("transfer", self._day(), entry.item, entry.place, self._part_of(entry, entry.left),
                      entry=entry.number, serial=entry.serial, to=1 - entry.place)]  # fmt: skip

    def _transfer_ship(self) -> list[Event]:
        item = self._item()
        place, quantity, serial = self._stock(item)
        return [Event("transfer_ship", self._day(), item, place, quantity, serial=serial, to=TRANSIT,
                      order=f"T{len(self.oracle.entries)}")]  # fmt: skip

    def _transfer_receive(self) -> list[Event]:
        entry = self._one(lambda each: each.left > 0 and each.place == TRANSIT)
        same = [each for each in self.oracle.entries if each.order == entry.order and each.place == TRANSIT]
        whole = sum((each.left for each in same if each.left > 0), NONE)
        return [Event("transfer_receive", self._day(), entry.item, TRANSIT, self._part_of(entry, whole),
                      serial=entry.serial, to=self.dice.choice((EAST, WEST)), order=entry.order)]  # fmt: skip

    # ------------------------------------------------------------------ closing

    def _receive_all(self) -> list[Event]:
        there = [each for each in self.oracle.entries if each.left > 0 and each.place == TRANSIT]
        to = {each.order: self.dice.choice((EAST, WEST)) for each in there}
        return [Event("transfer_receive", self._day(), each.item, TRANSIT, decimal(each.left), serial=each.serial,
                      to=to[each.order], order=each.order) for each in there]  # fmt: skip

    def _finish_all(self) -> list[Event]:
        return [Event("finish", self.last, PRODUCT, order=order.number) for order in self.oracle.orders.values()
                if not order.finished and self.oracle.of_order(order.number, "output")]  # fmt: skip

    def _sell_all(self) -> list[Event]:
        there = [each for each in self.oracle.entries if each.left > 0 and each.place != TRANSIT]
        self.dice.shuffle(there)
        return [Event("sale", self._day(), each.item, each.place, decimal(each.left), serial=each.serial,
                      unit=self.dice.choice(PRICES)) for each in there]  # fmt: skip

    def _invoice_all(self) -> list[Event]:
        there = [each for each in self.oracle.entries if each.awaits_invoice is not None and not each.correction
                 and each.kind in ("purchase", "sale") and each.invoiced != each.quantity]  # fmt: skip
        rests = [decimal(abs(each.quantity - each.invoiced)) for each in there]
        return [Event("invoice", self._day(), each.item, quantity=rest, amount=self._amount(rest), entry=each.number)
                for each, rest in zip(there, rests, strict=True)]  # fmt: skip

    # ------------------------------------------------------------------ charges, revaluations, undo

    def _is_undone(self, entry: Entry) -> bool:
        return entry.correction or any(
            each.correction and entry in (each.target, each.comes_from) for each in self.oracle.entries
        )

    def _charge(self) -> list[Event]:
        inbound = self._fate(0.85)
        kinds = ("purchase", "positive_adjmt", "transfer", "sale") if inbound else ("purchase", "sale")
        entry = self._one(lambda each: (each.quantity > 0) == inbound and each.kind in kinds
                          and each.place != TRANSIT and not self._is_undone(each))  # fmt: skip
        return [Event("charge", self._day(), entry.item, entry.place, amount=self.dice.choice(CHARGES),
                      entry=entry.number)]  # fmt: skip

    def _change(self, worth: Fraction) -> Decimal:
        """By how much, so that goods are worth nothing at least."""
        amount: Decimal = self.dice.choice(CHARGES)
        return amount if worth + Fraction(amount) >= 0 else abs(amount)

    def _revalue_entry(self) -> list[Event]:
        self.oracle.solve()
        entry = self._one(lambda each: each.quantity > 0 and self.oracle.complete(each) and not self._is_undone(each))
        partial = sum((row.actual for row in entry.rows if row.partial), NONE)
        return [Event("revalue_entry", self._day(), entry.item, entry.place, entry=entry.number,
                      amount=self._change(self.oracle.cost(entry) - partial))]  # fmt: skip

    def _revalue_remaining(self) -> list[Event]:
        self.oracle.solve()
        day = self._day()
        entry = self._one(
            lambda each: each.quantity > 0 and self.oracle.complete(each) and self._method(each.item) != "average"
            and self.oracle.left_on(each, day) > 0 and all(row.posted <= day for row in each.rows)
        )  # fmt: skip
        return [Event("revalue_remaining", day, entry.item, entry.place, entry=entry.number,
                      amount=self._change(self.oracle.current(entry, day)))]  # fmt: skip

    def _revalue_item(self) -> list[Event]:
        """On a day after all that was posted, so that "as of the day" is "as of now"."""
        item = self._item()
        average = self._method(item) == "average"
        mine = [each for each in self.oracle.entries if each.item == item]
        place = self.dice.choice((EAST, WEST)) if average and self.oracle.world.by_place else None
        self.oracle.solve()
        if self.oracle.loose(item) or (average and not all(self.oracle.complete(each) for each in mine)):
            raise LookupError
        if average and any(each.left < 0 for each in mine):
            raise LookupError
        day = self.oracle.end(self.last)
        quantity, calculated = self.oracle.proposal(item, day, place)
        if not quantity:
            raise LookupError
        new = money(cents(quantity * Fraction(self.dice.choice(PRICES)))) if self._fate(0.6) else money(
            calculated + Fraction(self.dice.choice(CHARGES))
        )  # fmt: skip
        if Fraction(new) < 0:
            raise LookupError
        return [Event("revalue_item", day, item, -1 if place is None else place, decimal(quantity), amount=new)]

    def _undo(self) -> list[Event]:
        entry = self._one(
            lambda each: each.awaits_invoice is not None and not each.invoiced and each.kind in ("purchase", "sale")
            and not each.correction and not any(row.kind == "revaluation" for row in each.rows)
            and (each.quantity > 0 or not self.oracle.returns(each))
        )  # fmt: skip
        return [Event("undo", entry.posted, entry.item, entry.place, entry=entry.number)]

    # ------------------------------------------------------------------ orders

    def _open_order(self) -> str:
        """A production order that is not finished, or a new one."""
        numbers = [o.number for o in self.oracle.orders.values() if o.kind == "production" and not o.finished]
        if numbers and self._fate(0.85):
            return self.dice.choice(numbers)
        return f"P{len(self.oracle.orders)}"

    def _consume(self) -> list[Event]:
        place, quantity, serial = self._stock(COMPONENT)
        if self._fate(0.03) and not serial:
            quantity += 1000
        return [Event("consume", self._day(), COMPONENT, place, quantity, unit=self.dice.choice(PRICES),
                      serial=serial, order=self._open_order())]  # fmt: skip

    def _output(self) -> list[Event]:
        return [Event("output", self._day(), PRODUCT, self.dice.choice((EAST, WEST)), self._quantity(PRODUCT),
                      unit=self.dice.choice(PRICES), order=self._open_order())]  # fmt: skip

    def _resource(self) -> Part:
        direct = self.dice.choice(PRICES)
        return Part(Decimal(1), direct=money(cents(Fraction(direct))) + Decimal("0.01"),
                    indirect=self.dice.choice((ZERO, Decimal("0.33"), Decimal("2.5"))))  # fmt: skip

    def _unmake(self) -> list[Event]:
        (event,) = self._fixed(
            "unmake", lambda each: each.kind == "output" and not self.oracle.orders[each.order].finished
        )
        return [replace(event, order=self.oracle.entries[event.entry or 0].order, ship_only=True)]

    def _capacity(self) -> list[Event]:
        return [Event("capacity", self._day(), PRODUCT, parts=(self._resource(),), order=self._open_order())]

    def _finish(self) -> list[Event]:
        orders = [o.number for o in self.oracle.orders.values() if not o.finished]
        orders = [number for number in orders if self.oracle.of_order(number, "output")]
        if not orders:
            raise LookupError
        return [Event("finish", self.last, PRODUCT, order=self.dice.choice(orders))]

    def _assemble(self) -> list[Event]:
        product = self.oracle.world.items[PRODUCT]
        if self._method(COMPONENT) == "specific" or (
            product.method == "standard" and (product.percent or product.rate)
        ):
            raise LookupError
        place, quantity, _ = self._stock(COMPONENT)
        parts = [Part(quantity, place)]
        if quantity > 1 and self._fate(0.4):
            parts = [Part(Decimal(1), place), Part(quantity - 1, place)]
        if self._fate(0.6):
            parts.append(self._resource())
        quantity, order = self._quantity(PRODUCT), f"A{len(self.oracle.orders)}"
        return [Event("assemble", self._day(), PRODUCT, self.dice.choice((EAST, WEST)), quantity,
                      unit=self.dice.choice(PRICES), order=order, parts=tuple(parts))]  # fmt: skip

    # ------------------------------------------------------------------ setup and links by hand

    def _set_standard(self) -> list[Event]:
        item = self._item()
        if self._method(item) != "standard":
            raise LookupError
        return [Event("set_standard", self.last, item, unit=self.dice.choice((Decimal("5.5"), Decimal("6.66667"))))]

    def _relink(self) -> list[Event]:
        """Take the links of an issue back, join it to something else or not, and apply what is open again."""
        oracle = self.oracle
        issue = self._one(
            lambda each: each.kind in ("sale", "negative_adjmt") and bool(oracle.taken(each)) and not each.correction
            and self._method(each.item) != "specific" and not each.left
            and not any(link.inbound.dropped for link in oracle.taken(each))
        )  # fmt: skip
        taken = [link.inbound for link in oracle.taken(issue)]
        events = [Event("unapply", self.last, issue.item, entry=each.number, other=issue.number) for each in taken]
        ahead = oracle.ahead(issue)
        others = [
            each for each in oracle.entries
            if (each.item, each.place) == (issue.item, issue.place) and each.quantity > 0 and each not in ahead
            and each.left + sum((k.quantity for k in oracle.taken(issue) if k.inbound is each), NONE) >= -issue.quantity
        ]  # fmt: skip
        if others and self._fate(0.6):
            chosen = self.dice.choice(others)
            events.append(Event("apply", self.last, issue.item, entry=chosen.number, other=issue.number))
        return [*events, Event("reapply", self.last, issue.item)]


def decimal(value: Fraction) -> Decimal:
    """A quantity as the books have it: five decimals at most."""
    assert (value * 100000).denominator == 1, value
    return Decimal((value * 100000).numerator) / 100000
