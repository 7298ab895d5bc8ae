from django.apps import AppConfig


class LedgerConfig(AppConfig):
    name = "ledger"
    verbose_name = "Ledgers"

    def ready(self) -> None:
        """Items with entries are held by them."""
        from inventory.uses import register_use
        from ledger.item_uses import ENTRIES

        register_use(ENTRIES)
