"""Which dates may still be posted."""

from django.db import models

from inventory.choices import AverageCostCalculation, AverageCostPeriod
from users.history import recorded


@recorded
class AccountingPeriod(models.Model):
    """A period of the books, from its starting date to the day before the next one.

    The average settings of a fiscal year stand on the period that starts it (costing-methods.md §4.1).
    """

    starting_date = models.DateField(unique=True)
    name = models.CharField(max_length=30)
    new_fiscal_year = models.BooleanField(default=False)
    closed = models.BooleanField(default=False)
    average_cost_calculation = models.CharField(max_length=30, choices=AverageCostCalculation, blank=True)
    average_cost_period = models.CharField(max_length=20, choices=AverageCostPeriod, blank=True)

    class Meta:
        ordering = ["starting_date"]

    def __str__(self) -> str:
        return self.name


@recorded
class InventoryPeriod(models.Model):
    """No inventory value may be posted on or before the ending date of a closed period."""

    ending_date = models.DateField(unique=True)
    name = models.CharField(max_length=50, blank=True)
    closed = models.BooleanField(default=False)

    class Meta:
        ordering = ["ending_date"]

    def __str__(self) -> str:
        return self.name or f"Period to {self.ending_date}"
