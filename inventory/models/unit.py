"""Units of measure."""

from django.db import models
from django.db.models import Q

from inventory.fields import QuantityField
from users.history import recorded


@recorded
class UnitOfMeasure(models.Model):
    """A unit that items are counted, bought or sold in."""

    code = models.CharField(max_length=10, unique=True)
    description = models.CharField(max_length=50, blank=True)
    international_code = models.CharField(max_length=10, blank=True)

    class Meta:
        verbose_name = "unit of measure"
        verbose_name_plural = "units of measure"
        ordering = ["code"]
        constraints = [models.CheckConstraint(name="unit_has_a_code", condition=~Q(code=""))]

    def __str__(self) -> str:
        return self.code


@recorded
class ItemUnitOfMeasure(models.Model):
    """How many base units of an item one of these units holds, and how finely it is counted (items.md §1.3)."""

    item = models.ForeignKey("inventory.Item", models.PROTECT, related_name="units")
    unit = models.ForeignKey(UnitOfMeasure, models.PROTECT, related_name="+")
    quantity_per_unit = QuantityField(default=1)
    rounding_precision = QuantityField(default=0)

    class Meta:
        verbose_name = "item unit of measure"
        verbose_name_plural = "item units of measure"
        constraints = [
            models.UniqueConstraint("item", "unit", name="item_unit_is_unique"),
            models.CheckConstraint(name="item_unit_holds_something", condition=Q(quantity_per_unit__gt=0)),
            models.CheckConstraint(
                name="item_unit_precision_is_a_part",
                condition=Q(rounding_precision__gte=0, rounding_precision__lte=1),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.unit} of {self.quantity_per_unit.normalize():f}"
