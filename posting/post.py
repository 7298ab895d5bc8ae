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
from ledger.choices import EntryType, OrderType
from ledger.locks import lock_items
from ledger.open_entries import Key, entries_by_id, open_entries
from ledger.records import ZERO, Entry, NewRegister, Page, State, Written
from posting.applying import MoreNeeded, Opening
from posting.check import check_lines
from posting.errors import FixedApplicationPrevents, InsufficientRemaining, PostingError
from posting.facts import Facts, items_of, read_facts
from posting.known import Asked, Known, save_orders
from posting.lines import ChargeLine, InvoiceLine, Line, PostingLine
from posting.linking import Held
from posting.stock import Stock
from posting.trace import (
    ancestors_of,
    elements_of,
    follow_valuation_dates,
    held,
    held_by,
    redate,
    serials_on_inventory,
)
from posting.worth import Worth, worths_question
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
    lines: Sequence[Line], setup: Setup, register: NewRegister, sending: Sending,
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
    asked = Asked(left, any(item.has_units for item in facts.items.values()))
    states = lock_items((item for line in lines for item in items_of(line)), *look.questions, *asked.questions)
    stock = _fold(left, facts, register, states, look, asked.known())
    found += _explained(stock.refusals)
    if collect is None:
        if found:
            raise Refused(found)
        return _write(stock, sending)
    while stock.refusals:
        refused |= {problem.line for problem in stock.refusals}
        left = [line for line in left if line.key not in refused]
        look = _Look(left, facts, look.limit)
        lock_items((), *look.questions)
        stock = _fold(left, facts, register, states, look, asked.known())
        found += _explained(stock.refusals)
    collect += found
    return _write(stock, sending)


def _fold(
    lines: Sequence[Line], facts: Facts, register: NewRegister, states: dict[int, State], look: "_Look", known: Known
) -> Stock:
    """Fold the lines through what is open; where a key was read too short, read eight times as much and fold anew."""
    while True:
        copies = {key: _copy(state) for key, state in states.items()}
        opening, held = _opening(lines, facts, look)
        opening.known = known.copied()
        stock = Stock(facts, copies, opening, Page(register), held=held)
        try:
            for line in lines:
                stock.post(line)
            stock.reapply_displaced()
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
    if stock.displaced:
        sending.flush()
        redate(written.register_id, [issue.id for issue, _ in stock.displaced.values()], {}, sending)
    book.change_states(stock.states.values(), sending)
    _write_orders(stock, sending)
    _write_units(stock.opening.known, sending)
    stocked = {item: day for item, day in stock.from_dates.items() if stock.facts.items[item].is_stock}
    queue.add(written.register_id, stocked, stock.page.value_entries, timezone.now(), sending)
    return Posted(written, sorted(stock.states), stock.states)


def _write_orders(stock: Stock, sending: Sending) -> None:
    """Orders that are new, with the overhead of what they make; and those that are done."""
    rows = save_orders(stock.opening.known, stock.facts.items)
    sending.append(
        "costing_ordercost",
        ("order_type", "order_number", "order_line", "item_id", "indirect_cost_percent", "overhead_rate", "finished"),
        rows,
    )
    complete = [
        (*key, order.finished)
        for key, order in stock.opening.known.orders.items()
        if order.finished or key[0] == OrderType.ASSEMBLY  # which is posted whole
    ]
    if complete:
        sending.add(_COMPLETE, [list(column) for column in zip(*complete, strict=True)])


