"""Change journal lines cell by cell: what is understood is saved, what is not stays as typed (journals.md §1, §2).

The one verb behind grid, API and import. It is set-based: the number of statements does not grow with the lines.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection, transaction

from inventory.cells import refusal as cell_refusal
from inventory.errors import NumberRefused
from inventory.models import NumberSeries
from inventory.numbering import next_numbers
from ledger.choices import EntryType
from posting.cells import (
    CODES,
    COSTS_UNLESS_SOLD,
    DATES,
    ENTRIES,
    FIELDS,
    KEYS,
    NUMBERS,
    TEXTS,
    clean,
    hidden_fields,
    read_cell,
)
from posting.lookup import Known, look_up, read_key, rows_of
from posting.models import ItemJournalBatch, ItemJournalLine, ItemJournalTemplate
from posting.saved import LARGEST_LINE_NUMBER, SavedLine, read_lines
from users.models import User
from work.errors import Refusal

__all__ = ["FIELDS", "LineChange", "SavedLine", "edit_lines", "first_values", "lock_batch", "open_batch", "read_lines"]
STEP = 10_000


@dataclass(frozen=True, slots=True)
class LineChange:
    """What somebody typed into one line. `row` is the caller's own name for it and comes back in the answer.

    A new line (without `id`) goes to the end, behind line `after`, or to the top where `after` is 0.
    """

    row: str
    values: Mapping[str, str | None] = field(default_factory=dict)
    id: int | None = None
    version: int | None = None
    after: int | None = None
    delete: bool = False


@dataclass(slots=True)
class _Edit:
    change: LineChange
    line: dict[str, Any] | None = None
    refusals: list[Refusal] = field(default_factory=list)

    def raws(self) -> dict[str, str]:
        """What is to be read: the changed cells, and what waited for the item to be known."""
        assert self.line is not None
        waiting = self.line["unread"] if "item" in self.change.values else {}
        typed = {name: value for name, value in waiting.items() if name in ("variant", "unit")}
        typed.update((name, clean(value)) for name, value in self.change.values.items())
        return {name: typed[name] for name in (*FIELDS, *sorted(set(typed) - set(FIELDS))) if name in typed}


@transaction.atomic
def edit_lines(
    batch_id: int, changes: Sequence[LineChange], *, user: User, work_date: date, with_cost: bool = True
) -> list[SavedLine]:
    """Save every cell that can be understood and answer each change, in order.

    A line that is newer than its `version` is not touched: it is answered with the error `line_changed` and its
    present values. Without `with_cost` the cells of `hidden_fields` are neither shown nor written.
    Raises `Refusal` when the batch does not exist. Locks: batch, lines.
    """
    batch = lock_batch(batch_id)
    present = _lock_lines(batch_id, changes)
    transfers = batch.template.journal_type == ItemJournalTemplate.Type.TRANSFER
    edits = _matched(changes, present)
    changed = [edit for edit in edits if edit.line is not None and edit.change.id and not edit.change.delete]
    added = [edit for edit in edits if edit.change.id is None and not edit.change.delete]
    if added:
        _start_lines(added, batch, present, work_date)
    known = _known([*changed, *added])
    for edit in (*changed, *added):
        _read_cells(edit, known, transfers=transfers, work_date=work_date, with_cost=with_cost)
    _delete([edit.change.id for edit in edits if edit.line is not None and edit.change.delete and edit.change.id])
    _update(changed, user)
    _insert(batch_id, added, user)
    return _answers(batch_id, edits, with_cost=with_cost)


def lock_batch(batch_id: int) -> ItemJournalBatch:
    """The batch with its template and series, locked until the transaction ends. Raises `Refusal` without one."""
    batch = (
        ItemJournalBatch.objects.select_for_update(no_key=True, of=("self",))
        .select_related("template", "number_series")
        .filter(pk=batch_id)
        .first()
    )
    if batch is None:
        raise Refusal(f"Journal batch {batch_id} does not exist. Choose another.", code="not_found", id=str(batch_id))
    return batch


@transaction.atomic
def open_batch(template_name: str, batch_name: str, user: User) -> ItemJournalBatch:
    """The batch of that name; ITEM and RECLASS and their batches are made when first opened.

    Raises `Refusal` for another template that does not exist, and for names that are blank or too long.
    """
    template_name, batch_name = template_name.strip().upper(), batch_name.strip().upper()
    if not 0 < len(batch_name) <= 10:
        raise Refusal("A batch name has 1 to 10 characters. Choose another.", code="name_not_allowed", name=batch_name)
    kind = _DEFAULT_TEMPLATES.get(template_name)
    if kind is not None:
        found, _ = ItemJournalTemplate.objects.get_or_create(
            name=template_name, defaults={"journal_type": kind, "description": kind.label}
        )
    elif (named := ItemJournalTemplate.objects.filter(name=template_name).first()) is not None:
        found = named
    else:
        words = f"Journal template {template_name[:20]} does not exist. Choose another."
        raise Refusal(words, code="not_found", template=template_name[:20])
    batch, _ = ItemJournalBatch.objects.get_or_create(
        template=found,
        name=batch_name,
        defaults={
            "description": f"Journal of {user.get_username()}"[:100],
            "number_series_id": found.number_series_id,
            "posting_number_series_id": found.posting_number_series_id,
        },
    )
    return batch


def _lock_lines(batch_id: int, changes: Sequence[LineChange]) -> dict[int, dict[str, Any]]:
    """The lines that are named and the last one, each with the number of the line that follows it."""
    named = {number for change in changes for number in (change.id, change.after) if number}
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [batch_id, sorted(named), batch_id])
        names = [column.name for column in cursor.description or ()]
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    for row in rows:
        row["unread"] = json.loads(row["unread"])
    return {row["id"]: row for row in rows}


def _matched(changes: Sequence[LineChange], present: Mapping[int, dict[str, Any]]) -> list[_Edit]:
    """Each change with the line it is for; without one where somebody else was faster."""
    edits, seen = [], set()
    for change in changes:
        edit = _Edit(change)
        if change.id is not None:
            line = present.get(change.id)
            if line is not None and line["version"] == change.version and change.id not in seen:
                edit.line = dict(line, unread=dict(line["unread"]))
            else:
                words = "Someone else changed this line meanwhile. Its present values are shown; type yours again."
                gone = "Someone else posted or deleted this line meanwhile. Nothing is left to change."
                edit.refusals.append(Refusal(words if line else gone, code="line_changed", line=change.id))
            seen.add(change.id)
        edits.append(edit)
    return edits


def _start_lines(
    added: Sequence[_Edit], batch: ItemJournalBatch, present: dict[int, dict[str, Any]], work_date: date
) -> None:
    """New lines with what they copy from the line before them, and line numbers between their neighbours."""
    places: dict[int, list[_Edit]] = {}
    last = max(present.values(), key=lambda line: line["line_number"], default=None)
    end = last["id"] if last else 0
    for edit in added:
        after = edit.change.after
        places.setdefault(after if after in present or after == 0 else end, []).append(edit)
    if any(after and _gap(present[after], len(edits)) < 1 for after, edits in places.items()):
        _renumber(batch.pk)
        present.update(_lock_lines(batch.pk, [edit.change for edit in added]))
    for after, edits in places.items():
        before = present.get(after)
        if before is None:
            step, start = STEP, last["first"] - STEP * (len(edits) + 1) if last else 0
        else:
            step, start = _gap(before, len(edits)), before["line_number"]
        copied = before or first_values(batch, work_date)
        for count, edit in enumerate(edits, 1):
            edit.line = {**_EMPTY, **{name: copied[name] for name in _COPIED}, "unread": {}}
            edit.line["line_number"] = start + count * step


def _gap(before: Mapping[str, Any], count: int) -> int:
    """The distance between `count` new lines behind this one; below one where there is no room."""
    room = (before["following"] or LARGEST_LINE_NUMBER) - before["line_number"]
    return min(STEP, int(room) // (count + 1))


def _renumber(batch_id: int) -> None:
    """Make room between all lines; through numbers below all others, since each must be unique at any moment."""
    with connection.cursor() as cursor:
        cursor.execute(_RENUMBER, [-LARGEST_LINE_NUMBER, batch_id])
        cursor.execute(
            "UPDATE posting_itemjournalline SET line_number = (line_number + %s) * %s WHERE batch_id = %s",
            [LARGEST_LINE_NUMBER, STEP, batch_id],
        )


def first_values(batch: ItemJournalBatch, work_date: date) -> dict[str, Any]:
    """What the first line of a batch starts with; its number is shown, not taken."""
    number, series = "", batch.number_series
    if isinstance(series, NumberSeries):
        try:
            number = next_numbers(series, on=work_date, preview=True)[0]
        except NumberRefused:
            number = ""  # posting says why; until then a number may be typed
    transfers = batch.template.journal_type == ItemJournalTemplate.Type.TRANSFER
    kind = EntryType.TRANSFER if transfers else EntryType.PURCHASE
    return {"posting_date": work_date, "document_date": work_date, "document_number": number, "entry_type": kind.value}


def _known(edits: Sequence[_Edit]) -> Known:
    typed: dict[str, set[str]] = {}
    for edit in edits:
        for name, raw in edit.raws().items():
            if name in KEYS and raw:
                typed.setdefault(name, set()).add(raw.upper())
    return look_up(typed, (edit.line["item_id"] for edit in edits if edit.line is not None and edit.line["item_id"]))


def _read_cells(edit: _Edit, known: Known, *, transfers: bool, work_date: date, with_cost: bool) -> None:
    """Bring the typed cells into the line; what cannot be read stays as typed, with the reason."""
    line = edit.line
    assert line is not None
    was_sale = line["entry_type"] == EntryType.SALE
    for name, raw in edit.raws().items():
        if name not in FIELDS:
            edit.refusals.append(cell_refusal("unknown_field", name, raw, "There is no such column. Leave it out."))
            continue
        if not with_cost and name in hidden_fields(line["entry_type"]):
            edit.refusals.append(cell_refusal("permission_denied", name, raw, _NO_COST))
            continue
        column = KEYS.get(name, name)
        before, value = line[column], _EMPTY[column]
        line["unread"].pop(name, None)
        try:
            if raw:
                value = _read(name, raw, line, known, transfers=transfers, work_date=work_date)
        except Refusal as problem:
            edit.refusals.append(problem)
            line["unread"][name] = raw
        line[column] = value
        if name == "item" and value != before:
            _item_chosen(line, known)
        elif name == "posting_date" and value is not None:
            line["document_date"] = value
        elif name == "entry_type" and not with_cost and was_sale != (value == EntryType.SALE):
            _forget_amounts(line)
    if transfers:
        line["entry_type"] = line["entry_type"] or ("" if "entry_type" in line["unread"] else EntryType.TRANSFER.value)
        if "location" in edit.change.values and not line["new_location_id"] and "new_location" not in line["unread"]:
            line["new_location_id"] = line["location_id"]


def _forget_amounts(line: dict[str, Any]) -> None:
    """A price does not become a cost, nor a cost a price, by the hand of somebody who may not see costs."""
    for name in COSTS_UNLESS_SOLD:
        line[name] = _EMPTY[name]
        line["unread"].pop(name, None)


def _read(name: str, raw: str, line: Mapping[str, Any], known: Known, *, transfers: bool, work_date: date) -> Any:
    if name in KEYS:
        return read_key(name, raw, line["item_id"], known)
    return read_cell(name, raw, transfers=transfers, work_date=work_date)


def _item_chosen(line: dict[str, Any], known: Known) -> None:
    """An item brings its description and base unit; the variant was one of the item before."""
    number = known.numbers.get(line["item_id"])
    line["variant_id"] = line["unit_id"] = None
    if number is not None:
        line["description"], line["unit_id"] = known.items[number][1:]


def _delete(ids: Iterable[int]) -> None:
    if wanted := list(ids):
        ItemJournalLine.objects.filter(pk__in=wanted).delete()


def _update(edits: Sequence[_Edit], user: User) -> None:
    lines = [edit.line for edit in edits if edit.line is not None]
    if lines:
        with connection.cursor() as cursor:
            cursor.execute(_UPDATE, [user.pk, [line["id"] for line in lines], *_columns(lines)])


def _insert(batch_id: int, edits: Sequence[_Edit], user: User) -> None:
    lines = [edit.line for edit in edits if edit.line is not None]
    if lines:
        numbers = [line["line_number"] for line in lines]
        made = dict(rows_of(_INSERT, [batch_id, user.pk, numbers, *_columns(lines)]))
        for line in lines:
            line["id"] = made[line["line_number"]]


def _columns(lines: Sequence[Mapping[str, Any]]) -> list[list[Any]]:
    return [[json.dumps(line[name]) if name == "unread" else line[name] for line in lines] for name in _TYPES]


def _answers(batch_id: int, edits: Sequence[_Edit], *, with_cost: bool) -> list[SavedLine]:
    """Each change with its line as it is now: one statement."""
    ids = {edit.line["id"] if edit.line else edit.change.id for edit in edits} - {None}
    shown = {line.id: line for line in read_lines(batch_id, ids=[n for n in ids if n], with_cost=with_cost)}
    answers = []
    for edit in edits:
        number = edit.line["id"] if edit.line else edit.change.id
        deleted = edit.line is not None and edit.change.delete
        now = shown.get(number, SavedLine(row="", id=None if deleted else number))
        fields = {problem.field for problem in edit.refusals}
        for problem in edit.refusals:
            problem.line = number
        found = [problem.as_dict() for problem in edit.refusals] + [e for e in now.errors if e["field"] not in fields]
        answers.append(
            replace(
                now, row=edit.change.row, deleted=deleted, saved=edit.line is not None,
                errors=[{**problem, "row": edit.change.row} for problem in found],
            )
        )  # fmt: skip
    return answers


_DEFAULT_TEMPLATES = {"ITEM": ItemJournalTemplate.Type.ITEM, "RECLASS": ItemJournalTemplate.Type.TRANSFER}

_NO_COST = "You may not see or set costs. Leave it out, or ask an administrator for the permission to see costs."
_COPIED = ("posting_date", "document_date", "document_number", "entry_type")

_TYPES = {
    **dict.fromkeys(KEYS.values(), "bigint"), "entry_type": "text", **dict.fromkeys(DATES, "date"),
    **dict.fromkeys(NUMBERS, "numeric"), **dict.fromkeys(ENTRIES, "bigint"), **dict.fromkeys(CODES, "text"),
    **dict.fromkeys(TEXTS, "text"), "unread": "text",
}  # fmt: skip
_EMPTY = {name: "" if kind == "text" else None for name, kind in _TYPES.items()} | {"discount_amount": Decimal(0)}
_GIVEN = ", ".join(f"%s::{kind}[]" for kind in _TYPES.values())
_NAMES = ", ".join(_TYPES)
_NEW = ", ".join("n.unread::jsonb" if name == "unread" else f"n.{name}" for name in _TYPES)
_UPDATE = f"""
    UPDATE posting_itemjournalline l SET (version, changed_by_id, {_NAMES}) = ROW (l.version + 1, %s, {_NEW})
      FROM unnest(%s::bigint[], {_GIVEN}) AS n (id, {_NAMES}) WHERE l.id = n.id
