"""Items, their variants, and the templates they are made from."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Upper

from inventory.choices import CostingMethod, ItemType, Tri
from inventory.fields import QuantityField, UnitCostField
from users.history import recorded

SHARES = ("material", "capacity", "subcontracted", "capacity_overhead", "manufacturing_overhead")
SINGLE_LEVEL = tuple(f"single_level_{share}_cost" for share in SHARES)
ROLLED_UP = tuple(f"rolled_up_{share}_cost" for share in SHARES)
SHARE_FIELDS = (*SINGLE_LEVEL, *ROLLED_UP)


def _key(to: str) -> "models.ForeignKey[models.Model | None, models.Model | None]":
    return models.ForeignKey(f"inventory.{to}", models.PROTECT, null=True, blank=True, related_name="+")


def _share() -> UnitCostField:
    return UnitCostField(default=0, db_default=0, editable=False)


@recorded
class Item(models.Model):
    """Something we trade (items.md §1.1). Quantity on hand and unit cost are the ledger's to say.

    The cost shares add up to the standard cost, or are all 0: then all of it is material.
    """

    number = models.CharField(max_length=20, unique=True)
    description = models.CharField(max_length=100)
    description_2 = models.CharField(max_length=50, blank=True)
    search_description = models.CharField(max_length=100, blank=True, db_index=True)
    type = models.CharField(max_length=20, choices=ItemType, default=ItemType.INVENTORY)
    base_unit = models.ForeignKey("inventory.UnitOfMeasure", models.PROTECT, related_name="+")
    sales_unit = _key("UnitOfMeasure")
    purchase_unit = _key("UnitOfMeasure")
    blocked = models.BooleanField(default=False)
    sales_blocked = models.BooleanField(default=False)
    purchasing_blocked = models.BooleanField(default=False)
    block_reason = models.CharField(max_length=250, blank=True)
    gtin = models.CharField("GTIN", max_length=14, blank=True)
    shelf_number = models.CharField(max_length=10, blank=True)
    net_weight = QuantityField(default=0)
    gross_weight = QuantityField(default=0)
    unit_volume = QuantityField(default=0)
    costing_method = models.CharField(max_length=10, choices=CostingMethod, default=CostingMethod.FIFO)
    standard_cost = UnitCostField(default=0)
    indirect_cost_percent = models.DecimalField(max_digits=10, decimal_places=5, default=0)
    overhead_rate = UnitCostField(default=0)
    inventory_value_zero = models.BooleanField(default=False)
    unit_price = UnitCostField(default=0)
    gen_product_posting_group = _key("GenProductPostingGroup")
    inventory_posting_group = _key("InventoryPostingGroup")
    item_tracking_code = _key("ItemTrackingCode")
    serial_number_series = _key("NumberSeries")
    prevent_negative_inventory = models.CharField(max_length=10, choices=Tri, default=Tri.DEFAULT)
    variant_mandatory_if_exists = models.CharField(max_length=10, choices=Tri, default=Tri.DEFAULT)
    vendor = _key("Vendor")
    vendor_item_number = models.CharField(max_length=50, blank=True)
    low_level_code = models.IntegerField(default=0)
    scrap_percent = models.DecimalField(max_digits=10, decimal_places=5, default=0, db_default=0)
    # What the standard cost is made of, of one level and with the shares of sub-assemblies passed on (SHARE_FIELDS).
    single_level_material_cost = _share()
    single_level_capacity_cost = _share()
    single_level_subcontracted_cost = _share()
    single_level_capacity_overhead_cost = _share()
    single_level_manufacturing_overhead_cost = _share()
    rolled_up_material_cost = _share()
    rolled_up_capacity_cost = _share()
    rolled_up_subcontracted_cost = _share()
    rolled_up_capacity_overhead_cost = _share()
    rolled_up_manufacturing_overhead_cost = _share()

    class Meta:
        ordering = ["number"]
        constraints = [
            models.CheckConstraint(
                name="item_number_is_upper_case", condition=Q(number=Upper("number")) & ~Q(number="")
            ),
            models.CheckConstraint(
                name="item_without_stock_is_fifo", condition=Q(type="inventory") | Q(costing_method="fifo")
            ),
            models.CheckConstraint(
                name="item_without_stock_has_no_inventory_group",
                condition=Q(type="inventory") | Q(inventory_posting_group=None),
            ),
            models.CheckConstraint(
                name="item_specific_is_tracked", condition=~Q(costing_method="specific") | Q(item_tracking_code__gt=0)
            ),
            models.CheckConstraint(
                name="item_measures_are_not_negative",
                condition=Q(net_weight__gte=0, gross_weight__gte=0, unit_volume__gte=0),
            ),
            models.CheckConstraint(
                name="item_costs_are_not_negative",
                condition=Q(
                    standard_cost__gte=0, indirect_cost_percent__gte=0, overhead_rate__gte=0, unit_price__gte=0
                ),
            ),
            models.CheckConstraint(name="item_scrap_is_not_negative", condition=Q(scrap_percent__gte=0)),
            models.CheckConstraint(
                name="item_cost_shares_are_not_negative",
                condition=Q(**{f"{name}__gte": 0 for name in SHARE_FIELDS}),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.description}"


@recorded
class Variant(models.Model):
    """A kind of an item, such as a colour."""

    item = models.ForeignKey(Item, models.PROTECT, related_name="variants")
    code = models.CharField(max_length=10)
    description = models.CharField(max_length=100, blank=True)
    blocked = models.BooleanField(default=False)
    sales_blocked = models.BooleanField(default=False)
    purchasing_blocked = models.BooleanField(default=False)

    class Meta:
        ordering = ["item", "code"]
        constraints = [
            models.UniqueConstraint("item", "code", name="variant_is_unique"),
            models.CheckConstraint(name="variant_code_is_upper_case", condition=Q(code=Upper("code")) & ~Q(code="")),
        ]

    def __str__(self) -> str:
        return self.code


@recorded
class ItemTemplate(models.Model):
    """What new items start with; a field left empty is not set (items.md §1.4)."""

    code = models.CharField(max_length=20, unique=True)
    description = models.CharField(max_length=100, blank=True)
    number_series = _key("NumberSeries")
    type = models.CharField(max_length=20, choices=ItemType, blank=True)
    base_unit = _key("UnitOfMeasure")
    costing_method = models.CharField(max_length=10, choices=CostingMethod, blank=True)
    gen_product_posting_group = _key("GenProductPostingGroup")
    inventory_posting_group = _key("InventoryPostingGroup")
    item_tracking_code = _key("ItemTrackingCode")
    indirect_cost_percent = models.DecimalField(max_digits=10, decimal_places=5, null=True, blank=True)
    overhead_rate = UnitCostField(null=True, blank=True)
    prevent_negative_inventory = models.CharField(max_length=10, choices=Tri, blank=True)
    variant_mandatory_if_exists = models.CharField(max_length=10, choices=Tri, blank=True)
    blocked = models.BooleanField(null=True, blank=True)
    sales_blocked = models.BooleanField(null=True, blank=True)
    purchasing_blocked = models.BooleanField(null=True, blank=True)

    class Meta:
        ordering = ["code"]
        constraints = [models.CheckConstraint(name="item_template_has_a_code", condition=~Q(code=""))]

    def __str__(self) -> str:
        return self.code
