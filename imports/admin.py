"""What was imported, to look at."""

from django.contrib import admin

from imports.models import ImportRun
from work.back_office import ReadOnly


@admin.register(ImportRun)
class ImportRunAdmin(ReadOnly):
    list_display = ("file_name", "kind", "rows", "created", "changed", "user", "created_at")
    list_select_related = ("user",)
    list_filter = ("kind",)
