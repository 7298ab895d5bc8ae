"""Precision, said once."""

from typing import Any

from django.db import models


class _Fixed(models.DecimalField):  # type: ignore[type-arg]  # Django's field takes no parameters at run time
    """A decimal field whose digits are part of what it is."""

    digits, places = 20, 5

    def __init__(self, *args: Any, **options: Any) -> None:
        options["max_digits"], options["decimal_places"] = self.digits, self.places
        super().__init__(*args, **options)

    def deconstruct(self) -> tuple[str, str, list[Any], dict[str, Any]]:
        name, path, args, options = super().deconstruct()
        del options["max_digits"], options["decimal_places"]
        return name, path, list(args), options


class QuantityField(_Fixed):
    """A quantity, to five places."""


class AmountField(_Fixed):
    """An amount of money in company currency, to the cent."""

    places = 2


class UnitCostField(_Fixed):
    """Money for one unit, to five places."""
