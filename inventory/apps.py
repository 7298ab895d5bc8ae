import decimal

from django.apps import AppConfig

from inventory.numbers import use_exact_context


class InventoryConfig(AppConfig):
    name = "inventory"
    verbose_name = "Inventory"

    def ready(self) -> None:
        """Every thread computes exactly: those to come take the default context, this one is told."""
        decimal.DefaultContext.prec = 60
        decimal.DefaultContext.rounding = decimal.ROUND_HALF_UP
        use_exact_context()
