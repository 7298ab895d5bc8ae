"""Forward cost changes: read and compute without a lock, then lock, write and take away what was dealt with.

Decision 19; costing-adjustment.md §13. A batch of items is written in parts of bounded size, each a transaction.
"""

import calendar
import gc
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta

import structlog
from django.db import OperationalError, connection, transaction
from django.utils import timezone

from costing import queue, write
from costing.compute import Work, compute, item_of, unit_cost
from costing.models import CostRun
from costing.unit_cost import SET_UNIT_COSTS, unit_rows
from inventory.choices import AutomaticCostAdjustment, AverageCostCalculation, CostingMethod
from inventory.setup import Setup, read_setup
from ledger import book
from ledger.choices import SourceCode
from ledger.corrections import append_corrections
from ledger.errors import ItemBusy
from ledger.locks import lock_items
from ledger.periods import Calendar, read_calendar
from ledger.records import NewRegister, Page, State
from work.statements import Sending

BATCH_ITEMS = 200
MOST_ROUNDS = 200  # orders that feed each other could go on for ever; what is left is taken up by the next run
MOST_ROWS = 10_000  # in one transaction: a posting of the item waits for as long
_DAYS = {AutomaticCostAdjustment.DAY: 1, AutomaticCostAdjustment.WEEK: 7}
_MONTHS = {AutomaticCostAdjustment.MONTH: 1, AutomaticCostAdjustment.QUARTER: 3, AutomaticCostAdjustment.YEAR: 12}


@dataclass(slots=True)
class AdjustedCosts:
    """What a run did: items looked at, value entries written, registers they stand in; and what it left, with why."""

    items: int = 0
    value_entries: int = 0
    register_ids: list[int] = field(default_factory=list)
    left: dict[int, str] = field(default_factory=dict)


@dataclass(slots=True)
class _Run:
    setup: Setup
    calendar: Calendar
    until: date | None
    user_id: int | None
    item_ids: list[int] | None
    kept: list[int] = field(default_factory=list)
    rounds: Counter[int] = field(default_factory=Counter)

    def refresh(self) -> bool:
        """Share the setup until the transaction ends; True when it or a period changed since it was read."""
        setup, periods = read_setup(lock=True), read_calendar()
        changed = (setup, periods) != (self.setup, self.calendar)
        self.setup, self.calendar = setup, periods
        return changed


def adjust_costs(
    *, item_ids: list[int] | None = None, until: date | None = None, user_id: int | None = None
) -> AdjustedCosts:
    """Adjust what is queued (of these items), average items up to a date only; deepest items first.

    Returns when nothing is left that this run may do. An item that is held too long by a posting, or that fails,
    stays queued with the reason and does not stop the others.
    """
    started = timezone.now()
    done = AdjustedCosts()
    run = _Run(read_setup(), read_calendar(), until, user_id, item_ids)
    while batch := _next_batch(run, done):
        run.rounds.update(work.item_id for work in batch)
        for work in batch:
            if run.rounds[work.item_id] > MOST_ROUNDS:
                done.left[work.item_id] = f"still changing after {MOST_ROUNDS} rounds: orders that feed each other"
        _try_batch([work for work in batch if work.item_id not in done.left], run, done)
    if done.value_entries:
        CostRun.objects.create(
            kind=CostRun.Kind.ADJUST, user_id=user_id, started_at=started, finished_at=timezone.now(),
            items=done.items, entries_written=done.value_entries,
            register_id=done.register_ids[-1] if len(done.register_ids) == 1 else None,
        )  # fmt: skip
    return done


def adjust_automatically(today: date) -> int:
    """The worker's part: items whose oldest change lies in the company's window; returns the items looked at."""
    choice = read_setup().automatic_cost_adjustment
    if choice == AutomaticCostAdjustment.NEVER:
        return 0
    oldest = _oldest(AutomaticCostAdjustment(choice), today)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT item_id FROM costing_costtoforward GROUP BY item_id"
            " HAVING %s::date IS NULL OR min(from_date) >= %s ORDER BY item_id",
            [oldest, oldest],
        )
        items = [row[0] for row in cursor.fetchall()]
    return adjust_costs(item_ids=items).items if items else 0


def _oldest(choice: AutomaticCostAdjustment, today: date) -> date | None:
    """The first day that is adjusted by itself: a day to a year ago (costing-adjustment.md §2.1)."""
    if choice in _DAYS:
        return today - timedelta(days=_DAYS[choice])
    if choice not in _MONTHS:
        return None
    year, month = divmod(today.year * 12 + today.month - 1 - _MONTHS[choice], 12)
    return date(year, month + 1, min(today.day, calendar.monthrange(year, month + 1)[1]))


