"""Forward cost changes: read and compute at a known version, then lock, write and delete what was dealt with.

Decision 19; costing-adjustment.md §13. A batch of items is one transaction. An item that was posted meanwhile is
left for the next round, and after two such rounds it is computed under its lock.
"""

import calendar
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

import structlog
from django.db import OperationalError, connection, transaction
from django.utils import timezone

from costing import queue
from costing.average import period_end
from costing.forward import Difference, Item, Node, Solution, solve
from costing.load import load_nodes
from costing.models import CostRun
from costing.unit_cost import unit_cost_of
from inventory.choices import AutomaticCostAdjustment, AverageCostCalculation, CostingMethod
from inventory.numbers import round_to
from inventory.setup import Setup, read_setup
from ledger import book
from ledger.choices import SourceCode, ValueEntryType
from ledger.errors import ItemBusy
from ledger.locks import lock_items, read_states
from ledger.periods import Calendar, read_calendar
from ledger.records import Entry, NewRegister, NewValueEntry, Page
from work.statements import Sending

BATCH_ITEMS = 200
MOST_ROWS = 50_000
_DAYS = {AutomaticCostAdjustment.DAY: 1, AutomaticCostAdjustment.WEEK: 7}
_MONTHS = {AutomaticCostAdjustment.MONTH: 1, AutomaticCostAdjustment.QUARTER: 3, AutomaticCostAdjustment.YEAR: 12}
_CAUSES = {"adjust": "cost_forwarded", "rounding": "rounding", "sweep": "nothing_left"}


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
    tries: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    kept: list[int] = field(default_factory=list)

    def refresh(self) -> bool:
        """Share the setup until the transaction ends; True when it or a period changed since it was read."""
        setup, periods = read_setup(lock=True), read_calendar()
        changed = (setup, periods) != (self.setup, self.calendar)
        self.setup, self.calendar = setup, periods
        return changed


@dataclass(slots=True)
class _Work:
    """One item's queue rows and its solution at a version."""

    item_id: int
    method: str
    rows: list[tuple[int, date]]
    version: int = -1
    nodes: dict[int, Node] = field(default_factory=dict)
    solution: Solution = field(default_factory=Solution)


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
        _try_batch(batch, run, done)
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


def _next_batch(run: _Run, done: AdjustedCosts) -> list[_Work]:
    """Queued items, deepest first, that this run has not finished and not left."""
    with connection.cursor() as cursor:
        cursor.execute(
            _QUEUED,
            [run.item_ids, run.item_ids, list(done.left), run.kept, CostingMethod.AVERAGE, run.until, run.until],
        )
        works: dict[int, _Work] = {}
        level = None
        for item_id, method, low_level, row_id, from_date in cursor.fetchall():
            if level is not None and low_level != level and works:
                break
            if item_id not in works:
                if len(works) == BATCH_ITEMS:
                    break
                works[item_id] = _Work(item_id, method, [])
                run.tries[item_id] += 1
            level = low_level
            works[item_id].rows.append((row_id, from_date))
    return list(works.values())


_QUEUED = """
    SELECT q.item_id, i.costing_method, i.low_level_code, q.id, q.from_date
      FROM costing_costtoforward q JOIN inventory_item i ON i.id = q.item_id
     WHERE (%s::bigint[] IS NULL OR q.item_id = ANY(%s))
       AND q.item_id <> ALL(%s::bigint[]) AND q.id <> ALL(%s::bigint[])
       AND (i.costing_method <> %s OR %s::date IS NULL OR q.from_date <= %s)
     ORDER BY i.low_level_code DESC, q.item_id, q.id
"""


def _try_batch(batch: Sequence[_Work], run: _Run, done: AdjustedCosts) -> None:
    """A batch, or where one of its items stands in the way, one after the other."""
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


def _leave(work: _Work, problem: Exception, done: AdjustedCosts) -> None:
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


