"""What may be done to applications by hand, one change after another (costing-application.md §10). Pure."""

from dataclasses import dataclass, field

from inventory.numbers import plain
from ledger.choices import EntryType
from ledger.records import Entry
from posting import errors
from posting.errors import PostingError
from posting.linking import Link, Links

# Increases that bring a cost of their own; all others take it from what they bring back.
_BRINGS_COST = frozenset(
    {EntryType.PURCHASE, EntryType.POSITIVE_ADJUSTMENT, EntryType.OUTPUT, EntryType.ASSEMBLY_OUTPUT}
)


@dataclass(frozen=True, slots=True)
class Unapply:
    """Take back what links an increase and a decrease."""

    inbound: int
    outbound: int

    @property
    def entries(self) -> tuple[int, ...]:
        return self.inbound, self.outbound


@dataclass(frozen=True, slots=True)
class Apply:
    """Link an entry to another, or without one to what the costing method finds."""

    entry: int
    with_entry: int | None = None

    @property
    def entries(self) -> tuple[int, ...]:
        return (self.entry,) if self.with_entry is None else (self.entry, self.with_entry)


Change = Unapply | Apply


@dataclass(slots=True)
class Worksheet:
    """Makes changes to links, or says why not; goes on after a refusal, so that all are said at once."""

    links: Links
    refusals: list[PostingError] = field(default_factory=list)

    def make(self, place: int, change: Change) -> None:
        """Make one change; what is refused has the place as its line and changes nothing."""
        problem = self._unapply(change) if isinstance(change, Unapply) else self._apply(change)
        if problem is not None:
            problem.line = place
            self.refusals.append(problem)

    # ------------------------------------------------------------------ take back

    def _unapply(self, change: Unapply) -> PostingError | None:
        found = self.links.between(change.inbound, change.outbound)
        if not found or not self._is_stock(change.inbound):
            return errors.NoApplication(inbound=str(change.inbound), outbound=str(change.outbound))
        for link in found:
            problem = self._immovable(link)
            if problem is not None:
                return problem
        for link in found:
            self.links.take_back(link)
        return None

    def _immovable(self, link: Link) -> PostingError | None:
        """Why a link must stay, if it must."""
        assert link.outbound is not None
        entries, sides = self.links.entries, (link.inbound, link.outbound)
        if entries[link.outbound].entry_type == EntryType.TRANSFER or link.transferred_from:
            return errors.TransferApplication(entry=str(link.owner))
        if self.links.drop_shipments.intersection(sides):
            return errors.DropShipment(entry=str(link.owner))
        if link.owner in self.links.corrections:
            return errors.CorrectionEntry(entry=str(link.owner))
        if self.links.is_closed(link.posting_date):
            return errors.ApplicationClosed(
                inbound=str(link.inbound), outbound=str(link.outbound), date=str(link.posting_date)
            )
        return None

    # ------------------------------------------------------------------ make

    def _apply(self, change: Apply) -> PostingError | None:
        entry = self.links.entries.get(change.entry)
        if entry is None or not self._is_stock(change.entry):
            return errors.AppliesToMismatch(entry=str(change.entry), reason="there is no such entry of stock")
        if change.with_entry is None:
            return self._by_itself(entry)
        other = self.links.entries.get(change.with_entry)
        if other is None:
            return errors.AppliesToMismatch(entry=str(change.with_entry), reason="there is no such item ledger entry")
        inbound, outbound = (entry, other) if entry.quantity > 0 else (other, entry)
        problem = self._mismatch(entry, other) or self._may_not(entry, inbound, outbound)
        if problem is not None:
            return problem
        if (inbound.remaining and outbound.remaining) or self._brings_cost(inbound):
            return self._take_goods(inbound, outbound)
        return self._take_cost(inbound, outbound)

    def _by_itself(self, entry: Entry) -> PostingError | None:
        if not entry.remaining:
            return errors.NothingLeft(entry=str(entry.id))
        if self.links.is_closed(entry.posting_date):
            return _closed(entry, entry)
        self.links.automatic(entry)
        return None

    def _mismatch(self, entry: Entry, other: Entry) -> PostingError | None:
        item = self.links.items[entry.item_id]
        reason = ""
        if (entry.item_id, entry.variant_key) != (other.item_id, other.variant_key):
            reason = f"it is not an entry of item {item.number} and this variant"
        elif (entry.quantity > 0) == (other.quantity > 0):
            reason = "it moves goods in the same direction"
        elif item.by_serial and entry.serial_number != other.serial_number:
            reason = "it has another serial number"
        elif item.lot_specific and entry.lot_number != other.lot_number:
            reason = "it has another lot number"
        return errors.AppliesToMismatch(entry=str(other.id), reason=reason) if reason else None

    def _may_not(self, entry: Entry, inbound: Entry, outbound: Entry) -> PostingError | None:
        if outbound.entry_type == EntryType.TRANSFER:
            return errors.TransferApplication(entry=str(outbound.id))
        for each in (inbound, outbound):
            if each.id in self.links.drop_shipments:
                return errors.DropShipment(entry=str(each.id))
        if outbound.id in self.links.corrections:
            return errors.CorrectionEntry(entry=str(outbound.id))
        if self.links.is_closed(entry.posting_date) or self.links.is_closed(outbound.posting_date):
            return _closed(inbound, outbound)
        return None

    def _brings_cost(self, inbound: Entry) -> bool:
        """A purchase or output that brings nothing back: of such goods can only be taken."""
        own = self.links.own_row(inbound.id)
        return inbound.entry_type in _BRINGS_COST and (own is None or own.outbound is None)

    def _take_goods(self, inbound: Entry, outbound: Entry) -> PostingError | None:
        """A manual application is a fixed one, of as much as both sides have."""
        if inbound.location_id != outbound.location_id:
            return errors.AppliesToMismatch(entry=str(inbound.id), reason="the two lie at different locations")
        for each in (inbound, outbound):
            if not each.remaining:
                return errors.NothingLeft(entry=str(each.id))
        if self.links.same_order(inbound, outbound):
            return errors.SameOrderApplication(entry=str(inbound.id))
        if self.links.closes_circle(outbound.id, inbound.id):
            return errors.CircularApplication(entry=str(outbound.id), source=str(inbound.id))
        quantity = min(inbound.remaining, -outbound.remaining)
        self.links.use(inbound, outbound, quantity, outbound.posting_date, fixed=True)
        return None

    def _take_cost(self, inbound: Entry, outbound: Entry) -> PostingError | None:
        """What came in without a source becomes the exact return of a decrease."""
        own = self.links.own_row(inbound.id)
        if own is None or own.outbound is not None:
            reason = "it brings another entry back already; take that application back first"
            return errors.AppliesToMismatch(entry=str(inbound.id), reason=reason)
        if inbound.id in self.links.corrections:
            return errors.CorrectionEntry(entry=str(inbound.id))
        if -outbound.returnable < inbound.quantity:
            return errors.ReturnedMoreThanShipped(
                entry=str(outbound.id), returnable=plain(-outbound.returnable), needed=plain(inbound.quantity)
            )
        if self.links.closes_circle(inbound.id, outbound.id):
            return errors.CircularApplication(entry=str(inbound.id), source=str(outbound.id))
        self.links.bring_back(own, outbound)
        return None

    def _is_stock(self, entry_id: int) -> bool:
        entry = self.links.entries.get(entry_id)
        return entry is not None and self.links.items[entry.item_id].is_stock


def _closed(inbound: Entry, outbound: Entry) -> PostingError:
    return errors.ApplicationClosed(inbound=str(inbound.id), outbound=str(outbound.id), date=str(outbound.posting_date))
