"""Resources: people and machines whose time goes into what is assembled."""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Upper

from inventory.choices import ResourceType
from inventory.fields import UnitCostField
from users.history import recorded


@recorded
class Resource(models.Model):
    """A person or machine (resources.md §1.1): what an hour of it costs, with and without its overhead."""

    number = models.CharField(max_length=20, unique=True)
    name = models.CharField(max_length=100)
    type = models.CharField(max_length=10, choices=ResourceType, default=ResourceType.PERSON)
    base_unit = models.ForeignKey("inventory.UnitOfMeasure", models.PROTECT, null=True, blank=True, related_name="+")
    direct_unit_cost = UnitCostField(default=0)
    indirect_cost_percent = models.DecimalField(max_digits=10, decimal_places=5, default=0)
    unit_cost = UnitCostField(default=0)
    gen_product_posting_group = models.ForeignKey(
        "inventory.GenProductPostingGroup", models.PROTECT, null=True, blank=True, related_name="+"
    )
    blocked = models.BooleanField(default=False)

    class Meta:
        ordering = ["number"]
        constraints = [
            models.CheckConstraint(
                name="resource_number_is_upper_case", condition=Q(number=Upper("number")) & ~Q(number="")
            ),
            models.CheckConstraint(
                name="resource_costs_are_not_negative",
                condition=Q(direct_unit_cost__gte=0, indirect_cost_percent__gte=0),
            ),
            models.CheckConstraint(
                name="resource_unit_cost_covers_direct_cost", condition=Q(unit_cost__gte=F("direct_unit_cost"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.name}"
