"""The value side of the book: what each movement is worth and why."""

from django.db import models
from django.db.models import Q

from inventory.fields import AmountField, QuantityField, UnitCostField
from ledger.choices import DocumentType, EntryType, ValueEntryType, VarianceType
from ledger.models.capacity import CapacityLedgerEntry
from ledger.models.item import ItemLedgerEntry, ItemRegister


class ValueEntry(models.Model):
    """One change of worth of one item ledger entry, or of one capacity ledger entry (ledger-model.md §2.2).

    Rows are never updated or deleted. The worth of capacity is work in process and no item's, so it names no item.

    Valuation date and `valued_by_average_cost` are as first written; `ValuationChange` holds later ones.
    """

    register = models.ForeignKey(ItemRegister, models.PROTECT, related_name="value_entries")
    item_ledger_entry = models.ForeignKey(
        ItemLedgerEntry, models.PROTECT, null=True, db_index=False, related_name="value_entries"
    )
    capacity_ledger_entry = models.ForeignKey(
        CapacityLedgerEntry, models.PROTECT, null=True, db_index=False, related_name="value_entries"
    )
    item = models.ForeignKey(
        "inventory.Item", models.PROTECT, null=True, db_constraint=False, db_index=False, related_name="+"
    )
    variant_key = models.BigIntegerField(default=0)
    location = models.ForeignKey(
        "inventory.Location", models.PROTECT, db_constraint=False, db_index=False, related_name="+"
    )
    item_ledger_entry_type = models.CharField(max_length=20, choices=EntryType, blank=True)
    entry_type = models.CharField(max_length=20, choices=ValueEntryType)
    variance_type = models.CharField(max_length=25, choices=VarianceType, blank=True)
    posting_date = models.DateField()
    valuation_date = models.DateField()
    document_type = models.CharField(max_length=20, choices=DocumentType, blank=True)
    document_number = models.CharField(max_length=20)
    document_line = models.IntegerField(default=0)
    external_document_number = models.CharField(max_length=35, blank=True)
    order_type = models.CharField(max_length=20, blank=True)
    order_number = models.CharField(max_length=20, blank=True)
    order_line = models.IntegerField(default=0)
    valued_quantity = QuantityField()
    item_ledger_entry_quantity = QuantityField(default=0)
    invoiced_quantity = QuantityField(default=0)
    cost_per_unit = UnitCostField(default=0)
    cost_amount_actual = AmountField(default=0)
    cost_amount_expected = AmountField(default=0)
    cost_amount_non_inventoriable = AmountField(default=0)
    sales_amount_actual = AmountField(default=0)
    sales_amount_expected = AmountField(default=0)
    purchase_amount_actual = AmountField(default=0)
    purchase_amount_expected = AmountField(default=0)
    discount_amount = AmountField(default=0)
    expected_cost = models.BooleanField(default=False)
    item_charge = models.CharField(max_length=20, blank=True)
    valued_by_average_cost = models.BooleanField(default=False)
    partial_revaluation = models.BooleanField(default=False)
    inventoriable = models.BooleanField(default=True)
    adjustment = models.BooleanField(default=False)
    sweep = models.BooleanField(default=False)
    drop_shipment = models.BooleanField(default=False)
    applies_to_value_entry = models.ForeignKey(
        "self", models.PROTECT, null=True, db_constraint=False, db_index=False, related_name="+"
    )
    inventory_posting_group = models.ForeignKey(
        "inventory.InventoryPostingGroup",
        models.PROTECT,
        null=True,
        db_constraint=False,
        db_index=False,
        related_name="+",
    )
    gen_business_posting_group = models.ForeignKey(
        "inventory.GenBusinessPostingGroup",
        models.PROTECT,
        null=True,
        db_constraint=False,
        db_index=False,
        related_name="+",
    )
    gen_product_posting_group = models.ForeignKey(
        "inventory.GenProductPostingGroup",
        models.PROTECT,
        null=True,
        db_constraint=False,
        db_index=False,
        related_name="+",
    )
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
    # Why an adjusting entry was written (decision 11); blank on all others.
    cause = models.CharField(max_length=20, blank=True)
    caused_by_value_entry = models.ForeignKey(
        "self", models.PROTECT, null=True, db_constraint=False, db_index=False, related_name="+"
    )
    caused_by_document = models.CharField(max_length=20, blank=True)
    old_unit_cost = UnitCostField(null=True)
    new_unit_cost = UnitCostField(null=True)

    class Meta:
        verbose_name_plural = "value entries"
        constraints = [
            models.CheckConstraint(
                name="value_entry_has_one_owner",
                condition=Q(item_ledger_entry__isnull=False, item__isnull=False, capacity_ledger_entry=None)
                | Q(item_ledger_entry=None, item=None, capacity_ledger_entry__isnull=False),
            ),
            models.CheckConstraint(
                name="value_entry_variance_has_a_type",
                condition=Q(entry_type="variance", variance_type__gt="")
                | (~Q(entry_type="variance") & Q(variance_type="")),
            ),
            models.CheckConstraint(
                name="value_entry_adjustment_says_why", condition=Q(adjustment=False) | Q(cause__gt="")
            ),
        ]
        indexes = [
            models.Index(
                "item_ledger_entry",
                name="value_entry_owner",
                include=["cost_amount_actual", "cost_amount_expected", "entry_type"],
            ),
            models.Index(
                "capacity_ledger_entry", name="value_entry_capacity", condition=Q(capacity_ledger_entry__isnull=False)
            ),
            # Few rows; of these an item's cost hangs on entries however old.
            models.Index(
                "item", name="value_entry_special", condition=Q(sweep=True) | Q(entry_type=ValueEntryType.REVALUATION)
            ),
            models.Index(
                "item",
                "valuation_date",
                name="value_entry_valuation",
                include=[
                    "location",
                    "variant_key",
                    "item_ledger_entry_quantity",
                    "cost_amount_actual",
                    "cost_amount_expected",
                ],
            ),
            models.Index(
                "item",
                "posting_date",
                name="value_entry_posting",
                include=["location", "item_ledger_entry_quantity", "cost_amount_actual", "cost_amount_expected"],
            ),
        ]

    def __str__(self) -> str:
        return f"Value entry {self.pk}"


class ValuationChange(models.Model):
    """A later valuation date or average flag of a value entry; the last row wins."""

    register = models.ForeignKey(ItemRegister, models.PROTECT, related_name="valuation_changes")
    value_entry = models.ForeignKey(ValueEntry, models.PROTECT, related_name="valuation_changes")
    valuation_date = models.DateField()
    valued_by_average_cost = models.BooleanField()

    def __str__(self) -> str:
        return f"Valuation change {self.pk}"
