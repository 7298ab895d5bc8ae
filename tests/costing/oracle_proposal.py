"""What inventory is worth before it is revalued, and how a revaluation of an item is spread (B2)."""

from datetime import date
from fractions import Fraction

from tests.costing.oracle_average import Averages
from tests.costing.oracle_book import NONE, Entry, cents


class Proposals(Averages):
    """Quantities are those left on the date; costs are those of today, so the date should not lie before them."""

    def current(self, entry: Entry, day: date) -> Fraction:
        """The worth of what remains of an entry, unrounded: the rest by quantity, its revaluations by theirs."""
        left = self.left_on(entry, day)
        revalued = [row for row in entry.rows if row.kind == "revaluation"]
        plain = self.cost(entry) - sum((row.actual + row.expected for row in revalued), NONE)
        later = sum((left / row.valued_quantity * (row.actual + row.expected) for row in revalued), NONE)
        return left / entry.quantity * plain + later

    def revaluable(self, item: int, day: date, place: int | None) -> list[Entry]:
        """By place and number; only what is invoiced, but for standard items."""
        found = [
            entry for entry in self.entries
            if entry.item == item and entry.quantity > 0 and self.left_on(entry, day) > 0
            and (place is None or entry.place == place)
            and (self.complete(entry) or self.method(item) == "standard")
        ]  # fmt: skip
        return sorted(found, key=lambda entry: (entry.place, entry.number))

    def proposal(self, item: int, day: date, place: int | None) -> tuple[Fraction, Fraction]:
        """Quantity and calculated value."""
        entries = self.revaluable(item, day, place)
        quantity = sum((self.left_on(entry, day) for entry in entries), NONE)
        if self.method(item) != "average":
            return quantity, cents(sum((self.current(entry, day) for entry in entries), NONE))
        pool = [entry for entry in self.entries if entry.item == item and (place is None or entry.place == place)]
        invoiced = sum((self.invoiced(entry) for entry in pool), NONE)
        cost = sum((self.cost(entry) - self.expected(entry) + self.residual(entry) for entry in pool), NONE)
        average = cost / invoiced if invoiced and cost / invoiced > 0 else NONE
        return quantity, cents(quantity * average)

    def revalue_item(self, item: int, day: date, place: int | None, new: Fraction) -> None:
        """To each entry its part of the new value, the last one takes the rest."""
        entries = self.revaluable(item, day, place)
        quantity, calculated = self.proposal(item, day, place)
        rest, carry, amounts = new - calculated, NONE, []
        for entry in entries[:-1]:
            exact = new * self.left_on(entry, day) / quantity - cents(self.current(entry, day)) + carry
            amounts.append(cents(exact))
            carry = exact - cents(exact)
            rest -= cents(exact)
        for entry, amount in zip(entries, [*amounts, rest], strict=True):
            awaits = (entry.quantity - self.invoiced(entry)) / entry.quantity
            expected = cents(amount * awaits) if self.method(item) == "standard" and not self.complete(entry) else NONE
            self.revalue(entry, day, amount - expected, expected, self.left_on(entry, day), partial=True)
