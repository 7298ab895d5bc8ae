"""Values as people type them, read one cell at a time. Pure; what cannot be read is a `Refusal` that says why."""

import re
from decimal import Decimal
from typing import Any

from work.errors import Refusal

_TRUE = frozenset({"yes", "y", "true", "t", "x", "1", "ja", "on", "✓"})
_FALSE = frozenset({"no", "n", "false", "f", "0", "nein", "off", "-"})
_CONTROL = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")
_NUMBER = re.compile(
    r"(?P<before>[-+])? ?"
    r"(?:(?=[.,]?[0-9])(?P<whole>[0-9]+|[0-9]{1,3}(?:[ '][0-9]{3})+)?(?:[.,](?P<part>[0-9]*))?"
    r"|(?P<pointed>[0-9]{1,3}(?:\.[0-9]{3})+),(?P<part_1>[0-9]+)"
    r"|(?P<commaed>[0-9]{1,3}(?:,[0-9]{3})+)\.(?P<part_2>[0-9]+)) ?(?P<behind>-)?"
)


def refusal(code: str, name: str, raw: str, words: str, **facts: Any) -> Refusal:
    """A refusal of one cell: which field, what was typed (its beginning), and what to do."""
    shown = raw if len(raw) <= 60 else raw[:60] + "…"
    shown = _CONTROL.sub("�", shown)
    return Refusal(f"{words_of(name)} “{shown}”: {words}", code=code, field=name, value=shown, **facts)


def words_of(name: str) -> str:
    """A field's name as a sentence begins with it."""
    return name.replace("_", " ").capitalize()


def read_number(raw: str, *, name: str, places: int, digits: int = 20) -> Decimal:
    """1234.5, 1234,5, 1 234,5, 1'234.5, 1.234,5 and 1234- are numbers; what does not fit the column is refused."""
    text = re.sub("[\u00a0\u2009\u202f]", " ", raw).replace("\u2019", "'").replace("\u2212", "-")
    match = _NUMBER.fullmatch(text)
    if match is None or (match["before"] and match["behind"]):
        raise refusal("not_understood", name, raw, "Type a number such as 1234.5 or 1234,5.")
    whole = re.sub("[^0-9]", "", match["whole"] or match["pointed"] or match["commaed"] or "0").lstrip("0")
    part = match["part"] or match["part_1"] or match["part_2"] or ""
    if len(part.rstrip("0")) > places:
        words = f"It has more than {places} places behind the point. Round it."
        raise refusal("number_too_fine", name, raw, words, places=str(places))
    if len(whole) > digits - places:
        raise refusal("number_too_large", name, raw, f"It has more than {digits - places} digits. Correct it.")
    sign = "-" if "-" in (match["before"], match["behind"]) else ""
    return Decimal(f"{sign}{whole or 0}.{part.rstrip('0') or 0}")


def read_measure(raw: str, *, name: str, places: int = 5, digits: int = 20) -> Decimal:
    """A number that is not below zero."""
    value = read_number(raw, name=name, places=places, digits=digits)
    if value < 0:
        raise refusal("negative_not_allowed", name, raw, "It is below zero. Type zero or more.")
    return abs(value)


def read_flag(raw: str, *, name: str) -> bool:
    """Yes, true, x and 1; no, false and 0; in any case of letters."""
    text = raw.casefold()
    if text in _TRUE or text in _FALSE:
        return text in _TRUE
    raise refusal("not_understood", name, raw, "Type yes or no.")


def read_choice(raw: str, choices: "list[tuple[Any, Any]]", *, name: str) -> str:
    """One of the choices, by its value or its label, whatever the case of letters, blanks and hyphens."""
    typed = _bare(raw)
    for value, label in choices:
        if typed in (_bare(str(value)), _bare(str(label))):
            return str(value)
    labels = ", ".join(str(label) for _, label in choices)
    raise refusal("not_understood", name, raw, f"Choose one of: {labels}.", allowed=labels)


def read_text(raw: str, *, name: str, longest: int, code: bool = False) -> str:
    """Text as it stands; a code in capital letters. Line breaks and other control characters are refused."""
    text = raw.upper() if code else raw
    if _CONTROL.search(text):
        raise refusal("character_not_allowed", name, raw, "It has a line break or a control character. Remove it.")
    if len(text) > longest:
        words = f"It has {len(text)} characters, {longest} are possible. Shorten it."
        raise refusal("too_long", name, raw, words, longest=str(longest))
    return text


def cleaned_code(raw: str | None) -> str:
    """A number or code as it is kept: without blanks around it, in capital letters."""
    return (raw or "").strip().upper()


def _bare(text: str) -> str:
    return re.sub(r"[\s_.-]", "", text.casefold())
