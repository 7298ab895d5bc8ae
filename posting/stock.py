"""Stock: what is open, in memory, while lines are folded through it one after another (costing-application.md §2).

Pure: it knows what was read before, and what the lines so far have done; it never asks the database.
"""

from bisect import insort
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from inventory.choices import CostingMethod
from inventory.numbers import plain
from ledger.open_entries import Key
from ledger.records import ZERO, Entry, NewApplication, NewItemEntry, Page, State
from posting.errors import (
    InsufficientRemaining,
    NotOnInventory,
    PostingError,
    ReturnedMoreThanShipped,
    SerialOnInventory,
)
from posting.facts import Facts
from posting.limits import beyond_the_books
from posting.lines import ItemFacts, PostingLine
from posting.values import Values

NEW = 1 << 62


class MoreNeeded(Exception):
    """The open entries that were read do not suffice; read more of them and fold again."""


@dataclass(slots=True)
class Opening:
    """What was read before the fold."""

    entries: dict[int, Entry]
    found_open: set[int]
    keys_read_whole: set[Key]
    elements: Mapping[int, tuple[Decimal, Decimal, Decimal]]
    serials: set[tuple[int, str]]
    ancestors: Mapping[int, frozenset[int]]


@dataclass(slots=True)
class Stock:
    """Folds lines into a page of new rows; collects refusals instead of stopping at the first."""

    facts: Facts
    states: dict[int, State]
    opening: Opening
    page: Page
    refusals: list[PostingError] = field(default_factory=list)
    changed: dict[int, Entry] = field(default_factory=dict)
    raised: dict[int, date] = field(default_factory=dict)
    from_dates: dict[int, date] = field(default_factory=dict)
    _open: dict[Key, list[Entry]] = field(default_factory=lambda: defaultdict(list))
    _returns: dict[int, list[Entry]] = field(default_factory=lambda: defaultdict(list))
    _sources: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    _count: int = 0

    def __post_init__(self) -> None:
        for entry_id in self.opening.found_open:
            entry = self.opening.entries[entry_id]
            self._open[_key_of(entry)].append(entry)
        for entries in self._open.values():
            entries.sort(key=_place)

    def post(self, line: PostingLine) -> None:
        """Turn one line into new rows, seeing what the lines before it left."""
        item = self.facts.items[line.item_id]
        first = len(self.page.value_entries)
        if line.is_transfer:
            self._transfer(line, item)
        elif line.signed_quantity > 0:
            self._receive(line, item)
        else:
            self._issue(line, item)
        self.refusals += beyond_the_books(line.key, self.page.value_entries[first:], self.states[item.id])

    # ------------------------------------------------------------------ the three movements

    def _receive(self, line: PostingLine, item: ItemFacts) -> None:
        entry = self._new(line, item, line.location_id, line.signed_quantity)
        source = self._returned(line, entry)
        if source is not None:
            entry.valuation_date = max(entry.posting_date, source.valuation_date)
            self._returns[source.id].append(entry)
            self._remember_source(entry, source)
        self._serial_comes_in(line, item, entry)
        self._add(line, entry)
        self.page.applications.append(
            NewApplication(entry, entry, source, entry.quantity, entry.posting_date, True, fixed=source is not None)
        )
        self._cover_open_issues(line, item, entry)
        elements = self.opening.elements.get(line.applies_from or 0)
        Values(self.facts, self.states[item.id], self.page).receipt(line, item, entry, source, elements)
        self._remember(entry)

    def _issue(self, line: PostingLine, item: ItemFacts) -> None:
        entry = self._new(line, item, line.location_id, line.signed_quantity)
        supplies = self._take(line, item, entry) if item.is_stock else []
        by_average = item.is_average and line.applies_to is None
        self._add(line, entry)
        self._link(entry, supplies, cost=not by_average, fixed=line.applies_to is not None)
        target = self.opening.entries.get(line.applies_to or 0)
        elements = self.opening.elements.get(line.applies_to or 0)
        Values(self.facts, self.states[item.id], self.page).issue(line, item, entry, by_average, target, elements)
        self._remember(entry)

    def _transfer(self, line: PostingLine, item: ItemFacts) -> None:
        assert line.new_location_id is not None
        out = self._new(line, item, line.location_id, -line.quantity)
        supplies = self._take(line, item, out)
        by_average = item.is_average and line.applies_to is None
        out.completely_invoiced = all(supply.completely_invoiced for supply, _ in supplies)
        self._add(line, out)
        self._link(out, supplies, cost=not by_average, fixed=line.applies_to is not None)
        parts = [(None, line.quantity)] if by_average else supplies
        halves = [self._arrive(line, item, out, supply, quantity) for supply, quantity in parts]
        Values(self.facts, self.states[item.id], self.page).transfer(line, item, out, halves, by_average)
        for half, _ in halves:
            self._cover_open_issues(line, item, half)
            self._remember(half)
        self._remember(out)

    def _arrive(
        self, line: PostingLine, item: ItemFacts, out: Entry, supply: Entry | None, quantity: Decimal
    ) -> tuple[Entry, Entry | None]:
        half = self._new(line, item, line.new_location_id or 0, quantity)
        half.valuation_date = out.valuation_date
        half.completely_invoiced = out.completely_invoiced
        self._remember_source(half, out)  # and so all that it was taken from (costing-application.md §6)
        self._add(line, half)
        self.page.applications.append(
            NewApplication(half, half, out, quantity, half.posting_date, supply is not None, transferred_from=supply)
        )
        return half, supply

    # ------------------------------------------------------------------ application

    def _take(self, line: PostingLine, item: ItemFacts, entry: Entry) -> list[tuple[Entry, Decimal]]:
        """The receipts an issue is taken from, as (receipt, quantity); sets the issue's valuation date."""
        supplies = []
        for candidate in self._candidates(line, item, entry):
            quantity = min(-entry.remaining, candidate.remaining)
            self._use(candidate, -quantity)
            self._remember_source(entry, candidate)
            entry.remaining += quantity
            supplies.append((candidate, quantity))
            if not entry.remaining:
                break
        if entry.remaining:
            self._refuse_uncovered(line, item, entry)
        dates = [supply.valuation_date for supply, _ in supplies]
        if line.applies_to is not None and dates:
            entry.valuation_date = max(dates)
        else:
            entry.valuation_date = max([entry.posting_date, *dates])
        return supplies

    def _cover_open_issues(self, line: PostingLine, item: ItemFacts, entry: Entry) -> None:
        """A receipt covers open issues first (costing-application.md §8.2); the links belong to the issues."""
        if not item.is_stock or (item.costing_method == CostingMethod.SPECIFIC and line.applies_to is None):
            return
        behind = self._behind(entry)
        for issue in self._candidates(line, item, entry):
            if issue.order in behind:
                continue
            self._remember_source(issue, entry)
            quantity = min(entry.remaining, -issue.remaining)
            self._use(issue, quantity)
            entry.remaining -= quantity
            fixed = line.applies_to is not None and not line.is_transfer
            self.page.applications.append(
                NewApplication(
                    issue, entry, issue, -quantity, max(issue.posting_date, entry.posting_date),
                    fixed or not item.is_average, fixed,
                )
            )  # fmt: skip
            self._raise(issue, entry.valuation_date)
            if not entry.remaining:
                return
        if line.applies_to is None or line.is_transfer:
            self._check_read_whole(item, entry, positive=False)

    def _remember_source(self, entry: Entry, source: Entry) -> None:
        """Goods of the source are in the entry now; kept only where a circle could come of it."""
        if self.opening.ancestors:
            self._sources[entry.order].append(source.order)

    def _behind(self, entry: Entry) -> set[int]:
        """Everything that the goods of an entry have been, before this posting and in it."""
        found: set[int] = set()
        waiting = list(self._sources.get(entry.order, ()))
        while waiting:
            order = waiting.pop()
            if order not in found:
                found.add(order)
                waiting += self._sources.get(order, ())
                waiting += self.opening.ancestors.get(order, ())
        return found

    def _candidates(self, line: PostingLine, item: ItemFacts, entry: Entry) -> Iterable[Entry]:
        """Open entries of the other sign in the order of the costing method (costing-application.md §2.2)."""
        outbound = entry.quantity < 0
        if line.applies_to is not None and (outbound or not line.is_transfer):
            return self._named(line, entry, self.opening.entries[line.applies_to])
        key = Key(entry.item_id, entry.location_id, entry.variant_key, outbound)
        entries = self._open.get(key, [])
        newest_first = item.costing_method == CostingMethod.LIFO
        while entries and not entries[-1 if newest_first else 0].remaining:
            entries.pop(-1 if newest_first else 0)
        return (
            candidate
            for candidate in (reversed(entries) if newest_first else entries)
            if candidate.remaining
            and (not item.by_serial or candidate.serial_number == entry.serial_number)
            and (not item.lot_specific or candidate.lot_number == entry.lot_number)
        )

    def _named(self, line: PostingLine, entry: Entry, target: Entry) -> Iterable[Entry]:
        """The entry that the line names, and what came back of it in this posting; refused if that is too little."""
        targets = [target, *(back for issue in line.also_from for back in self._returns.get(issue, ()))]
        left = abs(sum((each.remaining for each in targets), ZERO))
        if left < abs(entry.remaining):
            self.refusals.append(
                InsufficientRemaining(
                    line=line.key, entry=str(target.id), remaining=plain(left), needed=plain(abs(entry.remaining))
                )
            )
        return [each for each in targets if each.remaining]

    def _use(self, entry: Entry, quantity: Decimal) -> None:
        entry.remaining += quantity
        if entry.stored:
            self.changed[entry.id] = entry

    def _refuse_uncovered(self, line: PostingLine, item: ItemFacts, entry: Entry) -> None:
        """What is not covered stays open as negative stock, where that is allowed."""
        if line.applies_to is not None:
            return
        self._check_read_whole(item, entry, positive=True)
        if (
            not line.is_transfer
            and not line.correction
            and item.may_go_negative(self.facts.setup.prevent_negative_inventory)
        ):
            return
        needed, missing = -entry.quantity, -entry.remaining
        self.refusals.append(
            NotOnInventory(
                line=line.key, item=item.number, location=self.facts.location_name(entry.location_id),
                needed=plain(needed), on_hand=plain(needed - missing), missing=plain(missing),
            )
        )  # fmt: skip

    def _check_read_whole(self, item: ItemFacts, entry: Entry, *, positive: bool) -> None:
        """What was read did not suffice for an entry: raises `MoreNeeded` unless there is no more."""
        wanted = Key(
            entry.item_id, entry.location_id, entry.variant_key, positive,
            entry.serial_number if item.by_serial else "", entry.lot_number if item.lot_specific else "",
        )  # fmt: skip
        if wanted not in self.opening.keys_read_whole:
            raise MoreNeeded

    def _returned(self, line: PostingLine, entry: Entry) -> Entry | None:
        """The issue that a receipt brings back, and one less to return from it (costing-application.md §4.2)."""
        if line.applies_from is None:
            return None
        source = self.opening.entries[line.applies_from]
        if not entry.remaining:
            return source  # what is no stock is taken back without counting
        if -source.returnable < entry.quantity:
            self.refusals.append(
                ReturnedMoreThanShipped(
                    line=line.key, entry=str(source.id), returnable=plain(-source.returnable),
                    needed=plain(entry.quantity),
                )
            )  # fmt: skip
        else:
            source.returnable += entry.quantity
            self.changed[source.id] = source
        return source

    def _serial_comes_in(self, line: PostingLine, item: ItemFacts, entry: Entry) -> None:
        if not item.by_serial or not entry.serial_number:
            return
        if (item.id, entry.serial_number) in self.opening.serials:
            self.refusals.append(SerialOnInventory(line=line.key, serial=entry.serial_number, item=item.number))
        self.opening.serials.add((item.id, entry.serial_number))

    # ------------------------------------------------------------------ rows

    def _new(self, line: PostingLine, item: ItemFacts, location_id: int, quantity: Decimal) -> Entry:
        self._count += 1
        return Entry(
            item.id, location_id, line.variant_id or 0, line.posting_date, line.posting_date, quantity,
            quantity if item.is_stock else ZERO, NEW + self._count, 0, line.serial_number, line.lot_number,
            line.package_number, True, quantity if quantity < 0 and item.is_stock else ZERO, ZERO, False,
        )  # fmt: skip

    def _add(self, line: PostingLine, entry: Entry) -> None:
        self.page.item_entries.append(
            NewItemEntry(
                entry, line.entry_type, line.document_date, line.document_number, line.unit_code,
                line.quantity_per_unit, line.variant_id,
                external_document_number=line.external_document_number, description=line.description,
                applies_to_entry_id=line.applies_to, correction=line.correction,
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

    def _remember(self, entry: Entry) -> None:
        """From now on the entry is there for the lines that follow, and its item has work for the adjuster."""
        if entry.remaining:
            insort(self._open[_key_of(entry)], entry, key=_place)
        if entry.remaining > 0 and entry.serial_number:
            self.opening.serials.add((entry.item_id, entry.serial_number))
        earliest = min(entry.posting_date, entry.valuation_date)
        known = self.from_dates.get(entry.item_id)
        if known is None or earliest < known:
            self.from_dates[entry.item_id] = earliest

    def _raise(self, issue: Entry, day: date) -> None:
        """An issue cannot be valued before the receipt that covers it (costing-application.md §5 B)."""
        if issue.valuation_date >= day:
            return
        known = self.from_dates.get(issue.item_id, day)
        self.from_dates[issue.item_id] = min(known, issue.valuation_date)
        issue.valuation_date = day
        if issue.stored:
            self.raised[issue.id] = day
            return
        for new in self.page.value_entries:
            if new.entry is issue:
                new.valuation_date = day


def _key_of(entry: Entry) -> Key:
    return Key(entry.item_id, entry.location_id, entry.variant_key, entry.remaining > 0)


def _place(entry: Entry) -> tuple[date, int]:
    return entry.posting_date, entry.order
