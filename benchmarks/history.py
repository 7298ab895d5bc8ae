"""Posting must not slow down as the ledgers grow: the same issues with a long history, and without."""

from collections.abc import Iterator
from time import perf_counter

from django.db import connection

from benchmarks import past, servers
from benchmarks.company import ITEMS, Company
from benchmarks.measure import ROUNDS, Measure, median_of

LINES, OPEN = 100, 14
SHORT, LONG = "bench_short", "bench_long"


def measures(*, full: bool) -> Iterator[Measure]:
    """Issues of 100 lines by turns in two databases that have the same stock; the limit is the one without a past."""
    entries, count = (1_000_000, 10) if full else (100_000, 5)
    template = f"bench_history_{entries}"
    if not servers.exists(template):
        servers.make(template, servers.COMPANY)
        _write_history(entries)
    servers.make(LONG, template)
    servers.make(SHORT, servers.COMPANY)
    for database in (LONG, SHORT):
        servers.use(database)
        Company().receive(OPEN)
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")
    rounds = [(_rate(LONG, place, count), _rate(SHORT, place, count)) for place in range(1, ROUNDS + 1)]
    yield median_of(f"posting fifo sale, {LINES} lines after {entries:,} entries", "lines/s", rounds)


def _rate(database: str, seed: int, count: int) -> float:
    servers.use(database)
    company = Company(seed=seed + 1)
    documents = company.documents("sale", count + 1, LINES)
    company.post(documents[0])  # a new connection's first posting fills its caches
    start = perf_counter()
    for document in documents[1:]:
        company.post(document)
    return count * LINES / (perf_counter() - start)


def _write_history(entries: int) -> None:
    """A past of receipts that were issued whole, a day apart each, in registers of 1,000 entries."""
    company = Company()
    values = {
        "entries": entries, "registers": entries // 1000, "items": ITEMS, "first": company.items[0],
        "location": company.location, "user": company.user.pk,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("SELECT max(id) - min(id) + 1 = count(*) FROM inventory_item")
        assert cursor.fetchone()[0], "the past numbers items from the first on"
        for statement in _PAST:
            cursor.execute(statement, values)


# Entry n is a receipt when odd and the issue of it when even.
_PAST = (
    past.TABLES,
    past.REGISTERS,
    """
    INSERT INTO past
    SELECT nextval('ledger_itemledgerentry_id_seq'), 1 + (n - 1) / 1000, %(first)s + (n - 1) / 2 %% %(items)s,
           %(location)s, date '2020-01-01' + ((n - 1)::bigint * 2000 / %(entries)s)::int,
           CASE WHEN n %% 2 = 1 THEN 'purchase' ELSE 'sale' END,
           (1 + (n - 1) / 2 %% 7) * CASE WHEN n %% 2 = 1 THEN 1 ELSE -1 END, 0, 5.00, false,
           'P' || lpad(((n - 1) / 100)::text, 8, '0')
      FROM generate_series(1, %(entries)s) n
    """,
    """
    INSERT INTO past_link
    SELECT register_id, id, id - 1, id, NULL, quantity, day, true FROM past WHERE quantity < 0
    """,
    *past.KEEP,
)
