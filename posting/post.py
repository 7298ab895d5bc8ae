"""Lines into entries: the one way into the item and value ledgers (decision 12)."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils import timezone

from costing import queue
from inventory.choices import CostingMethod
from inventory.setup import Setup
from ledger import book
from ledger.choices import EntryType
from ledger.locks import lock_items
from ledger.open_entries import Key, entries_by_id, open_entries
from ledger.records import ZERO, Entry, NewRegister, Page, State, Written
from posting.check import check_lines
from posting.errors import FixedApplicationPrevents, InsufficientRemaining, PostingError
from posting.facts import Facts, read_facts
from posting.lines import PostingLine
from posting.stock import MoreNeeded, Opening, Stock
from posting.trace import ancestors_of, elements_of, follow_valuation_dates, held_by_fixed_links, serials_on_inventory
from work.errors import Refused
from work.statements import Question, Sending, ask

FIRST_LOOK = 16
EVERYTHING = 1 << 40
ALL = Decimal(EVERYTHING)


@dataclass(frozen=True, slots=True)
class Posted:
    """What `post_lines` wrote, with the items it touched."""

    written: Written
    item_ids: list[int]
    states: dict[int, State]


def post_lines(
    lines: Sequence[PostingLine], setup: Setup, register: NewRegister, sending: Sending,
    *, refusals: Iterable[PostingError] = (), collect: list[PostingError] | None = None,
) -> Posted:  # fmt: skip
    """Append every line's entries, or refuse all of them with every reason at once.

    The caller owns the transaction and holds the setup's lock; what is written goes out with `sending`.
    `refusals` are what the caller found wrong already. Raises `Refused`, and `ItemBusy` when an item is held too
    long by someone else.

    With `collect` refusals go there and the other lines are written, so that the chunks that follow see what they
    leave: the caller refuses in the end, and the transaction must not commit.
    """
    named = entries_by_id(_named(lines))
    facts = read_facts(lines, setup, register.user_id, *([named] if named.values[0] else []))
    found = [*refusals, *check_lines(lines, facts, named.answer if named.values[0] else {})]
    refused = {problem.line for problem in found}
    left = [line for line in lines if line.key not in refused]
    look = _Look(left, facts, FIRST_LOOK)
    states = lock_items((line.item_id for line in lines), *look.questions)
    stock = _fold(left, facts, register, states, look)
    found += [_explain(problem) for problem in stock.refusals]
    if collect is None:
        if found:
            raise Refused(found)
        return _write(stock, sending)
    while stock.refusals:
        refused |= {problem.line for problem in stock.refusals}
        left = [line for line in left if line.key not in refused]
        look = _Look(left, facts, look.limit)
        lock_items((), *look.questions)
        stock = _fold(left, facts, register, states, look)
        found += [_explain(problem) for problem in stock.refusals]
    collect += found
    return _write(stock, sending)


def _fold(
    lines: Sequence[PostingLine], facts: Facts, register: NewRegister, states: dict[int, State], look: "_Look"
) -> Stock:
    """Fold the lines through what is open; where a key was read too short, read eight times as much and fold anew."""
    while True:
        copies = {key: _copy(state) for key, state in states.items()}
        stock = Stock(facts, copies, _opening(lines, facts, look), Page(register))
        try:
            for line in lines:
                stock.post(line)
        except MoreNeeded:
            look = _Look(lines, facts, look.limit * 8 if look.limit < 100_000 else EVERYTHING)
            ask(*look.questions)
            continue
        return stock


def _write(stock: Stock, sending: Sending) -> Posted:
    written = book.append(stock.page, sending)
    book.change_balances(stock.changed.values(), sending)
    if stock.raised:
        sending.flush()
        book.move_valuation_dates(written.register_id, follow_valuation_dates(stock.raised), sending)
    book.change_states(stock.states.values(), sending)
    stocked = {item: day for item, day in stock.from_dates.items() if stock.facts.items[item].is_stock}
    queue.add(written.register_id, stocked, stock.page.value_entries, timezone.now(), sending)
    return Posted(written, sorted(stock.states), stock.states)


class _Look:
    """What is open of the keys that lines look for: as much as they need at first, up to a limit for each key."""

    def __init__(self, lines: Sequence[PostingLine], facts: Facts, limit: int) -> None:
        self.limit = limit
        self._needed: dict[Key, Decimal] = defaultdict(Decimal)
        for line in lines:
            for key in _keys(line, facts):
                self._needed[key] += abs(line.quantity)
        self._asked = [self._ask(facts, newest_first) for newest_first in (False, True)]
        self.questions = [question for keys, question in self._asked if keys]

    def _ask(self, facts: Facts, newest_first: bool) -> tuple[list[Key], Question[list[tuple[int, Entry]]]]:
        keys = sorted(key for key in self._needed if _is_lifo(facts, key) == newest_first)
        enough = {key: self._needed[key] if self.limit == FIRST_LOOK else ALL for key in keys}
        return keys, open_entries(enough, newest_first=newest_first, limit=self.limit)

    def found(self) -> tuple[dict[int, Entry], set[Key]]:
        """The entries, and the keys of which there is no more than these."""
        entries: dict[int, Entry] = {}
        whole: set[Key] = set()
        for keys, question in self._asked:
            counts, sums = [0] * (len(keys) + 1), [ZERO] * (len(keys) + 1)
            for place, entry in question.answer if keys else ():
                counts[place] += 1
                sums[place] += abs(entry.remaining)
                entries[entry.id] = entry
            whole.update(
                key
                for place, key in enumerate(keys, 1)
                if counts[place] < self.limit and (self.limit > FIRST_LOOK or sums[place] < self._needed[key])
            )
        return entries, whole


def _opening(lines: Sequence[PostingLine], facts: Facts, look: _Look) -> Opening:
    """What the fold needs besides what is open: most postings need nothing more."""
    entries, whole = look.found()
    found_open = set(entries)
    leaving = {key[:4] for line in lines if line.is_transfer for key in _keys(line, facts) if key.positive}
    with_costs = [
        entry.id for entry in entries.values() if (entry.item_id, entry.location_id, entry.variant_key, True) in leaving
    ]
    if again := [*_named(lines), *with_costs]:
        known = entries_by_id(again)
        ask(known)
        entries.update(known.answer)
    exact = [
        entry
        for line in lines
        for entry in ((line.applies_to, line.applies_from) if line.correction else (line.applies_to,))
        if entry and (line.correction or line.entry_type == EntryType.PURCHASE)
    ]
    return Opening(
        entries, found_open, whole, elements_of(exact), serials_on_inventory(lines, facts), _ancestors(lines, entries)
    )


def _ancestors(lines: Sequence[PostingLine], entries: dict[int, Entry]) -> dict[int, frozenset[int]]:
    """What the goods that may come in have been: a receipt must not cover an issue that they come from.

    Asked only where an open issue meets something that comes back or is moved (costing-application.md §6).
    """
    open_issues = {entry.item_id for entry in entries.values() if entry.remaining < 0}
    suspects = [line for line in lines if line.item_id in open_issues and (line.applies_from or line.is_transfer)]
    moved = {line.item_id for line in suspects if line.is_transfer}
    sources = {line.applies_from for line in suspects if line.applies_from}
    sources |= {entry.id for entry in entries.values() if entry.item_id in moved and entry.remaining > 0}
    return ancestors_of(sources) if sources else {}


def _keys(line: PostingLine, facts: Facts) -> Iterable[Key]:
    """What a line looks for: stock to take, or open issues to cover."""
    item = facts.items[line.item_id]
    if not item.is_stock:
        return
    serial = line.serial_number if item.by_serial else ""
    lot = line.lot_number if item.lot_specific else ""
    variant = line.variant_id or 0
    if line.is_transfer:
        yield Key(line.item_id, line.location_id, variant, True, serial, lot)
        yield Key(line.item_id, line.new_location_id or 0, variant, False, serial, lot)
    else:
        yield Key(line.item_id, line.location_id, variant, line.signed_quantity < 0, serial, lot)


def _is_lifo(facts: Facts, key: Key) -> bool:
    return facts.items[key.item_id].costing_method == CostingMethod.LIFO


def _named(lines: Iterable[PostingLine]) -> list[int]:
    return [entry for line in lines for entry in (line.applies_to, line.applies_from) if entry]


def _copy(state: State) -> State:
    return State(
        state.item_id, state.version, state.quantity, state.invoiced_quantity, state.cost_amount_actual,
        state.cost_amount_expected, state.unit_cost, state.last_direct_cost,
    )  # fmt: skip


def _explain(problem: PostingError) -> PostingError:
    """Say that fixed links hold the rest, where they do (costing-clarifications.md B18)."""
    if isinstance(problem, InsufficientRemaining) and held_by_fixed_links(int(problem.facts["entry"])):
        return FixedApplicationPrevents(line=problem.line, **problem.facts)
    return problem
