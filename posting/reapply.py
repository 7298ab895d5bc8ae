"""Change applications by hand: take back, make, apply again what was left open (costing-application.md §10).

Each call is one transaction under one register. Nothing else is kept of a session: what somebody left open is found
by its rows that were taken back, also after a crash, by whoever asks next. A table of touched entries for each user
would have to be written, repaired and cleared beside the same rows, and would hide from one user what another left.
"""

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone

from costing import queue
from inventory.setup import setup_question
from ledger import book
from ledger.choices import SourceCode
from ledger.locks import lock_items, waiting_is_bounded
from ledger.open_entries import Key, entries_by_id, open_entries
from ledger.periods import calendar_question
from ledger.records import Entry, NewRegister, Page, State
from posting.lines import items_question
from posting.linking import Links, still_open
from posting.trace import links_above, redate
from posting.worksheet import Apply, Change, Unapply, Worksheet
from users.models import User
from work import idempotency
from work.errors import Refused
from work.statements import Question, Sending, answer_to, ask

ALL = Decimal(1 << 40)
Idempotent = tuple[str, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class ApplicationAnswer:
    """What was changed; `register_id` is None where nothing was. `open_entries` are touched ones with a rest."""

    register_id: int | None = None
    taken_back: int = 0
    made: int = 0
    open_entries: list[int] = field(default_factory=list)
    hit: bool = False


def unapply(inbound: int, outbound: int, *, by: User, idempotency_key: Idempotent | None = None) -> ApplicationAnswer:
    """Take back what links two entries; both have their quantities again. Raises `Refused`."""
    return change_applications([Unapply(inbound, outbound)], by=by, idempotency_key=idempotency_key)


def apply(
    entry: int, with_entry: int | None = None, *, by: User, idempotency_key: Idempotent | None = None
) -> ApplicationAnswer:
    """Link an entry to another for good, or without one to whatever the costing method finds. Raises `Refused`."""
    return change_applications([Apply(entry, with_entry)], by=by, idempotency_key=idempotency_key)


@transaction.atomic(durable=True)
def reapply_open(
    item_ids: Collection[int] | None = None, *, by: User, idempotency_key: Idempotent | None = None
) -> ApplicationAnswer:
    """Apply again all that lost an application and has something left: of these items, or of all."""
    return _once("reapply_open", by, idempotency_key, lambda: _reapply(item_ids, by))


@transaction.atomic(durable=True)
def change_applications(
    changes: Sequence[Change], *, by: User, then_reapply: bool = False, idempotency_key: Idempotent | None = None
) -> ApplicationAnswer:
    """Make these changes one after another, all or none; `then_reapply` finishes with what they left open.

    Raises `Refused` with every reason, each with the place of its change as line, counted from 1.
    """
    return _once("change_applications", by, idempotency_key, lambda: _bounded(changes, (), then_reapply, by))


def _once(verb: str, user: User, key: Idempotent | None, act: Any) -> ApplicationAnswer:
    """The first time do it, afterwards give the same answer (decision 16)."""
    if key is None:
        return ApplicationAnswer(**act())
    stored = idempotency.begin(user.pk, key[0], verb, key[1])
    if stored.answer is not None:
        return ApplicationAnswer(**{**stored.answer, "hit": True})
    answer = act()
    idempotency.finish(stored, 201, answer)
    return ApplicationAnswer(**answer)


def _reapply(item_ids: Collection[int] | None, user: User) -> dict[str, Any]:
    """All items that have something to apply again are found without a lock, and looked at again under it."""
    found = answer_to(_touched(None if item_ids is None else sorted(set(item_ids))))
    return _bounded((), {item for _, item in found}, True, user)


def _bounded(changes: Sequence[Change], items: Collection[int], then_reapply: bool, user: User) -> dict[str, Any]:
    with waiting_is_bounded():
        return _change(changes, items, then_reapply, user)


def _change(changes: Sequence[Change], items: Collection[int], then_reapply: bool, user: User) -> dict[str, Any]:
    """The inner verb. Locks: setup, items."""
    named = {entry for change in changes for entry in change.entries}
    setup, calendar, goods = setup_question(lock=True), calendar_question(), _items_of(named)
    ask(setup, calendar, goods)
    item_ids = {*items, *goods.answer}
    touched = _touched(sorted(item_ids))
    states = lock_items(item_ids, touched)
    left = {entry for entry, _ in touched.answer} if then_reapply else set()
    free = {change.entry for change in changes if isinstance(change, Apply) and change.with_entry is None}
    links = _read(named, left | free | (named if then_reapply else set()), item_ids, calendar.answer.is_closed)
    sheet = Worksheet(links)
    for place, change in enumerate(changes, 1):
        sheet.make(place, change)
    if sheet.refusals:
        raise Refused(sheet.refusals)
    if then_reapply:
        again = {*links.changed.values(), *(links.entries[entry] for entry in left)}
        for entry in still_open(again):
            links.automatic(entry)
    return _write(links, states, user)


def _read(named: set[int], free: set[int], item_ids: set[int], is_closed: Any) -> Links:
    """The entries named, and all that is open where something is to be applied by itself."""
    known = entries_by_id(named | free)
    items = items_question(item_ids)
    ask(known, items)
    places = {
        Key(entry.item_id, entry.location_id, entry.variant_key, sign)
        for entry in known.answer.values()
        for sign in (True, False)
        if entry.id in free
    }
    there: set[int] = set()
    if places:
        found = answer_to(open_entries(dict.fromkeys(sorted(places), ALL), newest_first=False, limit=1 << 40))
        there = {entry.id for _, entry in found}
    ids = {*known.answer, *there}
    entries, above, marks = entries_by_id(ids), links_above(ids), _marks(ids)
    ask(entries, above, marks)
    sides = {side for link in above.answer[0] if link.owner in ids for side in (link.inbound, link.outbound) if side}
    if beyond := sides - ids:
        others = entries_by_id(beyond)
        ask(others)
        entries.answer.update(others.answer)
    return Links(entries.answer, items.answer, *above.answer, *marks.answer, is_closed)


def _write(links: Links, states: dict[int, State], user: User) -> dict[str, Any]:
    """Settle costs and dates, and write it all under one register; nothing where nothing is another now."""
    links.settle()
    rows = links.rows()
    answer = ApplicationAnswer(open_entries=[entry.id for entry in still_open(links.changed.values())])
    if not rows:
        return asdict(answer)
    changed = list(links.changed.values())
    with Sending() as sending:
        register = NewRegister(SourceCode.APPLICATION, user.pk)
        register_id = book.append(Page(register, applications=rows), sending).register_id
        book.change_balances(changed, sending)
        sending.flush()
        moved = redate(register_id, links.relinked, links.averaged, sending)
        dates = {
            **{entry.id: entry.valuation_date for entry in changed},
            **{key: day for key, (_, day) in moved.items()},
        }
        from_dates = _from_dates([*changed, *(entry for entry, _ in moved.values())], dates)
        book.change_states((states[item] for item in sorted(from_dates)), sending)
        queue.add(register_id, from_dates, (), timezone.now(), sending)
    taken_back = sum(1 for row in rows if row.reverses_id is not None)
    return {**asdict(answer), "register_id": register_id, "taken_back": taken_back, "made": len(rows) - taken_back}


def _from_dates(changed: Collection[Entry], former: dict[int, date]) -> dict[int, date]:
    """From when each item is to be adjusted: the earlier of old and new date (costing-application.md §5)."""
    found: dict[int, date] = {}
    for entry in changed:
        day = min(entry.posting_date, entry.valuation_date, former[entry.id])
        found[entry.item_id] = min(day, found.get(entry.item_id, day))
    return found


def _items_of(entry_ids: set[int]) -> Question[set[int]]:
    return Question(
        "SELECT DISTINCT item_id FROM ledger_itemledgerentry WHERE id = ANY(%s::bigint[])",
        [sorted(entry_ids)],
        lambda rows: {row[0] for row in rows},
    )


def _touched(item_ids: Sequence[int] | None) -> Question[list[tuple[int, int]]]:
    """(entry, item) of what has something left and lost an application once."""
    return Question(_TOUCHED, [item_ids is None, item_ids or []], list)


_TOUCHED = """
    SELECT b.entry_id, b.item_id FROM ledger_entrybalance b
     WHERE b.remaining_quantity <> 0 AND (%s OR b.item_id = ANY(%s::bigint[]))
       AND EXISTS (SELECT FROM ledger_itemapplicationentry a WHERE a.reverses_id IS NOT NULL
                    AND (a.inbound_entry_id = b.entry_id OR a.outbound_entry_id = b.entry_id))
     ORDER BY 1
"""


def _marks(entry_ids: set[int]) -> Question[tuple[frozenset[int], frozenset[int]]]:
    """Which of these take others back, and which are drop shipments."""
    return Question(
        "SELECT id, correction, drop_shipment FROM ledger_itemledgerentry"
        " WHERE id = ANY(%s::bigint[]) AND (correction OR drop_shipment)",
        [sorted(entry_ids)],
        lambda rows: (frozenset(row[0] for row in rows if row[1]), frozenset(row[0] for row in rows if row[2])),
    )
