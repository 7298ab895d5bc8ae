"""What the lists of the book can be narrowed by, in the order of their columns; pages and the API use the same."""

from typing import Any

import django_filters
from django.db.models import Exists, OuterRef, Q, QuerySet

from inventory.filters import CodeFilter, IdFilter, ItemFilter, SearchFilter
from ledger.choices import DocumentType, EntryType, GLAccountKind, GLAccountType, SourceCode, ValueEntryType
from ledger.models import (
    AccountingPeriod,
    GLAccount,
    GLEntry,
    GLRegister,
    GLRelation,
    InventoryPeriod,
    ItemApplicationEntry,
    ItemLedgerEntry,
    ItemRegister,
    ValueEntry,
)

_DOCUMENTS = [choice for choice in DocumentType.choices if choice[0]]


class StockedItemFilter(ItemFilter):
    """Items, also by what is on hand; the quantity is that of all locations."""

    in_stock = django_filters.BooleanFilter(method="by_stock", label="In stock")
    negative = django_filters.BooleanFilter(method="by_negative", label="Below zero")

    def by_stock(self, items: QuerySet[Any], name: str, value: bool) -> QuerySet[Any]:
        return items.exclude(state__quantity=0) if value else items.filter(state__quantity=0)

    def by_negative(self, items: QuerySet[Any], name: str, value: bool) -> QuerySet[Any]:
        return items.filter(state__quantity__lt=0) if value else items.filter(state__quantity__gte=0)


class _Dated(django_filters.FilterSet):
    """The dates from and to, both included."""

    posting_date_from = django_filters.DateFilter("posting_date", "gte", label="Posting date from")
    posting_date_to = django_filters.DateFilter("posting_date", "lte", label="Posting date to")


class ItemLedgerEntryFilter(_Dated):
    """Item ledger entries."""

    entry_type = django_filters.MultipleChoiceFilter(choices=EntryType.choices, label="Entry type")
    document_type = django_filters.MultipleChoiceFilter(choices=_DOCUMENTS, label="Document type")
    document_number = CodeFilter(label="Document number")
    external_document_number = CodeFilter(label="External document number")
    item = CodeFilter("item__number", label="Item")
    variant = CodeFilter("variant__code", label="Variant")
    serial_number = CodeFilter(label="Serial number")
    lot_number = CodeFilter(label="Lot number")
    package_number = CodeFilter(label="Package number")
    location = CodeFilter("location__code", label="Location")
    vendor = CodeFilter("vendor__number", label="Vendor")
    customer = CodeFilter("customer__number", label="Customer")
    order_number = CodeFilter(label="Order number")
    reason_code = CodeFilter(label="Reason code")
    open = django_filters.BooleanFilter(method="by_open", label="Open")
    correction = django_filters.BooleanFilter(label="Correction")
    register = IdFilter("register_id", label="Register")

    class Meta:
        model = ItemLedgerEntry
        fields: list[str] = []

    def by_open(self, entries: QuerySet[Any], name: str, value: bool) -> QuerySet[Any]:
        closed = Q(balance__remaining_quantity=0)
        return entries.exclude(closed) if value else entries.filter(closed)


class ValueEntryFilter(_Dated):
    """Value entries."""

    valuation_date_from = django_filters.DateFilter("valuation_date", "gte", label="Valuation date from")
    valuation_date_to = django_filters.DateFilter("valuation_date", "lte", label="Valuation date to")
    item_ledger_entry_type = django_filters.MultipleChoiceFilter(
        choices=EntryType.choices, label="Item ledger entry type"
    )
    entry_type = django_filters.MultipleChoiceFilter(choices=ValueEntryType.choices, label="Entry type")
    document_type = django_filters.MultipleChoiceFilter(choices=_DOCUMENTS, label="Document type")
    document_number = CodeFilter(label="Document number")
    item = CodeFilter("item__number", label="Item")
    variant = CodeFilter("item_ledger_entry__variant__code", label="Variant")
    serial_number = CodeFilter("item_ledger_entry__serial_number", label="Serial number")
    lot_number = CodeFilter("item_ledger_entry__lot_number", label="Lot number")
    location = CodeFilter("location__code", label="Location")
    adjustment = django_filters.BooleanFilter(label="Adjustment")
    expected_cost = django_filters.BooleanFilter(label="Expected cost")
    item_ledger_entry = IdFilter("item_ledger_entry_id", label="Item ledger entry")
    gl_entry = IdFilter(method="by_gl_entry", label="G/L entry")
    register = IdFilter("register_id", label="Register")

    class Meta:
        model = ValueEntry
        fields: list[str] = []

    def by_gl_entry(self, entries: QuerySet[Any], name: str, value: int) -> QuerySet[Any]:
        return entries.filter(pk__in=GLRelation.objects.filter(gl_entry_id=value).values("value_entry_id"))


