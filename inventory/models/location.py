"""Where goods lie."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Upper

from inventory.fields import UnitCostField
from users.history import recorded


@recorded
class Location(models.Model):
    """A place for goods. The seeded row with the blank code is a place of its own, not an unknown one."""

    code = models.CharField(max_length=10, unique=True, blank=True)
    name = models.CharField(max_length=100, blank=True)
    in_transit = models.BooleanField(default=False)

    class Meta:
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(name="location_code_is_upper_case", condition=Q(code=Upper("code"))),
            models.CheckConstraint(name="location_blank_is_not_in_transit", condition=~Q(code="", in_transit=True)),
        ]

    def __str__(self) -> str:
        return self.code or "(blank)"


@recorded
class StockkeepingUnit(models.Model):
    """An item, or a variant of it, at a location: with a standard cost of its own where costs differ by place.

    Its unit cost is kept by posting and adjusting, in `ledger.StockkeepingUnitState`.
    """

    item = models.ForeignKey("inventory.Item", models.PROTECT, related_name="stockkeeping_units")
    location = models.ForeignKey(Location, models.PROTECT, related_name="stockkeeping_units")
    variant = models.ForeignKey("inventory.Variant", models.PROTECT, null=True, blank=True, related_name="+")
    standard_cost = UnitCostField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "item", "location", "variant", name="stockkeeping_unit_is_unique", nulls_distinct=False
            ),
            models.CheckConstraint(
                name="stockkeeping_unit_cost_not_negative", condition=models.Q(standard_cost__gte=0)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.item} at {self.location}"
