"""Background work of the pages."""

from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from web.models import ExportedFile

KEPT = timedelta(days=7)


@shared_task(name="web.tasks.forget_old_exports")
def forget_old_exports() -> int:
    """Every night: exported files older than a week."""
    return ExportedFile.objects.filter(created_at__lt=timezone.now() - KEPT).delete()[0]
