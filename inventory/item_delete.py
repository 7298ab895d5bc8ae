"""Delete items that nothing rests on, with all that accompanies them (items.md §2)."""

from collections.abc import Iterator, Sequence
from typing import Any

from inventory import item_rows, uses
from inventory.bom_edit import BOMChange, save_boms
from inventory.cells import cleaned_code, refusal
from inventory.models import Item
from inventory.setup import lock_setup
from users.history import acting
from work.errors import Refusal, Refused


def delete_items(numbers: Sequence[str], *, user: Any, reason: str) -> int:
    """Remove items with their units, variants, stockkeeping units and bills of materials; answers how many.

    Raises `Refused` with every reason, each with the place of its number (from 1) as line; then nothing was deleted.
    A fixed number of statements. Locks: the setup, so that no posting runs that read the items before; the items.
    """
    with acting(user, reason):
        lock_setup()
        rows = {cleaned_code(number): row for row, number in reversed(list(enumerate(numbers, 1)))}
        found = dict(
            Item.objects.select_for_update().filter(number__in=rows).order_by("pk").values_list("number", "pk")
        )
        problems = [
            _at(row, refusal("not_found", "number", number, "There is no such item."))
            for number, row in rows.items()
            if number not in found
        ]
        makes = [
            BOMChange(rows[number], number)
            for number in Item.objects.filter(pk__in=found.values(), bom_lines__gt=0).values_list("number", flat=True)
        ]
        save_boms(makes, user=user, reason=reason)  # what they are made of is no use of them
        problems += _in_use(found, rows)
        if problems:
            raise Refused(sorted(problems, key=lambda problem: problem.line or 0))
        uses.forget(list(found.values()))
        item_rows.delete_items(list(found.values()))
        return len(found)


def _in_use(found: dict[str, int], rows: dict[str, int]) -> Iterator[Refusal]:
    """Entries stay for ever; journal lines and bills of materials have to let go first."""
    named = {pk: number for number, pk in found.items()}
    for use, used in uses.uses_of(list(named)):
        remedy = "Block it instead" if use.final else "Post or delete them first"
        for item_id in sorted({item_id for item_id, _ in used}):
            number = named[item_id]
            words = f"Item {number} cannot be deleted: there are {use.words}. {remedy}."
            code = "item_has_entries" if use.final else "item_in_use"
            yield _at(rows[number], Refusal(words, code=code, field="number", item=number, use=use.words))


def _at(row: int, problem: Refusal) -> Refusal:
    problem.line = row
    return problem
