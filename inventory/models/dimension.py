"""What entries are analysed by."""

from django.db import models

from users.history import recorded


@recorded
class Dimension(models.Model):
    """A way to look at the books, such as department or project."""

    code = models.CharField(max_length=20, unique=True)
    name = models.CharField(max_length=50, blank=True)

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return self.code


@recorded
class DimensionValue(models.Model):
    """One of the values of a dimension."""

    dimension = models.ForeignKey(Dimension, models.PROTECT, related_name="values")
    code = models.CharField(max_length=20)
    name = models.CharField(max_length=50, blank=True)

    class Meta:
        ordering = ["dimension", "code"]
        constraints = [models.UniqueConstraint("dimension", "code", name="dimension_value_is_unique")]

    def __str__(self) -> str:
        return self.code


class DimensionSet(models.Model):
    """A combination of values, written once and shared by all entries that have it. Rows never change."""

    digest = models.CharField(max_length=64, unique=True)
    entries = models.JSONField()

    def __str__(self) -> str:
        return ", ".join(f"{dimension}={value}" for dimension, value in sorted(self.entries.items()))
