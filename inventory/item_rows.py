"""Items and their units as rows: read and locked, and written, in a fixed number of statements."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from typing import Any

from django.db import connection, models

from inventory.models import Item, ItemTemplate
from inventory.models.item import SHARE_FIELDS

NOT_EDITED = frozenset({"id", "low_level_code", *SHARE_FIELDS})
UNITS = "inventory_unitofmeasure"
UnitRow = tuple[Decimal, Decimal]


@dataclass(slots=True)
class ItemRow:
    """An item by columns, with its units by unit id: base units in one, and its rounding precision."""

    values: dict[str, Any]
    units: dict[int, UnitRow] = field(default_factory=dict)
    id: int = 0


@dataclass(frozen=True, slots=True)
class Template:
    """What an item template sets, by columns of the item."""

    code: str
    series_id: int | None
    values: Mapping[str, Any]


@dataclass(slots=True)
class Known:
    """What there is: items that are named, templates, and the codes of everything an item refers to."""

    items: dict[str, ItemRow]
    templates: dict[str, Template]
    codes: dict[str, dict[str, int]]
    serial_specific: dict[int, tuple[bool, bool]]
    series_id: int | None
    costing_method: str
    manual: dict[int, tuple[str, bool]]


@cache
def item_fields() -> dict[str, "models.Field[Any, Any]"]:
    """The fields of an item that people fill in, by name."""
    return {field.name: field for field in Item._meta.concrete_fields if field.name not in NOT_EDITED}


@cache
def item_columns() -> dict[str, str]:
    """The column of each field that people fill in."""
    return {name: str(field.column) for name, field in item_fields().items()}


def written_columns() -> list[str]:
    """The columns that a change of an item writes: those people fill in, and the cost shares that follow from them."""
    return [*item_columns().values(), *SHARE_FIELDS]


@cache
def key_tables() -> dict[str, str]:
    """The tables that items refer to, with the column of their code."""
    targets = [field.related_model for field in item_fields().values() if field.related_model is not None]
    found = {}
    for model in targets:
        assert isinstance(model, type)
        names = {column.name for column in model._meta.concrete_fields}
        found[model._meta.db_table] = "code" if "code" in names else "number"
    return found


def table_of(name: str) -> str:
    """The table that a field's codes come from."""
    model = item_fields()[name].related_model
    assert isinstance(model, type)
    return model._meta.db_table


def read_known(numbers: Iterable[str], codes: Iterable[str]) -> Known:
    """Everything a change of these items asks for, given the codes that were typed; the items stay locked."""
    typed = sorted(set(codes))
    items = _read_items(sorted(set(numbers)))
    setup = _rows("SELECT item_number_series_id, default_costing_method FROM inventory_inventorysetup")
    series_id, costing_method = setup[0] if setup else (None, "fifo")
    return Known(
        items=items,
        templates=_read_templates(),
        codes={table: _read_codes(table, code, typed) for table, code in key_tables().items()},
        serial_specific={
            row[0]: (row[1], row[2])
            for row in _rows("SELECT id, serial_specific, lot_specific FROM inventory_itemtrackingcode")
        },
        series_id=series_id,
        costing_method=costing_method,
        manual={
            row[0]: (row[1], row[2]) for row in _rows("SELECT id, code, manual_numbers FROM inventory_numberseries")
        },
    )


def _read_codes(table: str, code: str, typed: Sequence[str]) -> dict[str, int]:
    """Units whole, since messages name them; of the others what was typed."""
    if table == UNITS:
        return dict(_rows(f"SELECT upper({code}), id FROM {table}"))
    return dict(_rows(f"SELECT upper({code}), id FROM {table} WHERE upper({code}) = ANY(%s::text[])", [list(typed)]))


def _read_items(numbers: Sequence[str]) -> dict[str, ItemRow]:
    columns = written_columns()
    names = ", ".join(columns)
    statement = f"SELECT id, {names} FROM inventory_item WHERE number = ANY(%s::text[]) ORDER BY id FOR NO KEY UPDATE"
    found = _rows(statement, [list(numbers)])
    by_id = {row[0]: ItemRow(dict(zip(columns, row[1:], strict=True)), id=row[0]) for row in found}
    for item_id, unit_id, quantity, precision in _rows(_UNITS, [list(by_id)]):
        by_id[item_id].units[unit_id] = (quantity, precision)
    return {row.values["number"]: row for row in by_id.values()}


