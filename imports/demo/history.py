"""A made-up but plausible history: purchases, sales, transfers and adjustments, week by week. Pure, and seeded."""

import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

from imports.demo.catalogue import CUSTOMERS, LOCATIONS, Article

Line = dict[str, str]
CENT = Decimal("0.01")
SHOPS = [code for code in LOCATIONS if code != "CENTRAL"]
SEASON = (0.6, 0.6, 0.9, 1.1, 1.3, 1.4, 1.3, 1.2, 1.0, 0.8, 0.8, 1.0)
SALES_A_WEEK = 66
OVERSOLD = "1126"  # may go below zero, and does


@dataclass(frozen=True, slots=True)
class Document:
    """Lines that are posted together by one person; a mistaken one is taken back afterwards."""

    template: str
    by: str
    lines: tuple[Line, ...]
    mistaken: bool = False

    @property
    def number(self) -> str:
        return self.lines[0]["document_number"]


def history(items: Sequence[Article], *, anchor: date, weeks: int, seed: int = 1) -> Iterator[Document]:
    """Everything that happened in the weeks before `anchor`, in the order in which it was posted."""
    trader = _Trader(items, anchor - timedelta(weeks=weeks), random.Random(seed))
    yield trader.opening()
    for week in range(weeks):
        yield from trader.week(week)


