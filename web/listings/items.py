"""The list of items."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from inventory.choices import CostingMethod, ItemType
from inventory.models import Item
from inventory.queries import items
from ledger.filters import StockedItemFilter
from ledger.queries import with_stock
from users.models import User
from web.columns import Column
from web.listings.links import SEE_COST, to_item
from web.lists import Listing, drill, yes
from web.templatetags.erp import amount, quantity, unit_cost


def on_hand_url(row: Item) -> str:
    """The entries behind what is on hand."""
    return drill("item-ledger-entries", "on-hand", row.quantity_on_hand, item=row.number)  # type: ignore[attr-defined]


def value_url(row: Item) -> str:
    """The value entries behind what an item is worth."""
    return drill("value-entries", "inventory-value", row.inventory_value, item=row.number)  # type: ignore[attr-defined]


def state_of(row: Any) -> tuple[str, str]:
    """What is to be known of an item at a glance: words and the kind of mark; blank for most."""
    if row.blocked:
        return _("Blocked"), "bad"
    if row.quantity_on_hand < 0:
        return _("Below zero"), "bad"
    if row.sales_blocked or row.purchasing_blocked:
        return _("Partly blocked"), "warn"
    return "", ""


def _key(name: str, label: Any, code: str = "code") -> Column:
    """A code that the item refers to."""
    return Column(
        name=name, path=f"{name}__{code}", kind="code", label=label, css="m-hide", shown=False,
        show=lambda row: getattr(getattr(row, name), code, ""),
    )  # fmt: skip


def _words(name: str, label: Any, kind: Any = "text") -> Column:
    return Column(name=name, kind=kind, label=label, css="m-hide", shown=False, show=lambda row: getattr(row, name))


def _flag(name: str, label: Any) -> Column:
    return Column(
        name=name, kind="flag", label=label, css="m-hide", shown=False, show=lambda row: yes(getattr(row, name))
    )


def _measure(name: str, label: Any, write: Any = quantity, permission: str = "") -> Column:
    return Column(
        name=name, kind="number", label=label, css="num m-hide", shown=False, permission=permission,
        show=lambda row: write(getattr(row, name)),
    )  # fmt: skip


COLUMNS = (
    Column(name="number", kind="code", label=lazy("Number"), css="code", show=lambda row: row.number,
           link=lambda row: to_item(row.number)),
    Column(name="description", kind="text", label=lazy("Description"), css="desc", show=lambda row: row.description,
           link=lambda row: to_item(row.number)),
    Column(name="on_hand", path="quantity_on_hand", kind="number", label=lazy("On hand"), css="num",
           show=lambda row: quantity(row.quantity_on_hand), link=on_hand_url),
    Column(name="base_unit", path="base_unit__code", kind="code", label=lazy("Base unit"), css="unit",
           show=lambda row: row.base_unit.code),
    Column(name="unit_cost", kind="number", label=lazy("Unit cost"), css="num m-hide", permission=SEE_COST,
           show=lambda row: unit_cost(row.unit_cost), link=lambda row: f"{reverse('item', args=[row.number])}#costs"),
    Column(name="value", path="inventory_value", kind="number", label=lazy("Value"), css="num m-hide",
           total="inventory_value", permission=SEE_COST, show=lambda row: amount(row.inventory_value), link=value_url),
    Column(name="costing_method", kind="choice", choices=CostingMethod.choices, label=lazy("Costing method"),
           css="m-hide p2", show=lambda row: row.get_costing_method_display()),
    Column(name="state", label=lazy("State"), css="m-hide", show=lambda row: state_of(row)[0],
           badge=lambda row: state_of(row)[1]),
    Column(name="type", kind="choice", choices=ItemType.choices, label=lazy("Type"), css="m-hide", shown=False,
           show=lambda row: row.get_type_display()),
    _words("description_2", lazy("Description 2")),
    _words("gtin", lazy("GTIN"), "code"),
    _words("shelf_number", lazy("Shelf"), "code"),
    _key("vendor", lazy("Vendor"), "number"),
    _words("vendor_item_number", lazy("Vendor item number")),
    _measure("unit_price", lazy("Unit price"), unit_cost),
    _measure("standard_cost", lazy("Standard cost"), unit_cost, SEE_COST),
    _measure("last_direct_cost", lazy("Last direct cost"), unit_cost, SEE_COST),
    _measure("indirect_cost_percent", lazy("Indirect cost, percent"), permission=SEE_COST),
    _measure("overhead_rate", lazy("Overhead rate"), unit_cost, SEE_COST),
    _measure("net_weight", lazy("Net weight")),
    _measure("gross_weight", lazy("Gross weight")),
    _measure("unit_volume", lazy("Unit volume")),
    _key("sales_unit", lazy("Sales unit")),
    _key("purchase_unit", lazy("Purchase unit")),
    _key("inventory_posting_group", lazy("Inventory posting group")),
    _key("gen_product_posting_group", lazy("Gen. prod. posting group")),
    _key("item_tracking_code", lazy("Item tracking code")),
    _flag("blocked", lazy("Blocked")),
    _flag("sales_blocked", lazy("Blocked for sale")),
    _flag("purchasing_blocked", lazy("Blocked for purchase")),
    _words("block_reason", lazy("Reason of the block")),
)  # fmt: skip


def item_list(user: User) -> Listing:
    """All items with what is on hand and what it is worth."""
    return Listing(
        name="items",
        permissions=("inventory.view_item",),
        title=_("Items"),
        rows=with_stock(items(), with_cost=user.has_perm(SEE_COST)),
        filters=StockedItemFilter,
        columns=COLUMNS,
        key="number",
        empty=_("No items yet"),
        empty_hint=_("An item is something you trade: make the first one, or import a file of them."),
        template="items/list.html",
    )
