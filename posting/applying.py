"""Which entries goods are taken from, which open issues they cover, and the dates that follow.

The part of the fold that costing-application.md describes (§2, §4, §5, §6, §8). Pure.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from inventory.choices import CostingMethod
from inventory.numbers import plain
from ledger.choices import EntryType
from ledger.open_entries import Key
from ledger.records import ZERO, Entry, NewApplication, Page, State
from posting.errors import (
    DropShipmentUneven,
    InsufficientRemaining,
    NotOnInventory,
    PostingError,
    ReturnedMoreThanShipped,
    SameOrderApplication,
    SerialOnInventory,
)
from posting.facts import Facts
from posting.known import MADE, Known
from posting.lines import ItemFacts, PostingLine
from posting.worth import Worth

NEVER_NEGATIVE = (EntryType.TRANSFER, EntryType.CONSUMPTION, EntryType.ASSEMBLY_CONSUMPTION)


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
    known: Known = field(default_factory=Known)
    worths: Mapping[int, Worth] = field(default_factory=dict)


@dataclass(slots=True)
class Application:
    """What is open while lines are folded; collects refusals instead of stopping at the first."""

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
    _delivered: dict[int, Entry] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for order in self.opening.known.orders.values():
            order.outputs = [self.opening.entries.get(entry.id, entry) for entry in order.outputs]
        for entry_id in self.opening.found_open:
            entry = self.opening.entries[entry_id]
            self._open[key_of(entry)].append(entry)
        for entries in self._open.values():
            entries.sort(key=place_of)

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
        dates = [supply.value_date for supply, _ in supplies]
        if (line.applies_to is not None or line.delivered_by is not None) and dates:
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
        if line.delivered_by is not None:
            return self._drop_shipped(line, entry)
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
            and not self._made_by_the_same_order(line, candidate)
            and (not (outbound and self._leaves_transit(line)) or candidate.order_key[1] == line.order_key[1])
        )

    def _leaves_transit(self, line: PostingLine) -> bool:
        return line.moves_to_or_from_transit and self.facts.locations[line.location_id].in_transit

    def _made_by_the_same_order(self, line: PostingLine, candidate: Entry) -> bool:
        """Output does not feed the consumption of its own order line, nor the other way round (§2.3)."""
        if line.order_key[0] not in MADE or candidate.order_key != line.order_key:
            return False
        return {candidate.entry_type, line.entry_type} == {EntryType.OUTPUT, EntryType.CONSUMPTION}

    def _drop_shipped(self, line: PostingLine, entry: Entry) -> Iterable[Entry]:
        """The purchase that is delivered straight to the customer, and nothing else (ledger-model.md §11)."""
        receipt = self._delivered.get(line.delivered_by or 0)
        if receipt is None or receipt.remaining != -entry.remaining:
            left = plain(receipt.remaining if receipt is not None else ZERO)
            self.refusals.append(DropShipmentUneven(line=line.key, received=left, needed=plain(-entry.remaining)))
            return []
        return [receipt]

    def _named(self, line: PostingLine, entry: Entry, target: Entry) -> Iterable[Entry]:
        """The entry that the line names, and what came back of it in this posting; refused if that is too little."""
        if self._made_by_the_same_order(line, target):
            self.refusals.append(SameOrderApplication(line=line.key, entry=str(target.id)))
            return []
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
        if line.applies_to is not None or line.delivered_by is not None:
            return
        order = line.order_key[1] if self._leaves_transit(line) else ""
        self._check_read_whole(item, entry, positive=True, order=order)
        if (
            line.entry_type not in NEVER_NEGATIVE
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

    def _check_read_whole(self, item: ItemFacts, entry: Entry, *, positive: bool, order: str = "") -> None:
        """What was read did not suffice for an entry: raises `MoreNeeded` unless there is no more."""
        wanted = Key(
            entry.item_id, entry.location_id, entry.variant_key, positive,
            entry.serial_number if item.by_serial else "", entry.lot_number if item.lot_specific else "", order,
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

    def _must_be_adjusted(self, item_id: int, day: date) -> None:
        self.from_dates[item_id] = min(self.from_dates.get(item_id, day), day)

    def _raise(self, issue: Entry, day: date) -> None:
        """An issue cannot be valued before the receipt that covers it, and so along the chain (§5 B).

        The chain of what is stored is followed when the page is written.
        """
        if issue.valuation_date >= day:
            return
        self._must_be_adjusted(issue.item_id, issue.valuation_date)
        issue.valuation_date = day
        if issue.stored:
            self.raised[issue.id] = day
            self.changed[issue.id] = issue
            return
        for new in self.page.value_entries:
            if new.entry is issue:
                new.valuation_date = day
        for link in self.page.applications:
            if link.outbound is not None and issue is (link.inbound if link.owner is link.outbound else link.outbound):
                self._raise(link.owner, day)


def key_of(entry: Entry) -> Key:
    """Where an open entry is looked for."""
    return Key(entry.item_id, entry.location_id, entry.variant_key, entry.remaining > 0)


def place_of(entry: Entry) -> tuple[date, int]:
    """The order in which entries are taken."""
    return entry.posting_date, entry.order