def _next_batch(run: _Run, done: AdjustedCosts) -> list[Work]:
    """Queued items, deepest first, that this run has not finished and not left."""
    with connection.cursor() as cursor:
        cursor.execute(
            _QUEUED,
            [run.item_ids, run.item_ids, list(done.left), run.kept, CostingMethod.AVERAGE, run.until, run.until],
        )
        works: dict[int, Work] = {}
        for item_id, method, _, row_id, from_date, stamp, register in cursor.fetchall():
            work = works.setdefault(item_id, Work(item_id, method, []))
            work.rows.append((row_id, from_date))
            work.stamps[row_id] = stamp
            work.registers.append(register)
    return list(works.values())


_QUEUED = f"""
    WITH queued AS (
        SELECT q.item_id, i.costing_method, i.low_level_code, q.id, q.from_date, q.xmin::text AS stamp, q.register_id
          FROM costing_costtoforward q JOIN inventory_item i ON i.id = q.item_id
         WHERE (%s::bigint[] IS NULL OR q.item_id = ANY(%s))
           AND q.item_id <> ALL(%s::bigint[]) AND q.id <> ALL(%s::bigint[])
           AND (i.costing_method <> %s OR %s::date IS NULL OR q.from_date <= %s)),
    deepest AS (
        SELECT item_id FROM queued WHERE low_level_code = (SELECT max(low_level_code) FROM queued)
         GROUP BY item_id ORDER BY item_id LIMIT {BATCH_ITEMS})
    SELECT * FROM queued WHERE item_id IN (SELECT item_id FROM deepest) ORDER BY item_id, id
"""


@contextmanager
def _without_collecting() -> Iterator[None]:
    """Millions of objects that all stay: looking for garbage among them again and again would find none."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _try_batch(batch: Sequence[Work], run: _Run, done: AdjustedCosts) -> None:
    """A batch, or where one of its items stands in the way, one after the other."""
    if not batch:
        return
    try:
        _adjust_batch(batch, run, done)
    except OperationalError:
        raise  # the database is gone, or asks to try again: nothing to do with the items
    except Exception as problem:
        if len(batch) > 1:
            for work in batch:
                _try_batch([work], run, done)
            return
        _leave(batch[0], problem, done)


def _leave(work: Work, problem: Exception, done: AdjustedCosts) -> None:
    """The item stays queued, and its rows say why; a busy one will be free next time."""
    reason = str(problem) if isinstance(problem, ItemBusy) else f"{type(problem).__name__}: {problem}"
    done.left[work.item_id] = reason
    if isinstance(problem, ItemBusy):
        return
    structlog.get_logger().exception("costs of an item could not be adjusted", item=work.item_id, exc_info=problem)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE costing_costtoforward SET failure = %s WHERE id = ANY(%s)", [reason, [row for row, _ in work.rows]]
        )


@_without_collecting()
def _adjust_batch(batch: Sequence[Work], run: _Run, done: AdjustedCosts) -> None:
    """Compute what is true now, and write it part by part.

    The amounts are differences to what was read, so they stay right when something is posted meanwhile; what that
    changes, its own queue row will bring.
    """
    compute(batch, run.setup, run.calendar, run.until)
    found = [(work.item_id, work.nodes, difference) for work in batch for difference in work.solution.differences]
    causes = write.causes_of(found) if found else {}
    place = 0
    while True:
        cut = _cut(found, place)
        if not _write_part(batch, found[place:cut], causes, run, done, last=cut == len(found)):
            return
        place = cut
        if place == len(found):
            return


def _cut(found: Sequence[write.Found], place: int) -> int:
    """Where the part ends that goes into one transaction: the rows of an entry stay together."""
    end = min(place + MOST_ROWS, len(found))
    while place < end < len(found) and found[end][2].entry_id == found[end - 1][2].entry_id:
        end += 1
    return end


def _write_part(
    batch: Sequence[Work], part: Sequence[write.Found], causes: Mapping[int, write.Cause], run: _Run,
    done: AdjustedCosts, *, last: bool,
) -> bool:  # fmt: skip
    """One transaction; False when what was computed no longer holds and is left for the next round."""
    with transaction.atomic(), Sending() as sending:
        changed = run.refresh()
        states = lock_items(work.item_id for work in batch)
        if changed or not _claim(batch, last=last) or write.was_invoiced_since(part):
            transaction.set_rollback(True)
            return False
        if part:
            _write(part, causes, states, run, done, sending)
        invoiced = write.now_invoiced([(work.nodes, work.solution) for work in batch], part, whole=last)
        write.settle_invoicing(invoiced, sending)
        for work in batch:
            for entry in invoiced.keys() & work.solution.invoiced.keys():
                node = work.nodes[entry]
                del work.solution.invoiced[entry]  # the parts that follow must not count it again
                states[work.item_id].invoiced_quantity += node.invoiced - node.invoiced_before
        if last:
            _learn_unit_costs(batch, states, run, sending)
            _settle(batch, run, sending)
        book.change_states(states.values(), sending)
    done.items += len(batch) if last else 0
    return True


def _claim(batch: Sequence[Work], *, last: bool) -> bool:
    """True while the queue rows are as they were read: no other worker has dealt with them, or begun to.

    The last part takes them away; until then each part marks them, so that nobody else goes on with what they read.
    """
    rows = {row: stamp for work in batch for row, stamp in work.stamps.items()}
    with connection.cursor() as cursor:
        cursor.execute(_TAKE if last else _MARK, [list(rows), list(rows.values())])
        found = dict(cursor.fetchall())
    for work in batch:
        work.stamps = {row: found[row] for row in work.stamps if row in found}
    return len(found) == len(rows)


_TAKE = """
    DELETE FROM costing_costtoforward q USING unnest(%s::bigint[], %s::text[]) AS n (id, stamp)
     WHERE q.id = n.id AND q.xmin::text = n.stamp RETURNING q.id, q.xmin::text
