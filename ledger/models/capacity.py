"""Work on orders: machine, work centre and resource time."""

from django.db import models
from django.db.models import Q

from inventory.fields import QuantityField
from ledger.models.item import ItemRegister


class CapacityLedgerEntry(models.Model):
    """Time that went into an order. Rows are never updated or deleted (ledger-model.md §2.4).

    `item` is what the order makes; its worth is work in process until the order's output takes it over.
    """

    register = models.ForeignKey(ItemRegister, models.PROTECT, related_name="capacity_entries")
    item = models.ForeignKey("inventory.Item", models.PROTECT, db_index=False, related_name="+")
    location = models.ForeignKey("inventory.Location", models.PROTECT, db_index=False, related_name="+")
    posting_date = models.DateField()
    order_type = models.CharField(max_length=20)
    order_number = models.CharField(max_length=20)
    order_line = models.IntegerField(default=0)
    document_number = models.CharField(max_length=20)
    number = models.CharField(max_length=20, blank=True)
    description = models.CharField(max_length=100, blank=True)
    quantity = QuantityField()
    subcontracting = models.BooleanField(default=False)
    correction = models.BooleanField(default=False)
    dimension_set = models.ForeignKey(
        "inventory.DimensionSet", models.PROTECT, null=True, db_constraint=False, db_index=False, related_name="+"
    )

    class Meta:
        verbose_name_plural = "capacity ledger entries"
        constraints = [models.CheckConstraint(name="capacity_entry_is_work", condition=~Q(quantity=0))]
        indexes = [models.Index("order_number", "order_type", "order_line", name="capacity_entry_order")]

    def __str__(self) -> str:
        return f"Capacity ledger entry {self.pk}"