"""
_INSERT = f"""
    INSERT INTO posting_itemjournalline (batch_id, version, changed_by_id, line_number, {_NAMES})
    SELECT %s, 1, %s, n.line_number, {_NEW} FROM unnest(%s::integer[], {_GIVEN}) AS n (line_number, {_NAMES})
    RETURNING line_number, id
"""
_LOCK = f"""
    SELECT l.id, l.version, l.line_number, {", ".join(f"l.{name}" for name in _TYPES)},
           (SELECT min(f.line_number) FROM posting_itemjournalline f
             WHERE f.batch_id = l.batch_id AND f.line_number > l.line_number) AS following,
           (SELECT min(f.line_number) FROM posting_itemjournalline f WHERE f.batch_id = l.batch_id) AS first
      FROM posting_itemjournalline l
     WHERE l.batch_id = %s AND (l.id = ANY(%s::bigint[]) OR l.line_number =
           (SELECT max(f.line_number) FROM posting_itemjournalline f WHERE f.batch_id = %s))
     ORDER BY l.line_number FOR UPDATE OF l
"""
_RENUMBER = """
    UPDATE posting_itemjournalline l SET line_number = n.place + %s
      FROM (SELECT id, row_number() OVER (ORDER BY line_number) AS place FROM posting_itemjournalline
             WHERE batch_id = %s) AS n
     WHERE l.id = n.id
"""
