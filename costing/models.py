"""Which account a worth goes to, what waits to be costed or posted, and the balances of averages."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from inventory.fields import AmountField, QuantityField, UnitCostField
from ledger.models import GLAccount, GLRegister, ItemRegister
from users.history import recorded


def _account() -> "models.ForeignKey[GLAccount | None, GLAccount | None]":
    return models.ForeignKey(GLAccount, models.PROTECT, null=True, blank=True, related_name="+")


@recorded
class InventoryPostingSetup(models.Model):
    """The balance sheet accounts of an inventory posting group at a location (costing-gl-posting.md §2)."""

    location = models.ForeignKey("inventory.Location", models.PROTECT, related_name="+")
    inventory_posting_group = models.ForeignKey("inventory.InventoryPostingGroup", models.PROTECT, related_name="+")
    inventory_account = _account()
    inventory_interim_account = _account()
    wip_account = _account()
    material_variance_account = _account()
    capacity_variance_account = _account()
    capacity_overhead_variance_account = _account()
    manufacturing_overhead_variance_account = _account()
    subcontracted_variance_account = _account()

    class Meta:
        verbose_name = "inventory posting setup"
        verbose_name_plural = "inventory posting setup"
        constraints = [
            models.UniqueConstraint("location", "inventory_posting_group", name="inventory_posting_setup_is_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.location} / {self.inventory_posting_group}"


@recorded
class GeneralPostingSetup(models.Model):
    """The accounts of a business group and a product group; a blank business group is that of journals."""

    gen_business_posting_group = models.ForeignKey(
        "inventory.GenBusinessPostingGroup", models.PROTECT, null=True, blank=True, related_name="+"
    )
    gen_product_posting_group = models.ForeignKey("inventory.GenProductPostingGroup", models.PROTECT, related_name="+")
    cogs_account = _account()
    cogs_interim_account = _account()
    inventory_adjustment_account = _account()
    direct_cost_applied_account = _account()
    overhead_applied_account = _account()
    purchase_variance_account = _account()
    inventory_accrual_interim_account = _account()
    blocked = models.BooleanField(default=False)

    class Meta:
        verbose_name = "general posting setup"
        verbose_name_plural = "general posting setup"
        constraints = [
            models.UniqueConstraint(
                "gen_business_posting_group",
                "gen_product_posting_group",
                name="general_posting_setup_is_unique",
                nulls_distinct=False,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.gen_business_posting_group or '(journals)'} / {self.gen_product_posting_group}"


class CostToForward(models.Model):
    """An item whose costs must be adjusted, since a register touched it. Rows come and go."""

    register = models.ForeignKey(ItemRegister, models.PROTECT, db_constraint=False, db_index=False, related_name="+")
    item = models.ForeignKey("inventory.Item", models.PROTECT, db_constraint=False, related_name="+")
    from_date = models.DateField()
    created_at = models.DateTimeField()
    failure = models.TextField(blank=True)

    class Meta:
        verbose_name = "cost to forward"
        verbose_name_plural = "costs to forward"

    def __str__(self) -> str:
        return f"Cost of item {self.item_id} since register {self.register_id}"


class CostToPost(models.Model):
    """The value entries of one item in one register that are not in the G/L yet. Rows come and go."""

    register = models.ForeignKey(ItemRegister, models.PROTECT, db_constraint=False, db_index=False, related_name="+")
    item = models.ForeignKey("inventory.Item", models.PROTECT, db_constraint=False, related_name="+")
    posting_date = models.DateField()
    created_at = models.DateTimeField()
    failure = models.TextField(blank=True)

    class Meta:
        verbose_name = "cost to post"
        verbose_name_plural = "costs to post"

    def __str__(self) -> str:
        return f"Cost of item {self.item_id} in register {self.register_id}"


class OrderCost(models.Model):
    """An assembly order or a line of a production order whose output takes over what went into it.

    Overhead and standard shares (each per unit made) are those of the first completion (costing-adjustment.md §8).
    """

    order_type = models.CharField(max_length=20)
    order_number = models.CharField(max_length=20)
    order_line = models.IntegerField(default=0)
    item = models.ForeignKey("inventory.Item", models.PROTECT, related_name="+")
    indirect_cost_percent = models.DecimalField(max_digits=10, decimal_places=5, default=0)
    overhead_rate = UnitCostField(default=0)
    finished = models.BooleanField(default=False)
    material_share = UnitCostField(null=True)
    capacity_share = UnitCostField(null=True)
    subcontracted_share = UnitCostField(null=True)
    capacity_overhead_share = UnitCostField(null=True)
    manufacturing_overhead_share = UnitCostField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint("order_number", "order_type", "order_line", name="order_line_makes_one_item"),
        ]
        indexes = [models.Index("item", name="order_cost_item")]

    def __str__(self) -> str:
        return f"Cost of {self.order_type} order {self.order_number}"


class AverageCostPoint(models.Model):
    """The closing balance of an averaging period in its scope; location is blank where items are averaged whole."""

    item = models.ForeignKey("inventory.Item", models.PROTECT, related_name="average_cost_points")
    location = models.ForeignKey("inventory.Location", models.PROTECT, null=True, db_constraint=False, related_name="+")
    variant_key = models.BigIntegerField(default=0)
    period_end = models.DateField()
    quantity = QuantityField()
    cost = AmountField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "item",
                "location",
                "variant_key",
                "period_end",
                name="average_cost_point_is_unique",
                nulls_distinct=False,
            ),
        ]

    def __str__(self) -> str:
        return f"Average of item {self.item_id} to {self.period_end}"


class StandardCostWorksheet(models.Model):
    """A line of a worksheet: what an item or resource might cost, before anybody makes it valid (revaluation §7).

    Lines come and go; a worksheet is the lines of one name.
    """

    class Source(models.TextChoices):
        SUGGESTED = "suggested", "Suggested"
        ASSEMBLY = "assembly", "Rolled up"
        PRODUCTION = "production", "Rolled up with scrap"

    name = models.CharField(max_length=20)
    item = models.ForeignKey("inventory.Item", models.CASCADE, null=True, related_name="+")
    resource = models.ForeignKey("inventory.Resource", models.CASCADE, null=True, related_name="+")
    source = models.CharField(max_length=10, choices=Source, default=Source.SUGGESTED)
    old_cost = UnitCostField()
    new_cost = UnitCostField()  # of a resource its unit cost
    new_direct_cost = UnitCostField(default=0)  # of a resource

    class Meta:
        verbose_name = "standard cost worksheet line"
        constraints = [
            models.UniqueConstraint(
                "name", "item", "resource", name="standard_cost_worksheet_is_unique", nulls_distinct=False
            ),
            models.CheckConstraint(
                name="standard_cost_worksheet_names_one_thing",
                condition=Q(item__isnull=False, resource__isnull=True)
                | Q(item__isnull=True, resource__isnull=False, source="suggested"),
            ),
            models.CheckConstraint(
                name="standard_cost_worksheet_is_not_negative",
                condition=Q(new_direct_cost__gte=0, new_cost__gte=F("new_direct_cost")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}: {self.item or self.resource}"


class CostRun(models.Model):
    """One run of cost adjustment or of posting to the G/L: what it looked at and what it wrote."""

    class Kind(models.TextChoices):
        ADJUST = "adjust", "Adjust cost"
        POST = "post", "Post to G/L"

    kind = models.CharField(max_length=10, choices=Kind)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField()
    items = models.IntegerField(default=0)
    entries_written = models.IntegerField(default=0)
    register = models.ForeignKey(ItemRegister, models.PROTECT, null=True, related_name="+")
    gl_register = models.ForeignKey(GLRegister, models.PROTECT, null=True, related_name="+")

    class Meta:
        permissions = [
            ("adjust_cost", "Can run cost adjustment"),
            ("post_to_gl", "Can post inventory cost to the G/L"),
            ("view_cost", "Can see costs"),
        ]
        constraints = [
            models.CheckConstraint(name="cost_run_ends_after_it_starts", condition=Q(finished_at__gte=F("started_at"))),
        ]

    def __str__(self) -> str:
        return f"Cost run {self.pk}"
