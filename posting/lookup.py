"""What the codes in journal lines stand for: one statement for each kind of key."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import connection

from inventory.cells import refusal as cell_refusal
from posting import errors
from posting.cells import words_of


@dataclass(frozen=True, slots=True)
class Known:
    """What the typed codes stand for."""

    items: Mapping[str, tuple[int, str, int]]
    numbers: Mapping[int, str]
    variants: Mapping[tuple[int, str], int]
    units: Mapping[tuple[int | None, str], int]
    others: Mapping[str, Mapping[str, int]]


def look_up(typed: Mapping[str, set[str]], item_ids: Iterable[int]) -> Known:
    """The codes typed for each kind of key, in capitals, and the items that the lines have already."""
    items: dict[str, tuple[int, str, int]] = {}
    if {"item", "variant", "unit"} & typed.keys():
        ids = sorted(set(item_ids))
        items = {row[0]: row[1:] for row in rows_of(_ITEMS, [sorted(typed.get("item", ())), ids])}
    ids = [row[0] for row in items.values()]
    variants = rows_of(_VARIANTS, [ids, sorted(typed["variant"])]) if "variant" in typed else []
    codes = sorted(typed.get("unit", ()))
    units = rows_of(_UNITS, [codes, ids, codes]) if codes else []
    places = sorted(typed.get("location", set()) | typed.get("new_location", set()))
    others = {"location": dict(rows_of(_OTHERS.format(*_TABLES["location"]), [places]))} if places else {}
    others["new_location"] = others.get("location", {})
    for name, table in _TABLES.items():
        if name in typed and name != "location":
            others[name] = dict(rows_of(_OTHERS.format(*table), [sorted(typed[name])]))
    return Known(
        items=items,
        numbers={row[0]: number for number, row in items.items()},
        variants={(item, code): key for item, code, key in variants},
        units={(item, code): key for item, code, key in units},
        others=others,
    )


def read_key(name: str, raw: str, item_id: int | None, known: Known) -> int:
    """The row that a code names, for the item of the line. Raises `Refusal`."""
    code = raw.upper()
    if name == "item":
        found = known.items[code][0] if code in known.items else None
    elif name == "variant":
        found = known.variants.get((item_id or 0, code))
    elif name == "unit":
        found = known.units.get((item_id, code))
        if found is None and (None, code) in known.units:
            raise errors.UnknownUnit(unit=code, item=known.numbers.get(item_id or 0, ""))
    else:
        found = known.others[name].get(code)
    if found is None:
        words = f"There is no such {words_of(name)}. Choose one from the list, or create it first."
        if name == "variant":
            words = "The item has no such variant. Choose the item first, then one of its variants."
        raise cell_refusal("not_found", name, raw, words)
    return found


def rows_of(statement: str, parameters: list[Any]) -> list[tuple[Any, ...]]:
    """All rows of a statement."""
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows


_ITEMS = """
    SELECT number, id, description, base_unit_id FROM inventory_item
     WHERE number = ANY(%s::text[]) OR id = ANY(%s::bigint[])
"""
_VARIANTS = (
    "SELECT item_id, code, id FROM inventory_variant WHERE item_id = ANY(%s::bigint[]) AND code = ANY(%s::text[])"
)
_UNITS = """
    SELECT NULL::bigint, upper(code), id FROM inventory_unitofmeasure WHERE upper(code) = ANY(%s::text[])
     UNION ALL
    SELECT i.item_id, upper(u.code), u.id FROM inventory_unitofmeasure u
      JOIN inventory_itemunitofmeasure i ON i.unit_id = u.id AND i.item_id = ANY(%s::bigint[])
     WHERE upper(u.code) = ANY(%s::text[])
"""
_OTHERS = "SELECT upper({1}), id FROM {0} WHERE upper({1}) = ANY(%s::text[])"
_TABLES = {
    "location": ("inventory_location", "code"),
    "gen_business_posting_group": ("inventory_genbusinesspostinggroup", "code"),
    "gen_product_posting_group": ("inventory_genproductpostinggroup", "code"),
    "vendor": ("inventory_vendor", "number"),
    "customer": ("inventory_customer", "number"),
}
