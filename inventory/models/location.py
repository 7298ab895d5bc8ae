"""Where goods lie."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Upper

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
