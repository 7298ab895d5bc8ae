"""A line that names a receipt moves automatic links of others away from it (costing-application.md §4.1). Pure.

What lost its goods to the line is applied again by itself at the end of the same posting.
"""

from bisect import insort
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from inventory.choices import CostingMethod
from inventory.numbers import plain
from ledger.choices import EntryType
from ledger.open_entries import Key
from ledger.records import Entry, NewApplication
from posting.applying import NEVER_NEGATIVE, Application, key_of, place_of
from posting.errors import DisplacedNotCovered, FixedApplicationPrevents
from posting.known import MADE
from posting.lines import ItemFacts, PostingLine
from posting.linking import Held, Link


@dataclass(frozen=True, slots=True, eq=False)
class Hold:
    """A quantity of a receipt that an issue has: by a row that was read, or by one of this posting."""

    issue: Entry
    quantity: Decimal
    movable: bool
    row: Link | NewApplication


def choose(holds: Iterable[Hold], wanted: Decimal) -> tuple[list[Hold], bool]:
    """The holds to take away: whole, one issue at a time, ascending by number, until enough is free (B18).

    None where that does not suffice. Says also whether one was met that must stay.
    """
    by_issue: dict[int, list[Hold]] = defaultdict(list)
    for hold in holds:
        by_issue[hold.issue.order].append(hold)
    chosen: list[Hold] = []
    met = False
    for order in sorted(by_issue):
        if wanted <= 0:
            break
        met = met or not all(hold.movable for hold in by_issue[order])
        for hold in by_issue[order]:
            if hold.movable:
                chosen.append(hold)
                wanted -= hold.quantity
    return ([], met) if wanted > 0 else (chosen, met)


