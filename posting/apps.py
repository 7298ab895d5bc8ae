from django.apps import AppConfig


class PostingConfig(AppConfig):
    name = "posting"
    verbose_name = "Posting"

    def ready(self) -> None:
        """Items on journal lines are held by them."""
        from inventory.uses import register_use
        from posting.item_uses import JOURNAL_LINES

        register_use(JOURNAL_LINES)
