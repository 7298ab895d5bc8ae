"""Refusals: what is wrong, why, and what to do; a code for programs and facts for tests."""

from collections.abc import Sequence
from typing import Any


class Refusal(Exception):
    """One thing that was refused; `line` and `field` say where, if it stands on a line."""

    code: str = "refused"

    def __init__(
        self, message: str, *, code: str = "", line: int | None = None, field: str | None = None, **facts: str
    ) -> None:
        super().__init__(message)
        self.code = code or type(self).code
        self.message = message
        self.line = line
        self.field = field
        self.facts = facts

    def as_dict(self) -> dict[str, Any]:
        """As answers show it."""
        return {"code": self.code, "message": self.message, "facts": self.facts, "line": self.line, "field": self.field}


class Refused(Exception):
    """Everything that was refused at once; nothing was written."""

    def __init__(self, refusals: Sequence[Refusal]) -> None:
        self.refusals = list(refusals)
        super().__init__("; ".join(refusal.message for refusal in self.refusals[:5]))
