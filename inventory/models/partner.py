"""Whom we buy from and sell to."""

from django.db import models
from django.db.models import Q

from users.history import recorded


class _Partner(models.Model):
    number = models.CharField(max_length=20, unique=True)
    name = models.CharField(max_length=100)
    gen_business_posting_group = models.ForeignKey(
        "inventory.GenBusinessPostingGroup", models.PROTECT, null=True, blank=True, related_name="+"
    )
    blocked = models.BooleanField(default=False)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.number} {self.name}"


@recorded
class Vendor(_Partner):
    """A company that sells to us."""

    class Meta:
        ordering = ["number"]
        constraints = [models.CheckConstraint(name="vendor_has_a_number", condition=~Q(number=""))]


@recorded
class Customer(_Partner):
    """A company that buys from us."""

    class Meta:
        ordering = ["number"]
        constraints = [models.CheckConstraint(name="customer_has_a_number", condition=~Q(number=""))]
