"""Views of lists: who sees which, and how they are saved, changed and opened (U40)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import Group
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from users.models import User
from web.list_state import PAGING, PREFIX, STATE, Asked
from web.models import ListPreference, SavedView
from work.errors import Refusal

SHARE = "web.share_savedview"
MOST_VIEWS = 30


def views_for(user: User, listing: str) -> QuerySet[SavedView]:
    """One's own, those of one's roles, and everybody's."""
    mine = Q(owner=user) | Q(audience="everyone") | Q(audience="role", role__in=user.groups.all())
    return SavedView.objects.filter(mine, listing=listing).select_related("role").distinct().order_by("name", "pk")


def preference_of(user: User, listing: str) -> ListPreference:
    """How this user has arranged the list; nothing is stored until something is chosen."""
    found = ListPreference.objects.filter(user=user, listing=listing).select_related("default_view").first()
    return found or ListPreference(user=user, listing=listing)


def state_of(query: QueryDict) -> dict[str, Any]:
    """What a view keeps of an address."""
    apart = {*PAGING, *STATE, "view"}
    pairs = [[name, value] for name, values in query.lists() if name not in apart for value in values if value]
    state: dict[str, Any] = {"filters": sorted(pairs)}
    state.update({name: query[name] for name in STATE if query.get(name)})
    return state


@dataclass(frozen=True, slots=True)
class Opened:
    """A view as somebody may see it: its address, and the names in it that are gone or not theirs to see."""

    address: str
    gone: tuple[str, ...]


def open_view(view: SavedView, asked: Asked) -> Opened:
    """What is left of a view in this list; columns that are gone are left out and named."""
    state = view.state
    filters = [pair for pair in state.get("filters", []) if _is_filter(pair[0], asked)]
    gone = [name.removeprefix(PREFIX) for name, _value in state.get("filters", []) if not _is_filter(name, asked)]
    columns = [name for name in state.get("columns", "").split(",") if name]
    kept = [name for name in columns if asked.column(name)]
    gone += [name for name in columns if not asked.column(name)]
    params: list[tuple[str, str]] = [("view", str(view.pk)), *((name, value) for name, value in filters)]
    sort, by = state.get("sort", ""), asked.column(state.get("sort", "").removeprefix("-"))
    group = asked.column(state.get("group", ""))
    params += [("sort", sort)] if by is not None and by.may_sort else []
    params += [("columns", ",".join(kept))] if kept else []
    params += [("group", group.name)] if group is not None and group.may_group else []
    gone += [sort.removeprefix("-")] if sort and (by is None or not by.may_sort) else []
    gone += [state["group"]] if state.get("group") and (group is None or not group.may_group) else []
    return Opened(f"?{urlencode(params)}", tuple(dict.fromkeys(gone)))


def _is_filter(name: str, asked: Asked) -> bool:
    if name.startswith(PREFIX):
        column = asked.column(name.removeprefix(PREFIX))
        return column is not None and column.kind is not None
    return name in asked.listing.filters.base_filters


def chosen_view(views: Iterable[SavedView], query: QueryDict) -> SavedView | None:
    """The view the address names."""
    return next((view for view in views if str(view.pk) == query.get("view")), None)


def may_change(user: User, view: SavedView) -> bool:
    """One's own; what is shared also by whoever may share."""
    return view.owner_id == user.pk or (view.audience != SavedView.Audience.ME and user.has_perm(SHARE))


# ---------------------------------------------------------------- verbs


@transaction.atomic
def save_view(
    user: User, listing: str, name: str, state: dict[str, Any], *, audience: str = "me", role: str = ""
) -> SavedView:
    """A new view. Raises `Refusal` where the name is taken or the user may not share."""
    name = _name(name)
    group = _audience(user, audience, role)
    if SavedView.objects.filter(owner=user, listing=listing).count() >= MOST_VIEWS:
        words = _("You have %(most)s views of this list already. Delete one first.") % {"most": MOST_VIEWS}
        raise Refusal(words, code="too_many_views")
    _free(user.pk, listing, name)
    return SavedView.objects.create(
        listing=listing, name=name, owner=user, audience=audience, role=group, state=state
    )  # fmt: skip


def overwrite_view(user: User, view: SavedView, state: dict[str, Any]) -> None:
    """Let the view stand for what is shown now."""
    _may(user, view)
    view.state = state
    view.save(update_fields=["state", "changed_at"])


@transaction.atomic
def rename_view(user: User, view: SavedView, name: str) -> None:
    """Give the view another name."""
    _may(user, view)
    view.name = _name(name)
    _free(view.owner_id, view.listing, view.name, but=view.pk)
    view.save(update_fields=["name", "changed_at"])


def delete_view(user: User, view: SavedView) -> None:
    """Remove the view for everybody who sees it."""
    _may(user, view)
    view.delete()


def choose_default(user: User, listing: str, view: SavedView | None) -> None:
    """The view this list opens with; none for the plain list."""
    ListPreference.objects.update_or_create(user=user, listing=listing, defaults={"default_view": view})


def choose_columns(user: User, listing: str, columns: Sequence[str]) -> None:
    """The columns this user wants to see; none for those a list begins with."""
    ListPreference.objects.update_or_create(user=user, listing=listing, defaults={"columns": list(columns)})


def _name(typed: str) -> str:
    name = " ".join(typed.replace("\x00", " ").split())
    if not name or len(name) > 60:
        raise Refusal(_("Give the view a name of 1 to 60 characters."), code="name_not_allowed", field="name")
    return name


def _free(owner_id: int, listing: str, name: str, *, but: int | None = None) -> None:
    if SavedView.objects.filter(owner=owner_id, listing=listing, name__iexact=name).exclude(pk=but or 0).exists():
        words = _("There is a view %(name)s already. Overwrite it, or choose another name.") % {"name": name}
        raise Refusal(words, code="already_exists", field="name")


def _audience(user: User, audience: str, role: str) -> Group | None:
    if audience not in SavedView.Audience.values:
        raise Refusal(_("Choose for whom the view is."), code="not_understood", field="audience")
    if audience != "me" and not user.has_perm(SHARE):
        words = _("You may save views for yourself, not for others. Ask an administrator for a role that may share.")
        raise Refusal(words, code="permission_denied", field="audience")
    if audience != "role":
        return None
    group = Group.objects.filter(name=role).first()
    if group is None:
        raise Refusal(_("Choose the role the view is for."), code="not_found", field="role")
    return group


def _may(user: User, view: SavedView) -> None:
    if not may_change(user, view):
        words = _("View %(name)s is not yours. Save it under another name instead.") % {"name": view.name}
        raise Refusal(words, code="permission_denied")
