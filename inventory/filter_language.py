"""What people type to narrow a list by one column, read into a condition. Pure: `today` is given.

A|B  either      A&B  both           <>A  all but A             ''     blank
A*   begins so   ?    one character  @a   in any case           'A|B'  exactly this
1..5 from to     ..5  up to          >5   above; <5 >=5 <=5 likewise
today, this month, last 30 days, 2026-01, 2026-01-31..today
"""

import operator
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import reduce
from typing import Any, Literal

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from inventory.cells import read_choice, read_flag, read_number
from inventory.filter_dates import Span, date_span
from work.errors import Refusal

Kind = Literal["code", "text", "number", "whole", "date", "moment", "choice", "flag"]
LONGEST, MOST_PARTS, MOST_WILDCARDS = 250, 50, 10
_SPECIAL = re.compile(r"[|&*?@'<>=]|\.\.|^\s|\s$")
_QUOTED = re.compile(r"'(?:[^']|'')*'")
_OPERATORS = ("<>", "<=", ">=", "<", ">", "=")


@dataclass(frozen=True, slots=True)
class Field:
    """The column that is narrowed: its kind, its path in a query, and its choices where it has some."""

    kind: Kind
    path: str
    choices: Sequence[tuple[Any, Any]] = ()


def read_filter(typed: str, field: Field, *, today: date) -> Q:
    """The condition that was typed. Raises `Refusal` (filter_not_understood), which says what, and how to write it."""
    if "\x00" in typed:
        raise _refused(typed, _("It holds a NUL, which no text has. Remove it."))
    if len(typed) > LONGEST:
        raise _refused(typed, _("It has more than %(most)s characters. Shorten it.") % {"most": LONGEST})
    parts = [_split(part, "&", typed) for part in _split(typed, "|", typed)]
    if sum(map(len, parts)) > MOST_PARTS:
        raise _refused(typed, _("It has more than %(most)s parts. Split it.") % {"most": MOST_PARTS})
    return reduce(
        operator.or_,
        (reduce(operator.and_, (_condition(atom, field, typed, today) for atom in both)) for both in parts),
    )


def literal(value: Any, kind: Kind) -> str:
    """The filter that finds exactly this value; text with marks of the language stands in quotes."""
    if value is None or value == "":
        return "''"
    if kind == "flag":
        return "yes" if value else "no"
    if isinstance(value, Decimal):
        return format(value.normalize(), "f") if value else "0"
    if isinstance(value, datetime):
        return timezone.localtime(value).date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    text = str(value)
    return "'" + text.replace("'", "''") + "'" if _SPECIAL.search(text) else text


def example(kind: Kind) -> str:
    """How a filter of this kind is written, for the hint beside its input."""
    return {
        "code": _("A100, A*, A|B, A..C, <>A, '' for blank"),
        "text": _("*wheel*, @*wheel* in any case, <>A, '' for blank"),
        "number": _("5, <0, >=10, 1..5, 1|2, <>0"),
        "whole": _("5, 1..5, >100, 1|2"),
        "date": _("2026-01-31, 2026-01, today, this month, last 30 days, 2026-01-01..today"),
        "moment": _("2026-01-31, 2026-01, today, this month, last 30 days, 2026-01-01..today"),
        "choice": _("one of the choices, A|B, <>A"),
        "flag": _("yes or no"),
    }[kind]


def _refused(typed: str, words: str) -> Refusal:
    shown = re.sub("[\x00-\x1f\x7f]", "�", typed if len(typed) <= 60 else f"{typed[:60]}…")
    return Refusal(f"“{shown}”: {words}", code="filter_not_understood", value=shown)


def _split(text: str, mark: str, typed: str) -> list[str]:
    """The parts between unquoted marks. A quote begins where a value begins, and is doubled inside one."""
    parts, part = [], ""
    for token in _tokens(text):
        if token == mark:
            parts.append(part)
            part = ""
        elif token == "'" and _begins_value(part):
            raise _refused(typed, _("A quote is opened and not closed. Close it with '."))
        else:
            part += token
    return [*parts, part]


def _tokens(text: str) -> Iterator[str]:
    """Whole quoted values, and single characters."""
    place, part = 0, ""
    while place < len(text):
        quoted = _QUOTED.match(text, place) if _begins_value(part) else None
        token = quoted[0] if quoted else text[place]
        part = "" if token in "|&" else part + token
        place += len(token)
        yield token


def _begins_value(before: str) -> bool:
    return not before.strip(" <>=@") or before.rstrip().endswith("..")


# ---------------------------------------------------------------- one condition


