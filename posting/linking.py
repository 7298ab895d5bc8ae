"""Links between entries, in memory: taken back, made, and made automatically (costing-application.md §2, §3, §6, §10).

Pure. A link is never changed: what is taken back becomes a row that reverses it, what is made a new row (decision 6).
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from inventory.choices import CostingMethod
from ledger.choices import EntryType
from ledger.records import ZERO, Entry, NewApplication
from posting.lines import ItemFacts

_MADE = frozenset({EntryType.OUTPUT, EntryType.ASSEMBLY_OUTPUT})
_USED_UP = frozenset({EntryType.CONSUMPTION, EntryType.ASSEMBLY_CONSUMPTION})


@dataclass(frozen=True, slots=True, eq=False)
class Link:
    """An application row that holds; `id` is 0 until it is written. The quantity has the owner's sign."""

    id: int
    owner: int
    inbound: int
    outbound: int | None
    quantity: Decimal
    posting_date: date
    cost: bool
    fixed: bool
    transferred_from: int | None = None

    @property
    def is_use(self) -> bool:
        """True where a decrease takes goods; else the row is a receipt's own, with the decrease it brings back."""
        return self.owner == self.outbound

    @property
    def source(self) -> int | None:
        """Where the owner's goods come from."""
        return self.inbound if self.is_use else self.outbound


@dataclass(slots=True)
class Held:
    """What holds the receipts that lines name: all links of the issues that use them, as they were read.

    `fast` are entries whose links never move: corrections and drop shipments (costing-clarifications.md B18).
    """

    links: Sequence[Link] = ()
    fast: frozenset[int] = frozenset()
    by_receipt: dict[int, list[Link]] = field(default_factory=lambda: defaultdict(list))
    by_issue: dict[int, list[Link]] = field(default_factory=lambda: defaultdict(list))

    def __post_init__(self) -> None:
        for link in self.links:
            if link.is_use:
                self.by_receipt[link.inbound].append(link)
                self.by_issue[link.owner].append(link)


