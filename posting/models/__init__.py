"""Journals, the pencil side of posting."""

from posting.models.journal import ItemJournalBatch, ItemJournalLine, ItemJournalTemplate
from posting.models.standard import StandardItemJournal, StandardItemJournalLine

__all__ = [
    "ItemJournalBatch",
    "ItemJournalLine",
    "ItemJournalTemplate",
    "StandardItemJournal",
    "StandardItemJournalLine",
]
