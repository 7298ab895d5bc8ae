"""Item journals: pencil until they are posted."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from inventory.fields import AmountField, QuantityField, UnitCostField


class ItemJournalTemplate(models.Model):
    """A kind of journal; its type decides which entry types its lines may have (journals.md §1)."""

    class Type(models.TextChoices):
        ITEM = "item", "Item"
        TRANSFER = "transfer", "Reclassification"

    name = models.CharField(max_length=10, unique=True)
    description = models.CharField(max_length=100, blank=True)
    journal_type = models.CharField(max_length=10, choices=Type, default=Type.ITEM)
    reason_code = models.CharField(max_length=10, blank=True)
    number_series = models.ForeignKey("inventory.NumberSeries", models.PROTECT, null=True, blank=True, related_name="+")
    posting_number_series = models.ForeignKey(
        "inventory.NumberSeries", models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering = ["name"]
        constraints = [models.CheckConstraint(name="journal_template_has_a_name", condition=~Q(name=""))]

    def __str__(self) -> str:
        return self.name


class ItemJournalBatch(models.Model):
    """Somebody's journal: lines that are posted together."""

    template = models.ForeignKey(ItemJournalTemplate, models.PROTECT, related_name="batches")
    name = models.CharField(max_length=10)
    description = models.CharField(max_length=100, blank=True)
    reason_code = models.CharField(max_length=10, blank=True)
    number_series = models.ForeignKey("inventory.NumberSeries", models.PROTECT, null=True, blank=True, related_name="+")
    posting_number_series = models.ForeignKey(
        "inventory.NumberSeries", models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering = ["template", "name"]
        verbose_name_plural = "item journal batches"
        permissions = [
            ("use_item_journal", "Can edit item journal lines"),
            ("post_item_journal", "Can post item journals"),
            ("reverse_register", "Can reverse a posted register"),
            ("post_revaluation", "Can revalue entries and items"),
            ("change_applications", "Can change applications by hand"),
        ]
        constraints = [
            models.UniqueConstraint("template", "name", name="journal_batch_is_unique"),
            models.CheckConstraint(name="journal_batch_has_a_name", condition=~Q(name="")),
        ]

    def __str__(self) -> str:
        return f"{self.template_id}/{self.name}"


class ItemJournalLine(models.Model):
    """One line of a journal. What could not be understood stays as typed in `unread`, so that nothing is lost."""

    batch = models.ForeignKey(ItemJournalBatch, models.CASCADE, db_index=False, related_name="lines")
    line_number = models.IntegerField()
    version = models.IntegerField(default=1)
    posting_date = models.DateField(null=True)
    document_date = models.DateField(null=True)
    entry_type = models.CharField(max_length=20, blank=True)
    document_number = models.CharField(max_length=20, blank=True)
    external_document_number = models.CharField(max_length=35, blank=True)
    item = models.ForeignKey("inventory.Item", models.PROTECT, null=True, related_name="+")
    variant = models.ForeignKey("inventory.Variant", models.PROTECT, null=True, db_index=False, related_name="+")
    description = models.CharField(max_length=100, blank=True)
    location = models.ForeignKey("inventory.Location", models.PROTECT, null=True, db_index=False, related_name="+")
    new_location = models.ForeignKey("inventory.Location", models.PROTECT, null=True, db_index=False, related_name="+")
    quantity = QuantityField(null=True)
    unit = models.ForeignKey("inventory.UnitOfMeasure", models.PROTECT, null=True, db_index=False, related_name="+")
    unit_amount = UnitCostField(null=True)
    amount = AmountField(null=True)
    discount_amount = AmountField(default=0)
    unit_cost = UnitCostField(null=True)
    applies_to_entry = models.BigIntegerField(null=True)
    applies_from_entry = models.BigIntegerField(null=True)
    serial_number = models.CharField(max_length=50, blank=True)
    lot_number = models.CharField(max_length=50, blank=True)
    package_number = models.CharField(max_length=50, blank=True)
    expiration_date = models.DateField(null=True)
    warranty_date = models.DateField(null=True)
    gen_business_posting_group = models.ForeignKey(
        "inventory.GenBusinessPostingGroup", models.PROTECT, null=True, db_index=False, related_name="+"
    )
    gen_product_posting_group = models.ForeignKey(
        "inventory.GenProductPostingGroup", models.PROTECT, null=True, db_index=False, related_name="+"
    )
    vendor = models.ForeignKey("inventory.Vendor", models.PROTECT, null=True, db_index=False, related_name="+")
    customer = models.ForeignKey("inventory.Customer", models.PROTECT, null=True, db_index=False, related_name="+")
    dimension_set = models.ForeignKey(
        "inventory.DimensionSet", models.PROTECT, null=True, db_index=False, related_name="+"
    )
    reason_code = models.CharField(max_length=10, blank=True)
    unread = models.JSONField(default=dict, blank=True)
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, db_index=False, related_name="+"
    )

    class Meta:
        ordering = ["batch", "line_number"]
        constraints = [models.UniqueConstraint("batch", "line_number", name="journal_line_number_is_unique")]

    def __str__(self) -> str:
        return f"Line {self.line_number}"
