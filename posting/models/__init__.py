"""Journals, the pencil side of posting."""

from posting.models.journal import ItemJournalBatch, ItemJournalLine, ItemJournalTemplate

__all__ = ["ItemJournalBatch", "ItemJournalLine", "ItemJournalTemplate"]
