"""One client posts documents of 1 to 1,000 lines over 600 items; the limit takes the same rows in turn."""

from collections.abc import Callable, Iterator, Sequence
from time import perf_counter

from django.db import connection

from benchmarks import servers
from benchmarks.company import Company
from benchmarks.limit import Rows, Shadow, capture
from benchmarks.measure import ROUNDS, Measure, information, median_of
from work.queue import drain

# Documents of a round, by lines of a document.
SMALL = {1: 100, 10: 40, 100: 10, 1000: 2}
FULL = {1: 300, 10: 100, 100: 30, 1000: 5}
OPENING_RECEIPTS = 14


def measures(*, full: bool) -> Iterator[Measure]:
    """Receipts and issues of each size, and what the workers do afterwards."""
    for entry_type in ("purchase", "sale"):
        servers.make("bench_posting", servers.COMPANY)
        company = Company()
        company.receive(OPENING_RECEIPTS)
        with servers.connect("bench_posting") as plain:
            copied, inserted = Shadow(plain, "by_copy"), Shadow(plain, "by_insert")
            for lines, documents in (FULL if full else SMALL).items():
                limits = [copied.copy, inserted.insert] if lines == 1 else [copied.copy]
                rounds = [_round(company, plain, entry_type, lines, documents, limits) for _ in range(ROUNDS)]
                if lines == 1:
                    yield Measure(f"posting fifo {entry_type}, 1 line: statements", statements(company, entry_type), "")
                yield median_of(f"posting fifo {entry_type}, {lines:,} line{'s'[: lines > 1]}", "lines/s", rounds)
        yield _drained(entry_type)


def _round(
    company: Company, plain: object, entry_type: str, lines: int, count: int,
    limits: Sequence[Callable[[list[Rows]], float]],
) -> tuple[float, float]:  # fmt: skip
    """Lines a second of the verb, and of the best limit; documents take turns."""
    taken, limit_taken = 0.0, [0.0] * len(limits)
    for document in company.documents(entry_type, count, lines):
        start = perf_counter()
        answer = company.post(document)
        taken += perf_counter() - start
        assert answer.register_id is not None
        rows = capture(plain, answer.register_id)  # type: ignore[arg-type]
        for place, limit in enumerate(limits):
            limit_taken[place] += limit(rows)
    return lines * count / taken, lines * count / min(limit_taken)


def statements(company: Company, entry_type: str) -> int:
    """How many statements a posting of one line sends, with begin and commit left out."""
    document = company.documents(entry_type, 1, 1)[0]
    seen: list[str] = []

    def note(execute: Callable[..., object], sql: str, params: object, many: bool, context: object) -> object:
        seen.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        company.post(document)
    return len(seen)


def _drained(entry_type: str) -> Measure:
    """Cost adjustment and G/L posting of everything posted above, per value entry; no limit stands against it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM ledger_valueentry")
        entries = cursor.fetchone()[0]
    start = perf_counter()
    drain()
    return information(f"adjusting and G/L after fifo {entry_type}s", "entries/s", [entries / (perf_counter() - start)])
