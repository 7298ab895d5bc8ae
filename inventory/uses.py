"""Who holds on to items: the apps above say so here, since master data knows neither entries nor journals."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from inventory.item_edit import GUARDED

ItemAndUnit = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Use:
    """Rows that refer to items. `find` gives those of the items in use, each with the units used (0: any).

    `final` rows stay for ever, as entries do; others can be posted or deleted first, as journal lines can.
    `forget` removes what merely accompanies items that are about to be deleted.
    """

    words: str
    find: Callable[[Sequence[int]], Iterable[ItemAndUnit]]
    final: bool = False
    forget: Callable[[Sequence[int]], None] | None = None


_uses: dict[str, Use] = {}


def register_use(use: Use) -> None:
    """Called when an app is ready; the same words twice are one use."""
    _uses[use.words] = use


def uses_of(item_ids: Sequence[int]) -> list[tuple[Use, set[ItemAndUnit]]]:
    """For each kind of use the items and units in use: one statement for each kind."""
    return [(use, set(use.find(item_ids))) for use in _uses.values()] if item_ids else []


def held_fields(item_id: int) -> dict[str, Use]:
    """By field of an item the use that keeps it from changing, first those that stay for ever (items.md §1.3)."""
    held: dict[str, Use] = {}
    for use, found in sorted(uses_of([item_id]), key=lambda pair: not pair[0].final):
        if found:
            for column in GUARDED:
                if use.final or column != "costing_method":
                    held.setdefault(column.removesuffix("_id"), use)
    return held


def forget(item_ids: Sequence[int]) -> None:
    """Remove what accompanies these items."""
    for use in _uses.values():
        if use.forget is not None:
            use.forget(item_ids)
