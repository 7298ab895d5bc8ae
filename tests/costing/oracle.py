"""The rules again, as plainly as they can be said: quantities, links and costs of a history from scratch.

Slow on purpose and free of running totals: every average is a sum over all entries that count, every cost a function
of the entries it comes from. Written from the specification, to be compared with the engine.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

ZERO, CENT = Decimal(0), Decimal("0.01")
START = date(2026, 1, 1)
METHODS = ("fifo", "lifo", "average", "standard", "specific")


def cents(value: Decimal) -> Decimal:
    return value.quantize(CENT, ROUND_HALF_UP)


@dataclass(frozen=True)
class Step:
    """One movement: what, how many, what it cost (a unit cost in cents), the day, the place, and which entry it names.

    `named` counts through the entries that may be named, so that every number is meaningful.
    """

    kind: str
    quantity: Decimal
    cost: Decimal
    day: int
    place: int
    named: int = 0
    serial: str = ""


@dataclass(frozen=True)
class World:
    """The setting of a history."""

    method: str
    period: str = "day"
    by_place: bool = False
    overhead_percent: Decimal = ZERO
    standard: Decimal = Decimal("5.5")


@dataclass(eq=False)
class Row:
    """An item ledger entry of the oracle."""

    number: int
    kind: str
    place: int
    posted: date
    valued: date
    quantity: Decimal
    left: Decimal
    serial: str = ""
    given: Decimal = ZERO
    indirect: Decimal = ZERO
    variance: Decimal = ZERO
    unit: Decimal = ZERO
    averaged: bool = False
    exact: bool = False
    fixed: bool = False
    returnable: Decimal = ZERO
    came_from: "Row | None" = None  # the issue it returns, or the leaving half of an averaged transfer
    supply: "Row | None" = None
    half_of: "Row | None" = None
    taken: "list[tuple[Row, Decimal, bool]]" = field(default_factory=list)
    given_to: "list[Row]" = field(default_factory=list)

    @property
    def base(self) -> Decimal:
        """The cost at posting."""
        return self.given


class Refuse(Exception):
    """The step must be refused."""


class Oracle:
    def __init__(self, world: World) -> None:
        self.world = world
        self.rows: list[Row] = []
        self.costs: dict[Row, Decimal] = {}
        self.free = True  # A3: no uncovered issue, no average without a pool
        self.displacing = False  # what the last step did

    # ------------------------------------------------------------------ quantities and links

    def plan(self, step: Step) -> Step:
        """The step as it can be done: with serial numbers, one piece of those that are there."""
        if self.world.method != "specific":
            return step
        step = replace(step, quantity=Decimal(1), serial=f"S{len(self.rows)}")
        if step.kind in ("purchase", "positive"):
            return step
        if step.kind in ("sale", "transfer"):
            here = [row for row in self.rows if row.left > 0]
            if not here:
                raise LookupError
            return replace(step, serial=here[step.named % len(here)].serial, place=here[step.named % len(here)].place)
        return replace(step, serial=self.named(step).serial)

    def play(self, step: Step) -> None:
        """Raises `Refuse`, or `LookupError` where there is nothing that the step could name."""
        self.displacing = False
        getattr(self, f"_{step.kind}")(step, START + timedelta(days=step.day))

    def may_be_named(self, kind: str) -> list[Row]:
        """Which entries the steps of a kind choose from."""
        if kind in ("fixed_sale", "vendor_return"):
            return [row for row in self.rows if row.quantity > 0 and row.left > 0 and (
                kind == "fixed_sale" or row.kind == "purchase")]  # fmt: skip
        return [row for row in self.rows if row.quantity < 0 and row.returnable < 0 and row.half_of is None
                and row.kind != "transfer"]  # fmt: skip

    def named(self, step: Step) -> Row:
        rows = self.may_be_named(step.kind)
        if not rows:
            raise LookupError
        return rows[step.named % len(rows)]

    def _new(self, kind: str, place: int, day: date, quantity: Decimal, serial: str) -> Row:
        row = Row(len(self.rows), kind, place, day, day, quantity, quantity, serial)
        row.returnable = min(quantity, ZERO)
        return row

    def _purchase(self, step: Step, day: date) -> None:
        row = self._new("purchase", step.place, day, step.quantity, step.serial)
        amount = cents(step.cost * step.quantity)
        row.indirect = cents(amount * self.world.overhead_percent / 100)
        row.given = amount + row.indirect
        if self.world.method == "standard":
            value = cents(self.world.standard * step.quantity)
            row.variance, row.given = value - row.given, value
        self._cover(row)

    def _positive(self, step: Step, day: date) -> None:
        row = self._new("positive_adjmt", step.place, day, step.quantity, step.serial)
        unit = self.world.standard if self.world.method == "standard" else step.cost
        row.given = cents(unit * step.quantity)
        self._cover(row)

    def _sale(self, step: Step, day: date) -> None:
        self._issue("sale", step, day, None)

    def _fixed_sale(self, step: Step, day: date) -> None:
        self._issue("sale", step, day, self.named(step))

    def _vendor_return(self, step: Step, day: date) -> None:
        self._issue("purchase", step, day, self.named(step))

    def _customer_return(self, step: Step, day: date) -> None:
        issue = self.named(step)
        if step.quantity > -issue.returnable:
            raise Refuse("returned_more_than_shipped")
        if step.serial and any(row.left > 0 and row.serial == step.serial for row in self.rows):
            raise Refuse("serial_on_inventory")
        row = self._new("sale", issue.place, day, step.quantity, step.serial)
        row.valued = max(day, issue.valued)
        row.came_from = issue
        issue.returnable += step.quantity
        issue.given_to.append(row)
        row.given = cents(self._posted_cost(issue) * step.quantity / issue.quantity)
        self._cover(row)

    def _transfer(self, step: Step, day: date) -> None:
        row = self._new("transfer", step.place, day, -step.quantity, step.serial)
        self._take(row, None)
        row.averaged = self.world.method == "average"
        self.rows.append(row)
        parts = [(None, step.quantity)] if row.averaged else [(supply, q) for supply, q, _ in row.taken]
        for supply, quantity in parts:
            half = self._new("transfer", 1 - step.place, day, quantity, step.serial)
            half.valued, half.supply, half.half_of = row.valued, supply, row
            half.came_from = row if supply is None else None
            row.given_to.append(half)
            if supply is not None:
                supply.given_to.append(half)
            self._cover(half)

    def _issue(self, kind: str, step: Step, day: date, target: Row | None) -> None:
        place = target.place if target else step.place
        row = self._new(kind, place, day, -step.quantity, step.serial)
        row.unit = self.world.standard if self.world.method == "standard" else step.cost
        row.averaged = self.world.method == "average" and target is None
        row.exact = kind == "purchase" and target is not None
        row.fixed = target is not None
        self._take(row, target)
        row.given = cents(row.unit * row.quantity)
        self.rows.append(row)

    def _take(self, row: Row, target: Row | None) -> None:
        here = (row.place, row.serial)
        open_rows = (each for each in self.rows if each.left > 0 and (each.place, each.serial) == here)
        candidates = [target] if target else self._order(open_rows)
        gave_way = self._make_room(target, -row.quantity) if target else []
        if row.kind == "transfer" and sum(each.left for each in candidates) < -row.quantity:
            raise Refuse("not_on_inventory")
        carries = target is not None or self.world.method != "average"
        for each in candidates:
            quantity = min(each.left, -row.left)
            if quantity:
                self._join(row, each, quantity, carries)
        dates = [each.valued for each, _, _ in row.taken]
        row.valued = max(dates) if target else max([row.posted, *dates])
        self._apply_again(gave_way)

    def _make_room(self, target: Row, wanted: Decimal) -> list[Row]:
        """Issues that must give the target up, the first ones first, each with all it took of it."""
        gave_way: list[Row] = []
        free = target.left
        for issue in sorted((row for row in self.rows if not row.fixed and row.kind != "transfer"),
                            key=lambda row: row.number):  # fmt: skip
            took = sum((quantity for receipt, quantity, _ in issue.taken if receipt is target), ZERO)
            if free < wanted and took:
                free += took
                gave_way.append(issue)
        if free < wanted:
            raise Refuse("insufficient_remaining_quantity")
        for issue in gave_way:
            took = sum((quantity for receipt, quantity, _ in issue.taken if receipt is target), ZERO)
            issue.taken = [link for link in issue.taken if link[0] is not target]
            target.given_to = [after for after in target.given_to if after is not issue]
            target.left, issue.left = target.left + took, issue.left - took
        return gave_way

    def _apply_again(self, gave_way: list[Row]) -> None:
        for issue in sorted(gave_way, key=lambda row: (row.posted, row.number)):
            self.displacing = True
            for receipt in self._order(row for row in self.rows if row.left > 0 and row.place == issue.place):
                if issue.left and issue not in self._behind(receipt):
                    self._join(issue, receipt, min(receipt.left, -issue.left), self.world.method != "average")
        before: list[date] = []
        while gave_way and before != [row.valued for row in self.rows]:
            before = [row.valued for row in self.rows]
            for row in self.rows:
                row.valued = self._valued(row)

    def _valued(self, row: Row) -> date:
        """An entry's date from what it comes from."""
        if row.half_of is not None:
            return row.half_of.valued
        dates = [receipt.valued for receipt, _, _ in row.taken]
        if row.fixed and dates:
            return max(dates)
        return max([row.posted, *dates, *([row.came_from.valued] if row.came_from else [])])

    def _join(self, issue: Row, receipt: Row, quantity: Decimal, carries: bool) -> None:
        receipt.left -= quantity
        issue.left += quantity
        issue.taken.append((receipt, quantity, carries))
        receipt.given_to.append(issue)

    def _cover(self, row: Row) -> None:
        """A receipt covers open issues, unless its own goods come from them; dates follow."""
        self.rows.append(row)
        behind = self._behind(row)
        for issue in self._order(each for each in self.rows if each.left < 0 and each.place == row.place):
            if not row.left or issue in behind:
                continue
            self._join(issue, row, min(row.left, -issue.left), self.world.method != "average")
            self._raise(issue, row.valued)

    def _raise(self, row: Row, day: date) -> None:
        if row.valued < day:
            row.valued = day
            for after in row.given_to:
                if row.quantity < 0 or after.quantity < 0:
                    self._raise(after, day)

    def _behind(self, row: Row) -> set[Row]:
        """Everything the goods of an entry have been."""
        found: set[Row] = set()
        waiting = [row]
        while waiting:
            each = waiting.pop()
            for before in [*(link[0] for link in each.taken), each.came_from, each.half_of]:
                if before is not None and before not in found:
                    found.add(before)
                    waiting.append(before)
        return found

    def _order(self, rows: Iterator[Row]) -> list[Row]:
        return sorted(rows, key=lambda row: (row.posted, row.number), reverse=self.world.method == "lifo")

    def _posted_cost(self, row: Row) -> Decimal:
        """Good enough as a starting point; what the adjustment makes of it is what counts."""
        return row.given

    # ------------------------------------------------------------------ costs

    def solve(self) -> dict[Row, Decimal]:
        """The cost of every entry without rounding and sweep."""
        self.costs = {}
        if self.world.method == "average":
            self._averages()
        return {row: self.cost(row) for row in self.rows}

    def cost(self, row: Row) -> Decimal:
        if row not in self.costs:
            self.costs[row] = self._cost(row)
        return self.costs[row]

    def _cost(self, row: Row) -> Decimal:
        if row.averaged:
            return row.given
        source = row.supply or row.came_from
        if source is not None:
            return cents(self.cost(source) * abs(row.quantity) / abs(source.quantity)) * self._sign(row, source)
        carrying = [(receipt, quantity) for receipt, quantity, carries in row.taken if carries]
        if row.quantity > 0 or not carrying:
            return row.given
        total = -sum((self._part(row, receipt, quantity) for receipt, quantity in carrying), ZERO)
        uncovered = -row.quantity - sum(quantity for _, quantity in carrying)
        return total - cents(row.unit * uncovered)

    def _sign(self, row: Row, source: Row) -> int:
        return 1 if row.quantity * source.quantity > 0 else -1

    def _part(self, row: Row, receipt: Row, quantity: Decimal) -> Decimal:
        cost, whole = self.cost(receipt), receipt.quantity
        if not row.exact:
            return cents(cost * quantity / whole)
        parts = cost - receipt.indirect - receipt.variance, receipt.indirect, receipt.variance
        return sum((cents(part * quantity / whole) for part in parts), ZERO)

    def residual(self, row: Row) -> Decimal:
        """What rounding left on a receipt that is used up over links that carry cost."""
        uses = [(issue, q) for issue in self.rows for receipt, q, carries in issue.taken if receipt is row and carries]
        if row.quantity < 0 or row.left or sum((q for _, q in uses), ZERO) != row.quantity:
            return ZERO
        return sum((self._part(issue, row, q) for issue, q in uses), ZERO) - self.cost(row)

    # ------------------------------------------------------------------ averages

    def end(self, day: date) -> date:
        if self.world.period == "day":
            return day
        if self.world.period == "week":
            return day + timedelta(days=6 - day.weekday())
        months = {"month": 1, "quarter": 3, "year": 12}[self.world.period]
        month = -(-day.month // months) * months
        return date(day.year + month // 12, month % 12 + 1, 1) - timedelta(days=1)

    def scope(self, row: Row) -> int:
        return row.place if self.world.by_place else 0

    def _averages(self) -> None:
        """Every recipient from the sum of all that counts for it, again and again until nothing changes."""
        averages = {row: row.given for row in self.rows if row.averaged}
        for end in sorted({self.end(row.valued) for row in self.rows}):
            for _ in range(60):
                before = dict(averages)
                for row in sorted((r for r in averages if self.end(r.valued) == end),
                                  key=lambda r: (self.scope(r), r.number)):  # fmt: skip
                    self.costs = dict(averages)
                    averages[row] = self._average(row, end, averages[row])
                if before == averages:
                    break
        self.costs = dict(averages)

    def _average(self, row: Row, end: date, now: Decimal) -> Decimal:
        left_out = self._left_out(row, end)
        pool = [each for each in self.rows if self.scope(each) == self.scope(row) and self.end(each.valued) <= end]
        quantity = sum((each.quantity for each in pool if each not in left_out), ZERO)
        cost = ZERO
        for each in pool:
            if each not in left_out:
                cost += self.cost(each) + self.residual(each)
            elif each.kind == "transfer" and each.quantity > 0 and each not in self._chain(row, end, any_link=True):
                cost += self.residual(each)
        if quantity <= 0 or cost < 0:
            self.free = False
            return now
        return cents(cost * row.quantity / quantity)

    def _left_out(self, row: Row, end: date) -> set[Row]:
        own = self._chain(row, end, any_link=True)
        returns = any(each.quantity > 0 and self.scope(each) == self.scope(row) for each in own)
        left_out = {row, *own} if returns else {row, *self._chain(row, end, any_link=False)}
        for other in self.rows:
            if other.averaged and other is not row and self.end(other.valued) == end and (
                returns or other.number > row.number
            ):  # fmt: skip
                left_out |= {other, *self._chain(other, end, any_link=False)}
        return left_out

    def _chain(self, row: Row, end: date, *, any_link: bool) -> set[Row]:
        """What an entry's goods, or its cost, become."""
        found: set[Row] = set()
        waiting = [row]
        while waiting:
            each = waiting.pop()
            for after in each.given_to:
                carries = any_link or after.quantity > 0 or (
                    not after.averaged and any(link[0] is each and link[2] for link in after.taken)
                )  # fmt: skip
                fits = after.valued <= end if any_link else self.end(after.valued) == end
                if carries and fits and after not in found and after is not row:
                    if not any_link and self.scope(after) != self.scope(row):
                        continue
                    found.add(after)
                    waiting.append(after)
        return found


# -------------------------------------------------------------------- histories

KINDS = ("purchase", "purchase", "positive", "sale", "sale", "sale", "fixed_sale", "vendor_return",
         "customer_return", "customer_return", "transfer", "transfer")  # fmt: skip


def random_world(chance: random.Random) -> World:
    method = chance.choice(METHODS)
    return World(
        method, chance.choice(("day", "week", "month", "quarter", "year")), chance.random() < 0.5,
        chance.choice((ZERO, ZERO, Decimal(10))),
    )  # fmt: skip


def random_steps(chance: random.Random, most: int = 14) -> list[Step]:
    spread = chance.choice((1, 3, 40, 120))
    stock = [
        Step("purchase", Decimal(chance.choice((3, 7, 10))), Decimal(chance.choice((1000, 1429, 333))) / 100, 0, place)
        for place in range(chance.randrange(3))
    ]
    return stock + [
        Step(
            chance.choice(KINDS), Decimal(chance.choice((1, 1, 1, 2, 2, 3, 7, "0.5", "1.33333"))),
            Decimal(chance.choice((0, 1, 333, 700, 1001, 999, 12345))) / 100, chance.randrange(spread),
            chance.randrange(2), chance.randrange(6),
        )
        for _ in range(chance.randint(2, most))
    ]  # fmt: skip


def play(world: World, steps: list[Step]) -> Oracle:
    """The steps that are accepted; the others leave no trace."""
    oracle = Oracle(world)
    for step in steps:
        try:
            oracle.play(oracle.plan(step))
        except (LookupError, Refuse):
            continue
    return oracle
