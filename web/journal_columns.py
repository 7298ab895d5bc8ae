"""The columns of the journal grids, in their order on the screen.

`quick` columns are the stops of the Enter key; `also` are headings under which a spreadsheet may bring the column.
"""

from typing import Any

from django.utils.translation import gettext as _

from ledger.choices import EntryType

Column = dict[str, Any]


def columns_of(*, transfers: bool, sees_cost: bool) -> list[Column]:
    """The columns of a reclassification or an item journal; without the permission there are none that show cost."""
    columns = [*_item(), *(_transfer() if transfers else _item_journal(sees_cost=sees_cost)), *_document()]
    return [*columns, *_tracking(transfers=transfers)]


def entry_types(*, transfers: bool) -> list[dict[str, str]]:
    """What may be chosen as entry type; `sign` chooses an adjustment with one key."""
    if transfers:
        return [{"value": EntryType.TRANSFER.value, "label": str(EntryType.TRANSFER.label)}]
    signs = {EntryType.POSITIVE_ADJUSTMENT: "+", EntryType.NEGATIVE_ADJUSTMENT: "-"}
    kinds = (EntryType.PURCHASE, EntryType.SALE, *signs)
    return [{"value": kind.value, "label": str(kind.label), "sign": signs.get(kind, "")} for kind in kinds]


def _column(field: str, title: str, width: int, kind: str = "text", **more: Any) -> Column:
    return {"field": field, "title": title, "width": width, "kind": kind, **more}


def _item() -> list[Column]:
    item_headings = ["Item No.", "Item number", "SKU", "Article"]
    return [
        _column("item", _("Item"), 84, lookup="items", quick=True, must=True, also=item_headings),
        _column("description", _("Description"), 180, also=["Name", "Text"]),
    ]


def _quantity() -> list[Column]:
    return [
        _column("quantity", _("Quantity"), 92, "number", places=5, quick=True, must=True, also=["Qty", "Qty."]),
        _column("unit", _("Unit"), 56, lookup="units", also=["Unit of measure", "UoM", "Unit code"]),
    ]


def _item_journal(*, sees_cost: bool) -> list[Column]:
    """What is bought or adjusted at is a cost; without the permission only the price of a sale may be typed."""
    priced: Column = {"least": 2}
    if not sees_cost:
        priced["onlyFor"] = EntryType.SALE.value
    each: Column = {"places": 5, "quick": True, "also": ["Price", "Cost"], **priced}
    money: Column = {"places": 2, **priced}
    columns = [
        _column("entry_type", _("Entry type"), 120, "choice", quick=True, also=["Type"]),
        _column("location", _("Location"), 90, lookup="locations", quick=True, also=["Location code"]),
        *_quantity(),
        _column("unit_amount", _("Unit amount"), 108, "number", **each),
        _column("amount", _("Amount"), 100, "number", also=["Total"], **money),
        _column("discount_amount", _("Discount"), 88, "number", quiet=True, **money),
    ]
    if sees_cost:
        columns.append(_column("unit_cost", _("Unit cost"), 92, "number", places=5, least=2))
    return columns


def _transfer() -> list[Column]:
    places: Column = {"lookup": "locations", "quick": True}
    return [
        _column("location", _("From location"), 112, also=["Location", "Location code", "From"], **places),
        _column("new_location", _("To location"), 112, also=["New location", "New location code", "To"], **places),
        *_quantity(),
    ]


def _document() -> list[Column]:
    return [
        _column("posting_date", _("Posting date"), 108, "date", must=True, also=["Date"]),
        _column("document_number", _("Document no."), 112, must=True, also=["Document", "Document number"]),
        _column("external_document_number", _("External document no."), 160, also=["External document", "Reference"]),
        _column("document_date", _("Document date"), 112, "date"),
        _column("reason_code", _("Reason"), 88, also=["Reason code"]),
    ]


def _tracking(*, transfers: bool) -> list[Column]:
    columns = [
        _column("variant", _("Variant"), 84, lookup="variants", also=["Variant code"]),
        _column("serial_number", _("Serial no."), 112, also=["Serial number", "Serial"]),
        _column("lot_number", _("Lot no."), 100, also=["Lot number", "Lot"]),
        _column("package_number", _("Package no."), 104, also=["Package number", "Package"]),
        _column("expiration_date", _("Expiration date"), 116, "date", also=["Expiry", "Expires"]),
        _column("applies_to_entry", _("Applies-to entry"), 118, also=["Applies to"]),
    ]
    if transfers:
        return columns
    return [
        *columns,
        _column("applies_from_entry", _("Applies-from entry"), 130, also=["Applies from"]),
        _column("vendor", _("Vendor"), 92, lookup="vendors", also=["Vendor no."]),
        _column("customer", _("Customer"), 92, lookup="customers", also=["Customer no."]),
    ]
