"""Standard journals: lines that are wanted again and again (journals.md §9)."""

from django.db import models
from django.db.models import Q

from inventory.fields import QuantityField, UnitCostField
from posting.models.journal import ItemJournalTemplate


class StandardItemJournal(models.Model):
    """Lines kept under a code, for every batch of a template."""

    template = models.ForeignKey(ItemJournalTemplate, models.PROTECT, related_name="standard_journals")
    code = models.CharField(max_length=10)
    description = models.CharField(max_length=100, blank=True)

    class Meta:
        ordering = ["template", "code"]
        constraints = [
            models.UniqueConstraint("template", "code", name="standard_journal_is_unique"),
            models.CheckConstraint(name="standard_journal_has_a_code", condition=~Q(code="")),
        ]

    def __str__(self) -> str:
        return self.code


class StandardItemJournalLine(models.Model):
    """One line of it; quantity and prices are null where they are to be typed or derived each time."""

    journal = models.ForeignKey(StandardItemJournal, models.CASCADE, db_index=False, related_name="lines")
    line_number = models.IntegerField()
    entry_type = models.CharField(max_length=20, blank=True)
    item = models.ForeignKey("inventory.Item", models.PROTECT, null=True, related_name="+")
    variant = models.ForeignKey("inventory.Variant", models.PROTECT, null=True, db_index=False, related_name="+")
    description = models.CharField(max_length=100, blank=True)
    location = models.ForeignKey("inventory.Location", models.PROTECT, null=True, db_index=False, related_name="+")
    new_location = models.ForeignKey("inventory.Location", models.PROTECT, null=True, db_index=False, related_name="+")
    unit = models.ForeignKey("inventory.UnitOfMeasure", models.PROTECT, null=True, db_index=False, related_name="+")
    quantity = QuantityField(null=True)
    unit_amount = UnitCostField(null=True)
    unit_cost = UnitCostField(null=True)
    reason_code = models.CharField(max_length=10, blank=True)

    class Meta:
        ordering = ["journal", "line_number"]
        constraints = [models.UniqueConstraint("journal", "line_number", name="standard_line_number_is_unique")]

    def __str__(self) -> str:
        return f"Line {self.line_number}"
