"""Create and change items, copy them, apply templates, delete them: whole or not at all (items.md §1, §2)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from django.utils import timezone

from inventory import item_rows, uses
from inventory.cells import read_text, refusal
from inventory.errors import NumberRefused
from inventory.item_edit import GUARDED, Edit, ItemChange, cleaned, read_change
from inventory.item_rows import UNITS, Known, item_fields, read_known
from inventory.models import NumberSeries
from inventory.numbering import next_numbers
from inventory.setup import lock_setup
from users.history import acting
from work.errors import Refusal, Refused

__all__ = ["ItemChange", "SavedItem", "save_items"]


@dataclass(frozen=True, slots=True)
class SavedItem:
    """An item that was saved, and what became of it."""

    row: int
    id: int
    number: str
    outcome: Literal["created", "changed", "unchanged"]


def save_items(
    changes: Sequence[ItemChange], *, user: Any, reason: str, job: Any = None, on: date | None = None
) -> list[SavedItem]:
    """Create and change items; answers each change, in order. Numbers are taken for the date `on`, else today.

    Raises `Refused` with everything that is wrong, each with its row as line and its field; then nothing was
    written. Locks: the items; the setup where a change must wait for postings; number series.
    """
    with acting(user, reason, job=job):
        return _save(changes, on or timezone.localdate())


def _save(changes: Sequence[ItemChange], on: date) -> list[SavedItem]:
    edits = [Edit(change, cleaned(change.number).upper()) for change in changes]
    known = read_known((edit.number for edit in edits), _typed_codes(changes))
    _match(edits, known)
    for edit in edits:
        if edit.before is not None or edit.change.mode != "update":
            read_change(edit, known)
    _check_typed_numbers(edits, known)
    _check_uses([edit for edit in edits if edit.before is not None and edit.after.id], known)
    _refuse(edits)
    _take_numbers([edit for edit in edits if edit.is_new], known, on)
    return _write(edits)


def _typed_codes(changes: Iterable[ItemChange]) -> set[str]:
    keys = [name for name, field in item_fields().items() if field.is_relation]
    return {cleaned(change.values.get(name)).upper() for change in changes for name in keys}


def _match(edits: Sequence[Edit], known: Known) -> None:
    """Each change with the item it is for; a number may stand in one row only."""
    rows: dict[str, int] = {}
    for edit in edits:
        edit.before, mode = known.items.get(edit.number), edit.change.mode
        if not edit.number:
            if mode == "update":
                edit.refuse(Refusal("The item number is missing. Fill it in.", code="value_missing", field="number"))
            continue
        try:
            read_text(edit.number, name="number", longest=item_fields()["number"].max_length or 0)
        except Refusal as problem:
            edit.refuse(problem)
            continue
        if edit.number in rows:
            words = f"Row {rows[edit.number]} is for the same item. Keep one of them."
            edit.refuse(refusal("duplicate_number", "number", edit.number, words, other_row=str(rows[edit.number])))
        elif edit.before is None and mode == "update":
            edit.refuse(refusal("not_found", "number", edit.number, "There is no such item. Create it first."))
        elif edit.before is not None and mode == "create":
            edit.refuse(_taken(edit.number))
        rows.setdefault(edit.number, edit.change.row)


def _check_uses(edits: Sequence[Edit], known: Known) -> None:
    """Entries rest on type, costing method and base unit; lines to be posted on type and units (items.md §1.3).

    Where such a change is asked for, the setup is locked first: so no posting runs that read the item before.
    """
    touched: dict[int, list[Edit]] = {}
    for edit in edits:
        if _rests_on(edit):
            touched.setdefault(edit.after.id, []).append(edit)
    if not touched:
        return
    lock_setup()
    for use, found in uses.uses_of(list(touched)):
        used: dict[int, set[int]] = {}
        for item_id, unit_id in found:
            used.setdefault(item_id, set()).add(unit_id)
        for item_id, units in used.items():
            for edit in touched[item_id]:
                for problem in _held(edit, use, units, known):
                    edit.refuse(problem)


def _rests_on(edit: Edit) -> bool:
    assert edit.before is not None
    old, new = edit.before, edit.after
    return bool(
        any(old.values[column] != new.values[column] for column in (*GUARDED, "item_tracking_code_id"))
        or any(new.units.get(unit, (None,))[0] != pair[0] for unit, pair in old.units.items())
    )


def _held(edit: Edit, use: uses.Use, units: set[int], known: Known) -> Iterable[Refusal]:
    assert edit.before is not None
    old, new = edit.before, edit.after
    code = "item_has_entries" if use.final else "item_in_use"
    remedy = "Use a new item instead." if use.final else "Post or delete them first."
    for column, words in GUARDED.items():
        if old.values[column] != new.values[column] and (use.final or column != "costing_method"):
            text = f"The {words} of item {edit.number} cannot change: there are {use.words}. {remedy}"
            yield Refusal(text, code=code, field=column.removesuffix("_id"), item=edit.number, use=use.words)
    specific = [
        known.serial_specific.get(row.values["item_tracking_code_id"] or 0, (False, False)) for row in (old, new)
    ]
    if use.final and specific[0] != specific[1]:
        text = f"Item {edit.number} has {use.words}, so tracking by serial or lot number cannot begin or end. {remedy}"
        yield Refusal(text, code=code, field="item_tracking_code", item=edit.number, use=use.words)
    names = {number: unit for unit, number in known.codes[UNITS].items()}
    for unit, pair in old.units.items():
        if unit in units and new.units.get(unit, (None,))[0] != pair[0] and unit != old.values["base_unit_id"]:
            text = f"Unit {names[unit]} of item {edit.number} cannot change: there are {use.words} in it. {remedy}"
            yield Refusal(text, code=code, field="units", item=edit.number, use=use.words)


def _check_typed_numbers(edits: Iterable[Edit], known: Known) -> None:
    """A new item's number may be typed only where its series lets it (number-series.md §4)."""
    for edit in edits:
        series_id = _series_of(edit, known)
        if edit.is_new and edit.number and series_id is not None and not known.manual[series_id][1]:
            words = f"Series {known.manual[series_id][0]} gives the numbers itself. Leave the number blank."
            edit.refuse(refusal("manual_not_allowed", "number", edit.number, words, series=known.manual[series_id][0]))


