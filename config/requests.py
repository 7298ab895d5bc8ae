"""Every log line of a request says which request and whose; every answer names the request."""

import re
import time
import uuid
from collections.abc import Callable

import structlog
from django.http import HttpRequest, HttpResponse

QUIET = frozenset({"/healthz", "/metrics"})
_SANE = re.compile(r"[A-Za-z0-9._-]{1,64}")
log = structlog.get_logger("request")


class RequestLog:
    """Takes over an `X-Request-ID` from the proxy, or makes one; stands behind authentication."""

    def __init__(self, answer_to: Callable[[HttpRequest], HttpResponse]) -> None:
        self.answer_to = answer_to

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-ID", "")
        request_id = given if _SANE.fullmatch(given) else uuid.uuid4().hex
        begun = time.monotonic()
        with structlog.contextvars.bound_contextvars(request_id=request_id, user=request.user.get_username()):
            answer = self.answer_to(request)
            if request.path not in QUIET:
                log.info(
                    "answered", method=request.method, path=request.path, status=answer.status_code,
                    milliseconds=round(1000 * (time.monotonic() - begun), 1), user=request.user.get_username(),
                )  # fmt: skip
        answer["X-Request-ID"] = request_id
        return answer
