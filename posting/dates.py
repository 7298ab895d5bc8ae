"""When an entry is valued, from what it is linked to; a change goes along the chain (costing-application.md §5).

Pure. Dates rise and fall alike: each is computed anew from its sources, so the way there does not matter.
"""

from collections import defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from ledger.choices import EntryType
from ledger.records import Entry
from posting.linking import Link


def value_date(entry: Entry, owned: Sequence[Link], entries: Mapping[int, Entry]) -> date:
    """The date of an entry with these rows of its own.

    A decrease is not valued before what it takes, nor before its own day, unless fixed links cover all of it
    (costing-clarifications.md A9). What comes back is not valued before what it left with; what arrives by transfer
    is valued with the half that left (A8). All else is valued on its own day.
    """
    if entry.quantity < 0:
        dates = [entries[link.inbound].value_date for link in owned]
        if dates and not entry.remaining and all(link.fixed for link in owned):
            return max(dates)
        return max([entry.posting_date, *dates])
    left = [entries[link.outbound].value_date for link in owned if link.outbound]
    if left and entry.entry_type == EntryType.TRANSFER:
        return max(left)
    return max([entry.posting_date, *left])


def follow(
    relinked: Iterable[Entry], links: Iterable[Link], entries: Mapping[int, Entry]
) -> dict[int, tuple[Entry, date]]:
    """Bring the dates of these entries, and of all that depends on them, to what their links say.

    `links` are the rows that hold, of these entries and of everything downwards. Returns the entries whose date is
    another now, each with its former date.
    """
    owned: dict[int, list[Link]] = defaultdict(list)
    dependants: dict[int, set[int]] = defaultdict(set)
    for link in links:
        owned[link.owner].append(link)
        if link.source:
            dependants[link.source].add(link.owner)
    moved: dict[int, tuple[Entry, date]] = {}
    waiting = deque(sorted(entry.id for entry in relinked))
    while waiting:
        entry = entries[waiting.popleft()]
        day = value_date(entry, owned[entry.id], entries)
        if day != entry.valuation_date:
            moved.setdefault(entry.id, (entry, entry.valuation_date))
            entry.valuation_date = day
            waiting += sorted(dependants[entry.id])
    return {key: (entry, former) for key, (entry, former) in moved.items() if entry.valuation_date != former}
