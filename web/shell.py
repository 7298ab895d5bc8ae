"""The frame of every page: the company, and a menu of what the user may open."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from inventory.models import InventorySetup


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the menu; `sections` are the URL names under which it counts as the current one."""

    label: Any
    name: str
    icon: str
    permissions: tuple[str, ...]
    sections: tuple[str, ...] = ()

    @property
    def url(self) -> str:
        return reverse(self.name)


@dataclass(frozen=True, slots=True)
class Group:
    """Lines of the menu under a heading."""

    title: Any
    entries: tuple[Entry, ...]
    foot: bool = False


SEE_COST = "costing.view_cost"
MENU = (
    Group(
        "",
        (
            Entry(gettext_lazy("Home"), "home", "layout-dashboard", ()),
            Entry(
                gettext_lazy("Items"), "items", "package", ("inventory.view_item",),
                (
                    "item", "new-item", "item-history", "copy-item", "apply-item-template", "save-item-as-template",
                    "adjust-inventory", "delete-item",
                ),
            ),
            Entry(
                gettext_lazy("Item journals"), "journals", "notebook-pen", ("posting.use_item_journal",), ("journal",),
            ),
        ),
    ),
    Group(
        gettext_lazy("Ledgers"),
        (
            Entry(
                gettext_lazy("Item ledger entries"), "item-ledger-entries", "book-open-text",
                ("ledger.view_itemledgerentry",), ("item-ledger-entry",),
            ),
            Entry(
                gettext_lazy("Value entries"), "value-entries", "coins", ("ledger.view_valueentry", SEE_COST),
                ("value-entry",),
            ),
            Entry(
                gettext_lazy("Applications"), "item-application-entries", "arrow-left-right",
                ("ledger.view_itemapplicationentry",),
            ),
            Entry(
                gettext_lazy("Item registers"), "item-registers", "stamp", ("ledger.view_itemregister",),
                ("item-register",),
            ),
            Entry(gettext_lazy("Find entries"), "find-entries", "search", ("ledger.view_itemledgerentry",)),
        ),
    ),
    Group(
        gettext_lazy("Value"),
        (
            Entry(gettext_lazy("Costing"), "costing", "trending-down", (SEE_COST,)),
            Entry(gettext_lazy("G/L accounts"), "gl-accounts", "table-properties", ("ledger.view_glaccount", SEE_COST)),
            Entry(
                gettext_lazy("G/L entries"), "gl-entries", "receipt-text", ("ledger.view_glentry", SEE_COST),
                ("gl-entry",),
            ),
            Entry(gettext_lazy("G/L registers"), "gl-registers", "rows-3", ("ledger.view_glregister", SEE_COST)),
        ),
    ),
    Group(
        "",
        (
            Entry(gettext_lazy("Jobs"), "jobs", "clipboard-check", (), ("job",)),
            Entry(gettext_lazy("Setup"), "setup", "settings", ("inventory.view_inventorysetup",)),
        ),
        foot=True,
    ),
)  # fmt: skip


def shell(request: HttpRequest) -> dict[str, Any]:
    """Context processor: what the frame shows; costs one statement, and none where a page has no frame."""
    return {"shell": SimpleLazyObject(lambda: _shell(request))}


def _shell(request: HttpRequest) -> dict[str, Any]:
    name = request.resolver_match.url_name if request.resolver_match else ""
    setup = InventorySetup.objects.values_list("company_name", "currency_code").first()
    company, currency = setup or (_("Company"), "")
    return {"company": company, "currency": currency, "menu": list(_menu(request, name or ""))}


def _menu(request: HttpRequest, name: str) -> list[dict[str, Any]]:
    groups = []
    for group in MENU:
        entries = [
            {
                "name": entry.name,
                "label": entry.label,
                "url": entry.url,
                "icon": entry.icon,
                "current": name in (entry.name, *entry.sections),
            }
            for entry in group.entries
            if request.user.has_perms(entry.permissions)
        ]
        if entries:
            groups.append({"title": group.title, "entries": entries, "foot": group.foot})
    return groups
