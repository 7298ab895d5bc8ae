"""Which increase feeds which decrease, and the dates that follow (costing-application.md §2 to §6, §10)."""

from datetime import date
from fractions import Fraction

from tests.costing.oracle_book import TRANSIT, Book, Entry, Link, Refuse

NEVER_OPEN = frozenset({"transfer", "consumption", "assembly_consumption"})


class Links(Book):
    """Automatic and fixed application, displacing, taking back and joining by hand."""

    # ------------------------------------------------------------------ an issue takes

    def take(self, issue: Entry) -> None:
        """Link a new issue to what is there; raises `Refuse` where it may not stay open."""
        displaced = self._make_room(issue) if issue.target else []
        self._draw(issue)
        for each in sorted(displaced, key=lambda other: (other.posted, other.number)):
            self._draw(each)

    def _draw(self, issue: Entry) -> None:
        fixed = issue.target is not None
        for each in self._candidates(issue):
            quantity = min(each.left, -issue.left)
            if quantity > 0:
                self.join(each, issue, quantity, fixed=fixed)
        must_not = issue.kind in NEVER_OPEN or self.method(issue.item) == "specific"
        if issue.left and must_not:
            raise Refuse("not_on_inventory")
        if issue.left and fixed:
            raise Refuse("insufficient_remaining_quantity")
        self.date_issue(issue)

    def _candidates(self, issue: Entry) -> list[Entry]:
        if issue.target:
            return [issue.target]
        fits = (
            each for each in self.entries
            if each.left > 0 and (each.item, each.place) == (issue.item, issue.place)
            and (self.method(issue.item) != "specific" or each.serial == issue.serial)
            and (issue.place != TRANSIT or each.order == issue.order)
            and not (issue.kind == "transfer" and each.number > issue.number)
        )  # fmt: skip
        ahead = self.ahead(issue)
        return self.in_order(issue.item, (each for each in fits if each not in ahead))

    def ahead(self, entry: Entry) -> set[Entry]:
        """Everything the goods of an entry have become: what it may not take (§6)."""
        found: set[Entry] = set()
        waiting = [entry]
        while waiting:
            for each in self.after(waiting.pop()):
                if each not in found:
                    found.add(each)
                    waiting.append(each)
        return found

    def join(self, inbound: Entry, issue: Entry, quantity: Fraction, *, fixed: bool) -> None:
        inbound.left -= quantity
        issue.left += quantity
        carries = fixed or self.method(issue.item) != "average" or (
            issue.kind == "transfer" and issue.place == TRANSIT
        )  # fmt: skip
        for link in self.links:
            if link.inbound is inbound and link.issue is issue:
                link.quantity += quantity
                return
        self.links.append(Link(inbound, issue, quantity, carries, fixed))

    def _make_room(self, issue: Entry) -> list[Entry]:
        """Move automatic links of the wanted entry away, whole, by the number of their issue (B18)."""
        target, displaced, held = issue.target, [], False
        assert target is not None
        for link in sorted(self.used(target), key=lambda link: link.issue.number):
            if target.left >= -issue.quantity:
                break
            stays = link.issue.kind == "transfer" or link.issue.correction or target.correction or target.dropped
            if link.fixed or stays:
                held = True
                continue
            self.part(link)
            displaced.append(link.issue)
        if target.left < -issue.quantity:
            raise Refuse("fixed_application_prevents" if held else "insufficient_remaining_quantity")
        return displaced

    def part(self, link: Link) -> None:
        """Take a link back: both sides have their quantity again, the issue's date falls back (§5 D)."""
        self.links.remove(link)
        link.inbound.left += link.quantity
        link.issue.left -= link.quantity
        link.inbound.relinked = link.issue.relinked = True
        self.date_issue(link.issue)

    # ------------------------------------------------------------------ an increase covers

    def cover(self, entry: Entry) -> None:
        """An increase covers open issues in the order of its method, but nothing its own goods come from."""
        if self.method(entry.item) == "specific" or entry.place == TRANSIT:
            return
        behind = self.behind(entry)
        open_issues = (
            each for each in self.entries
            if each.left < 0 and (each.item, each.place) == (entry.item, entry.place) and each.target is None
        )  # fmt: skip
        for issue in self.in_order(entry.item, open_issues):
            if entry.left > 0 and issue not in behind:
                self.join(entry, issue, min(entry.left, -issue.left), fixed=False)
                self.raise_dates(issue, entry.value_date)

    # ------------------------------------------------------------------ dates

    def date_issue(self, issue: Entry) -> None:
        """The latest of its own date and those of its receipts; only fixed links: theirs alone (A9)."""
        links = self.taken(issue)
        dates = [link.inbound.value_date for link in links]
        only_fixed = bool(links) and not issue.left and all(link.fixed for link in links)
        self._set(issue, max(dates if only_fixed else [issue.posted, *dates]))
        for each in self.after(issue):
            self.raise_dates(each, issue.valued)
        self._raise_outputs(issue)

    def _set(self, entry: Entry, day: date) -> None:
        entry.valued = day
        for row in entry.rows:
            if row.kind != "revaluation" or row.valued < day:
                row.valued = day

    def raise_dates(self, entry: Entry, day: date) -> None:
        """Along the chain every date that lies before is raised (§5 B)."""
        if entry.valued < day:
            self._set(entry, day)
        elif all(row.valued >= day for row in entry.rows):
            return
        for row in entry.rows:
            row.valued = max(row.valued, day)
        for each in self.after(entry):
            self.raise_dates(each, day)
        self._raise_outputs(entry)

    def _raise_outputs(self, entry: Entry) -> None:
        """What a production order makes is valued no earlier than what went into it (§5 C)."""
        order = self.orders.get(entry.order)
        if entry.kind == "consumption" and order is not None and not order.finished:
            for output in self.of_order(entry.order, "output"):
                self.raise_dates(output, entry.valued)

    # ------------------------------------------------------------------ by hand

    def unapply(self, inbound: Entry, issue: Entry) -> None:
        """Take the stock link of a pair back (§10)."""
        link = next((each for each in self.links if each.inbound is inbound and each.issue is issue), None)
        if link is None:
            raise Refuse("no_application")
        if issue.kind == "transfer":
            raise Refuse("transfer_application")
        if issue.correction:
            raise Refuse("correction_entry")
        self.part(link)
        if issue.target is inbound:
            issue.target = None
        if self.method(issue.item) == "average" and not any(each.carries for each in self.taken(issue)):
            issue.averaged = True

    def apply(self, issue: Entry, inbound: Entry) -> None:
        """Join an issue and an increase by hand: a fixed application (§10)."""
        self.join(inbound, issue, min(inbound.left, -issue.left), fixed=True)
        issue.target, issue.averaged = inbound, False
        self.date_issue(issue)

    def reapply(self, item: int) -> None:
        """Automatic application of all that lost a link and is open: issues first, by posting date."""
        open_entries = [entry for entry in self.entries if entry.item == item and entry.relinked and entry.left]
        for entry in sorted(open_entries, key=lambda entry: (entry.quantity > 0, entry.posted, entry.number)):
            if entry.left < 0:
                self._draw(entry)
            elif entry.left > 0:
                self.cover(entry)
