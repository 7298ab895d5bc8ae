"""How often one may ask; a cache that is down lets everybody in rather than nobody."""

from typing import Any

import structlog
from redis.exceptions import RedisError
from rest_framework.request import Request
from rest_framework.throttling import AnonRateThrottle, UserRateThrottle

_log = structlog.get_logger("api")


class UserRate(UserRateThrottle):
    def allow_request(self, request: Request, view: Any) -> bool:
        return _allow(lambda: super(UserRate, self).allow_request(request, view))


class AnonymousRate(AnonRateThrottle):
    def allow_request(self, request: Request, view: Any) -> bool:
        return _allow(lambda: super(AnonymousRate, self).allow_request(request, view))


def _allow(ask: Any) -> bool:
    try:
        return bool(ask())
    except RedisError as problem:
        _log.warning("requests are not counted", reason=str(problem))
        return True