def _adjust_batch(batch: Sequence[_Work], run: _Run, done: AdjustedCosts) -> None:
    under_lock = any(run.tries[work.item_id] > 2 for work in batch)
    if not under_lock:
        _compute(batch, run)
    with transaction.atomic(), Sending() as sending:
        changed = run.refresh()
        states = lock_items(work.item_id for work in batch)
        if under_lock or changed:
            _compute(batch, run)
        ready = [work for work in batch if states[work.item_id].version == work.version]
        page = Page(NewRegister(SourceCode.COST_ADJUSTMENT, run.user_id))
        whole = _fill(page, ready, run)
        register_id = None
        if page.value_entries:
            written = book.append(page, sending)
            register_id = written.register_id
            queue.add_to_post(register_id, page.value_entries, timezone.now(), sending)
            done.register_ids.append(register_id)
            done.value_entries += len(page.value_entries)
        for row in page.value_entries:
            states[row.entry.item_id].cost_amount_actual += row.cost_amount_actual
        if whole:
            for work in ready:
                state = states[work.item_id]
                if work.method != CostingMethod.STANDARD:
                    state.unit_cost = unit_cost_of(
                        work.nodes.values(),
                        state.unit_cost,
                        run.setup.amount_rounding,
                        run.setup.unit_cost_rounding,
                        is_average=work.method == CostingMethod.AVERAGE,
                    )
            _settle(ready, run, sending)
            done.items += len(ready)
        book.change_states((states[work.item_id] for work in ready), sending)


def _compute(batch: Sequence[_Work], run: _Run) -> None:
    """Read and solve; the version says what was seen."""
    states = read_states(work.item_id for work in batch)
    nodes = load_nodes([work.item_id for work in batch])
    for work in batch:
        work.version, work.nodes = states[work.item_id].version, nodes[work.item_id]
        work.solution = solve(_item(work, run))


def _item(work: _Work, run: _Run) -> Item:
    default = run.setup.average_cost_calculation, run.setup.average_cost_period

    def scope(node: Node) -> tuple[int, int]:
        kind, _ = run.calendar.average_setting(node.valuation_date, default)
        return (0, 0) if kind == AverageCostCalculation.ITEM else (node.location_id, node.variant_key)

    def period(day: date) -> date:
        return period_end(day, run.calendar.average_setting(day, default)[1], run.calendar)

    average = work.method == CostingMethod.AVERAGE
    return Item(work.nodes, run.setup.amount_rounding, average, scope, period, run.until if average else None)


def _fill(page: Page, works: Iterable[_Work], run: _Run) -> bool:
    """Turn differences into value entries; False when there were too many and the rest waits."""
    pairs = [(work, difference) for work in works for difference in work.solution.differences]
    chosen = pairs[:MOST_ROWS]
    models, causes = _models({pair[1].entry_id for pair in chosen}, {pair[1].cause_entry_id for pair in chosen})
    for work, difference in chosen:
        page.value_entries.append(_row(work.nodes[difference.entry_id], work.item_id, difference, models, causes, run))
    return len(chosen) == len(pairs)


def _row(
    node: Node, item_id: int, difference: Difference, models: dict[int, dict[str, object]],
    causes: dict[int, tuple[int, str]], run: _Run,
) -> NewValueEntry:  # fmt: skip
    """An adjustment copies the entry it corrects and says why (costing-adjustment.md §7.2; decision 11)."""
    copied = dict(models[node.id])
    day = _posting_date(copied.pop("posting_date"), run)  # type: ignore[arg-type]
    corrected = copied.pop("id")
    entry = Entry(
        item_id, node.location_id, node.variant_key, node.posting_date, node.valuation_date, node.quantity,
        node.remaining, node.id, node.id,
    )  # fmt: skip
    cause_id, document = causes[difference.cause_entry_id]
    precision = run.setup.unit_cost_rounding
    adjusts = difference.kind == "adjust"
    return NewValueEntry(
        entry=entry, entry_type=ValueEntryType.DIRECT if adjusts else ValueEntryType.ROUNDING, posting_date=day,
        valuation_date=node.valuation_date, valued_quantity=node.quantity, cost_amount_actual=difference.amount,
        cost_per_unit=round_to(difference.amount / node.quantity, precision), adjustment=adjusts,
        sweep=difference.kind == "sweep", applies_to_value_entry_id=corrected if adjusts else None,  # type: ignore[arg-type]
        valued_by_average_cost=node.by_average and adjusts, cause=_CAUSES[difference.kind],
        caused_by_value_entry_id=cause_id, caused_by_document=document,
        old_unit_cost=round_to(difference.old_cost / node.quantity, precision),
        new_unit_cost=round_to(difference.new_cost / node.quantity, precision), **copied,  # type: ignore[arg-type]
    )  # fmt: skip


