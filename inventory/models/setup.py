"""What a company chooses."""

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from inventory.choices import AutomaticCostAdjustment, AverageCostCalculation, AverageCostPeriod, CostingMethod
from inventory.fields import UnitCostField
from users.history import recorded


class _Group(models.Model):
    code = models.CharField(max_length=20, unique=True)
    description = models.CharField(max_length=100, blank=True)

    class Meta:
        abstract = True
        ordering = ["code"]

    def __str__(self) -> str:
        return self.code


@recorded
class InventoryPostingGroup(_Group):
    """Which inventory accounts an item belongs to."""


@recorded
class GenBusinessPostingGroup(_Group):
    """With whom we trade, as far as accounts are concerned."""


@recorded
class GenProductPostingGroup(_Group):
    """What we trade, as far as accounts are concerned."""


@recorded
class ReasonCode(models.Model):
    """Why something was posted."""

    code = models.CharField(max_length=10, unique=True)
    description = models.CharField(max_length=100, blank=True)

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return self.code


@recorded
class ResponsibilityCenter(models.Model):
    """A part of the company that answers for its own documents."""

    code = models.CharField(max_length=10, unique=True)
    name = models.CharField(max_length=100, blank=True)

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return self.code


@recorded
class InventorySetup(models.Model):
    """The one row of the company's choices; postings lock it to share, changes of setup and periods to update."""

    company_name = models.CharField(max_length=100, default="My Company")
    currency_code = models.CharField(max_length=3, default="EUR")
    amount_rounding = UnitCostField(default=Decimal("0.01"))
    unit_cost_rounding = UnitCostField(default=Decimal("0.00001"))
    automatic_cost_posting = models.BooleanField(default=True)
    expected_cost_posting = models.BooleanField(default=False)
    automatic_cost_adjustment = models.CharField(
        max_length=10, choices=AutomaticCostAdjustment, default=AutomaticCostAdjustment.ALWAYS
    )
    average_cost_calculation = models.CharField(
        max_length=30, choices=AverageCostCalculation, default=AverageCostCalculation.ITEM
    )
    average_cost_period = models.CharField(max_length=20, choices=AverageCostPeriod, default=AverageCostPeriod.DAY)
    prevent_negative_inventory = models.BooleanField(default=False)
    location_mandatory = models.BooleanField(default=False)
    variant_mandatory_if_exists = models.BooleanField(default=False)
    earliest_valuation_date = models.DateField(null=True, blank=True)
    allow_posting_from = models.DateField(null=True, blank=True)
    allow_posting_to = models.DateField(null=True, blank=True)
    item_number_series = models.ForeignKey(
        "inventory.NumberSeries", models.PROTECT, null=True, blank=True, related_name="+"
    )
    default_costing_method = models.CharField(max_length=10, choices=CostingMethod, default=CostingMethod.FIFO)

    class Meta:
        verbose_name = "inventory setup"
        verbose_name_plural = "inventory setup"
        constraints = [
            models.CheckConstraint(name="inventory_setup_is_one_row", condition=Q(id=1)),
            models.CheckConstraint(
                name="inventory_setup_rounds_to_something", condition=Q(amount_rounding__gt=0, unit_cost_rounding__gt=0)
            ),
            models.CheckConstraint(
                name="inventory_setup_posting_range_is_forward",
                condition=Q(allow_posting_from=None) | Q(allow_posting_to=None)
                | Q(allow_posting_from__lte=F("allow_posting_to")),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.company_name


@recorded
class UserSetup(models.Model):
    """What holds for one user only."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.PROTECT, related_name="setup")
    allow_posting_from = models.DateField(null=True, blank=True)
    allow_posting_to = models.DateField(null=True, blank=True)
    responsibility_center = models.ForeignKey(
        ResponsibilityCenter, models.PROTECT, null=True, blank=True, related_name="+"
    )
    strict_center = models.BooleanField(default=False)

    class Meta:
        verbose_name = "user setup"
        verbose_name_plural = "user setup"

    def __str__(self) -> str:
        return str(self.user)