# The standard of the first completion holds, however late its cost is adjusted; where the shares of the card do not add
# up to it, all of it is material (costing-adjustment.md §8, costing-revaluation-item-charges-variance.md §6).
_COMPLETE = """
    WITH card AS (
         SELECT o.id, n.finished, i.costing_method = 'standard' AS is_standard, i.standard_cost,
                ARRAY[i.single_level_material_cost, i.single_level_capacity_cost, i.single_level_subcontracted_cost,
                      i.single_level_capacity_overhead_cost, i.single_level_manufacturing_overhead_cost] AS shares
           FROM unnest(%s::text[], %s::text[], %s::int[], %s::boolean[]) AS n (kind, number, line, finished)
           JOIN costing_ordercost o ON (o.order_type, o.order_number, o.order_line) = (n.kind, n.number, n.line)
           JOIN inventory_item i ON i.id = o.item_id
          WHERE n.finished AND NOT o.finished OR o.material_share IS NULL AND i.costing_method = 'standard'),
    standard AS (
         SELECT id, finished, CASE WHEN NOT is_standard THEN NULL
                                   WHEN (SELECT sum(share) FROM unnest(shares) share) = standard_cost THEN shares
                                   ELSE ARRAY[standard_cost, 0, 0, 0, 0] END AS shares
           FROM card)
    UPDATE costing_ordercost c
       SET finished = s.finished, material_share = coalesce(c.material_share, s.shares[1]),
           capacity_share = coalesce(c.capacity_share, s.shares[2]),
           subcontracted_share = coalesce(c.subcontracted_share, s.shares[3]),
           capacity_overhead_share = coalesce(c.capacity_overhead_share, s.shares[4]),
           manufacturing_overhead_share = coalesce(c.manufacturing_overhead_share, s.shares[5])
      FROM standard s WHERE c.id = s.id
"""


def _write_units(known: Known, sending: Sending) -> None:
    rows = [(unit.id, unit.unit_cost, unit.last_direct_cost) for unit in known.units.values() if unit.changed]
    if rows:
        sending.add(
            "UPDATE ledger_stockkeepingunitstate s SET unit_cost = n.cost, last_direct_cost = n.last"
            " FROM unnest(%s::bigint[], %s::numeric[], %s::numeric[]) AS n (id, cost, last)"
            " WHERE s.stockkeeping_unit_id = n.id",
            [list(column) for column in zip(*rows, strict=True)],
        )


class _Look:
    """What is open of the keys that lines look for: as much as they need at first, up to a limit for each key."""

    def __init__(self, lines: Sequence[Line], facts: Facts, limit: int) -> None:
        self.limit = limit
        self._needed: dict[Key, Decimal] = defaultdict(Decimal)
        for line in _movements(lines):
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


def _opening(every: Sequence[Line], facts: Facts, look: _Look) -> tuple[Opening, Held]:
    """What the fold needs besides what is open: most postings need nothing more."""
    entries, whole = look.found()
    found_open = set(entries)
    lines = _movements(every)
    displacing = [line for line in lines if line.applies_to and not line.correction]
    looks_closer = [line for line in lines if line.is_transfer or line.produces == line.item_id]
    looks_closer += displacing
    closer = {key[:4] for line in looks_closer for key in _keys(line, facts) if key.positive}
    with_costs = [
        entry.id for entry in entries.values() if (entry.item_id, entry.location_id, entry.variant_key, True) in closer
    ]
    if again := [*_named(lines), *with_costs]:
        known = entries_by_id(again)
        ask(known)
        entries.update(known.answer)
    held = _held(displacing, lines, entries)
    worths = _worths(every, entries)
    exact = [
        entry
        for line in lines
        for entry in ((line.applies_to, line.applies_from) if line.correction else (line.applies_to,))
        if entry and (line.correction or line.entry_type == EntryType.PURCHASE)
    ]
    exact += [
        worth.applies_to
        for worth in worths.values()
        if worth.applies_to and worth.entry.entry_type == EntryType.PURCHASE and worth.entry.quantity < 0
    ]
    opening = Opening(
        entries, found_open, whole, elements_of(exact), serials_on_inventory(lines, facts),
        _ancestors(lines, entries, held), worths=worths,
    )  # fmt: skip
    return opening, held


def _worths(lines: Sequence[Line], entries: dict[int, Entry]) -> dict[int, Worth]:
    """Of the entries that are invoiced, charged or undone; their entries join the others, and so do those they return.

    Two statements at most, and none for lines that only move goods.
    """
    wanted = [line.entry for line in lines if isinstance(line, InvoiceLine | ChargeLine)]
    wanted += [line.applies_to or line.applies_from or 0 for line in _movements(lines) if line.undoes]
    if not wanted:
        return {}
    asked = worths_question(wanted)
    ask(asked)
    targets = [worth.applies_to for worth in asked.answer.values() if worth.applies_to]
    if targets:
        returned = entries_by_id(targets)
        ask(returned)
        entries.update(returned.answer)  # what is open was read without its quantity
    entries.update({key: worth.entry for key, worth in asked.answer.items()})
    return asked.answer


