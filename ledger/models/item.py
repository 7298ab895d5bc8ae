"""The quantity side of the book: registers, item ledger entries and the links between them."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from inventory.fields import QuantityField
from ledger.choices import DocumentType, EntryType, SourceCode


class ItemRegister(models.Model):
    """One posting: everything that was written in one transaction, by whom and when it became known."""

    source_code = models.CharField(max_length=20, choices=SourceCode)
    journal_batch = models.CharField(max_length=50, blank=True)
    description = models.CharField(max_length=100, blank=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    known_at = models.DateTimeField(db_index=True)
    reverses = models.OneToOneField("self", models.PROTECT, null=True, related_name="reversed_by")

    class Meta:
        permissions = [("view_registers", "Can see registers")]

    def __str__(self) -> str:
        return f"Register {self.pk}"


class ItemLedgerEntry(models.Model):
    """One change of quantity on hand. Rows are never updated or deleted (ledger-model.md §2.1)."""

    register = models.ForeignKey(ItemRegister, models.PROTECT, related_name="item_entries")
    item = models.ForeignKey("inventory.Item", models.PROTECT, db_index=False, related_name="ledger_entries")
    variant = models.ForeignKey("inventory.Variant", models.PROTECT, null=True, db_index=False, related_name="+")
    variant_key = models.BigIntegerField(default=0)
    location = models.ForeignKey("inventory.Location", models.PROTECT, related_name="+")
    posting_date = models.DateField()
    document_date = models.DateField()
    entry_type = models.CharField(max_length=20, choices=EntryType)
    document_type = models.CharField(max_length=20, choices=DocumentType, blank=True)
    document_number = models.CharField(max_length=20)
    document_line = models.IntegerField(default=0)
    external_document_number = models.CharField(max_length=35, blank=True)
    order_type = models.CharField(max_length=20, blank=True)
    order_number = models.CharField(max_length=20, blank=True)
    order_line = models.IntegerField(default=0)
    description = models.CharField(max_length=100, blank=True)
    quantity = QuantityField()
    unit_code = models.CharField(max_length=10)
    quantity_per_unit = QuantityField()
    applies_to_entry = models.ForeignKey(
        "self", models.PROTECT, null=True, db_constraint=False, db_index=False, related_name="+"
    )
    correction = models.BooleanField(default=False)
    drop_shipment = models.BooleanField(default=False)
    serial_number = models.CharField(max_length=50, blank=True)
    lot_number = models.CharField(max_length=50, blank=True)
    package_number = models.CharField(max_length=50, blank=True)
    expiration_date = models.DateField(null=True)
    warranty_date = models.DateField(null=True)
    vendor = models.ForeignKey(
        "inventory.Vendor", models.PROTECT, null=True, db_constraint=False, db_index=False, related_name="+"
    )
    customer = models.ForeignKey(
        "inventory.Customer", models.PROTECT, null=True, db_constraint=False, db_index=False, related_name="+"
    )
    responsibility_center = models.ForeignKey(
        "inventory.ResponsibilityCenter",
        models.PROTECT,
        null=True,
        db_constraint=False,
        db_index=False,
        related_name="+",
    )
    dimension_set = models.ForeignKey(
        "inventory.DimensionSet", models.PROTECT, null=True, db_constraint=False, db_index=False, related_name="+"
    )
    reason_code = models.CharField(max_length=10, blank=True)

    class Meta:
        verbose_name_plural = "item ledger entries"
        constraints = [
            models.CheckConstraint(name="item_entry_moves_something", condition=~Q(quantity=0)),
            models.CheckConstraint(
                name="item_entry_serial_is_single", condition=Q(serial_number="") | Q(quantity__in=(1, -1))
            ),
            models.CheckConstraint(
                name="item_entry_variant_key_matches",
                condition=Q(variant=None, variant_key=0) | Q(variant=F("variant_key")),
            ),
        ]
        indexes = [
            models.Index(
                "item", "posting_date", "location", name="item_entry_on_date", include=["quantity", "variant_key"]
            ),
            models.Index("document_number", name="item_entry_document"),
            models.Index(
                "order_number", "order_type", "order_line", name="item_entry_order", condition=~Q(order_number="")
            ),
            # Most entries have no partner, and those cost nothing here.
            models.Index("vendor", name="item_entry_vendor", condition=Q(vendor__isnull=False)),
            models.Index("customer", name="item_entry_customer", condition=Q(customer__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"Item ledger entry {self.pk}"


class ItemApplicationEntry(models.Model):
    """A quantity of one increase that is used by, or returned from, one decrease (ledger-model.md §2.3).

    Equal triples of (entry, inbound, outbound) add up. A link is taken back by a row that `reverses` it.
    """

    register = models.ForeignKey(ItemRegister, models.PROTECT, related_name="applications")
    # The owner is one of the two sides, whose keys are real: a third look at the same row would prove nothing.
    item_ledger_entry = models.ForeignKey(
        ItemLedgerEntry, models.PROTECT, db_constraint=False, related_name="applications"
    )
    inbound_entry = models.ForeignKey(ItemLedgerEntry, models.PROTECT, related_name="+")
    outbound_entry = models.ForeignKey(ItemLedgerEntry, models.PROTECT, null=True, db_index=False, related_name="+")
    quantity = QuantityField()
    posting_date = models.DateField()
    transferred_from_entry = models.ForeignKey(
        ItemLedgerEntry, models.PROTECT, null=True, db_constraint=False, db_index=False, related_name="+"
    )
    cost_application = models.BooleanField()
    fixed = models.BooleanField(default=False)
    reverses = models.OneToOneField("self", models.PROTECT, null=True, related_name="reversed_by")

    class Meta:
        verbose_name_plural = "item application entries"
        constraints = [
            models.CheckConstraint(name="application_links_something", condition=~Q(quantity=0)),
            models.CheckConstraint(
                name="application_owner_is_one_side",
                condition=Q(item_ledger_entry=F("inbound_entry")) | Q(item_ledger_entry=F("outbound_entry")),
            ),
        ]
        indexes = [
            models.Index("outbound_entry", name="application_outbound", condition=Q(outbound_entry__isnull=False)),
            models.Index(
                "transferred_from_entry", name="application_supplied", condition=Q(transferred_from_entry__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"Item application entry {self.pk}"
