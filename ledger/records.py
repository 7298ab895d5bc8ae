"""Plain values between the book and those who read or write it."""

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

ZERO = Decimal(0)


@dataclass(slots=True, eq=False)
class Entry:
    """An item ledger entry while lines are folded: stored (with its id) or new (the id comes when it is written)."""

    item_id: int
    location_id: int
    variant_key: int
    posting_date: date
    valuation_date: date
    quantity: Decimal
    remaining: Decimal
    order: int
    id: int = 0
    serial_number: str = ""
    lot_number: str = ""
    package_number: str = ""
    completely_invoiced: bool = True
    returnable: Decimal = ZERO
    cost: Decimal = ZERO
    stored: bool = True
    entry_type: str = ""
    invoiced: Decimal = ZERO  # base units, with the sign of the quantity
    last_invoice_date: date | None = None
    order_key: tuple[str, str, int] = ("", "", 0)
    revalued_on: date | None = None

    @property
    def value_date(self) -> date:
        """When its worth is as it is now: what an issue of it must not lie before (costing-application.md §5).

        A revaluation is valued on the day it is posted, and like every row not before its entry.
        """
        return max(self.valuation_date, self.revalued_on or self.valuation_date)


@dataclass(slots=True)
class NewItemEntry:
    """A row for the item ledger, and for its balance."""

    entry: Entry
    entry_type: str
    document_date: date
    document_number: str
    unit_code: str
    quantity_per_unit: Decimal
    variant_id: int | None = None
    document_type: str = ""
    document_line: int = 0
    external_document_number: str = ""
    description: str = ""
    applies_to_entry_id: int | None = None
    correction: bool = False
    drop_shipment: bool = False
    expiration_date: date | None = None
    warranty_date: date | None = None
    vendor_id: int | None = None
    customer_id: int | None = None
    responsibility_center_id: int | None = None
    dimension_set_id: int | None = None
    reason_code: str = ""
    applies_to: Entry | None = None  # an entry of the same page, whose number is not there yet


@dataclass(slots=True)
class NewCapacityEntry:
    """A row for the capacity ledger; `item_id` is what the order makes."""

    item_id: int
    location_id: int
    posting_date: date
    order_key: tuple[str, str, int]
    document_number: str
    quantity: Decimal
    number: str = ""
    description: str = ""
    subcontracting: bool = False
    correction: bool = False
    dimension_set_id: int | None = None
    id: int = 0


@dataclass(slots=True)
class NewApplication:
    """A link: the owner is the inbound or the outbound entry; the quantity has the owner's sign."""

    owner: Entry
    inbound: Entry
    outbound: Entry | None
    quantity: Decimal
    posting_date: date
    cost_application: bool
    fixed: bool = False
    transferred_from: Entry | None = None
    reverses_id: int | None = None  # the row that this one takes back


@dataclass(slots=True)
class NewValueEntry:
    """A row of worth for an entry, stored or new; amounts in company currency, quantities in base units.

    With `capacity` it is the worth of that work, and `entry` only says what is made and where.
    """

    entry: Entry
    item_ledger_entry_type: str
    entry_type: str
    posting_date: date
    valuation_date: date
    document_number: str
    valued_quantity: Decimal
    variance_type: str = ""
    document_type: str = ""
    document_line: int = 0
    external_document_number: str = ""
    item_ledger_entry_quantity: Decimal = ZERO
    invoiced_quantity: Decimal = ZERO
    cost_per_unit: Decimal = ZERO
    cost_amount_actual: Decimal = ZERO
    cost_amount_expected: Decimal = ZERO
    cost_amount_non_inventoriable: Decimal = ZERO
    sales_amount_actual: Decimal = ZERO
    sales_amount_expected: Decimal = ZERO
    purchase_amount_actual: Decimal = ZERO
    purchase_amount_expected: Decimal = ZERO
    discount_amount: Decimal = ZERO
    expected_cost: bool = False
    item_charge: str = ""
    partial_revaluation: bool = False
    drop_shipment: bool = False
    order_key: tuple[str, str, int] = ("", "", 0)
    capacity: NewCapacityEntry | None = None
    valued_by_average_cost: bool = False
    inventoriable: bool = True
    adjustment: bool = False
    sweep: bool = False
    applies_to_value_entry_id: int | None = None
    inventory_posting_group_id: int | None = None
    gen_business_posting_group_id: int | None = None
    gen_product_posting_group_id: int | None = None
    vendor_id: int | None = None
    customer_id: int | None = None
    responsibility_center_id: int | None = None
    dimension_set_id: int | None = None
    reason_code: str = ""
    cause: str = ""
    caused_by_value_entry_id: int | None = None
    caused_by_document: str = ""
    old_unit_cost: Decimal | None = None
    new_unit_cost: Decimal | None = None


@dataclass(slots=True)
class NewRegister:
    """The heading under which a posting is written; `written` once it is, when more pages follow under it."""

    source_code: str
    user_id: int | None
    journal_batch: str = ""
    description: str = ""
    reverses_id: int | None = None
    written: "Written | None" = None


@dataclass(slots=True)
class Page:
    """Everything one posting writes, in the order in which it was made."""

    register: NewRegister
    item_entries: list[NewItemEntry] = field(default_factory=list)
    applications: list[NewApplication] = field(default_factory=list)
    value_entries: list[NewValueEntry] = field(default_factory=list)
    capacity_entries: list[NewCapacityEntry] = field(default_factory=list)


@dataclass(slots=True)
class State:
    """What posting and adjusting know and change of an item; see `ItemState`."""

    item_id: int
    version: int
    quantity: Decimal
    invoiced_quantity: Decimal
    cost_amount_actual: Decimal
    cost_amount_expected: Decimal
    unit_cost: Decimal
    last_direct_cost: Decimal


@dataclass(frozen=True, slots=True)
class Written:
    """Which register a page became, and when it was known."""

    register_id: int
    known_at: datetime
    item_entries: int
    value_entries: int
