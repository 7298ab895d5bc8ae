"""The lists of item ledger entries and value entries."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from ledger import filters, queries
from ledger.choices import DocumentType, EntryType, ValueEntryType
from ledger.models import ItemLedgerEntry, ValueEntry
from users.models import User
from web.columns import Column
from web.listings.links import SEE_COST, to_entry, to_item, to_value_entry
from web.lists import Listing, drill, yes
from web.templatetags.erp import amount, day, quantity, unit_cost

NOTHING_YET = lazy("Nothing has been posted yet")


def _partner(row: ItemLedgerEntry | ValueEntry) -> str:
    partner = row.vendor or row.customer
    return partner.name if partner else ""


def _cost_link(row: Any) -> str:
    total = row.cost_amount_actual + row.cost_amount_expected
    return drill("value-entries", "cost", total, item_ledger_entry=row.pk)


def some(value: Any, write: Any = quantity) -> str:
    """A figure, and nothing where it is zero."""
    return write(value) if value else ""


ENTRY_COLUMNS = (
    Column(name="entry", path="pk", kind="whole", label=lazy("Entry"), css="code m-hide",
           show=lambda row: row.pk, link=lambda row: to_entry(row.pk)),
    Column(name="posting_date", kind="date", label=lazy("Posted"), show=lambda row: day(row.posting_date)),
    Column(name="entry_type", kind="choice", choices=EntryType.choices, label=lazy("Type"),
           show=lambda row: row.get_entry_type_display()),
    Column(name="document_type", kind="choice", choices=DocumentType.choices, label=lazy("Document type"),
           css="m-hide", show=lambda row: row.get_document_type_display(), shown=False),
    Column(name="document_number", kind="code", label=lazy("Document"), css="m-hide",
           show=lambda row: row.document_number),
    Column(name="external_document_number", kind="text", label=lazy("External document"), css="m-hide",
           show=lambda row: row.external_document_number, shown=False),
    Column(name="item", path="item__number", kind="code", label=lazy("Item"), css="code",
           show=lambda row: row.item.number, link=lambda row: to_item(row.item.number)),
    Column(name="variant", path="variant__code", kind="code", label=lazy("Variant"), css="m-hide",
           show=lambda row: row.variant.code if row.variant else "", shown=False),
    Column(name="description", path="item__description", kind="text", label=lazy("Description"), css="desc m-hide p2",
           show=lambda row: row.item.description),
    Column(name="location", path="location__code", kind="code", label=lazy("Location"), css="m-hide",
           show=lambda row: row.location.code),
    Column(name="partner", label=lazy("Partner"), css="m-hide p3", show=_partner),
    Column(name="vendor", path="vendor__number", kind="code", label=lazy("Vendor"), css="m-hide",
           show=lambda row: row.vendor.number if row.vendor else "", shown=False),
    Column(name="customer", path="customer__number", kind="code", label=lazy("Customer"), css="m-hide",
           show=lambda row: row.customer.number if row.customer else "", shown=False),
    Column(name="serial_number", kind="text", label=lazy("Serial number"), css="m-hide p3",
           show=lambda row: row.serial_number),
    Column(name="lot_number", kind="text", label=lazy("Lot number"), css="m-hide",
           show=lambda row: row.lot_number, shown=False),
    Column(name="package_number", kind="text", label=lazy("Package number"), css="m-hide",
           show=lambda row: row.package_number, shown=False),
    Column(name="expiration_date", kind="date", label=lazy("Expires"), css="m-hide",
           show=lambda row: day(row.expiration_date), shown=False),
    Column(name="quantity", kind="number", label=lazy("Quantity"), css="num", total="quantity", figure=("on-hand",),
           show=lambda row: quantity(row.quantity), link=lambda row: to_entry(row.pk)),
    Column(name="remaining_quantity", kind="number", label=lazy("Remaining"), css="num m-hide",
           total="remaining_quantity", figure=("remaining",), show=lambda row: some(row.remaining_quantity),
           link=lambda row: to_entry(row.pk) if row.remaining_quantity else ""),
    Column(name="invoiced_quantity", kind="number", label=lazy("Invoiced"), css="num m-hide",
           total="invoiced_quantity", show=lambda row: some(row.invoiced_quantity), shown=False),
    Column(name="cost", path="cost_amount_actual", kind="number", label=lazy("Cost"), css="num",
           total="cost_amount_actual", figure=("cost", "inventory-value"), permission=SEE_COST, sorts=False,
           show=lambda row: amount(row.cost_amount_actual), link=_cost_link),
    Column(name="sales_amount", path="sales_amount_actual", kind="number", label=lazy("Sales amount"),
           css="num m-hide p2", total="sales_amount_actual", sorts=False,
           show=lambda row: some(row.sales_amount_actual, amount)),
    Column(name="order_number", kind="code", label=lazy("Order"), css="m-hide",
           show=lambda row: row.order_number, shown=False),
    Column(name="reason_code", kind="code", label=lazy("Reason"), css="m-hide",
           show=lambda row: row.reason_code, shown=False),
    Column(name="correction", kind="flag", label=lazy("Correction"), css="m-hide p3",
           show=lambda row: yes(row.correction)),
)  # fmt: skip


def item_ledger_entries(user: User) -> Listing:
    """What moved."""
    return Listing(
        name="item-ledger-entries",
        permissions=("ledger.view_itemledgerentry",),
        title=_("Item ledger entries"),
        rows=queries.item_ledger_entries(with_cost=user.has_perm(SEE_COST)),
        filters=filters.ItemLedgerEntryFilter,
        columns=ENTRY_COLUMNS,
        empty=NOTHING_YET,
        empty_hint=_("Post an item journal, and its movements stand here."),
    )


def _in_gl(row: ValueEntry) -> str:
    if not row.inventoriable or not (row.cost_amount_actual or row.cost_amount_expected):
        return ""
    posted = row.cost_posted_to_gl == row.cost_amount_actual  # type: ignore[attr-defined]
    return _("in G/L") if posted else _("waits")


VALUE_COLUMNS = (
    Column(name="entry", path="pk", kind="whole", label=lazy("Entry"), css="code m-hide",
           show=lambda row: row.pk, link=lambda row: to_value_entry(row.pk)),
    Column(name="posting_date", kind="date", label=lazy("Posted"), show=lambda row: day(row.posting_date)),
    Column(name="valued_on", kind="date", label=lazy("Valued"), css="m-hide p2", sorts=False,
           show=lambda row: day(row.valued_on)),
    Column(name="item_ledger_entry_type", kind="choice", choices=EntryType.choices, label=lazy("Movement"),
           css="m-hide", show=lambda row: row.get_item_ledger_entry_type_display()),
    Column(name="entry_type", kind="choice", choices=ValueEntryType.choices, label=lazy("Kind"),
           show=lambda row: row.get_entry_type_display()),
    Column(name="document_type", kind="choice", choices=DocumentType.choices, label=lazy("Document type"),
           css="m-hide", show=lambda row: row.get_document_type_display(), shown=False),
    Column(name="document_number", kind="code", label=lazy("Document"), css="m-hide",
           show=lambda row: row.document_number),
    Column(name="item", path="item__number", kind="code", label=lazy("Item"), css="code",
           show=lambda row: row.item.number, link=lambda row: to_item(row.item.number)),
    Column(name="location", path="location__code", kind="code", label=lazy("Location"), css="m-hide",
           show=lambda row: row.location.code),
    Column(name="item_ledger_entry", path="item_ledger_entry_id", kind="whole", label=lazy("Item entry"),
           css="code m-hide", show=lambda row: row.item_ledger_entry_id,
           link=lambda row: to_entry(row.item_ledger_entry_id)),
    Column(name="quantity", path="item_ledger_entry_quantity", kind="number", label=lazy("Quantity"),
           css="num m-hide", total="item_ledger_entry_quantity",
           show=lambda row: some(row.item_ledger_entry_quantity)),
    Column(name="unit_cost", path="cost_per_unit", kind="number", label=lazy("Unit cost"), css="num m-hide p2",
           show=lambda row: unit_cost(row.cost_per_unit)),
    Column(name="cost", path="cost_amount_actual", kind="number", label=lazy("Cost"), css="num",
           total="cost_amount_actual", figure=("cost", "inventory-value"),
           show=lambda row: amount(row.cost_amount_actual), link=lambda row: to_value_entry(row.pk)),
    Column(name="expected_cost", path="cost_amount_expected", kind="number", label=lazy("Expected cost"),
           css="num m-hide", total="cost_amount_expected", show=lambda row: some(row.cost_amount_expected, amount),
           shown=False),
    Column(name="sales_amount", path="sales_amount_actual", kind="number", label=lazy("Sales amount"),
           css="num m-hide p3", total="sales_amount_actual", show=lambda row: some(row.sales_amount_actual, amount)),
    Column(name="adjustment", kind="flag", label=lazy("Adjustment"), css="m-hide p3",
           show=lambda row: yes(row.adjustment)),
    Column(name="in_gl", label=lazy("General ledger"), css="m-hide p2", show=_in_gl),
)  # fmt: skip


def value_entries(user: User) -> Listing:
    """What it is worth, and what changed that."""
    return Listing(
        name="value-entries",
        permissions=("ledger.view_valueentry", SEE_COST),
        title=_("Value entries"),
        rows=queries.value_entries(),
        filters=filters.ValueEntryFilter,
        columns=VALUE_COLUMNS,
        empty=NOTHING_YET,
        empty_hint=_("Every movement brings one, every change of its cost another."),
    )
