"""What the book refuses."""

from work.errors import Refusal


class ItemBusy(Refusal):
    """Somebody else has been posting the same item for longer than we wait."""

    code = "item_busy"

    def __init__(self) -> None:
        super().__init__("Another posting holds one of these items. Nothing was written; try again in a moment.")


class UnadjustedEntries(Refusal):
    """Costs on or before the date are still to be carried on."""

    code = "unadjusted_entries"

    def __init__(self, *, date: str, item: str, items: str) -> None:
        super().__init__(
            f"Costs up to {date} are still to be adjusted for {items} items, {item} first. Adjust costs, then close.",
            field="ending_date", date=date, item=item, items=items,
        )  # fmt: skip


class UnadjustedOrder(Refusal):
    """An order that is done, whose cost did not go into what it made yet."""

    code = "unadjusted_orders"

    def __init__(self, *, order: str, type: str, item: str, date: str) -> None:
        super().__init__(
            f"The cost of {type} order {order}, which made {item} up to {date}, is still to be adjusted. "
            "Adjust costs, then close.",
            field="ending_date", order=order, type=type, item=item, date=date,
        )  # fmt: skip


class OpenOutboundEntry(Refusal):
    """An issue that no receipt covers: its cost is not known."""

    code = "open_outbound_entry"

    def __init__(self, *, entry: str, item: str, date: str) -> None:
        super().__init__(
            f"Entry {entry} of item {item} on {date} took more than was on hand. Post the receipt it waits for first.",
            field="ending_date", entry=entry, item=item, date=date,
        )  # fmt: skip


class PeriodRefused(Refusal):
    """A period that cannot be closed or reopened as asked."""

    code = "period_refused"


class DocumentNumberMissing(Refusal):
    """Sums of many entries cannot take the document number of one."""

    code = "value_missing"

    def __init__(self) -> None:
        super().__init__("Posting per group needs a document number. Enter one.", field="document_number")