class ItemApplicationEntryFilter(_Dated):
    """Item application entries."""

    item = CodeFilter("item_ledger_entry__item__number", label="Item")
    item_ledger_entry = IdFilter("item_ledger_entry_id", label="Item ledger entry")
    inbound_entry = IdFilter("inbound_entry_id", label="Inbound entry")
    outbound_entry = IdFilter("outbound_entry_id", label="Outbound entry")
    fixed = django_filters.BooleanFilter(label="Fixed")
    cost_application = django_filters.BooleanFilter(label="Cost application")
    effective = django_filters.BooleanFilter(method="by_effective", label="Effective")
    register = IdFilter("register_id", label="Register")

    class Meta:
        model = ItemApplicationEntry
        fields: list[str] = []

    def by_effective(self, links: QuerySet[Any], name: str, value: bool) -> QuerySet[Any]:
        effective = Q(reverses=None) & ~Exists(ItemApplicationEntry.objects.filter(reverses=OuterRef("pk")))
        return links.filter(effective) if value else links.exclude(effective)


class ItemRegisterFilter(django_filters.FilterSet):
    """Item registers by day, source, journal, user and item."""

    known_from = django_filters.DateFilter("known_at__date", "gte", label="Posted from")
    known_to = django_filters.DateFilter("known_at__date", "lte", label="Posted to")
    source_code = django_filters.MultipleChoiceFilter(choices=SourceCode.choices, label="Source")
    journal_batch = CodeFilter(label="Journal batch")
    user = django_filters.CharFilter("user__username", label="User", max_length=150)
    item = CodeFilter(method="by_item", label="Item")
    reversed = django_filters.BooleanFilter("reversed_by", "isnull", exclude=True, label="Reversed")

    class Meta:
        model = ItemRegister
        fields: list[str] = []

    def by_item(self, registers: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        written = ItemLedgerEntry.objects.filter(register=OuterRef("pk"), item__number=value.upper())
        valued = ValueEntry.objects.filter(register=OuterRef("pk"), item__number=value.upper())
        return registers.filter(Exists(written) | Exists(valued))


class GLEntryFilter(_Dated):
    """G/L entries."""

    document_number = CodeFilter(label="Document number")
    account = CodeFilter("account__number", label="Account")
    source_code = django_filters.MultipleChoiceFilter(choices=SourceCode.choices, label="Source")
    item = CodeFilter(method="by_item", label="Item")
    value_entry = IdFilter(method="by_value_entry", label="Value entry")
    register = IdFilter("register_id", label="Register")

    class Meta:
        model = GLEntry
        fields: list[str] = []

    def by_item(self, entries: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        behind = GLRelation.objects.filter(gl_entry=OuterRef("pk"), value_entry__item__number=value.upper())
        return entries.filter(Exists(behind))

    def by_value_entry(self, entries: QuerySet[Any], name: str, value: int) -> QuerySet[Any]:
        return entries.filter(pk__in=GLRelation.objects.filter(value_entry_id=value).values("gl_entry_id"))


class GLRegisterFilter(django_filters.FilterSet):
    """G/L registers by day, source and user."""

    known_from = django_filters.DateFilter("known_at__date", "gte", label="Posted from")
    known_to = django_filters.DateFilter("known_at__date", "lte", label="Posted to")
    source_code = django_filters.MultipleChoiceFilter(choices=SourceCode.choices, label="Source")
    user = django_filters.CharFilter("user__username", label="User", max_length=150)

    class Meta:
        model = GLRegister
        fields: list[str] = []


class GLAccountFilter(django_filters.FilterSet):
    """Accounts of the chart."""

    q = SearchFilter("number", "name")
    number = CodeFilter(label="Number")
    account_type = django_filters.MultipleChoiceFilter(choices=GLAccountType.choices, label="Account type")
    kind = django_filters.MultipleChoiceFilter(choices=GLAccountKind.choices, label="Kind")
    blocked = django_filters.BooleanFilter(label="Blocked")

    class Meta:
        model = GLAccount
        fields: list[str] = []


class AccountingPeriodFilter(django_filters.FilterSet):
    """Accounting periods."""

    starting_date_from = django_filters.DateFilter("starting_date", "gte", label="Starting date from")
    starting_date_to = django_filters.DateFilter("starting_date", "lte", label="Starting date to")
    closed = django_filters.BooleanFilter(label="Closed")

    class Meta:
        model = AccountingPeriod
        fields: list[str] = []


class InventoryPeriodFilter(django_filters.FilterSet):
    """Inventory periods."""

    ending_date_from = django_filters.DateFilter("ending_date", "gte", label="Ending date from")
    ending_date_to = django_filters.DateFilter("ending_date", "lte", label="Ending date to")
    closed = django_filters.BooleanFilter(label="Closed")

    class Meta:
        model = InventoryPeriod
        fields: list[str] = []
