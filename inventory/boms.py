"""Bills of materials as the database has them: what is below an item, and how deep items lie (assembly.md §1)."""

from collections.abc import Iterable, Mapping, Sequence

from django.db import connection

from inventory.models import Item
from inventory.structure import MOST_LEVELS, Circle, Exploded, Line, TooMany, explode, low_level_codes
from inventory.uses import ItemAndUnit, Use
from work.errors import Refusal


def lines_below(item_ids: Iterable[int], *, whole: bool = True) -> dict[int, list[Line]]:
    """The lines of these items and, where `whole`, of everything below them, by parent; one statement."""
    with connection.cursor() as cursor:
        cursor.execute(_BELOW if whole else _OWN, [sorted(set(item_ids))])
        rows = cursor.fetchall()
    found: dict[int, list[Line]] = {}
    for row in rows:
        found.setdefault(row[0], []).append(Line(*row))
    return found


def explosion(item: Item, *, most_levels: int = MOST_LEVELS) -> list[Exploded]:
    """The tree below an item, one statement. Raises `Refusal` (bom_too_deep) where it is too large to show."""
    lines = lines_below([item.pk], whole=most_levels > 1)
    try:
        return explode(item.pk, lines, most_levels=most_levels)
    except TooMany:
        raise too_deep(item.number) from None


def too_deep(number: str) -> Refusal:
    """What is said of a structure that is too large."""
    words = f"The bill of materials of item {number} goes deeper than {MOST_LEVELS} levels. Flatten it."
    return Refusal(words, code="bom_too_deep", item=number, most_levels=str(MOST_LEVELS))


def update_low_level_codes(
    item_ids: Iterable[int] | None = None, *, instead: Mapping[int, Sequence[int]] | None = None
) -> None:
    """Bring the low-level codes of these items and all below them to what the lines say; of all without ids.

    `instead` gives for parents that are about to change the components they will have. Three statements whatever
    the number of items. Raises `Refusal`: bom_circle with its path, or bom_too_deep; then nothing was written.
    """
    assert connection.in_atomic_block
    instead = instead or {}
    pairs = [(parent, component) for parent, components in instead.items() for component in components]
    starts = None if item_ids is None else sorted({*item_ids, *instead, *(pair[1] for pair in pairs)})
    values = [
        [pair[0] for pair in pairs], [pair[1] for pair in pairs], starts, starts, list(instead), list(instead),
    ]  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_INTO, values)
        rows = cursor.fetchall()
    items = {row[1] for row in rows} | ({row[0] for row in rows} if starts is None else set(starts))
    try:
        levels = low_level_codes(
            ((row[0], row[1]) for row in rows), items=items, levels_above={row[0]: row[2] for row in rows}
        )
    except Circle as circle:
        raise _circular(circle.path) from None
    deepest = max(levels, key=levels.__getitem__, default=0)
    if levels and levels[deepest] > MOST_LEVELS:
        raise too_deep(_numbers([deepest])[deepest])
    _write(levels, only=starts)


def _circular(path: Sequence[int]) -> Refusal:
    numbers = _numbers(path)
    words = " → ".join(numbers[item] for item in path)
    return Refusal(
        f"Item {numbers[path[0]]} would go into itself: {words}. Take one of these lines out.",
        code="bom_circle", field="lines", item=numbers[path[0]], path=words,
    )  # fmt: skip


def _numbers(ids: Iterable[int]) -> dict[int, str]:
    return dict(Item.objects.filter(pk__in=set(ids)).values_list("pk", "number"))


def _write(levels: Mapping[int, int], *, only: Sequence[int] | None) -> None:
    """Rows are locked in the order of their ids, as everywhere; those no longer in any line go back to 0."""
    with connection.cursor() as cursor:
        cursor.execute(_LOCK_CHANGED, [list(levels), list(levels.values()), only is None])
        changed = cursor.fetchall()
        if changed:
            cursor.execute(_WRITE, [[row[0] for row in changed], [row[1] for row in changed]])


def _in_boms(item_ids: Sequence[int]) -> Iterable[ItemAndUnit]:
    """Quantities per stand in base units, so any unit of the item is meant."""
    with connection.cursor() as cursor:
        cursor.execute(_USED, [list(item_ids), list(item_ids)])
        rows: list[ItemAndUnit] = cursor.fetchall()
        return rows


BOM_LINES = Use("lines of bills of materials", _in_boms)

_COLUMNS = "parent_id, line_number, component_id, resource_id, quantity_per, scrap_percent, description"
_OWN = f"SELECT {_COLUMNS} FROM inventory_assemblybom WHERE parent_id = ANY(%s::bigint[]) ORDER BY 1, 2"
_BELOW = f"""
    WITH RECURSIVE below (item_id) AS (
           SELECT unnest(%s::bigint[])
            UNION
           SELECT b.component_id FROM below JOIN inventory_assemblybom b ON b.parent_id = below.item_id
            WHERE b.component_id IS NOT NULL)
    SELECT {_COLUMNS} FROM inventory_assemblybom JOIN below ON parent_id = below.item_id ORDER BY 1, 2
"""
# Every pair of parent and component whose component lies at or below the starts, as the lines will be.
_INTO = """
    WITH RECURSIVE new (parent_id, component_id) AS (SELECT * FROM unnest(%s::bigint[], %s::bigint[])),
         below (item_id) AS (
           SELECT unnest(coalesce(%s::bigint[], '{}'))
            UNION
           SELECT component_id FROM inventory_assemblybom WHERE %s::bigint[] IS NULL AND component_id IS NOT NULL
            UNION
           SELECT e.component_id FROM below CROSS JOIN LATERAL (
                  SELECT component_id FROM inventory_assemblybom
                   WHERE parent_id = below.item_id AND component_id IS NOT NULL AND parent_id <> ALL(%s::bigint[])
                   UNION ALL SELECT component_id FROM new WHERE parent_id = below.item_id) e)
    SELECT e.parent_id, e.component_id, p.low_level_code
      FROM below CROSS JOIN LATERAL (
           SELECT parent_id, component_id FROM inventory_assemblybom
            WHERE component_id = below.item_id AND parent_id <> ALL(%s::bigint[])
            UNION ALL SELECT parent_id, component_id FROM new WHERE component_id = below.item_id) e
      JOIN inventory_item p ON p.id = e.parent_id
"""
_LOCK_CHANGED = """
    SELECT i.id, coalesce(n.level, 0)
      FROM inventory_item i
      LEFT JOIN unnest(%s::bigint[], %s::int[]) AS n (id, level) ON n.id = i.id
     WHERE (n.id IS NOT NULL OR %s) AND i.low_level_code <> coalesce(n.level, 0)
     ORDER BY i.id FOR NO KEY UPDATE OF i
"""
_WRITE = """
    UPDATE inventory_item i SET low_level_code = n.level
      FROM unnest(%s::bigint[], %s::int[]) AS n (id, level) WHERE i.id = n.id
"""
_USED = """
    SELECT parent_id, 0 FROM inventory_assemblybom WHERE parent_id = ANY(%s::bigint[])
     UNION
    SELECT component_id, 0 FROM inventory_assemblybom WHERE component_id = ANY(%s::bigint[])
"""
