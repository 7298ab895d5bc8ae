"""Who may ask what: each endpoint names the permissions it needs, by method."""

from typing import Any

from rest_framework.permissions import BasePermission, IsAuthenticated
from rest_framework.request import Request

from work.errors import Refusal

COST = "costing.view_cost"


class PermissionMissing(Refusal):
    """The user is known, and may not."""

    code = "permission_denied"

    def __init__(self, names: list[str]) -> None:
        needed = ", ".join(names)
        super().__init__(f"You need the permission {needed}. Ask an administrator for it.", permission=needed)


def needs(*always: str, **by_method: str) -> list[type[BasePermission]]:
    """Permission classes: a user who is logged in and has all of `always`, and what the method asks besides."""

    class Needs(BasePermission):
        names = always
        methods = by_method

        @classmethod
        def of(cls, method: str) -> list[str]:
            more = by_method.get({"HEAD": "GET", "OPTIONS": "GET"}.get(method, method))
            return [*always, *([more] if more else [])]

        def has_permission(self, request: Request, view: Any) -> bool:
            missing = [name for name in self.of(request.method or "") if not request.user.has_perm(name)]
            if missing:
                raise PermissionMissing(missing)
            return True

    return [IsAuthenticated, Needs]


def sees_cost(request: Request) -> bool:
    """May costs be part of the answer."""
    return bool(request.user.has_perm(COST))
