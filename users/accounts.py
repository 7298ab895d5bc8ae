"""Make users with roles."""

from collections.abc import Sequence

from django.contrib.auth.models import Group

from users.models import User
from users.roles import ADMINISTRATOR, BACK_OFFICE


def make_user(username: str, *, roles: Sequence[str] = (), password: str | None = None, name: str = "") -> User:
    """A user with these roles, some of which may enter the back office. Raises `ValueError` where a role is unknown."""
    groups = list(Group.objects.filter(name__in=roles))
    missing = set(roles) - {group.name for group in groups}
    if missing:
        raise ValueError(f"Unknown roles: {', '.join(sorted(missing))}. Run manage.py sync_roles first.")
    first, _, last = name.partition(" ")
    user = User(username=username, first_name=first, last_name=last)
    user.is_superuser = ADMINISTRATOR in roles
    user.is_staff = bool(BACK_OFFICE & set(roles))
    user.set_password(password)
    user.save()
    user.groups.set(groups)
    return user
