"""What stands around a list: its views as tabs, and the columns to choose from."""

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import Group
from django.utils.translation import gettext as _

from users.models import User
from web import saved_views
from web.list_state import Asked
from web.models import ListPreference, SavedView


@dataclass(frozen=True, slots=True)
class Tab:
    """A view above the list."""

    key: str
    name: str
    address: str
    current: bool
    shared: bool = False


@dataclass(frozen=True, slots=True)
class Arrangement:
    """How a user has arranged a list. Two statements, and one more for the roles of whoever may share."""

    preference: ListPreference
    views: list[SavedView]
    current: SavedView | None

    def default_address(self, asked: Asked) -> str:
        """Where the list opens when nothing in particular is asked for; blank for the list itself."""
        if not asked.query and self.preference.default_view in self.views:
            return saved_views.open_view(self.preference.default_view, asked).address
        if self.current is not None and set(asked.query) == {"view"} and self.current.state != {"filters": []}:
            address = saved_views.open_view(self.current, asked).address
            return address if address != f"?view={self.current.pk}" else ""
        return ""


def read_arrangement(asked: Asked, user: User) -> Arrangement:
    """Two statements."""
    views = list(saved_views.views_for(user, asked.listing.name))
    return Arrangement(
        saved_views.preference_of(user, asked.listing.name), views, saved_views.chosen_view(views, asked.query)
    )


def around(asked: Asked, arranged: Arrangement, user: User, shown: set[str]) -> dict[str, Any]:
    """What the page shows of it."""
    current, opened = arranged.current, {view.pk: saved_views.open_view(view, asked) for view in arranged.views}
    tabs = [Tab("", _("All"), "?view=", current is None)]
    tabs += [
        Tab(str(view.pk), view.name, opened[view.pk].address, view == current, view.audience != "me")
        for view in arranged.views
    ]
    may_share = user.has_perm(saved_views.SHARE)
    chosen = asked.query.get("columns", "").split(",") if asked.query.get("columns") else arranged.preference.columns
    order = {name: place for place, name in enumerate(chosen)}
    return {
        "tabs": tabs,
        "view": current,
        "view_gone": ", ".join(opened[current.pk].gone) if current else "",
        "view_changed": current is not None and saved_views.state_of(asked.query) != current.state,
        "view_mine": current is not None and saved_views.may_change(user, current),
        "is_default": current is not None and arranged.preference.default_view_id == current.pk,
        "has_default": arranged.preference.default_view_id is not None,
        "state": asked.address(view=None),
        "may_share": may_share,
        "roles": list(Group.objects.order_by("name").values_list("name", flat=True)) if may_share else [],
        "choices": [
            {"name": column.name, "label": column.label, "on": column.name in shown}
            for column in sorted(asked.columns, key=lambda column: order.get(column.name, len(order)))
        ],
        "groupings": [column for column in asked.columns if column.may_group],
    }