def _condition(atom: str, field: Field, typed: str, today: date) -> Q:
    atom = atom.strip()
    if not atom:
        raise _refused(typed, _("A value is missing. Write '' where blank is meant."))
    sign = next((each for each in _OPERATORS if atom.startswith(each)), "")
    rest = atom[len(sign) :].strip()
    read = _READERS[field.kind]
    if rest == "''" and sign in ("", "=", "<>"):
        return ~_blank(field) if sign == "<>" else _blank(field)
    ends = _range(rest) if field.kind not in ("choice", "flag") else None
    if ends is not None and sign in ("", "=", "<>"):
        found = read.between(field, *ends, typed, today)
        return ~found if sign == "<>" else found
    if not rest or ends is not None:
        raise _refused(typed, _("Write a value behind %(sign)s.") % {"sign": sign or ".."})
    if sign in ("", "="):
        return read.equal(field, rest, typed, today)
    if sign == "<>":
        return ~read.equal(field, rest, typed, today)
    if field.kind in ("choice", "flag"):
        raise _refused(typed, _("This column can only be equal to something, or not (<>)."))
    return read.compared(field, sign, rest, typed, today)


def _blank(field: Field) -> Q:
    if field.kind in ("code", "text", "choice"):
        return Q(**{field.path: ""}) | Q(**{f"{field.path}__isnull": True})
    return Q(**{f"{field.path}__isnull": True})


def _range(rest: str) -> tuple[str, str] | None:
    """What stands on both sides of `..`, outside of quotes."""
    before = ""
    for token in _tokens(rest):
        before += token
        if token == "." and before.endswith(".."):
            return before[:-2].strip(), rest[len(before) :].strip()
    return None


_COMPARE = {"<": "lt", "<=": "lte", ">": "gt", ">=": "gte"}
Equal = Callable[[Field, str, str, date], Q]
Compared = Callable[[Field, str, str, str, date], Q]


@dataclass(frozen=True, slots=True)
class _Reader:
    equal: Equal
    between: Compared
    compared: Compared


def _both(field: Field, low: Any, high: Any, typed: str) -> Q:
    """From and to, both included; an open end is None."""
    if low is None and high is None:
        raise _refused(typed, _("A range needs at least one end, such as 1.. or ..5."))
    found = Q()
    if low is not None:
        found &= Q(**{f"{field.path}__gte": low})
    if high is not None:
        found &= Q(**{f"{field.path}__lte": high})
    return found


# ---------------------------------------------------------------- text


def _text(raw: str, field: Field) -> str:
    inner = raw[1:-1].replace("''", "'") if len(raw) > 1 and raw[0] == raw[-1] == "'" else raw
    return inner.upper() if field.kind == "code" else inner


def _text_equal(field: Field, raw: str, typed: str, today: date) -> Q:
    anycase = raw.startswith("@")
    raw = raw[1:].strip() if anycase else raw
    if not raw:
        raise _refused(typed, _("Write a value behind @."))
    quoted = raw.startswith("'")
    text = _text(raw, field)
    if quoted or not re.search(r"[*?]", text):
        return Q(**{f"{field.path}__iexact" if anycase else field.path: text})
    return _like(field.path, text, "i" if anycase else "", typed)


def _like(path: str, pattern: str, case: str, typed: str) -> Q:
    """Patterns that begin or end so, or contain, use what indexes serve; others are a regular expression."""
    pattern = re.sub(r"\*+", "*", pattern)
    if pattern == "*":
        return Q(**{f"{path}__isnull": False})
    simple = pattern.strip("*")
    if not re.search(r"[*?]", simple):
        first, last = pattern[0] == "*", pattern[-1] == "*"
        how = "contains" if first and last else "endswith" if first else "startswith"
        return Q(**{f"{path}__{case}{how}": simple})
    if len(re.findall(r"[*?]", pattern)) > MOST_WILDCARDS:
        raise _refused(typed, _("It has more than %(most)s wildcards. Use fewer.") % {"most": MOST_WILDCARDS})
    expression = "".join({"*": ".*", "?": "."}.get(part, re.escape(part)) for part in re.split(r"([*?])", pattern))
    return Q(**{f"{path}__{case}regex": f"^{expression}$"})


def _text_between(field: Field, low: str, high: str, typed: str, today: date) -> Q:
    return _both(field, _text(low, field) if low else None, _text(high, field) if high else None, typed)


def _text_compared(field: Field, sign: str, raw: str, typed: str, today: date) -> Q:
    return Q(**{f"{field.path}__{_COMPARE[sign]}": _text(raw, field)})


