"""What came in from files."""

from django.conf import settings
from django.db import models
from django.db.models import Q


class ImportRun(models.Model):
    """A file that was imported: whose, which, and what became of it. Rehearsals and refused files leave no row."""

    class Kind(models.TextChoices):
        ITEMS = "items", "Items"
        JOURNAL = "journal", "Journal lines"

    kind = models.CharField(max_length=10, choices=Kind)
    file_name = models.CharField(max_length=255)
    file_hash = models.CharField(max_length=64, db_index=True)
    batch = models.CharField(max_length=21, blank=True)
    rows = models.IntegerField()
    created = models.IntegerField(default=0)
    changed = models.IntegerField(default=0)
    register_id = models.BigIntegerField(null=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-created_at"]
        permissions = [("import_items", "Can import items"), ("import_journal", "Can import journal lines")]
        constraints = [models.CheckConstraint(name="import_run_has_rows", condition=Q(rows__gt=0))]

    def __str__(self) -> str:
        return self.file_name