def _posting_date(original: date, run: _Run) -> date:
    """The original date where it may still be posted, else the first that may (costing-adjustment.md §7.4)."""
    first, last = run.setup.allow_posting_from, run.setup.allow_posting_to
    inside = (first is None or original >= first) and (last is None or original <= last)
    if inside and not run.calendar.is_closed(original):
        return original
    return run.calendar.first_open(first if first is not None and (not inside or first > original) else original)


_COPIED = (
    "id", "posting_date", "item_ledger_entry_type", "document_type", "document_number", "document_line",
    "external_document_number", "inventory_posting_group_id", "gen_business_posting_group_id",
    "gen_product_posting_group_id", "vendor_id", "customer_id", "responsibility_center_id", "dimension_set_id",
    "reason_code",
)  # fmt: skip


def _models(
    entry_ids: set[int], cause_ids: set[int]
) -> tuple[dict[int, dict[str, object]], dict[int, tuple[int, str]]]:
    """The first value entry of each corrected entry, and the latest of each cause: two statements."""
    if not entry_ids:
        return {}, {}
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT DISTINCT ON (item_ledger_entry_id) item_ledger_entry_id, {', '.join(_COPIED)}"
            " FROM ledger_valueentry WHERE item_ledger_entry_id = ANY(%s) ORDER BY item_ledger_entry_id, id",
            [sorted(entry_ids)],
        )
        models = {row[0]: dict(zip(_COPIED, row[1:], strict=True)) for row in cursor.fetchall()}
        cursor.execute(
            "SELECT DISTINCT ON (item_ledger_entry_id) item_ledger_entry_id, id, document_number"
            " FROM ledger_valueentry WHERE item_ledger_entry_id = ANY(%s) ORDER BY item_ledger_entry_id, id DESC",
            [sorted(cause_ids)],
        )
        causes = {row[0]: (row[1], row[2]) for row in cursor.fetchall()}
    return models, causes


def _settle(works: Sequence[_Work], run: _Run, sending: Sending) -> None:
    """Delete the rows that were read; keep one from the first later period where a date limited the run."""
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM costing_costtoforward WHERE id = ANY(%s)", [[row for work in works for row, _ in work.rows]]
        )
        averages = [work for work in works if work.method == CostingMethod.AVERAGE]
        later = [(work.item_id, day) for work in averages if (day := _first_left(work, run)) is not None]
        if later:
            cursor.execute(_KEEP, [[item for item, _ in later], [day for _, day in later]])
            run.kept += [row[0] for row in cursor.fetchall()]
        if averages:
            cursor.execute(
                "DELETE FROM costing_averagecostpoint WHERE item_id = ANY(%s)", [[work.item_id for work in averages]]
            )
    sending.append(
        "costing_averagecostpoint",
        ("item_id", "location_id", "variant_key", "period_end", "quantity", "cost"),
        [
            (work.item_id, scope[0] or None, scope[1], end, quantity, cost)
            for work in averages
            for (scope, end), (quantity, cost) in work.solution.balances.items()
        ],
    )


def _first_left(work: _Work, run: _Run) -> date | None:
    """The first date in an averaging period that ends too late for this run."""
    until = run.until
    if until is None:
        return None
    item = _item(work, run)
    dates = {node.valuation_date for node in work.nodes.values()}
    return min((day for day in dates if item.period_of(day) > until), default=None)


_KEEP = """
    INSERT INTO costing_costtoforward (register_id, item_id, from_date, created_at, failure)
    SELECT (SELECT max(register_id) FROM ledger_itemledgerentry e WHERE e.item_id = n.item_id), n.item_id, n.day,
           now(), ''
      FROM unnest(%s::bigint[], %s::date[]) AS n (item_id, day)
    RETURNING id
"""
