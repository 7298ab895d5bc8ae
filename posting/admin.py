"""Journal templates and batches; lines are edited and posted on the pages."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from posting.models import (
    ItemJournalBatch,
    ItemJournalLine,
    ItemJournalTemplate,
    StandardItemJournal,
    StandardItemJournalLine,
)
from work.back_office import BackOffice, ReadOnly


@admin.register(ItemJournalTemplate)
class ItemJournalTemplateAdmin(BackOffice):
    list_display = ("name", "description", "journal_type", "number_series", "posting_number_series")
    list_select_related = ("number_series", "posting_number_series")


@admin.register(ItemJournalBatch)
class ItemJournalBatchAdmin(BackOffice):
    """Deleting one would take its lines along."""

    list_display = ("name", "template", "description", "number_series")
    list_select_related = ("template", "number_series")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(ItemJournalLine)
class ItemJournalLineAdmin(ReadOnly):
    list_display = (
        "batch_id",
        "line_number",
        "posting_date",
        "entry_type",
        "document_number",
        "item",
        "quantity",
    )
    list_select_related = ("item",)
    exclude = ("unit_cost", "unit_amount", "amount")


@admin.register(StandardItemJournal)
class StandardItemJournalAdmin(ReadOnly):
    """Kept and taken away from the journal page."""

    list_display = ("code", "template", "description")
    list_select_related = ("template",)


@admin.register(StandardItemJournalLine)
class StandardItemJournalLineAdmin(ReadOnly):
    list_display = ("journal", "line_number", "entry_type", "item", "quantity")
    list_select_related = ("journal", "item")
    exclude = ("unit_cost", "unit_amount")
