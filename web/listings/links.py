"""Where the values of lists lead."""

from django.urls import reverse

SEE_COST = "costing.view_cost"


def to_item(number: str) -> str:
    """The address of an item's card."""
    return reverse("item", args=[number])


def to_entry(entry_id: int | None) -> str:
    """The address of an item ledger entry, blank where there is none."""
    return reverse("item-ledger-entry", args=[entry_id]) if entry_id else ""


def to_value_entry(entry_id: int | None) -> str:
    """The address of a value entry, blank where there is none."""
    return reverse("value-entry", args=[entry_id]) if entry_id else ""
