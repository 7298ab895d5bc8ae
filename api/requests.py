"""Requests as views get them: a known user, a body of a size that can be read, and no field that is not known."""

from typing import Any

from rest_framework import serializers
from rest_framework.exceptions import APIException, ParseError, ValidationError
from rest_framework.parsers import JSONParser
from rest_framework.request import Request

from users.models import User
from work.errors import Refusal

LARGEST_BODY = 16 * 1024 * 1024
LARGEST_ID = 2**63 - 1
LONGEST_KEY = 200


class UserRequest(Request):
    """A request of somebody who is logged in."""

    user: User


class RequestTooLarge(APIException):
    status_code = 413
    default_code = "request_too_large"
    default_detail = f"The request is larger than {LARGEST_BODY // 2**20} MB. Send it in parts."


class BoundedJSONParser(JSONParser):
    """JSON, but neither without end nor nested without end."""

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        request = (parser_context or {}).get("request")
        if request is not None and int(request.META.get("CONTENT_LENGTH") or 0) > LARGEST_BODY:
            raise RequestTooLarge
        try:
            return super().parse(stream, media_type, parser_context)
        except RecursionError:
            raise ParseError("The JSON is nested too deeply.") from None


class Input(serializers.Serializer[Any]):
    """The shape of a body. A field that is not known is refused by name: a typo must not be ignored."""

    def to_internal_value(self, data: Any) -> Any:
        refuse_unknown(data, self.fields)
        return super().to_internal_value(data)


class Text(serializers.CharField):
    """Text, given as text: numbers are not taken for it."""

    default_error_messages = {"invalid": "This is not text. Put it in quotation marks."}

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


def refuse_unknown(data: Any, fields: Any) -> None:
    """Raise for fields that are not known, and for those that only the system sets."""
    if not isinstance(data, dict):
        return
    problems: dict[str, Any] = {}
    for name in data:
        if name not in fields:
            words = f"There is no field {str(name)[:60]!r}. Leave it out, or correct its name."
            problems[str(name)[:60]] = serializers.ErrorDetail(words, "unknown_field")
        elif fields[name].read_only:
            problems[name] = serializers.ErrorDetail("This field cannot be set here. Leave it out.", "read_only")
    if problems:
        raise ValidationError(problems)


def read_body(shape: type[Input], request: Request) -> Any:
    """The body as the shape reads it. Raises `ValidationError` with all that was not understood."""
    asked = shape(data=request.data)
    asked.is_valid(raise_exception=True)
    return asked.validated_data


def idempotency_key(request: Request, **body: Any) -> tuple[str, dict[str, Any]] | None:
    """The header `Idempotency-Key` with what makes requests the same; None without the header."""
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return None
    if not key.strip() or len(key) > LONGEST_KEY or not key.isprintable() or not key.isascii():
        words = f"An idempotency key has 1 to {LONGEST_KEY} printable ASCII characters."
        raise ValidationError({"Idempotency-Key": serializers.ErrorDetail(words, "not_understood")})
    return key, body


def known_name(text: str, *, longest: int, code: str = "not_found") -> str:
    """A key out of an address, in capitals. Raises `Refusal` for what can be no key."""
    if not 0 < len(text) <= longest or not text.isprintable():
        raise Refusal("There is nothing of that name. Check the address.", code=code)
    return text.upper()