def _movements(lines: Sequence[Line]) -> list[PostingLine]:
    return [line for line in lines if isinstance(line, PostingLine)]


def _held(displacing: Sequence[PostingLine], lines: Sequence[PostingLine], entries: dict[int, Entry]) -> Held:
    """What may have to move for lines that name receipts; asked where too little may be left of these."""
    leaving: dict[tuple[int, int], Decimal] = defaultdict(Decimal)
    for line in lines:
        leaving[line.item_id, line.location_id] += abs(line.quantity)
    targets = [entries[line.applies_to] for line in displacing if line.applies_to in entries]
    short = {
        target.id
        for target in targets
        if target.quantity > 0 and target.remaining < leaving[target.item_id, target.location_id]
    }
    return held_by(short, entries) if short else Held()


def _ancestors(lines: Sequence[PostingLine], entries: dict[int, Entry], held: Held) -> dict[int, frozenset[int]]:
    """What the goods that may come in have been: a receipt must not cover an issue that they come from.

    Asked only where an open issue, or one that may lose its goods, meets something that comes back or is moved
    (costing-application.md §6).
    """
    loosened = {entries[link.owner].item_id for link in held.links}
    open_issues = {entry.item_id for entry in entries.values() if entry.remaining < 0}
    suspects = [line for line in lines if line.item_id in open_issues and (line.applies_from or line.is_transfer)]
    moved = {line.item_id for line in suspects if line.is_transfer}
    sources = {line.applies_from for line in suspects if line.applies_from}
    sources |= {entry.id for entry in entries.values() if entry.item_id in moved and entry.remaining > 0}
    sources |= {entry.id for entry in entries.values() if entry.item_id in loosened and entry.quantity >= 0}
    sources |= {line.applies_from for line in lines if line.applies_from and line.item_id in loosened}
    return ancestors_of(sources) if sources else {}


def _keys(line: PostingLine, facts: Facts) -> Iterable[Key]:
    """What a line looks for: stock to take, or open issues to cover."""
    item = facts.items[line.item_id]
    if not item.is_stock:
        return
    serial = line.serial_number if item.by_serial else ""
    lot = line.lot_number if item.lot_specific else ""
    variant = line.variant_id or 0
    if line.delivered_by is not None or line.drop_shipment:
        return
    if line.is_transfer:
        transit = line.moves_to_or_from_transit and facts.locations[line.location_id].in_transit
        order = line.order_key[1] if transit else ""
        yield Key(line.item_id, line.location_id, variant, True, serial, lot, order)
        yield Key(line.item_id, line.new_location_id or 0, variant, False, serial, lot)
    else:
        yield Key(line.item_id, line.location_id, variant, line.signed_quantity < 0, serial, lot)


def _is_lifo(facts: Facts, key: Key) -> bool:
    return facts.items[key.item_id].costing_method == CostingMethod.LIFO


def _named(lines: Iterable[Line]) -> list[int]:
    return [
        entry
        for line in lines
        if isinstance(line, PostingLine)
        for entry in (line.applies_to, line.applies_from)
        if entry
    ]


def _copy(state: State) -> State:
    return State(
        state.item_id, state.version, state.quantity, state.invoiced_quantity, state.cost_amount_actual,
        state.cost_amount_expected, state.unit_cost, state.last_direct_cost,
    )  # fmt: skip


def _explained(problems: Sequence[PostingError]) -> list[PostingError]:
    """Say that fixed links hold the rest, where they do (costing-clarifications.md B18); one statement at most."""
    short: dict[PostingError, int] = {
        problem: int(problem.facts["entry"]) for problem in problems if isinstance(problem, InsufficientRemaining)
    }
    fixed = held(short.values())
    return [
        FixedApplicationPrevents(line=problem.line, **problem.facts) if short.get(problem) in fixed else problem
        for problem in problems
    ]
