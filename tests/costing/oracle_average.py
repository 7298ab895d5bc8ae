"""Averages, each a plain sum over all that counts for it (costing-methods.md §4, costing-clarifications.md)."""

from datetime import date
from fractions import Fraction

from tests.costing.oracle_book import NONE, Entry, cents
from tests.costing.oracle_costs import Costs


class Averages(Costs):
    """Solves the whole history. `kept` are issues without an average: their items are promised nothing (A3)."""

    kept: set[Entry]

    def solve(self) -> None:
        """All costs from scratch, components before products."""
        self.known, self.averages, self.kept = {}, {}, set()
        for item, world in enumerate(self.world.items):
            if world.method == "average":
                self._average_item(item)

    def _average_item(self, item: int) -> None:
        """Every recipient again and again until nothing changes."""
        mine = [entry for entry in self.entries if entry.item == item]
        recipients = [entry for entry in mine if entry.averaged]
        others = {entry: cost for entry, cost in self.known.items() if entry.item != item}
        self.averages |= {entry: sum((row.actual + row.expected for row in entry.rows if not row.own), NONE)
                          for entry in recipients}  # fmt: skip
        kept: set[Entry] = set()
        for end in sorted({self.end(entry.valued) for entry in recipients}):
            now = sorted((e for e in recipients if self.end(e.valued) == end), key=lambda e: (self.scope(e), e.number))
            for _ in range(60):
                before = dict(self.averages)
                for entry in now:
                    self.known = dict(others)
                    self._average(entry, end, mine, kept)
                if before == self.averages:
                    break
        self.known = dict(others)
        self.kept |= kept

    def _average(self, entry: Entry, end: date, mine: list[Entry], kept: set[Entry]) -> None:
        """The recipient's part of what is left in the pool without it and what must not count (§4.2)."""
        left_out = self._left_out(entry, end, mine)
        own = self._chain(entry, end)
        quantity, cost = NONE, NONE
        for each in mine:
            if self.scope(each) != self.scope(entry):
                continue
            if each not in left_out:
                quantity += each.quantity if self.end(each.valued) <= end else NONE
                cost += self._worth_until(each, end, entry)
            elif each.half_of is not None and each not in own:
                cost += self._stays(each, end, entry)
        kept.discard(entry)
        if quantity <= 0 or cost < 0:
            kept.add(entry)
            return
        self.averages[entry] = cents(cost * entry.quantity / quantity)

    def _worth_until(self, each: Entry, end: date, viewer: Entry) -> Fraction:
        """All rows valued in the period or before; partial revaluations only where the recipient sees them."""
        worth = self._stays(each, end, viewer)
        if self.computed(each):
            return worth + (self.base(each) if self.end(each.valued) <= end else NONE)
        rows = [row for row in each.rows if not row.own and self.end(row.valued) <= end]
        return worth + sum((row.actual + row.expected for row in rows), NONE)

    def _stays(self, each: Entry, end: date, viewer: Entry) -> Fraction:
        """Charges, revaluations and rounding of the entry itself (A7, A11)."""
        rows = [row for row in each.rows if row.own and self.end(row.valued) <= end and self.visible(row, viewer)]
        rounding = self.residual(each) if self.end(each.valued) <= end else NONE
        return rounding + sum((row.actual + row.expected for row in rows), NONE)

    def _left_out(self, entry: Entry, end: date, mine: list[Entry]) -> set[Entry]:
        """The recipient, what its goods become, and the issues after it with what takes their cost (B4, B5, A11)."""
        own = self._chain(entry, end)
        comes_back = any(each.quantity > 0 and self.scope(each) == self.scope(entry) for each in own)
        left_out = {entry, *own} if comes_back else {entry, *self._followers(entry, end)}
        for other in mine:
            if other.averaged and other is not entry and self.end(other.valued) == end and (
                comes_back or other.number > entry.number
            ):  # fmt: skip
                left_out |= {other, *self._followers(other, end)}
        return left_out

    def _chain(self, entry: Entry, end: date) -> set[Entry]:
        """What an issue's goods become over any link, until after the period (B6)."""
        found: set[Entry] = set()
        waiting = [entry]
        while waiting:
            for each in self.after(waiting.pop()):
                if each.valued <= end and each not in found and each is not entry:
                    found.add(each)
                    waiting.append(each)
        return found

    def _followers(self, entry: Entry, end: date) -> set[Entry]:
        """Everything in the scope and period whose cost follows from an issue (B4)."""
        found: set[Entry] = set()
        waiting = [entry]
        while waiting:
            source = waiting.pop()
            costly = [link.issue for link in self.used(source) if link.carries and not link.issue.averaged]
            for each in [*costly, *self.returns(source), *self.halves(source)]:
                fits = self.end(each.valued) == end and self.scope(each) == self.scope(entry)
                if fits and each not in found and each is not entry:
                    found.add(each)
                    waiting.append(each)
        return found

    # ------------------------------------------------------------------ what is promised

    def loose(self, item: int) -> bool:
        """Nothing is promised but idempotence, conservation and zero value at zero quantity (A3)."""
        mine = [entry for entry in self.entries if entry.item == item]
        if any(entry.item == item for entry in self.kept) or (item > 0 and self._made_of_loose(item)):
            return True
        if self.world.items[item].method != "average":
            return False
        dates_are_open = any(self.redated(entry) for entry in mine)
        return dates_are_open or self._circular(mine) or any(self._revalued_return(entry) for entry in mine)

    def redated(self, entry: Entry) -> bool:
        """It follows from an issue whose links changed: whether its date falls with the issue's is left open (§5 D)."""
        return any(each.relinked and each.quantity < 0 for each in self.behind(entry))

    def _made_of_loose(self, item: int) -> bool:
        return self.loose(0) and any(order.item == item for order in self.orders.values())

    def _revalued_return(self, entry: Entry) -> bool:
        """Partly revalued goods that came back and left again at their own cost: whose pool they are in is open."""
        partial = any(row.partial for row in entry.rows)
        return partial and self.computed(entry) and any(link.carries for link in self.used(entry))

    def _circular(self, mine: list[Entry]) -> bool:
        """Scopes that feed each other have more than one solution to the cent."""
        feeds: dict[tuple[int, int], set[tuple[int, int]]] = {}
        for entry in mine:
            source = entry.half_of or entry.comes_from
            if source is not None and self.scope(source) != self.scope(entry):
                feeds.setdefault(self.scope(source), set()).add(self.scope(entry))
        return any(start in self._reach(feeds, start) for start in feeds)

    def _reach(
        self, feeds: dict[tuple[int, int], set[tuple[int, int]]], start: tuple[int, int]
    ) -> set[tuple[int, int]]:
        found: set[tuple[int, int]] = set()
        waiting = [start]
        while waiting:
            for each in feeds.get(waiting.pop(), set()):
                if each not in found:
                    found.add(each)
                    waiting.append(each)
        return found
