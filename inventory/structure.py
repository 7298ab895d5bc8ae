"""What goes into what: levels, circles and explosions of bills of materials, in memory (assembly.md §1). Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

MOST_LEVELS = 50
ONE = Decimal(1)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a bill of materials: base units of an item or resource in one base unit of the parent."""

    parent_id: int
    line_number: int
    component_id: int | None
    resource_id: int | None
    quantity_per: Decimal
    scrap_percent: Decimal = Decimal(0)
    description: str = ""


@dataclass(frozen=True, slots=True)
class Exploded:
    """A line in the tree below a top item, level 1 right below it; `quantity` is for one base unit of the top."""

    level: int
    line: Line
    quantity: Decimal
    has_bom: bool


class Circle(Exception):
    """Items that go into themselves; `path` begins and ends with the same one, parent before component."""

    def __init__(self, path: Sequence[int]) -> None:
        super().__init__(path)
        self.path = list(path)


class TooMany(Exception):
    """More levels, or more rows, than are worked with."""


def low_level_codes(
    edges: Iterable[tuple[int, int]], *, items: Iterable[int], levels_above: Mapping[int, int]
) -> dict[int, int]:
    """The longest way from any top item for each of `items`; raises `Circle`.

    `edges` are all (parent, component) pairs whose component is one of the items; the levels of parents that are
    not among them are given. An item that is no component has level 0.
    """
    levels = dict.fromkeys(items, 0)
    below: dict[int, list[int]] = {}
    waiting = dict.fromkeys(levels, 0)
    for parent, component in set(edges):
        if parent in levels:
            below.setdefault(parent, []).append(component)
            waiting[component] += 1
        else:
            levels[component] = max(levels[component], levels_above[parent] + 1)
    ready = [item for item, count in waiting.items() if not count]
    for item in ready:  # grows while it is walked: parents before their components
        for component in below.get(item, ()):
            levels[component] = max(levels[component], levels[item] + 1)
            waiting[component] -= 1
            if not waiting[component]:
                ready.append(component)
    if len(ready) < len(levels):
        raise Circle(_circle({item for item, count in waiting.items() if count}, below))
    return levels


def _circle(left: set[int], below: Mapping[int, Sequence[int]]) -> list[int]:
    """Each of these has a parent among them, so going up must come around."""
    above = {component: parent for parent in left for component in below.get(parent, ()) if component in left}
    path = [min(left)]
    while path[-1] not in path[:-1]:
        path.append(above[path[-1]])
    return path[path.index(path[-1]) :][::-1]


def explode(
    item_id: int, lines: Mapping[int, Sequence[Line]], *, most_levels: int = MOST_LEVELS, most_rows: int = 10_000
) -> list[Exploded]:
    """The tree below an item, each sub-assembly's lines right behind its own; raises `TooMany`.

    `lines` are those of each parent, in order. With `most_levels` 1 the lines of the item alone.
    """
    found: list[Exploded] = []
    waiting = [(1, line, line.quantity_per) for line in reversed(lines.get(item_id, ()))]
    while waiting:
        level, line, quantity = waiting.pop()
        below = lines.get(line.component_id, ()) if line.component_id is not None else ()
        found.append(Exploded(level, line, quantity, bool(below)))
        if len(found) > most_rows or (below and level == MOST_LEVELS):
            raise TooMany
        if level < most_levels:
            waiting += [(level + 1, each, quantity * each.quantity_per) for each in reversed(below)]
    return found
