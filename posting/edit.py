"""Change journal lines cell by cell: what is understood is saved, what is not stays as typed (journals.md §1, §2).

The one verb behind grid, API and import. It is set-based: the number of statements does not grow with the lines.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection, transaction

from inventory.errors import NumberRefused
from inventory.models import NumberSeries
from inventory.numbering import next_numbers
from inventory.numbers import plain
from ledger.choices import EntryType
from posting import errors
from posting.models import ItemJournalBatch, ItemJournalLine, ItemJournalTemplate
from users.models import User
from work.errors import Refusal

STEP = 10_000
LARGEST_LINE_NUMBER = 2**31 - 1
_KEYS = {
    "item": "item_id", "variant": "variant_id", "location": "location_id", "new_location": "new_location_id",
    "unit": "unit_id", "gen_business_posting_group": "gen_business_posting_group_id",
    "gen_product_posting_group": "gen_product_posting_group_id", "vendor": "vendor_id", "customer": "customer_id",
}  # fmt: skip
_NUMBERS = {"quantity": 5, "unit_amount": 5, "amount": 2, "discount_amount": 2, "unit_cost": 5}
_DATES = ("posting_date", "document_date", "expiration_date", "warranty_date")
_ENTRIES = ("applies_to_entry", "applies_from_entry")
_CODES = ("document_number", "reason_code", "serial_number", "lot_number", "package_number")
_TEXTS = ("description", "external_document_number")
# The item comes first: it brings defaults, which the cells after it may override.
FIELDS = ("item", *[name for name in _KEYS if name != "item"], "entry_type", *_DATES, *_NUMBERS, *_ENTRIES, *_CODES,
          *_TEXTS)  # fmt: skip


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
class SavedLine:
    """A line as it is now, all values as text, with what is wrong in its cells; `saved` says whether it changed."""

    row: str
    id: int | None
    version: int | None = None
    line_number: int | None = None
    values: dict[str, str] = field(default_factory=dict)
    default_unit_cost: str = ""
    unread: dict[str, str] = field(default_factory=dict)
    errors: list[dict[str, Any]] = field(default_factory=list)
    saved: bool = False
    deleted: bool = False


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
        typed.update((name, _clean(value)) for name, value in self.change.values.items())
        return {name: typed[name] for name in (*FIELDS, *sorted(set(typed) - set(FIELDS))) if name in typed}


@transaction.atomic
def edit_lines(batch_id: int, changes: Sequence[LineChange], *, user: User, work_date: date) -> list[SavedLine]:
    """Save every cell that can be understood and answer each change, in order.

    A line that is newer than its `version` is not touched: it is answered with the error `line_changed` and its
    present values. Raises `Refusal` when the batch does not exist. Locks: batch, lines.
    """
    batch = (
        ItemJournalBatch.objects.select_for_update(no_key=True, of=("self",))
        .select_related("template", "number_series")
        .filter(pk=batch_id)
        .first()
    )
    if batch is None:
        raise Refusal(f"Journal batch {batch_id} does not exist. Choose another.", code="not_found", id=str(batch_id))
    present = _lock_lines(batch_id, changes)
    transfers = batch.template.journal_type == ItemJournalTemplate.Type.TRANSFER
    edits = _matched(changes, present)
    changed = [edit for edit in edits if edit.line is not None and edit.change.id and not edit.change.delete]
    added = [edit for edit in edits if edit.change.id is None and not edit.change.delete]
    if added:
        _start_lines(added, batch, present, work_date)
    known = _look_up([*changed, *added])
    for edit in (*changed, *added):
        _read_cells(edit, known, transfers=transfers, work_date=work_date)
    _delete([edit.change.id for edit in edits if edit.line is not None and edit.change.delete and edit.change.id])
    _update(changed, user)
    _insert(batch_id, added, user)
    return _answers(batch_id, edits)


def read_lines(
    batch_id: int, *, ids: Sequence[int] | None = None, after: int = -LARGEST_LINE_NUMBER, limit: int | None = None
) -> list[SavedLine]:
    """The lines of a batch as the grid shows them, from the line number behind `after` on; one statement."""
    with connection.cursor() as cursor:
        cursor.execute(_READ, [batch_id, None if ids is None else list(ids), list(ids or ()), after, limit])
        names = [column.name for column in cursor.description or ()]
        return [_shown(dict(zip(names, row, strict=True))) for row in cursor.fetchall()]


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
        copied = before or _first_values(batch, work_date)
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


def _first_values(batch: ItemJournalBatch, work_date: date) -> dict[str, Any]:
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


@dataclass(frozen=True, slots=True)
class _Known:
    """What the typed codes stand for."""

    items: Mapping[str, tuple[int, str, int]]
    numbers: Mapping[int, str]
    variants: Mapping[tuple[int, str], int]
    units: Mapping[tuple[int | None, str], int]
    others: Mapping[str, Mapping[str, int]]


def _look_up(edits: Sequence[_Edit]) -> _Known:
    """One statement for each kind of key that occurs."""
    typed: dict[str, set[str]] = {}
    for edit in edits:
        for name, raw in edit.raws().items():
            if name in _KEYS and raw:
                typed.setdefault(name, set()).add(raw.upper())
    lines = [edit.line for edit in edits if edit.line is not None]
    items: dict[str, tuple[int, str, int]] = {}
    if _KEYS.keys() & {"item", "variant", "unit"} & typed.keys():
        ids = sorted({line["item_id"] for line in lines if line["item_id"]})
        items = {row[0]: row[1:] for row in _rows(_ITEMS, [sorted(typed.get("item", ())), ids])}
    ids = [row[0] for row in items.values()]
    variants = _rows(_VARIANTS, [ids, sorted(typed["variant"])]) if "variant" in typed else []
    codes = sorted(typed.get("unit", ()))
    units = _rows(_UNITS, [codes, ids, codes]) if codes else []
    places = sorted(typed.get("location", set()) | typed.get("new_location", set()))
    others = {"location": dict(_rows(_OTHERS.format(*_TABLES["location"]), [places]))} if places else {}
    others["new_location"] = others.get("location", {})
    for name, table in _TABLES.items():
        if name in typed and name != "location":
            others[name] = dict(_rows(_OTHERS.format(*table), [sorted(typed[name])]))
    return _Known(
        items=items,
        numbers={row[0]: number for number, row in items.items()},
        variants={(item, code): key for item, code, key in variants},
        units={(item, code): key for item, code, key in units},
        others=others,
    )


def _read_cells(edit: _Edit, known: _Known, *, transfers: bool, work_date: date) -> None:
    """Bring the typed cells into the line; what cannot be read stays as typed, with the reason."""
    line = edit.line
    assert line is not None
    for name, raw in edit.raws().items():
        if name not in FIELDS:
            edit.refusals.append(_refusal("unknown_field", name, raw, "There is no such column. Leave it out."))
            continue
        column = _KEYS.get(name, name)
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
    if transfers:
        line["entry_type"] = line["entry_type"] or ("" if "entry_type" in line["unread"] else EntryType.TRANSFER.value)
        if "location" in edit.change.values and not line["new_location_id"] and "new_location" not in line["unread"]:
            line["new_location_id"] = line["location_id"]


def _item_chosen(line: dict[str, Any], known: _Known) -> None:
    """An item brings its description and base unit; the variant was one of the item before."""
    number = known.numbers.get(line["item_id"])
    line["variant_id"] = line["unit_id"] = None
    if number is not None:
        line["description"], line["unit_id"] = known.items[number][1:]


def _read(name: str, raw: str, line: Mapping[str, Any], known: _Known, *, transfers: bool, work_date: date) -> Any:
    """The value of one cell. Raises `Refusal` with the code `not_understood`, `not_found` or one of its own."""
    if name in _KEYS:
        return _read_key(name, raw, line["item_id"], known)
    if name == "entry_type":
        return _read_entry_type(raw, transfers=transfers)
    if name in _DATES:
        return read_date(raw, name=name, work_date=work_date)
    if name in _NUMBERS:
        return read_number(raw, name=name, places=_NUMBERS[name])
    if name in _ENTRIES:
        if not re.fullmatch("[0-9]{1,18}", raw) or int(raw) == 0:
            raise _refusal("not_understood", name, raw, "Type the number of an item ledger entry.")
        return int(raw)
    text = raw.upper() if name in _CODES else raw
    longest = _longest(name)
    if len(text) > longest:
        words = f"It has {len(text)} characters, {longest} are possible. Shorten it."
        raise _refusal("too_long", name, raw, words, longest=str(longest))
    return text


def _longest(name: str) -> int:
    column: Any = ItemJournalLine._meta.get_field(name)
    return int(column.max_length)


def _read_key(name: str, raw: str, item_id: int | None, known: _Known) -> int:
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
        words = f"There is no such {_words(name)}. Choose one from the list, or create it first."
        if name == "variant":
            words = "The item has no such variant. Choose the item first, then one of its variants."
        raise _refusal("not_found", name, raw, words)
    return found


def _read_entry_type(raw: str, *, transfers: bool) -> str:
    allowed = (EntryType.TRANSFER,) if transfers else _ENTRY_TYPES
    for kind in allowed:
        if raw.casefold() in (kind.value, kind.label.casefold(), kind.label.casefold().rstrip(".")):
            return kind.value
    names = ", ".join(kind.label for kind in allowed)
    raise errors.EntryTypeNotAllowed(entry_type=raw, allowed=names)


def read_date(raw: str, *, name: str, work_date: date) -> date:
    """2026-01-31, 31.1.2026, 31.1.26, 31.1. in the year of the work date, or t for the work date."""
    if raw in ("t", "T"):
        return work_date
    iso = re.fullmatch(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})", raw)
    dotted = re.fullmatch(r"([0-9]{1,2})\.([0-9]{1,2})\.?([0-9]{4}|[0-9]{2})?", raw)
    year, month, day = iso.groups() if iso else dotted.groups()[::-1] if dotted else ("0", "0", "0")
    full = work_date.year if year is None else int(year) + (2000 if len(year) == 2 else 0)
    try:
        if 1900 <= full <= 2999:
            return date(full, int(month), int(day))
    except ValueError:
        pass
    raise _refusal("not_understood", name, raw, "Type a date such as 2026-01-31, 31.1.2026, or t for today.")


def read_number(raw: str, *, name: str, places: int) -> Decimal:
    """1234.5, 1234,5, 1 234,5, 1'234.5, 1.234,5 and 1234- are numbers; what does not fit the column is refused."""
    text = re.sub("[\u00a0\u2009\u202f]", " ", raw).replace("\u2019", "'").replace("\u2212", "-")
    match = _NUMBER.fullmatch(text)
    if match is None or (match["before"] and match["behind"]):
        raise _refusal("not_understood", name, raw, "Type a number such as 1234.5 or 1234,5.")
    whole = re.sub("[^0-9]", "", match["whole"] or match["pointed"] or match["commaed"] or "0").lstrip("0")
    part = match["part"] or match["part_1"] or match["part_2"] or ""
    if len(part.rstrip("0")) > places:
        words = f"It has more than {places} places behind the point. Round it."
        raise _refusal("number_too_fine", name, raw, words, places=str(places))
    if len(whole) > 20 - places:
        raise _refusal("number_too_large", name, raw, f"It has more than {20 - places} digits. Correct it.")
    sign = "-" if "-" in (match["before"], match["behind"]) else ""
    return Decimal(f"{sign}{whole or 0}.{part.rstrip('0') or 0}")