def _series_of(edit: Edit, known: Known) -> int | None:
    """The template's series, else the company's."""
    return (edit.template.series_id if edit.template else None) or known.series_id


def _take_numbers(edits: Sequence[Edit], known: Known, on: date) -> None:
    """Blank numbers are filled in, those of one series in one step."""
    wanted: dict[int | None, list[Edit]] = {}
    for edit in edits:
        if not edit.number:
            wanted.setdefault(_series_of(edit, known), []).append(edit)
    for series_id, takers in wanted.items():
        series = NumberSeries.objects.get(pk=series_id) if series_id else None
        try:
            numbers = next_numbers(series, on=on, count=len(takers))
        except NumberRefused as problem:
            raise Refused([_at(problem, takers[0].change.row)]) from None
        for edit, number in zip(takers, numbers, strict=True):
            edit.number = edit.after.values["number"] = number


def _write(edits: Sequence[Edit]) -> list[SavedItem]:
    new = [edit.after for edit in edits if edit.is_new]
    changed = [e.after for e in edits if e.before is not None and e.before.values != e.after.values]
    with_units = {e.after.id for e in edits if e.before is not None and e.before.units != e.after.units}
    taken = {id(row) for row in item_rows.insert_items(new)}
    if taken:
        raise Refused([_at(_taken(e.number), e.change.row) for e in edits if id(e.after) in taken])
    item_rows.update_items(changed)
    before = {edit.before.id: edit.before.units for edit in edits if edit.before is not None}
    item_rows.write_units([*new, *(e.after for e in edits if e.after.id in with_units)], before)
    touched = with_units | {row.id for row in changed}
    return [
        SavedItem(
            edit.change.row, edit.after.id, edit.number,
            "created" if edit.is_new else "changed" if edit.after.id in touched else "unchanged",
        )
        for edit in edits
    ]  # fmt: skip


def _taken(number: str) -> Refusal:
    words = "There is an item of that number already. Choose another number, or change that item."
    return refusal("already_exists", "number", number, words)


def _at(problem: Refusal, row: int) -> Refusal:
    problem.line, problem.field = row, "number"
    return problem


def _refuse(edits: Iterable[Edit]) -> None:
    found = [problem for edit in edits for problem in edit.refusals]
    if found:
        raise Refused(found)