@dataclass(slots=True)
class Displacement(Application):
    """The part of the fold that makes room for a line and finds other goods for those who made it."""

    held: Held = field(default_factory=Held)
    displaced: dict[int, tuple[Entry, PostingLine]] = field(default_factory=dict)
    _made_room: dict[int, Entry] = field(default_factory=dict)
    _gone: set[int] = field(default_factory=set)  # rows that were read, by number
    _dropped: set[int] = field(default_factory=set)  # rows of this posting, by identity
    _looked_at: int = 0
    _new_holds: dict[int, list[NewApplication]] = field(default_factory=lambda: defaultdict(list))

    def _named(self, line: PostingLine, entry: Entry, target: Entry) -> Iterable[Entry]:
        short = -entry.remaining - target.remaining
        may = entry.quantity < 0 < target.quantity and not line.correction
        if may and short > 0 and not self._made_by_the_same_order(line, target):
            chosen, met = choose(self._holds(target), short)
            for hold in chosen:
                self._take_away(hold, target, line)
            if met and not chosen:
                facts = {"remaining": plain(target.remaining), "needed": plain(-entry.remaining)}
                self.refusals.append(FixedApplicationPrevents(line=line.key, entry=str(target.id), **facts))
                return []
        return Application._named(self, line, entry, target)

    def _holds(self, target: Entry) -> Iterable[Hold]:
        held = self.held
        for link in held.by_receipt.get(target.id, ()):
            if link.id not in self._gone:
                issue = self.opening.entries[link.owner]
                movable = (
                    not link.fixed
                    and issue.entry_type != EntryType.TRANSFER
                    and not held.fast & {link.owner, target.id}
                    and not self.facts.calendar.is_closed(link.posting_date)
                )
                yield Hold(issue, -link.quantity, movable, link)
        for new in self.page.applications[self._looked_at :]:
            if new.reverses_id is None and new.owner is new.outbound:
                self._new_holds[new.inbound.order].append(new)
        self._looked_at = len(self.page.applications)
        for new in self._new_holds.get(target.order, ()):
            if id(new) not in self._dropped:
                movable = not new.fixed and new.owner.entry_type != EntryType.TRANSFER
                yield Hold(new.owner, -new.quantity, movable, new)

    def _take_away(self, hold: Hold, target: Entry, line: PostingLine) -> None:
        """Give the receipt its quantity back; the issue waits for the end of the posting."""
        row, issue = hold.row, hold.issue
        self._use(target, hold.quantity)
        self._use(issue, -hold.quantity)
        if isinstance(row, NewApplication):
            self._dropped.add(id(row))
        else:
            self._gone.add(row.id)
            self.page.applications.append(
                NewApplication(
                    issue, target, issue, hold.quantity, row.posting_date, row.cost, row.fixed, reverses_id=row.id
                )
            )
        self._made_room[target.order] = target
        self.displaced.setdefault(issue.order, (issue, line))
        self._must_be_adjusted(
            issue.item_id, min(issue.posting_date, issue.valuation_date, target.posting_date, target.valuation_date)
        )

    # ------------------------------------------------------------------ at the end of the posting

    def reapply_displaced(self) -> None:
        """Apply what lost its goods by itself, by posting date and number; refused where too little is left."""
        if not self.displaced:
            return
        self.page.applications = [new for new in self.page.applications if id(new) not in self._dropped]
        for target in self._made_room.values():
            if target.remaining and not any(each is target for each in self._open[key_of(target)]):
                insort(self._open[key_of(target)], target, key=place_of)
        for issue, line in sorted(self.displaced.values(), key=lambda pair: place_of(pair[0])):
            item = self.facts.items[issue.item_id]
            for receipt in self._supplies_for(issue, item):
                self._supply(issue, receipt, item)
                if not issue.remaining:
                    break
            if issue.remaining:
                self._check_read_whole(item, issue, positive=True)
                self._refuse_negative(issue, line, item)
            if issue.entry_type == EntryType.CONSUMPTION:
                issue.completely_invoiced = all(source.completely_invoiced for source in self._sources_of(issue))

    def _supplies_for(self, issue: Entry, item: ItemFacts) -> Iterable[Entry]:
        """Open receipts in the order of the costing method, but none that the issue's own goods went into (§6)."""
        entries = self._open.get(Key(issue.item_id, issue.location_id, issue.variant_key, True), [])
        for receipt in reversed(entries) if item.costing_method == CostingMethod.LIFO else list(entries):
            if (
                receipt.remaining
                and (not item.by_serial or receipt.serial_number == issue.serial_number)
                and (not item.lot_specific or receipt.lot_number == issue.lot_number)
                and not _made_for(issue, receipt)
                and issue.order not in self._were(receipt)
            ):
                yield receipt

    def _were(self, receipt: Entry) -> set[int]:
        """All that the goods of a receipt have been, before this posting and in it."""
        found: set[int] = set()
        waiting = [receipt.order]
        while waiting:
            order = waiting.pop()
            if order not in found:
                found.add(order)
                waiting += self._sources.get(order, ())
                waiting += self.opening.ancestors.get(order, ())
        return found

    def _supply(self, issue: Entry, receipt: Entry, item: ItemFacts) -> None:
        quantity = min(-issue.remaining, receipt.remaining)
        self._use(receipt, -quantity)
        self._use(issue, quantity)
        self._remember_source(issue, receipt)
        self.page.applications.append(
            NewApplication(issue, receipt, issue, -quantity, issue.posting_date, not item.is_average)
        )

    def _refuse_negative(self, issue: Entry, line: PostingLine, item: ItemFacts) -> None:
        prevented = not item.may_go_negative(self.facts.setup.prevent_negative_inventory)
        if issue.entry_type in NEVER_NEGATIVE or prevented:
            needed, missing = -issue.quantity, -issue.remaining
            self.refusals.append(
                DisplacedNotCovered(
                    line=line.key, entry=str(issue.id or "of this posting"), item=item.number,
                    location=self.facts.location_name(issue.location_id), needed=plain(needed),
                    on_hand=plain(needed - missing), missing=plain(missing),
                )
            )  # fmt: skip

    def _sources_of(self, issue: Entry) -> Iterable[Entry]:
        for link in self.held.by_issue.get(issue.id, ()):
            if link.id not in self._gone:
                yield self.opening.entries[link.inbound]
        for new in self.page.applications:
            if new.owner is issue and new.outbound is issue and new.reverses_id is None:
                yield new.inbound


def _made_for(issue: Entry, receipt: Entry) -> bool:
    """Output does not feed the consumption of its own order line (§2.3)."""
    return (
        issue.order_key[0] in MADE
        and issue.order_key == receipt.order_key
        and (receipt.entry_type, issue.entry_type) == (EntryType.OUTPUT, EntryType.CONSUMPTION)
    )
