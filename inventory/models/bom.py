"""What items are assembled from."""

from django.db import models
from django.db.models import F, Q

from inventory.choices import BOMLineType
from inventory.fields import QuantityField
from users.history import recorded


@recorded
class AssemblyBOM(models.Model):
    """One line of an item's bill of materials (assembly.md §1): what goes into one base unit of the parent.

    Written by `inventory.bom_edit.save_boms` alone, which refuses circles and keeps low-level codes current.
    """

    parent = models.ForeignKey("inventory.Item", models.PROTECT, related_name="bom_lines")
    line_number = models.IntegerField()
    type = models.CharField(max_length=10, choices=BOMLineType, default=BOMLineType.ITEM)
    component = models.ForeignKey("inventory.Item", models.PROTECT, null=True, blank=True, related_name="used_in")
    resource = models.ForeignKey("inventory.Resource", models.PROTECT, null=True, blank=True, related_name="used_in")
    description = models.CharField(max_length=100, blank=True)
    quantity_per = QuantityField(default=1)  # base units of the component
    scrap_percent = models.DecimalField(max_digits=10, decimal_places=5, default=0)

    class Meta:
        verbose_name = "assembly BOM line"
        verbose_name_plural = "assembly BOM lines"
        ordering = ["parent", "line_number"]
        constraints = [
            models.UniqueConstraint("parent", "line_number", name="bom_line_is_unique"),
            models.CheckConstraint(
                name="bom_line_names_what_its_type_says",
                condition=Q(type="item", component__isnull=False, resource__isnull=True)
                | Q(type="resource", component__isnull=True, resource__isnull=False),
            ),
            models.CheckConstraint(name="bom_line_is_not_of_itself", condition=~Q(component=F("parent"))),
            models.CheckConstraint(
                name="bom_line_is_not_negative", condition=Q(quantity_per__gte=0, scrap_percent__gte=0)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.parent_id} line {self.line_number}"
