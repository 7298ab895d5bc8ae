import decimal

from django.apps import AppConfig

from inventory.numbers import use_exact_context


class InventoryConfig(AppConfig):
    name = "inventory"
    verbose_name = "Inventory"

    def ready(self) -> None:
        """Every thread computes exactly: those to come take the default context, this one is told.

        Bills of materials hold on to items.
        """
        from inventory.boms import BOM_LINES  # models are there only now
        from inventory.uses import register_use

        decimal.DefaultContext.prec = 60
        decimal.DefaultContext.rounding = decimal.ROUND_HALF_UP
        use_exact_context()
        register_use(BOM_LINES)
