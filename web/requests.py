"""What views are given, and the permission each of them states."""

from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec, cast

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse

from users.models import User

P = ParamSpec("P")


class UserRequest(HttpRequest):
    """A request of somebody who is signed in."""

    user: User
    htmx: Any


View = Callable[Concatenate[UserRequest, P], HttpResponse]


def needs(*permissions: str) -> Callable[[View[P]], Callable[..., HttpResponse]]:
    """Decorator of every view: sign in first, then all of these permissions or 403. None given: anybody signed in."""

    def decorate(view: View[P]) -> Callable[..., HttpResponse]:
        def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            mine = cast(UserRequest, request)
            if not mine.user.has_perms(permissions):
                raise PermissionDenied
            return view(mine, *args, **kwargs)

        checked.__name__, checked.__doc__ = view.__name__, view.__doc__
        checked.needs = permissions  # type: ignore[attr-defined]
        return login_required(checked)

    return decorate