def _refusal(code: str, name: str, raw: str, words: str, **facts: Any) -> Refusal:
    shown = raw if len(raw) <= 60 else raw[:60] + "…"
    message = f"{_words(name).capitalize()} “{shown}”: {words}"
    return Refusal(message, code=code, field=name, value=shown, **facts)


def _clean(raw: str | None) -> str:
    """Without blanks around it, and without what the database cannot keep."""
    return (raw or "").replace("\x00", "").encode("utf-8", "replace").decode().strip()


def _words(name: str) -> str:
    return name.replace("_", " ")


def _rows(statement: str, parameters: list[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows


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
        made = dict(_rows(_INSERT, [batch_id, user.pk, numbers, *_columns(lines)]))
        for line in lines:
            line["id"] = made[line["line_number"]]


def _columns(lines: Sequence[Mapping[str, Any]]) -> list[list[Any]]:
    return [[json.dumps(line[name]) if name == "unread" else line[name] for line in lines] for name in _TYPES]


def _answers(batch_id: int, edits: Sequence[_Edit]) -> list[SavedLine]:
    """Each change with its line as it is now: one statement."""
    ids = {edit.line["id"] if edit.line else edit.change.id for edit in edits} - {None}
    shown = {line.id: line for line in read_lines(batch_id, ids=[number for number in ids if number])}
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


def _shown(row: dict[str, Any]) -> SavedLine:
    unread = json.loads(row["unread"])
    problems = [errors.LineNotUnderstood(line=row["id"], name=_words(name), value=raw) for name, raw in unread.items()]
    for problem, name in zip(problems, unread, strict=True):
        problem.field = name
    return SavedLine(
        row=str(row["id"]),
        id=row["id"],
        version=row["version"],
        line_number=row["line_number"],
        values={name: _text(row[name]) for name in FIELDS},
        default_unit_cost=_text(row["default_unit_cost"]),
        unread=unread,
        errors=[{**problem.as_dict(), "row": str(row["id"])} for problem in problems],
    )


def _text(value: Any) -> str:
    if value is None:
        return ""
    return plain(value) if isinstance(value, Decimal) else str(value)


_DEFAULT_TEMPLATES = {"ITEM": ItemJournalTemplate.Type.ITEM, "RECLASS": ItemJournalTemplate.Type.TRANSFER}
_ENTRY_TYPES = (EntryType.PURCHASE, EntryType.SALE, EntryType.POSITIVE_ADJUSTMENT, EntryType.NEGATIVE_ADJUSTMENT)
_COPIED = ("posting_date", "document_date", "document_number", "entry_type")
_NUMBER = re.compile(
    r"(?P<before>[-+])? ?"
    r"(?:(?=[.,]?[0-9])(?P<whole>[0-9]+|[0-9]{1,3}(?:[ '][0-9]{3})+)?(?:[.,](?P<part>[0-9]*))?"
    r"|(?P<pointed>[0-9]{1,3}(?:\.[0-9]{3})+),(?P<part_1>[0-9]+)"
    r"|(?P<commaed>[0-9]{1,3}(?:,[0-9]{3})+)\.(?P<part_2>[0-9]+)) ?(?P<behind>-)?"
)
_TYPES = {
    **dict.fromkeys(_KEYS.values(), "bigint"), "entry_type": "text", **dict.fromkeys(_DATES, "date"),
    **dict.fromkeys(_NUMBERS, "numeric"), **dict.fromkeys(_ENTRIES, "bigint"), **dict.fromkeys(_CODES, "text"),
    **dict.fromkeys(_TEXTS, "text"), "unread": "text",
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
_READ = """
    SELECT l.*, i.number AS item, v.code AS variant, p.code AS location, np.code AS new_location, u.code AS unit,
           gb.code AS gen_business_posting_group, gp.code AS gen_product_posting_group, vendor.number AS vendor,
           customer.number AS customer,
           CASE WHEN i.costing_method = 'standard' THEN i.standard_cost ELSE s.unit_cost END
           * iu.quantity_per_unit AS default_unit_cost
      FROM posting_itemjournalline l
      LEFT JOIN inventory_item i ON i.id = l.item_id
      LEFT JOIN ledger_itemstate s ON s.item_id = l.item_id
      LEFT JOIN inventory_variant v ON v.id = l.variant_id
      LEFT JOIN inventory_location p ON p.id = l.location_id
      LEFT JOIN inventory_location np ON np.id = l.new_location_id
      LEFT JOIN inventory_unitofmeasure u ON u.id = l.unit_id
      LEFT JOIN inventory_itemunitofmeasure iu ON iu.item_id = l.item_id
                                                AND iu.unit_id = COALESCE(l.unit_id, i.base_unit_id)
      LEFT JOIN inventory_genbusinesspostinggroup gb ON gb.id = l.gen_business_posting_group_id
      LEFT JOIN inventory_genproductpostinggroup gp ON gp.id = l.gen_product_posting_group_id
      LEFT JOIN inventory_vendor vendor ON vendor.id = l.vendor_id
      LEFT JOIN inventory_customer customer ON customer.id = l.customer_id
     WHERE l.batch_id = %s AND (%s::bigint[] IS NULL OR l.id = ANY(%s::bigint[])) AND l.line_number > %s
     ORDER BY l.line_number LIMIT %s
"""
