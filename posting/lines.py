"""One movement to post, wherever it came from, and what must be known about its item."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from inventory.choices import CostingMethod, ItemType, Tri
from ledger.choices import EntryType, OrderType
from work.statements import Question

OUTBOUND = frozenset(
    {EntryType.SALE, EntryType.NEGATIVE_ADJUSTMENT, EntryType.CONSUMPTION, EntryType.ASSEMBLY_CONSUMPTION}
)
JOURNAL_TYPES = (
    EntryType.PURCHASE,
    EntryType.SALE,
    EntryType.POSITIVE_ADJUSTMENT,
    EntryType.NEGATIVE_ADJUSTMENT,
    EntryType.TRANSFER,
)
NO_ORDER = ("", "", 0)


@dataclass(slots=True, kw_only=True)
class PostingLine:
    """A movement: quantities in base units, above zero in the direction of the entry type; company currency.

    `amount` is the line amount (cost of a purchase, revenue of a sale), `unit_cost` the cost of a base unit.
    `invoiced` is the part of `quantity` that is invoiced at once, all of it where nothing is said: what is not
    becomes an entry of its own with expected cost. `order_key` is (kind, number, line) of the order behind it, and
    `produces` the item that an assembly or production order makes. A sale names the line of the drop shipment that
    delivers it.
    """

    key: int
    item_id: int
    location_id: int
    posting_date: date
    document_date: date
    entry_type: str
    document_number: str
    quantity: Decimal
    unit_code: str
    quantity_per_unit: Decimal = Decimal(1)
    variant_id: int | None = None
    new_location_id: int | None = None
    amount: Decimal | None = None
    unit_amount: Decimal | None = None
    discount_amount: Decimal = Decimal(0)
    unit_cost: Decimal | None = None
    applies_to: int | None = None
    applies_from: int | None = None
    serial_number: str = ""
    lot_number: str = ""
    package_number: str = ""
    expiration_date: date | None = None
    warranty_date: date | None = None
    external_document_number: str = ""
    description: str = ""
    gen_business_posting_group_id: int | None = None
    gen_product_posting_group_id: int | None = None
    vendor_id: int | None = None
    customer_id: int | None = None
    dimension_set_id: int | None = None
    responsibility_center_id: int | None = None
    reason_code: str = ""
    correction: bool = False
    inventory_posting_group_id: int | None = None
    invoiced: Decimal | None = None
    order_key: tuple[str, str, int] = NO_ORDER
    produces: int | None = None
    drop_shipment: bool = False
    delivered_by: int | None = None
    undoes: bool = False
    document_type: str = ""
    document_line: int = 0
    also_from: tuple[int, ...] = ()  # issues whose returns in this very posting may be taken beside `applies_to`

    @property
    def signed_quantity(self) -> Decimal:
        """Base units as the item ledger has them: above zero comes in."""
        return -self.quantity if self.entry_type in OUTBOUND else self.quantity

    @property
    def is_transfer(self) -> bool:
        return self.entry_type == EntryType.TRANSFER

    @property
    def moves_to_or_from_transit(self) -> bool:
        """A leg of a transfer order, which may use locations for goods in transit."""
        return self.is_transfer and self.order_key[0] == OrderType.TRANSFER


@dataclass(slots=True, kw_only=True)
class InvoiceLine:
    """An invoice, or credit memo, of a part of what was received, shipped or returned without one.

    `quantity` is in base units and above zero, the rest where nothing is said; `amount` the line amount net of the
    discount (cost of a purchase, revenue of a sale), as received where nothing is said. The verb fills in the item
    and place of the entry.
    """

    key: int
    entry: int
    posting_date: date
    document_number: str
    quantity: Decimal | None = None
    amount: Decimal | None = None
    unit_amount: Decimal | None = None
    discount_amount: Decimal = Decimal(0)
    external_document_number: str = ""
    document_line: int = 0
    item_id: int = 0
    location_id: int = 0


@dataclass(slots=True, kw_only=True)
class ChargeLine:
    """Freight, duty and the like on an entry that is there: `amount` in company currency, below zero to take back.

    A charge of a sales document is revenue and no cost (costing-revaluation-item-charges-variance.md §3.2).
    """

    key: int
    entry: int
    posting_date: date
    document_number: str
    amount: Decimal
    charge: str
    of_sale: bool = False
    external_document_number: str = ""
    document_line: int = 0
    gen_product_posting_group_id: int | None = None
    item_id: int = 0
    location_id: int = 0


@dataclass(slots=True, kw_only=True)
class CapacityLine:
    """Work on an order: `quantity` in units of time, costs by unit of time (costing-clarifications.md C5)."""

    key: int
    item_id: int
    location_id: int
    posting_date: date
    document_number: str
    order_key: tuple[str, str, int]
    quantity: Decimal
    direct_unit_cost: Decimal | None = None
    unit_cost: Decimal | None = None
    indirect_cost_percent: Decimal = Decimal(0)
    overhead_rate: Decimal = Decimal(0)
    number: str = ""
    description: str = ""
    subcontracting: bool = False
    dimension_set_id: int | None = None


@dataclass(slots=True, kw_only=True)
class FinishLine:
    """A production order is done: what went into it becomes the cost of what came out."""

    key: int
    order_number: str
    item_ids: tuple[int, ...] = ()  # what it makes; the verb fills it in


@dataclass(slots=True, kw_only=True)
class UndoLine:
    """A receipt or shipment that was not invoiced is taken back, on its own day unless another is named."""

    key: int
    entry: int
    posting_date: date | None = None


Line = PostingLine | InvoiceLine | ChargeLine | CapacityLine | FinishLine


@dataclass(frozen=True, slots=True)
class ItemFacts:
    """What posting must know about an item."""

    id: int
    number: str
    type: str
    costing_method: str
    blocked: bool
    sales_blocked: bool
    purchasing_blocked: bool
    standard_cost: Decimal
    indirect_cost_percent: Decimal
    overhead_rate: Decimal
    inventory_value_zero: bool
    prevent_negative: str
    variant_mandatory: str
    has_variants: bool
    gen_product_posting_group_id: int | None
    inventory_posting_group_id: int | None
    serial_specific: bool
    lot_specific: bool
    serial_purchase_inbound: bool
    serial_sales_outbound: bool
    lot_purchase_inbound: bool
    lot_sales_outbound: bool
    has_units: bool

    @property
    def is_stock(self) -> bool:
        return self.type == ItemType.INVENTORY

    @property
    def is_average(self) -> bool:
        return self.costing_method == CostingMethod.AVERAGE

    @property
    def is_standard(self) -> bool:
        return self.costing_method == CostingMethod.STANDARD

    @property
    def by_serial(self) -> bool:
        """Issues take only the entry with their own serial number."""
        return self.serial_specific or self.costing_method == CostingMethod.SPECIFIC

    def may_go_negative(self, company_prevents: bool) -> bool:
        """Negative stock by the item's own setting, else the company's; never where a serial names the goods."""
        if self.by_serial or self.lot_specific:
            return False
        return self.prevent_negative == Tri.NO or (self.prevent_negative == Tri.DEFAULT and not company_prevents)


@dataclass(frozen=True, slots=True)
class LocationFacts:
    id: int
    code: str
    in_transit: bool


@dataclass(frozen=True, slots=True)
class VariantFacts:
    id: int
    item_id: int
    code: str
    blocked: bool
    sales_blocked: bool
    purchasing_blocked: bool


def items_question(ids: set[int]) -> Question[dict[int, ItemFacts]]:
    """Everything posting asks of these items."""
    return Question(_ITEMS, [sorted(ids)], lambda rows: {row[0]: ItemFacts(*row) for row in rows})


_ITEMS = """
    SELECT i.id, i.number, i.type, i.costing_method, i.blocked, i.sales_blocked, i.purchasing_blocked,
           i.standard_cost, i.indirect_cost_percent, i.overhead_rate, i.inventory_value_zero,
           i.prevent_negative_inventory, i.variant_mandatory_if_exists,
           EXISTS (SELECT FROM inventory_variant v WHERE v.item_id = i.id),
           i.gen_product_posting_group_id, i.inventory_posting_group_id,
           COALESCE(t.serial_specific, false), COALESCE(t.lot_specific, false),
           COALESCE(t.serial_purchase_inbound, false), COALESCE(t.serial_sales_outbound, false),
           COALESCE(t.lot_purchase_inbound, false), COALESCE(t.lot_sales_outbound, false),
           EXISTS (SELECT FROM inventory_stockkeepingunit k WHERE k.item_id = i.id)
      FROM inventory_item i LEFT JOIN inventory_itemtrackingcode t ON t.id = i.item_tracking_code_id
     WHERE i.id = ANY(%s::bigint[])
"""


def locations_question(ids: set[int]) -> Question[dict[int, LocationFacts]]:
    """These locations."""
    return Question(
        "SELECT id, code, in_transit FROM inventory_location WHERE id = ANY(%s::bigint[])",
        [sorted(ids)],
        lambda rows: {row[0]: LocationFacts(*row) for row in rows},
    )


def variants_question(ids: set[int]) -> Question[dict[int, VariantFacts]]:
    """These variants."""
    return Question(
        "SELECT id, item_id, code, blocked, sales_blocked, purchasing_blocked"
        " FROM inventory_variant WHERE id = ANY(%s::bigint[])",
        [sorted(ids)],
        lambda rows: {row[0]: VariantFacts(*row) for row in rows},
    )
