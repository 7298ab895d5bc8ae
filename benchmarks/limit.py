"""The limit of posting: the very same rows, into tables of the same shape, with no rule between."""

from dataclasses import dataclass
from time import perf_counter
from typing import Any

import psycopg

# In the order of their foreign keys, with what finds the rows of a register.
TABLES = {
    "ledger_itemregister": "id = %s",
    "ledger_itemledgerentry": "register_id = %s",
    "ledger_entrybalance": "entry_id IN (SELECT id FROM public.ledger_itemledgerentry WHERE register_id = %s)",
    "ledger_itemapplicationentry": "register_id = %s",
    "ledger_valueentry": "register_id = %s",
    "costing_costtoforward": "register_id = %s",
    "costing_costtopost": "register_id = %s",
}


@dataclass(frozen=True, slots=True)
class Rows:
    """What one posting wrote into a table, ready to be sent: as a block for COPY and as rows for INSERT."""

    table: str
    columns: tuple[str, ...]
    block: bytes
    rows: list[tuple[Any, ...]]


def capture(source: psycopg.Connection[Any], register_id: int) -> list[Rows]:
    """The rows of a register, table by table."""
    found = []
    for table, where in TABLES.items():
        chosen = f"SELECT * FROM public.{table} WHERE {where}"
        cursor = source.execute(chosen, [register_id])
        columns = tuple(column.name for column in cursor.description or ())
        rows = cursor.fetchall()
        with source.cursor().copy(f"COPY ({chosen.replace('%s', str(register_id))}) TO STDOUT") as copy:
            block = b"".join(bytes(part) for part in copy)
        if rows:
            found.append(Rows(table, columns, block, rows))
    return found


class Shadow:
    """A schema with the tables that posting writes: same columns, defaults, checks, indexes, keys and triggers."""

    def __init__(self, connection: psycopg.Connection[Any], schema: str) -> None:
        self.connection, self.schema = connection, schema
        connection.execute(f"CREATE SCHEMA {schema}")
        for table in TABLES:
            connection.execute(f"CREATE TABLE {schema}.{table} (LIKE public.{table} INCLUDING ALL)")
            connection.execute(f"INSERT INTO {schema}.{table} SELECT * FROM public.{table}")
        for table in TABLES:
            self._keys(table)
            self._triggers(table)
        connection.execute("ANALYZE")

    def _keys(self, table: str) -> None:
        """Foreign keys among these tables stay among them; those to master data point at the real rows."""
        found = self.connection.execute(
            "SELECT conname, pg_get_constraintdef(oid), confrelid::regclass::text FROM pg_constraint"
            " WHERE conrelid = %s::regclass AND contype = 'f'",
            [f"public.{table}"],
        )
        for name, definition, target in found.fetchall():
            if target in TABLES:
                definition = definition.replace(f"REFERENCES {target}(", f"REFERENCES {self.schema}.{target}(")
            self.connection.execute(f"ALTER TABLE {self.schema}.{table} ADD CONSTRAINT {name} {definition}")

    def _triggers(self, table: str) -> None:
        found = self.connection.execute(
            "SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE tgrelid = %s::regclass AND NOT tgisinternal",
            [f"public.{table}"],
        )
        for (definition,) in found.fetchall():
            self.connection.execute(definition.replace(f" ON public.{table} ", f" ON {self.schema}.{table} "))

    def copy(self, tables: list[Rows]) -> float:
        """Append a document's rows by COPY in one transaction; the seconds it took."""
        start = perf_counter()
        with self.connection.transaction(), self.connection.cursor() as cursor:
            for each in tables:
                with cursor.copy(f"COPY {self.schema}.{each.table} FROM STDIN") as copy:
                    copy.write(each.block)
        return perf_counter() - start

    def insert(self, tables: list[Rows]) -> float:
        """The same by one INSERT of many rows for each table."""
        texts = [
            (self._insert_text(each), [value for row in each.rows for value in row]) for each in tables
        ]  # made before the clock starts
        start = perf_counter()
        with self.connection.transaction(), self.connection.cursor() as cursor:
            for text, values in texts:
                cursor.execute(text, values)
        return perf_counter() - start

    def _insert_text(self, each: Rows) -> str:
        one = "(" + ", ".join(["%s"] * len(each.columns)) + ")"
        return f"INSERT INTO {self.schema}.{each.table} VALUES {', '.join([one] * len(each.rows))}"