def _read_templates() -> dict[str, Template]:
    names = [field for field in ItemTemplate._meta.concrete_fields if field.name in item_fields()]
    columns = [str(field.column) for field in names if field.name != "description"]
    rows = _rows(f"SELECT code, number_series_id, {', '.join(columns)} FROM inventory_itemtemplate")
    return {
        code.upper(): Template(
            code, series, {c: v for c, v in zip(columns, values, strict=True) if v is not None and v != ""}
        )
        for code, series, *values in rows
    }


def insert_items(rows: Sequence[ItemRow]) -> list[ItemRow]:
    """Add items and give them their ids; returns those whose number was taken by someone else meanwhile."""
    if not rows:
        return []
    columns = [*written_columns(), "low_level_code"]
    for row in rows:
        row.values["low_level_code"] = 0
    made: dict[str, int] = dict(_rows(_statement(_INSERT, columns), [[row.values[c] for row in rows] for c in columns]))
    for row in rows:
        row.id = made.get(row.values["number"], 0)
    return [row for row in rows if not row.id]


def update_items(rows: Sequence[ItemRow]) -> None:
    """Write all columns of items that changed."""
    if rows:
        columns = written_columns()
        parameters = [[row.id for row in rows], *([row.values[c] for row in rows] for c in columns)]
        _run(_statement(_UPDATE, columns), parameters)


def write_units(wanted: Sequence[ItemRow], before: Mapping[int, Mapping[int, UnitRow]]) -> None:
    """Bring the units of items to what they are to be: one statement to remove, one to add or change."""
    gone, new = [], []
    for row in wanted:
        old = before.get(row.id, {})
        gone += [(row.id, unit) for unit in old if unit not in row.units]
        new += [(row.id, unit, *pair) for unit, pair in row.units.items() if old.get(unit) != pair]
    if gone:
        _run(_REMOVE_UNITS, [[pair[0] for pair in gone], [pair[1] for pair in gone]])
    if new:
        _run(_WRITE_UNITS, [list(column) for column in zip(*new, strict=True)])


def delete_items(ids: Sequence[int]) -> None:
    """Remove items with their units, variants and stockkeeping units."""
    owned = ("stockkeepingunit", "itemunitofmeasure", "variant", "standardcostversion")
    for table, column in (*((name, "item_id") for name in owned), ("item", "id")):
        _run(f"DELETE FROM inventory_{table} WHERE {column} = ANY(%s::bigint[])", [list(ids)])


def _statement(template: str, columns: Sequence[str]) -> str:
    kinds = {field.column: field.db_type(connection) for field in Item._meta.concrete_fields}
    given = ", ".join(f"%s::{kinds[column]}[]" for column in columns)
    new = ", ".join(f"n.{column}" for column in columns)
    return template.format(columns=", ".join(columns), given=given, new=new)


def _rows(statement: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows


def _run(statement: str, parameters: Sequence[Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)


_UNITS = """
    SELECT item_id, unit_id, quantity_per_unit, rounding_precision FROM inventory_itemunitofmeasure
     WHERE item_id = ANY(%s::bigint[]) ORDER BY id
"""
_INSERT = """
    INSERT INTO inventory_item ({columns}) SELECT {new} FROM unnest({given}) AS n ({columns})
    ON CONFLICT (number) DO NOTHING RETURNING number, id
"""
_UPDATE = """
    UPDATE inventory_item i SET ({columns}) = ROW ({new})
      FROM unnest(%s::bigint[], {given}) AS n (id, {columns}) WHERE i.id = n.id
"""
_REMOVE_UNITS = """
    DELETE FROM inventory_itemunitofmeasure u USING unnest(%s::bigint[], %s::bigint[]) AS n (item_id, unit_id)
     WHERE u.item_id = n.item_id AND u.unit_id = n.unit_id
"""
_WRITE_UNITS = """
    INSERT INTO inventory_itemunitofmeasure (item_id, unit_id, quantity_per_unit, rounding_precision)
    SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::numeric[], %s::numeric[])
    ON CONFLICT (item_id, unit_id) DO UPDATE
       SET quantity_per_unit = excluded.quantity_per_unit, rounding_precision = excluded.rounding_precision
"""