"""
_MARK = """
    UPDATE costing_costtoforward q SET failure = '' FROM unnest(%s::bigint[], %s::text[]) AS n (id, stamp)
     WHERE q.id = n.id AND q.xmin::text = n.stamp RETURNING q.id, q.xmin::text
"""


def _write(
    part: Sequence[write.Found], causes: Mapping[int, write.Cause], states: Mapping[int, State], run: _Run,
    done: AdjustedCosts, sending: Sending,
) -> None:  # fmt: skip
    written = book.append(Page(NewRegister(SourceCode.COST_ADJUSTMENT, run.user_id)), sending)
    sending.flush()
    days = write.posting_date_by(run.setup, run.calendar)
    rows = write.rows_of(part, causes)
    to_post = append_corrections(written.register_id, rows, run.setup.unit_cost_rounding, days)
    queue.add_worth(written.register_id, to_post, timezone.now(), sending)
    done.register_ids.append(written.register_id)
    done.value_entries += len(rows)
    for item_id, _, difference in part:
        state = states[item_id]
        state.cost_amount_actual += difference.actual
        state.cost_amount_expected += difference.expected
    sending.flush()
    queue.add_fed(written.register_id, write.fed_orders(part))


def _learn_unit_costs(works: Sequence[Work], states: Mapping[int, State], run: _Run, sending: Sending) -> None:
    """The cards' unit costs, and those of stockkeeping units (ledger-model.md §9)."""
    learning = {work.item_id: work for work in works if work.method != CostingMethod.STANDARD}
    for item_id, work in learning.items():
        states[item_id].unit_cost = work.unit_cost or states[item_id].unit_cost
    rows = []
    for item_id, unit, location, variant, old in unit_rows(list(learning)):
        work = learning[item_id]
        if run.setup.average_cost_calculation == AverageCostCalculation.ITEM:
            rows.append((unit, states[item_id].unit_cost))
        else:
            here = [n for n in work.nodes.values() if (n.location_id, n.variant_key) == (location, variant)]
            rows.append((unit, unit_cost(work, here, old, run.setup) if here else old))
    if rows:
        sending.add(SET_UNIT_COSTS, [list(column) for column in zip(*rows, strict=True)])


def _settle(works: Sequence[Work], run: _Run, sending: Sending) -> None:
    """Keep the closing balances; and a queue row from the first later period where a date limited the run."""
    with connection.cursor() as cursor:
        averages = [work for work in works if work.method == CostingMethod.AVERAGE]
        later = [(work.item_id, day) for work in averages if (day := _first_left(work, run)) is not None]
        if later:
            cursor.execute(_KEEP, [[item for item, _ in later], [day for _, day in later]])
            run.kept += [row[0] for row in cursor.fetchall()]
        if averages:
            begins = [work.part.since or date.min for work in averages]
            cursor.execute(_FORGET, [[work.item_id for work in averages], begins])
    sending.append(
        "costing_averagecostpoint",
        ("item_id", "location_id", "variant_key", "period_end", "quantity", "cost"),
        [
            (work.item_id, scope[0] or None, scope[1], end, quantity, cost)
            for work in averages
            for (scope, end), (quantity, cost) in work.solution.balances.items()
        ],
    )


def _first_left(work: Work, run: _Run) -> date | None:
    """The first date in an averaging period that ends too late for this run."""
    until = run.until
    if until is None:
        return None
    item = item_of(work, run.setup, run.calendar, until)
    dates = {node.valuation_date for node in work.nodes.values() if not node.outside}
    return min((day for day in dates if item.period_of(day) > until), default=None)


_FORGET = """
    DELETE FROM costing_averagecostpoint p USING unnest(%s::bigint[], %s::date[]) AS n (item_id, day)
     WHERE p.item_id = n.item_id AND p.period_end >= n.day
"""
_KEEP = """
    INSERT INTO costing_costtoforward (register_id, item_id, from_date, created_at, failure)
    SELECT (SELECT max(register_id) FROM ledger_itemledgerentry e WHERE e.item_id = n.item_id), n.item_id, n.day,
           now(), ''
      FROM unnest(%s::bigint[], %s::date[]) AS n (item_id, day)
    RETURNING id
"""
