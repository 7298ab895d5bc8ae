"""What posting locks and what is left: projections of the book that `rebuild_balances` recomputes."""

from django.db import models
from django.db.models import Q

from inventory.fields import AmountField, QuantityField, UnitCostField
from ledger.models.item import ItemLedgerEntry


class ItemState(models.Model):
    """One row for each item: the lock of its postings, its sums and its unit cost.

    The database adds the row with the item. The sums repeat the value entries; the audit compares.
    """

    item = models.OneToOneField("inventory.Item", models.PROTECT, primary_key=True, related_name="state")
    version = models.BigIntegerField(default=0)
    quantity = QuantityField(default=0)
    invoiced_quantity = QuantityField(default=0)
    cost_amount_actual = AmountField(default=0)
    cost_amount_expected = AmountField(default=0)
    unit_cost = UnitCostField(default=0)
    last_direct_cost = UnitCostField(default=0)

    def __str__(self) -> str:
        return f"State of item {self.pk}"


class StockkeepingUnitState(models.Model):
    """The unit cost of an item at a location; written only under the item's lock."""

    stockkeeping_unit = models.OneToOneField(
        "inventory.StockkeepingUnit", models.CASCADE, primary_key=True, related_name="state"
    )
    unit_cost = UnitCostField(default=0)
    last_direct_cost = UnitCostField(default=0)

    def __str__(self) -> str:
        return f"State of stockkeeping unit {self.pk}"


class EntryBalance(models.Model):
    """What is left of an entry today. It repeats what selects open entries, so that one small index answers."""

    entry = models.OneToOneField(ItemLedgerEntry, models.PROTECT, primary_key=True, related_name="balance")
    item = models.ForeignKey("inventory.Item", models.PROTECT, db_constraint=False, db_index=False, related_name="+")
    location = models.ForeignKey(
        "inventory.Location", models.PROTECT, db_constraint=False, db_index=False, related_name="+"
    )
    variant_key = models.BigIntegerField(default=0)
    positive = models.BooleanField()
    posting_date = models.DateField()
    valuation_date = models.DateField()
    revalued_on = models.DateField(null=True)  # posting date of the last revaluation: issues take it from then on
    remaining_quantity = QuantityField()
    invoiced_quantity = QuantityField()
    returnable_quantity = QuantityField(default=0)
    completely_invoiced = models.BooleanField(default=False)
    last_invoice_date = models.DateField(null=True)
    serial_number = models.CharField(max_length=50, blank=True)
    lot_number = models.CharField(max_length=50, blank=True)
    package_number = models.CharField(max_length=50, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="entry_balance_remaining_has_the_sign",
                condition=Q(positive=True, remaining_quantity__gte=0) | Q(positive=False, remaining_quantity__lte=0),
            ),
            models.CheckConstraint(
                name="entry_balance_only_decreases_return",
                condition=Q(returnable_quantity=0) | Q(positive=False, returnable_quantity__lt=0),
            ),
        ]
        indexes = [
            models.Index(
                "item",
                "location",
                "variant_key",
                "positive",
                "posting_date",
                "entry",
                name="entry_balance_open",
                condition=~Q(remaining_quantity=0),
            ),
            models.Index("item", "valuation_date", name="entry_balance_valuation"),
            models.Index(
                "item",
                "serial_number",
                name="entry_balance_serial",
                condition=~Q(remaining_quantity=0) & ~Q(serial_number=""),
            ),
        ]

    def __str__(self) -> str:
        return f"Balance of entry {self.pk}"
