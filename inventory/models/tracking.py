"""Which items carry serial and lot numbers. It stands here since items refer to it; its rules are in `tracking`."""

from django.db import models
from django.db.models import Q

from users.history import recorded


@recorded
class ItemTrackingCode(models.Model):
    """When a number must be given, and whether exits take only goods with the same number (tracking-setup.md §2)."""

    code = models.CharField(max_length=10, unique=True)
    description = models.CharField(max_length=100, blank=True)
    serial_specific = models.BooleanField(default=False)
    lot_specific = models.BooleanField(default=False)
    package_specific = models.BooleanField(default=False)
    serial_purchase_inbound = models.BooleanField(default=False)
    serial_sales_outbound = models.BooleanField(default=False)
    lot_purchase_inbound = models.BooleanField(default=False)
    lot_sales_outbound = models.BooleanField(default=False)

    class Meta:
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(name="tracking_code_has_a_code", condition=~Q(code="")),
            models.CheckConstraint(
                name="tracking_code_specific_serial_always",
                condition=Q(serial_specific=False) | Q(serial_purchase_inbound=True, serial_sales_outbound=True),
            ),
            models.CheckConstraint(
                name="tracking_code_specific_lot_always",
                condition=Q(lot_specific=False) | Q(lot_purchase_inbound=True, lot_sales_outbound=True),
            ),
        ]

    def __str__(self) -> str:
        return self.code