@dataclass(slots=True)
class Links:
    """Entries and their links while these change; collects what is to be written.

    `above` are all links from these entries upwards, as far as goods go; `orders` are (output, consumption) pairs.
    """

    entries: Mapping[int, Entry]
    items: Mapping[int, ItemFacts]
    above: Iterable[Link]
    orders: Iterable[tuple[int, int]] = ()
    corrections: frozenset[int] = frozenset()
    drop_shipments: frozenset[int] = frozenset()
    is_closed: Callable[[date], bool] = lambda day: False
    owned: dict[int, list[Link]] = field(default_factory=lambda: defaultdict(list))
    taken_back: list[Link] = field(default_factory=list)
    changed: dict[int, Entry] = field(default_factory=dict)
    relinked: dict[int, Entry] = field(default_factory=dict)  # owners whose sources are others now
    averaged: dict[int, bool] = field(default_factory=dict)  # issues of average items: from the pool, or over links
    _made_from: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    _open: dict[tuple[int, int, int, bool], list[Entry]] = field(default_factory=lambda: defaultdict(list))

    def __post_init__(self) -> None:
        for link in self.above:
            self.owned[link.owner].append(link)
        for output, consumption in self.orders:
            self._made_from[output].append(consumption)
        for entry in sorted(self.entries.values(), key=lambda entry: (entry.posting_date, entry.id)):
            self._open[_place(entry, entry.quantity > 0)].append(entry)

    # ------------------------------------------------------------------ one link

    def between(self, inbound: int, outbound: int) -> list[Link]:
        """What links these two, as a use or as a return."""
        return [
            link
            for owner in (inbound, outbound)
            for link in self.owned[owner]
            if (link.inbound, link.outbound) == (inbound, outbound)
        ]

    def own_row(self, inbound: int) -> Link | None:
        """The row by which an increase came in."""
        return next((link for link in self.owned[inbound] if not link.is_use), None)

    def take_back(self, link: Link) -> None:
        """Undo a link and give both sides their quantities back; a return becomes an increase without a source."""
        self._drop(link)
        inbound, outbound = self.entries[link.inbound], self.entries[link.outbound or 0]
        if link.is_use:
            inbound.remaining -= link.quantity
            outbound.remaining += link.quantity
        else:
            outbound.returnable -= link.quantity
            self.owned[inbound.id].append(replace(link, id=0, outbound=None, cost=True, fixed=False))
        self._note(link.owner, inbound, outbound)

    def use(self, inbound: Entry, outbound: Entry, quantity: Decimal, day: date, *, fixed: bool) -> None:
        """Let a decrease take a quantity of an increase; whether cost goes over the link is settled in the end."""
        cost = not self.items[outbound.item_id].is_average
        self.owned[outbound.id].append(Link(0, outbound.id, inbound.id, outbound.id, -quantity, day, cost, fixed))
        inbound.remaining -= quantity
        outbound.remaining += quantity
        self._note(outbound.id, inbound, outbound)

    def bring_back(self, plain: Link, outbound: Entry) -> None:
        """Turn an increase without a source into the exact return of a decrease."""
        self._drop(plain)
        self.owned[plain.owner].append(replace(plain, id=0, outbound=outbound.id, cost=True, fixed=True))
        outbound.returnable += plain.quantity
        self._note(plain.owner, self.entries[plain.inbound], outbound)

    def _drop(self, link: Link) -> None:
        self.owned[link.owner].remove(link)
        if link.id:
            self.taken_back.append(link)

    def _note(self, owner: int, inbound: Entry, outbound: Entry) -> None:
        self.relinked[owner] = self.entries[owner]
        self.changed[inbound.id], self.changed[outbound.id] = inbound, outbound

    # ------------------------------------------------------------------ many

    def automatic(self, entry: Entry) -> None:
        """Apply what is left of an entry in the order of its costing method; nothing of it is fixed (§2)."""
        item = self.items[entry.item_id]
        comes_in = entry.quantity > 0
        if not item.is_stock or (comes_in and item.costing_method == CostingMethod.SPECIFIC):
            return
        candidates = self._open[_place(entry, not comes_in)]
        for candidate in reversed(candidates) if item.costing_method == CostingMethod.LIFO else candidates:
            if not entry.remaining:
                return
            inbound, outbound = (entry, candidate) if comes_in else (candidate, entry)
            day = max(entry.posting_date, candidate.posting_date) if comes_in else entry.posting_date
            if candidate.remaining and not self.is_closed(day) and self._may_meet(inbound, outbound, item):
                quantity = min(inbound.remaining, -outbound.remaining)
                self.use(inbound, outbound, quantity, day, fixed=False)

    def _may_meet(self, inbound: Entry, outbound: Entry, item: ItemFacts) -> bool:
        return (
            (not item.by_serial or inbound.serial_number == outbound.serial_number)
            and (not item.lot_specific or inbound.lot_number == outbound.lot_number)
            and not self.drop_shipments & {inbound.id, outbound.id}
            and not self.same_order(inbound, outbound)
            and not self.closes_circle(outbound.id, inbound.id)
        )

    def same_order(self, inbound: Entry, outbound: Entry) -> bool:
        """Output may not feed the consumption of its own order line."""
        return (
            bool(inbound.order_key[1])
            and inbound.order_key == outbound.order_key
            and inbound.entry_type in _MADE
            and outbound.entry_type in _USED_UP
        )

    def closes_circle(self, entry: int, source: int) -> bool:
        """True when the goods of the source have been the entry's, by whatever way (§6)."""
        seen: set[int] = set()
        waiting = [source]
        while waiting:
            each = waiting.pop()
            if each == entry:
                return True
            if each not in seen:
                seen.add(each)
                waiting += [link.source for link in self.owned.get(each, ()) if link.source]
                waiting += self._made_from.get(each, ())
        return False

    def settle(self) -> None:
        """An issue of an average item takes its cost over fixed links where these cover it, else from the pool (§3).

        Never from both: links that say otherwise are made anew.
        """
        for issue in self.relinked.values():
            item = self.items[issue.item_id]
            if issue.entry_type == EntryType.CONSUMPTION and issue.quantity < 0:
                sources = (self.entries[link.inbound] for link in self.owned[issue.id])
                issue.completely_invoiced = all(source.completely_invoiced for source in sources)
            if not item.is_average or issue.quantity > 0 or issue.id in self.corrections:
                continue
            uses = list(self.owned[issue.id])
            over_links = not issue.remaining and bool(uses) and all(link.fixed for link in uses)
            for link in uses:
                if link.cost != over_links:
                    self._drop(link)
                    self.owned[issue.id].append(replace(link, id=0, cost=over_links))
            self.averaged[issue.id] = not over_links

    def rows(self) -> list[NewApplication]:
        """What is to be written: what takes back first, then what is new."""
        made = [link for links in self.owned.values() for link in links if not link.id]
        made.sort(key=lambda link: (link.owner, link.inbound))
        return [self._row(link, -link.quantity, link.id) for link in self.taken_back] + [
            self._row(link, link.quantity, None) for link in made
        ]

    def _row(self, link: Link, quantity: Decimal, reverses: int | None) -> NewApplication:
        outbound = None if link.outbound is None else self.entries[link.outbound]
        return NewApplication(
            self.entries[link.owner], self.entries[link.inbound], outbound, quantity, link.posting_date, link.cost,
            link.fixed, reverses_id=reverses,
        )  # fmt: skip


def _place(entry: Entry, comes_in: bool) -> tuple[int, int, int, bool]:
    return entry.item_id, entry.location_id, entry.variant_key, comes_in


def still_open(entries: Iterable[Entry]) -> list[Entry]:
    """Those with something left, by posting date and number, decreases first (costing-application.md §10)."""
    left = [entry for entry in entries if entry.remaining != ZERO]
    return sorted(left, key=lambda entry: (entry.quantity > 0, entry.posting_date, entry.id))
