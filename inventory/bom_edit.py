"""Write bills of materials: whole ones, all or none, without circles and with current low-level codes."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db import connection

from inventory.boms import lines_below, update_low_level_codes
from inventory.choices import BOMLineType, ItemType
from inventory.models import AssemblyBOM, Item, Resource
from inventory.structure import ONE, Line
from users.history import acting
from work.errors import Refusal, Refused

STEP, ZERO = 10_000, Decimal(0)
_SHOWN = {BOMLineType.ITEM: "item", BOMLineType.RESOURCE: "resource"}


@dataclass(frozen=True, slots=True)
class BOMLine:
    """A line as somebody wants it: `number` of the item or resource, base units of it in one of the parent."""

    number: str
    type: str = BOMLineType.ITEM
    quantity_per: Decimal = ONE
    scrap_percent: Decimal = ZERO
    description: str = ""
    line_number: int = 0  # 0: behind the line before it


@dataclass(frozen=True, slots=True)
class BOMChange:
    """All lines an item is to have, none to take its bill of materials away; `row` is what refusals carry."""

    row: int
    number: str
    lines: Sequence[BOMLine] = ()


@dataclass(slots=True)
class _Known:
    items: dict[str, Item]
    resources: dict[str, Resource]
    before: dict[int, dict[int, Line]]
    problems: list[Refusal] = field(default_factory=list)

    def refuse(self, row: int, code: str, words: str, *, at: str = "", **facts: str) -> None:
        self.problems.append(Refusal(words, code=code, line=row, field=at or None, **facts))


def save_boms(changes: Sequence[BOMChange], *, user: Any, reason: str) -> int:
    """Give items the lines that are asked for; answers how many lines were added, changed or taken away.

    Raises `Refused` with everything that is wrong, each with its change's row as line; then nothing was written.
    A fixed number of statements. Locks: the table of lines against other changes, items whose level changes.
    """
    with acting(user, reason):
        with connection.cursor() as cursor:
            cursor.execute("LOCK TABLE inventory_assemblybom IN SHARE ROW EXCLUSIVE MODE")
        known = _read(changes)
        wanted = _wanted(changes, known)
        if known.problems:
            raise Refused(known.problems)
        old = {line.component_id for lines in known.before.values() for line in lines.values() if line.component_id}
        components = {
            parent: [line.component_id for line in lines if line.component_id] for parent, lines in wanted.items()
        }
        try:
            update_low_level_codes(old, instead=components)
        except Refusal as problem:
            raise Refused([_at_its_row(problem, changes)]) from None
        return _write(wanted, known)


def _at_its_row(problem: Refusal, changes: Sequence[BOMChange]) -> Refusal:
    """A circle is told of the first change on its path."""
    named = problem.facts.get("path", "").split(" → ")
    problem.line = next((change.row for change in changes if change.number.upper() in named), changes[0].row)
    return problem


def _read(changes: Sequence[BOMChange]) -> _Known:
    """Everything that is named, and the lines as they are: three statements."""
    numbers = {change.number.strip().upper() for change in changes}
    numbers |= {line.number.strip().upper() for each in changes for line in each.lines if line.type == BOMLineType.ITEM}
    others = {line.number.strip().upper() for each in changes for line in each.lines}
    items = {item.number: item for item in Item.objects.filter(number__in=numbers).only("number", "type")}
    resources = {each.number: each for each in Resource.objects.filter(number__in=others)}
    lines = lines_below((item.pk for item in items.values()), whole=False)
    parents = {items[number].pk for change in changes if (number := change.number.strip().upper()) in items}
    before = {parent: {line.line_number: line for line in lines.get(parent, ())} for parent in parents}
    return _Known(items, resources, before)


def _wanted(changes: Sequence[BOMChange], known: _Known) -> dict[int, list[Line]]:
    """The lines of each parent as rows; what is wrong goes to `known.problems`."""
    wanted: dict[int, list[Line]] = {}
    for change in changes:
        number = change.number.strip().upper()
        parent = known.items.get(number)
        if parent is None:
            words = f"There is no item {number or '(blank)'}. Create it first, or correct the number."
            known.refuse(change.row, "not_found", words, at="item", item=number)
        elif parent.type != ItemType.INVENTORY:
            words = f"Item {number} is not kept in stock, so it cannot be assembled. Choose an inventory item."
            known.refuse(change.row, "not_for_type", words, at="item", item=number)
        elif parent.pk in wanted:
            words = f"Item {number} is named twice. Keep one of its bills of materials."
            known.refuse(change.row, "duplicate_number", words, at="item", item=number)
        else:
            wanted[parent.pk] = _lines_of(change, parent, known)
    return wanted


def _lines_of(change: BOMChange, parent: Item, known: _Known) -> list[Line]:
    """The lines of one parent, numbered; a resource that is blocked may stay, but not come in anew."""
    there = {line.resource_id for line in known.before[parent.pk].values()}
    found: list[Line] = []
    last, taken = 0, set()
    for place, line in enumerate(change.lines, 1):
        last = line.line_number or last + STEP
        number = line.number.strip().upper()
        component = known.items.get(number) if line.type == BOMLineType.ITEM else None
        resource = known.resources.get(number) if line.type == BOMLineType.RESOURCE else None
        _check(change.row, place, line, parent, component, resource, known)
        if resource is not None and resource.blocked and resource.pk not in there:
            words = f"Line {place}: resource {number} is blocked. Choose another, or unblock it."
            known.refuse(change.row, "blocked", words, at="lines", resource=number)
        if last in taken:
            words = f"Line {place}: line number {last} is there twice. Number the lines anew."
            known.refuse(change.row, "duplicate_number", words, at="lines", number=str(last))
        taken.add(last)
        found.append(
            Line(
                parent.pk, last, component.pk if component else None, resource.pk if resource else None,
                line.quantity_per, line.scrap_percent, line.description,
            )
        )  # fmt: skip
    return found


def _check(
    row: int, place: int, line: BOMLine, parent: Item, component: Item | None, resource: Resource | None, known: _Known
) -> None:
    """What one line must hold in itself."""
    number, kind = line.number.strip().upper(), _SHOWN.get(BOMLineType(line.type), line.type)
    if component is None and resource is None:
        words = f"Line {place}: there is no {kind} {number or '(blank)'}. Create it first, or correct the number."
        known.refuse(row, "not_found", words, at="lines", number=number)
    if component is not None and component.type == ItemType.SERVICE:
        words = f"Line {place}: item {number} is a service, which cannot be a component. Use a resource instead."
        known.refuse(row, "not_for_type", words, at="lines", number=number)
    if component is not None and component.pk == parent.pk:
        words = f"Line {place}: item {number} cannot go into itself. Take the line out."
        known.refuse(row, "bom_circle", words, at="lines", item=number, path=f"{number} → {number}")
    if line.quantity_per < 0 or line.scrap_percent < 0:
        words = f"Line {place}: quantity and scrap of {number} cannot be below zero. Type zero or more."
        known.refuse(row, "negative_not_allowed", words, at="lines", number=number)


def _write(wanted: dict[int, list[Line]], known: _Known) -> int:
    """Lines that stay as they are are left alone, so that the history shows what changed."""
    changed = [
        line for parent, lines in wanted.items() for line in lines
        if known.before[parent].get(line.line_number) != line
    ]  # fmt: skip
    kept = {parent: {line.line_number for line in lines} for parent, lines in wanted.items()}
    gone = [
        (parent, number) for parent in wanted for number in known.before[parent] if number not in kept[parent]
    ]  # fmt: skip
    if gone:
        with connection.cursor() as cursor:
            cursor.execute(_REMOVE, [list(column) for column in zip(*gone, strict=True)])
    if changed:
        AssemblyBOM.objects.bulk_create(
            [_row(line) for line in changed],
            update_conflicts=True,
            unique_fields=["parent", "line_number"],
            update_fields=["type", "component", "resource", "quantity_per", "scrap_percent", "description"],
        )
    return len(gone) + len(changed)


def _row(line: Line) -> AssemblyBOM:
    return AssemblyBOM(
        parent_id=line.parent_id,
        line_number=line.line_number,
        type=BOMLineType.RESOURCE if line.resource_id else BOMLineType.ITEM,
        component_id=line.component_id,
        resource_id=line.resource_id,
        quantity_per=line.quantity_per,
        scrap_percent=line.scrap_percent,
        description=line.description,
    )


_REMOVE = """
    DELETE FROM inventory_assemblybom b USING unnest(%s::bigint[], %s::int[]) AS n (parent_id, line_number)
     WHERE b.parent_id = n.parent_id AND b.line_number = n.line_number
"""
