"""Number series (number-series.md)."""

from django.db import models
from django.db.models import Q

from users.history import recorded


@recorded
class NumberSeries(models.Model):
    """Where numbers come from. Without gaps a number is given back when the posting that took it fails."""

    code = models.CharField(max_length=20, unique=True)
    description = models.CharField(max_length=100, blank=True)
    default_numbers = models.BooleanField(default=True)
    manual_numbers = models.BooleanField(default=False)
    date_order = models.BooleanField(default=False)
    allow_gaps = models.BooleanField(default=False)

    class Meta:
        verbose_name_plural = "number series"
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(name="number_series_has_a_code", condition=~Q(code="")),
            models.CheckConstraint(
                name="number_series_gives_numbers_somehow", condition=Q(default_numbers=True) | Q(manual_numbers=True)
            ),
        ]

    def __str__(self) -> str:
        return self.code


class NumberSeriesLine(models.Model):
    """From a starting date on: the first, the last and the latest number. Changes with each number taken."""

    series = models.ForeignKey(NumberSeries, models.PROTECT, related_name="lines")
    starting_date = models.DateField(null=True, blank=True)
    starting_number = models.CharField(max_length=20)
    ending_number = models.CharField(max_length=20, blank=True)
    warning_number = models.CharField(max_length=20, blank=True)
    increment_by = models.PositiveIntegerField(default=1)
    last_number_used = models.CharField(max_length=20, blank=True)
    last_date_used = models.DateField(null=True, blank=True)
    open = models.BooleanField(default=True)

    class Meta:
        ordering = ["series", "starting_date", "id"]
        constraints = [
            models.CheckConstraint(name="number_line_starts_with_digits", condition=Q(starting_number__regex=r"[0-9]")),
            models.CheckConstraint(name="number_line_increments", condition=Q(increment_by__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.series} from {self.starting_number}"
