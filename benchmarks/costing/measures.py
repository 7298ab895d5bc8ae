"""One late event before many later entries, a month, a chain, and nothing to do."""

from collections.abc import Callable, Iterator
from datetime import date
from time import perf_counter

from benchmarks import servers
from benchmarks.costing import data, events, limit, waits
from benchmarks.costing.data import MIDDLE, Flow
from benchmarks.measure import ROUNDS, Measure, median_of
from costing.adjust import adjust_costs
from costing.gl_posting import post_costs_to_gl

EVENT = "bench_event"
ENGINE, LIMIT = "bench_engine", "bench_limit"
BOOK = ("ledger_itemregister", "ledger_valueentry")
GENERAL = ("ledger_glregister", "ledger_glentry", "ledger_glrelation", "ledger_valueposting")
SIZES = {1_000: ROUNDS, 10_000: ROUNDS, 100_000: 3}
LARGE = {1_000_000: 1}
IDLE_SECONDS = 2.0


def measures(*, full: bool) -> Iterator[Measure]:
    """Small ends at 100,000 later entries, full at a million."""
    for later, rounds in {**SIZES, **(LARGE if full else {})}.items():
        yield from _late_events(later, rounds)
    yield from _growth(10_000 if full else 2_000)
    yield _chain()
    yield from _month(3 if full else 1)
    yield from _idle(1_000_000 if full else 100_000)
    yield from waits.measures(1_000_000 if full else 100_000)


def _late_events(later: int, rounds: int) -> Iterator[Measure]:
    """A late invoice and a backdated receipt, FIFO and average by day and by month."""
    opened = Flow("fifo", later, is_open=True)
    yield _measure(f"late invoice, fifo, {later:,} later", Flow("fifo", later), "", events.late_invoice, rounds)
    yield _measure(
        f"backdated receipt, fifo, covers {later:,}", opened, "", lambda item: events.early_receipt(item, later), rounds
    )
    for period in ("day", "month"):
        shape = Flow("average", later)
        yield _measure(
            f"late invoice, average by {period}, {later:,} later", shape, period, events.late_invoice, rounds
        )
        yield _measure(
            f"backdated receipt, average by {period}, {later:,} later", shape, period,
            lambda item: events.early_receipt(item, later // 10), rounds,
        )  # fmt: skip


def _measure(name: str, shape: Flow, period: str, event: Callable[[int], None], rounds: int) -> Measure:
    _prepare(shape, period, event)
    found = [_round(shape.later) for _ in range(rounds)]
    return median_of(name, "entries/s", found)


def _prepare(shape: Flow, period: str, event: Callable[[int], None]) -> None:
    """A database in which the event has just been posted, beside a small one that warms connections up."""
    template = data.flow(shape)
    servers.make(EVENT, template)
    if period:
        events.average_by(period)
    event(data.item_named("FLOW"))
    events.late_invoice(data.item_named("WARM"))


def _round(entries: int) -> tuple[float, float]:
    """Later entries a second, of the engine and of its limit, each in a fresh copy."""
    servers.make(ENGINE, EVENT)
    item = data.item_named("FLOW")
    adjust_costs(item_ids=[data.item_named("WARM")])  # a new connection's first run fills its caches
    since = limit.marks(BOOK)
    taken = _adjust(item)
    written = limit.capture(since)
    servers.make(LIMIT, EVENT)
    return entries / taken, entries / limit.recost(LIMIT, [item], MIDDLE, written)


def _adjust(item: int) -> float:
    start = perf_counter()
    done = adjust_costs(item_ids=[item])
    taken = perf_counter() - start
    assert not done.left
    assert done.value_entries
    return taken


def _growth(later: int) -> Iterator[Measure]:
    """The same late invoice with ten times the entries before it; the limit is the one with fewer."""
    for method, period in (("fifo", ""), ("average", "month")):
        rounds = []
        for _ in range(3):
            pair = []
            for before in (later * 10, later):
                _prepare(Flow(method, later, before), period, events.late_invoice)
                servers.make(ENGINE, EVENT)
                adjust_costs(item_ids=[data.item_named("WARM")])
                pair.append(later / _adjust(data.item_named("FLOW")))
            rounds.append((pair[0], pair[1]))
        yield median_of(f"late invoice, {method}, {later:,} later after {later * 10:,}", "entries/s", rounds)


def _chain() -> Measure:
    """A late invoice that goes through 40 places and into 100 issues."""
    servers.make(EVENT, data.chain())
    events.late_invoice(data.item_named("FLOW"))
    events.late_invoice(data.item_named("WARM"))
    entries = 2 * data.PLACES + data.CHAIN_ISSUES
    return median_of(
        f"late invoice through {data.PLACES} places", "entries/s", [_round(entries) for _ in range(ROUNDS)]
    )


def _month(rounds: int) -> Iterator[Measure]:
    """A month of 1,000 items, half of them averaged: adjusted, then taken into the G/L."""
    found = [_month_round() for _ in range(rounds)]
    name = f"month of {data.MONTH_ENTRIES:,} entries, {data.MONTH_ITEMS:,} items"
    yield median_of(f"{name}: adjusted", "entries/s", [each[0] for each in found])
    yield median_of(f"{name}: G/L", "values/s", [each[1] for each in found])


def _month_round() -> tuple[tuple[float, float], tuple[float, float]]:
    servers.make(ENGINE, data.month())
    events.choose_period("month")
    first = data.item_named("M0000")
    items, day = list(range(first, first + data.MONTH_ITEMS)), date(2026, 1, 1)
    since, start = limit.marks(BOOK), perf_counter()
    done = adjust_costs()
    taken = perf_counter() - start
    assert not done.left
    assert done.items == data.MONTH_ITEMS
    written = limit.capture(since)
    since, start, posted = limit.marks(GENERAL), perf_counter(), 0
    while values := post_costs_to_gl().value_entries:
        posted += values
    general_taken = perf_counter() - start
    general = limit.capture(since)
    servers.make(LIMIT, data.month())
    possible = limit.recost(LIMIT, items, day, written)
    general_possible = limit.take_over(LIMIT, items, day, general)
    return (
        (data.MONTH_ENTRIES / taken, data.MONTH_ENTRIES / possible),
        (posted / general_taken, posted / general_possible),
    )


def _idle(entries: int) -> Iterator[Measure]:
    """Nothing queued; and one item queued by a posting after so many entries that changes none of them."""
    _prepare(Flow("average", entries), "month", lambda item: None)
    servers.make(ENGINE, EVENT)
    adjust_costs()
    start = perf_counter()
    assert not adjust_costs().items
    taken = perf_counter() - start
    yield _seconds(f"nothing queued, {entries:,} entries", taken)
    events.last_receipt(data.item_named("FLOW"))
    start = perf_counter()
    done = adjust_costs()
    taken = perf_counter() - start
    assert done.items == 1
    assert not done.value_entries
    yield _seconds(f"nothing changes, {entries:,} entries", taken)


def _seconds(name: str, taken: float) -> Measure:
    return Measure(name, round(taken, 3), "s", IDLE_SECONDS, round(taken / IDLE_SECONDS, 4))