# ---------------------------------------------------------------- numbers


def _number(raw: str, field: Field, typed: str) -> Decimal | int:
    whole = field.kind == "whole"
    try:
        value = read_number(raw, name="value", places=0 if whole else 5, digits=18 if whole else 20)
    except Refusal as problem:
        if problem.code == "not_understood":
            words = _("A number belongs here. Write 5, <0, 1..5 or 1|2.")
        else:
            words = _("No number of this column is that large or that fine. Write a shorter one.")
        raise _refused(typed, words) from None
    return int(value) if whole else value


def _number_equal(field: Field, raw: str, typed: str, today: date) -> Q:
    return Q(**{field.path: _number(raw, field, typed)})


def _number_between(field: Field, low: str, high: str, typed: str, today: date) -> Q:
    first = _number(low, field, typed) if low else None
    last = _number(high, field, typed) if high else None
    return _both(field, first, last, typed)


def _number_compared(field: Field, sign: str, raw: str, typed: str, today: date) -> Q:
    return Q(**{f"{field.path}__{_COMPARE[sign]}": _number(raw, field, typed)})


# ---------------------------------------------------------------- dates


def _span(raw: str, typed: str, today: date) -> Span:
    found = date_span(raw, today)
    if found is None:
        words = _("A date belongs here. Write 2026-01-31, 2026-01, today, this month, last 30 days, or a range with ..")
        raise _refused(typed, words)
    return found


def _date_equal(field: Field, raw: str, typed: str, today: date) -> Q:
    return _days(field, *_span(raw, typed, today))


def _date_between(field: Field, low: str, high: str, typed: str, today: date) -> Q:
    if not low and not high:
        raise _refused(typed, _("A range needs at least one end, such as 2026-01-01.. or ..today"))
    first = _span(low, typed, today)[0] if low else None
    last = _span(high, typed, today)[1] if high else None
    return _days(field, first, last)


def _date_compared(field: Field, sign: str, raw: str, typed: str, today: date) -> Q:
    first, last = _span(raw, typed, today)
    if sign in ("<", ">="):
        before = Q(**{f"{field.path}__lt": _start(field, first)})
        return before if sign == "<" else Q(**{f"{field.path}__gte": _start(field, first)})
    until = _days(field, None, last)
    return until if sign == "<=" else ~until & Q(**{f"{field.path}__isnull": False})


def _days(field: Field, first: date | None, last: date | None) -> Q:
    """From the first day to the end of the last."""
    found = Q()
    if first is not None:
        found &= Q(**{f"{field.path}__gte": _start(field, first)})
    if last is not None and field.kind == "date":
        found &= Q(**{f"{field.path}__lte": last})
    elif last is not None and last < date.max - timedelta(2):
        found &= Q(**{f"{field.path}__lt": _start(field, last + timedelta(1))})
    return found


def _start(field: Field, day: date) -> date | datetime:
    """A day as the column has it: a moment is compared with the first one of the day, where we are."""
    if field.kind == "date":
        return day
    return timezone.make_aware(datetime.combine(max(day, date(1, 1, 3)), time.min))


# ---------------------------------------------------------------- choices


def _choice_equal(field: Field, raw: str, typed: str, today: date) -> Q:
    try:
        return Q(**{field.path: read_choice(_text(raw, field), list(field.choices), name="value")})
    except Refusal:
        labels = ", ".join(str(label) for _value, label in field.choices if label)
        raise _refused(typed, _("Choose one of: %(labels)s.") % {"labels": labels}) from None


def _flag_equal(field: Field, raw: str, typed: str, today: date) -> Q:
    text = {_("Yes").casefold(): "yes", _("No").casefold(): "no"}.get(raw.casefold(), raw)
    try:
        return Q(**{field.path: read_flag(text, name="value")})
    except Refusal:
        raise _refused(typed, _("Write yes or no.")) from None


def _no_order(field: Field, sign: str, raw: str, typed: str, today: date) -> Q:
    raise AssertionError("choices and flags are only compared for equality")


_TEXT = _Reader(_text_equal, _text_between, _text_compared)
_NUMBER = _Reader(_number_equal, _number_between, _number_compared)
_DATE = _Reader(_date_equal, _date_between, _date_compared)
_READERS: dict[str, _Reader] = {
    "code": _TEXT,
    "text": _TEXT,
    "number": _NUMBER,
    "whole": _NUMBER,
    "date": _DATE,
    "moment": _DATE,
    "choice": _Reader(_choice_equal, _no_order, _no_order),
    "flag": _Reader(_flag_equal, _no_order, _no_order),
}
