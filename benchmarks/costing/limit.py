"""The limit of re-costing: read the same entries, one pass in memory, COPY of the very same value entries.

It runs in a copy of the same database, so that tables, indexes, keys, triggers and what they hold are the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from django.db import connection, transaction

from benchmarks import servers

CENT = Decimal("0.01")


@dataclass(slots=True)
class Written:
    """What a run wrote, in files ready to be sent."""

    folder: TemporaryDirectory[str] = field(default_factory=TemporaryDirectory)
    files: dict[str, Path] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)


def marks(tables: Sequence[str]) -> dict[str, int]:
    """The last row of each table, before a run."""
    found = {}
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"SELECT coalesce(max(id), 0) FROM {table}")
            found[table] = cursor.fetchone()[0]
    return found


def capture(since: dict[str, int]) -> Written:
    """The rows after these marks."""
    written = Written()
    for table, mark in since.items():
        path = written.files[table] = Path(written.folder.name) / table
        with path.open("wb") as file, connection.cursor() as cursor:
            where = f"SELECT * FROM {table} WHERE id > {mark} ORDER BY id"
            with cursor.copy(f"COPY ({where}) TO STDOUT") as copy:
                for part in copy:
                    file.write(part)
            written.rows[table] = cursor.rowcount
    return written


def recost(database: str, item_ids: Sequence[int], since: date, written: Written) -> float:
    """Seconds for reading the entries valued since a day, a pass over them, and the value entries of a run."""
    servers.use(database)
    _send(written, ["ledger_itemregister"])
    _read(item_ids[:1], since)  # a new connection's first statements fill its caches
    blocks = _blocks(written, ["ledger_valueentry"])
    start = perf_counter()
    with transaction.atomic():
        rows = _read(item_ids, since)
        costs = {entry: (quantity * Decimal("5.37")).quantize(CENT, ROUND_HALF_UP) for entry, quantity, _, _ in rows}
        changed = sum(1 for entry, _, cost, _ in rows if costs[entry] != cost)
        _copy(blocks)
    assert changed
    return perf_counter() - start


def take_over(database: str, item_ids: Sequence[int], since: date, written: Written) -> float:
    """Seconds for reading the value entries and the rows that a posting to the G/L wrote."""
    servers.use(database)
    _send(written, ["ledger_glregister"])
    _read(item_ids[:1], since)
    blocks = _blocks(written, ["ledger_glentry", "ledger_glrelation", "ledger_valueposting"])
    start = perf_counter()
    with transaction.atomic():
        assert _read(item_ids, since)
        _copy(blocks)
    return perf_counter() - start


def _read(item_ids: Sequence[int], since: date) -> list[tuple[int, Decimal, Decimal, date]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT item_ledger_entry_id, valued_quantity, cost_amount_actual, valuation_date"
            " FROM ledger_valueentry WHERE item_id = ANY(%s) AND valuation_date >= %s",
            [list(item_ids), since],
        )
        rows: list[tuple[int, Decimal, Decimal, date]] = cursor.fetchall()
        return rows


def _blocks(written: Written, tables: Sequence[str]) -> list[tuple[str, list[bytes]]]:
    """The rows in memory, in parts of a size that is sent well."""
    found = []
    for table in tables:
        with written.files[table].open("rb") as file:
            found.append((table, list(iter(lambda file=file: file.read(1 << 18), b""))))  # type: ignore[misc]
    return found


def _send(written: Written, tables: Sequence[str]) -> None:
    with transaction.atomic():
        _copy(_blocks(written, tables))


def _copy(blocks: list[tuple[str, list[bytes]]]) -> None:
    for table, parts in blocks:
        with connection.cursor() as cursor, cursor.copy(f"COPY {table} FROM STDIN") as copy:
            for part in parts:
                copy.write(part)