@dataclass(slots=True)
class _Trader:
    """Keeps count of what lies where, so that nothing is sold that is not there."""

    items: Sequence[Article]
    start: date
    chance: random.Random
    stock: dict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))
    serials: dict[tuple[str, str], list[str]] = field(default_factory=lambda: defaultdict(list))
    _made: int = 0
    _documents: int = 0

    def opening(self) -> Document:
        """What was there before: six weeks' demand in the warehouse, one in two shops."""
        number = self._number("PR")
        lines: list[Line] = []
        for item in self.items:
            for place, weeks in (("CENTRAL", 6), (SHOPS[0], 1), (self.chance.choice(SHOPS[1:]), 1)):
                lines += self._receive(item, place, weeks * item.weekly, self.start, number)
        return Document("ITEM", "lena", tuple(lines))

    def week(self, week: int) -> Iterator[Document]:
        """Goods come in, go to the shops, are sold; now and then something breaks or is counted."""
        monday = self.start + timedelta(days=7 * week + 1)
        steps = [
            Document("ITEM", "lena", tuple(self._purchases(week, monday))),
            Document("RECLASS", "pawel", tuple(self._transfers(monday + timedelta(days=1)))),
            Document("ITEM", "tariq", tuple(self._sales(monday))),
        ]
        if week % 2:
            day = monday + timedelta(days=5)
            steps.append(Document("ITEM", "jonas", tuple(self._adjustments(day)), mistaken=week % 26 == 13))
            if steps[-1].mistaken:
                self._forget(steps[-1].lines)
        yield from (step for step in steps if step.lines)

    def _purchases(self, week: int, monday: date) -> Iterator[Line]:
        """What has run low is filled up; every sixth week an invoice turns up that is three weeks old."""
        number = self._number("PR")
        late = max(self.start, monday - timedelta(weeks=3))
        for place, item in enumerate(self._low()):
            day = late if week % 6 == 5 and place < 2 else monday
            yield from self._receive(item, "CENTRAL", 6 * item.weekly, day, number)

    def _low(self) -> list[Article]:
        return [item for item in self.items if self.stock[item.number, "CENTRAL"] < 3 * item.weekly]

    def _transfers(self, day: date) -> Iterator[Line]:
        number = self._number("TR")
        wanted = [(item, shop) for shop in SHOPS for item in self.items if self._short(item, shop)]
        for item, shop in self.chance.sample(wanted, min(len(wanted), 9)):
            if item.method == "specific":
                serial = self.serials[item.number, "CENTRAL"].pop(0)
                self.serials[item.number, shop].append(serial)
                moved = [(1, serial)]
            else:
                moved = [(min(item.weekly + 1, self.stock[item.number, "CENTRAL"]), "")]
            for count, serial in moved:
                self.stock[item.number, "CENTRAL"] -= count
                self.stock[item.number, shop] += count
                yield self._line("transfer", item, count, "CENTRAL", day, number, serial, new_location=shop)

    def _short(self, item: Article, shop: str) -> bool:
        return self.stock[item.number, shop] < item.weekly and self.stock[item.number, "CENTRAL"] > 0

    def _sales(self, monday: date) -> Iterator[Line]:
        """Some days' documents, each to one customer from one place, at list price less a usual discount."""
        left = round(SALES_A_WEEK * SEASON[monday.month - 1])
        while left > 0:
            size = min(left, self.chance.randint(3, 8))
            left -= size
            yield from self._sale(monday + timedelta(days=self.chance.randint(0, 5)), size)

    def _sale(self, day: date, size: int) -> Iterator[Line]:
        number, customer = self._number("SH"), self.chance.choice(list(CUSTOMERS))
        place = self.chance.choices(list(LOCATIONS), weights=(5, 2, 2, 1))[0]
        kept = Decimal(100 - self.chance.choice((0, 0, 0, 5, 10))) / 100
        for item in self.chance.sample(list(self.items), size):
            here = self.stock[item.number, place]
            wanted = max(1, round(item.weekly / 3 * self.chance.uniform(0.3, 1.4)))
            wanted = wanted if item.number == OVERSOLD and place == "OUTLET" else min(wanted, here)
            if wanted <= 0:
                continue
            serial = ""
            if item.method == "specific":
                wanted, serial = 1, self.serials[item.number, place].pop(0)
            self.stock[item.number, place] -= wanted
            price = _money(item.price * kept)
            yield self._line("sale", item, wanted, place, day, number, serial, unit_amount=price, customer=customer)

    def _adjustments(self, day: date) -> Iterator[Line]:
        number = self._number("ADJ")
        here = [item for item in self.items if self.stock[item.number, "CENTRAL"] > 2 and item.method != "specific"]
        for item in self.chance.sample(here, min(len(here), 6)):
            less = self.chance.random() < 0.7
            kind, reason = ("negative_adjmt", "DAMAGED") if less else ("positive_adjmt", "COUNTED")
            self.stock[item.number, "CENTRAL"] += -1 if less else 1
            yield self._line(kind, item, 1, "CENTRAL", day, number, "", reason_code=reason)

    def _forget(self, lines: Sequence[Line]) -> None:
        """A mistaken adjustment is taken back, so the count is as before."""
        for line in lines:
            self.stock[line["item"], line["location"]] += 1 if line["entry_type"] == "negative_adjmt" else -1

    def _receive(self, item: Article, place: str, count: int, day: date, number: str) -> Iterator[Line]:
        """Costs wander around the list's by some percent; bikes come one by one, each with its serial number."""
        cost = _money(item.cost * Decimal(str(round(self.chance.uniform(0.95, 1.08), 3))))
        if item.method != "specific":
            self.stock[item.number, place] += count
            yield self._line("purchase", item, count, place, day, number, "", unit_amount=cost, vendor=item.vendor)
            return
        for _ in range(count):
            self._made += 1
            serial = f"AC{self._made:06d}"
            self.serials[item.number, place].append(serial)
            self.stock[item.number, place] += 1
            yield self._line("purchase", item, 1, place, day, number, serial, unit_amount=cost, vendor=item.vendor)

    def _line(
        self, kind: str, item: Article, count: int, place: str, day: date, number: str, serial: str, **more: str
    ) -> Line:
        return {
            "entry_type": kind, "item": item.number, "quantity": str(count), "location": place,
            "posting_date": day.isoformat(), "document_number": number, "serial_number": serial, **more,
        }  # fmt: skip

    def _number(self, kind: str) -> str:
        self._documents += 1
        return f"{kind}-{10_000 + self._documents}"


def _money(amount: Decimal) -> str:
    return str(amount.quantize(CENT, ROUND_HALF_UP))
