"""Whatever goes wrong becomes one kind of answer: `{"errors": [{code, message, facts, line, field}]}`.

400 not understood, 401, 403, 404, 409 somebody was faster, 422 refused, 429, 500 with a reference to the log.
"""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import structlog
from django.core.exceptions import ObjectDoesNotExist, PermissionDenied, RequestDataTooBig
from django.db import IntegrityError, OperationalError
from django.http import Http404
from psycopg import errors as postgres
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import set_rollback

from api.rules import broken_rule
from ledger.errors import ItemBusy
from work.errors import Refusal, Refused

CONFLICTS = frozenset({"line_changed", "key_reused", "item_busy", "setup_busy"})
# What was understood, and refused for what it means.
REFUSED = frozenset({"not_found", "already_exists", "read_only", "rule_broken"})
_WAITED = (postgres.LockNotAvailable, postgres.DeadlockDetected, postgres.SerializationFailure)
_log = structlog.get_logger("api")


def answer_error(problem: Exception, context: Mapping[str, Any]) -> Response:
    """The answer to a failed request; the transaction, if there is one, is rolled back."""
    set_rollback()
    known = _known(problem)
    if known is None:
        return _unexpected(problem, context)
    status, errors = known
    headers = {}
    if authenticate := getattr(problem, "auth_header", None):
        headers["WWW-Authenticate"] = authenticate
    if wait := getattr(problem, "wait", None):
        headers["Retry-After"] = str(int(wait))
    return Response({"errors": errors}, status, headers=headers)


def error(code: str, message: str, *, field: str | None = None, **facts: str) -> dict[str, Any]:
    """One entry of an answer's errors."""
    return {"code": code, "message": message, "facts": facts, "line": None, "field": field}


def _known(problem: Exception) -> tuple[int, list[dict[str, Any]]] | None:
    if isinstance(problem, Refused):
        return status_of(problem.refusals), [each.as_dict() for each in problem.refusals]
    if isinstance(problem, Refusal):
        missing = problem.code == "not_found" and problem.field is None
        return 404 if missing else status_of([problem]), [problem.as_dict()]
    if isinstance(problem, Http404 | ObjectDoesNotExist | exceptions.NotFound):
        return 404, [error("not_found", "There is nothing here. Check the address, or look it up in its list.")]
    if isinstance(problem, exceptions.ValidationError):
        found = list(_flat(problem.detail))
        codes = {each["code"] for each in found}
        return 403 if codes == {"permission_denied"} else 422 if codes <= REFUSED else 400, found
    if isinstance(problem, PermissionDenied):
        problem = exceptions.PermissionDenied()
    if isinstance(problem, exceptions.APIException):
        return problem.status_code, [_of_framework(problem)]
    return _of_database(problem)


def status_of(refusals: Sequence[Refusal]) -> int:
    """409 where only somebody else was faster, 403 where only a permission is missing, 404 where it is not there."""
    codes = {refusal.code for refusal in refusals}
    if codes == {"unknown_register"}:
        return 404
    if codes <= CONFLICTS:
        return 409
    return 403 if codes == {"permission_denied"} else 422


def _of_framework(problem: exceptions.APIException) -> dict[str, Any]:
    code = str(getattr(problem.detail, "code", problem.default_code))
    if isinstance(problem, exceptions.Throttled):
        return error("throttled", f"{problem.detail} Then ask again.", wait=str(getattr(problem, "wait", "")))
    return error(code, str(problem.detail))


def _of_database(problem: Exception) -> tuple[int, list[dict[str, Any]]] | None:
    cause = problem.__cause__
    if isinstance(problem, OperationalError) and isinstance(cause, _WAITED):
        return 409, [ItemBusy().as_dict()]
    if isinstance(problem, IntegrityError) and isinstance(cause, postgres.Error) and cause.diag.constraint_name:
        return 422, [broken_rule(cause.diag.constraint_name).as_dict()]
    if isinstance(problem, RequestDataTooBig):
        return 413, [error("request_too_large", "The request is too large. Send it in parts.")]
    return None


def _unexpected(problem: Exception, context: Mapping[str, Any]) -> Response:
    """Nothing of the engine room leaves the house: the log has it, under a reference."""
    reference, request = uuid.uuid4().hex[:12], context.get("request")
    _log.error(
        "request failed", reference=reference, path=getattr(request, "path", ""), method=getattr(request, "method", ""),
        exc_info=problem,
    )  # fmt: skip
    words = f"Something went wrong on our side; nothing was written. Tell your administrator the reference {reference}."
    return Response({"errors": [error("internal_error", words, reference=reference)]}, 500)


def _flat(detail: Any, path: tuple[str, ...] = ()) -> Iterator[dict[str, Any]]:
    """The framework's nested details as a list; `field` is the way to the value, such as changes.3.version."""
    if isinstance(detail, Mapping):
        for name, inner in detail.items():
            yield from _flat(inner, (*path, str(name)) if name != "non_field_errors" else path)
    elif isinstance(detail, list):
        for place, inner in enumerate(detail):
            deeper = isinstance(inner, Mapping | list)
            yield from _flat(inner, (*path, str(place)) if deeper else path)
    else:
        code = getattr(detail, "code", "invalid")
        yield error("not_understood" if code == "invalid" else code, str(detail), field=".".join(path) or None)
