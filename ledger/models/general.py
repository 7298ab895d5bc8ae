"""The general ledger as far as inventory needs it, and how value entries came into it."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from inventory.fields import AmountField
from ledger.choices import DocumentType, GLAccountKind, GLAccountType, SourceCode
from ledger.models.value import ValueEntry
from users.history import recorded


@recorded
class GLAccount(models.Model):
    """An account of the chart."""

    number = models.CharField(max_length=20, unique=True)
    name = models.CharField(max_length=100)
    account_type = models.CharField(max_length=10, choices=GLAccountType, default=GLAccountType.POSTING)
    kind = models.CharField(max_length=10, choices=GLAccountKind)
    direct_posting = models.BooleanField(default=True)
    blocked = models.BooleanField(default=False)

    class Meta:
        verbose_name = "G/L account"
        ordering = ["number"]
        constraints = [models.CheckConstraint(name="gl_account_has_a_number", condition=~Q(number=""))]

    def __str__(self) -> str:
        return f"{self.number} {self.name}"


class GLRegister(models.Model):
    """One posting into the general ledger; its entries balance."""

    source_code = models.CharField(max_length=20, choices=SourceCode)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    known_at = models.DateTimeField()

    class Meta:
        verbose_name = "G/L register"

    def __str__(self) -> str:
        return f"G/L register {self.pk}"


class GLEntry(models.Model):
    """One amount on one account; above zero is debit. Rows are never updated or deleted."""

    register = models.ForeignKey(GLRegister, models.PROTECT, related_name="entries")
    account = models.ForeignKey(GLAccount, models.PROTECT, db_index=False, related_name="entries")
    posting_date = models.DateField()
    document_type = models.CharField(max_length=20, choices=DocumentType, blank=True)
    document_number = models.CharField(max_length=20)
    description = models.CharField(max_length=100, blank=True)
    amount = AmountField()
    source_code = models.CharField(max_length=20, choices=SourceCode)
    dimension_set = models.ForeignKey(
        "inventory.DimensionSet", models.PROTECT, null=True, db_constraint=False, db_index=False, related_name="+"
    )

    class Meta:
        verbose_name = "G/L entry"
        verbose_name_plural = "G/L entries"
        constraints = [models.CheckConstraint(name="gl_entry_is_not_zero", condition=~Q(amount=0))]
        indexes = [
            models.Index("account", "posting_date", name="gl_entry_account", include=["amount"]),
            models.Index("document_number", name="gl_entry_document"),
        ]

    def __str__(self) -> str:
        return f"G/L entry {self.pk}"


class ValuePosting(models.Model):
    """How much of a value entry one G/L register has taken over."""

    value_entry = models.ForeignKey(ValueEntry, models.PROTECT, db_index=False, related_name="postings")
    register = models.ForeignKey(GLRegister, models.PROTECT, related_name="value_postings")
    actual = AmountField(default=0)
    expected = AmountField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(name="value_posting_is_not_zero", condition=~Q(actual=0, expected=0)),
        ]
        indexes = [models.Index("value_entry", name="value_posting_entry", include=["actual", "expected"])]

    def __str__(self) -> str:
        return f"Value posting {self.pk}"


class GLRelation(models.Model):
    """Which G/L entry came from which value entry."""

    gl_entry = models.ForeignKey(GLEntry, models.PROTECT, related_name="relations")
    value_entry = models.ForeignKey(ValueEntry, models.PROTECT, related_name="relations")

    class Meta:
        verbose_name = "G/L relation"

    def __str__(self) -> str:
        return f"G/L relation {self.pk}"
