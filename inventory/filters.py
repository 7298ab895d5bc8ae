"""What lists of master data can be narrowed by; pages and the API use the same (decision 27)."""

import operator
from functools import reduce
from typing import Any

import django_filters
from django import forms
from django.db.models import Q, QuerySet

from inventory.choices import CostingMethod, ItemType
from inventory.models import (
    AssemblyBOM,
    Customer,
    GenBusinessPostingGroup,
    GenProductPostingGroup,
    InventoryPostingGroup,
    Item,
    ItemTemplate,
    ItemTrackingCode,
    ItemUnitOfMeasure,
    Location,
    NumberSeries,
    Resource,
    StandardCostVersion,
    UnitOfMeasure,
    Variant,
    Vendor,
)

LARGEST_ID = 2**63 - 1
MOST_WORDS = 10


class _PlainText(forms.CharField):
    """Text the database can be asked for; a NUL byte is refused by Django's own validator."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=250, **options)


class CodeFilter(django_filters.Filter):
    """Codes and numbers, written like the field's filters: `A|B` is either, `A*` begins with, `''` is blank."""

    field_class = _PlainText

    def filter(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        if not value:
            return queryset
        either = reduce(operator.or_, (self._one(part.strip().upper()) for part in value.split("|")))
        return queryset.filter(either)

    def _one(self, code: str) -> Q:
        if code.endswith("*"):
            return Q(**{f"{self.field_name}__istartswith": code[:-1]})
        return Q(**{self.field_name: "" if code == "''" else code})


class IdFilter(django_filters.Filter):
    """The number of a row."""

    field_class = forms.IntegerField

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, min_value=1, max_value=LARGEST_ID, **options)


class SearchFilter(django_filters.Filter):
    """Every word occurs in one of the fields, whatever its case."""

    field_class = _PlainText

    def __init__(self, *fields: str, label: str = "Search") -> None:
        super().__init__(label=label)
        self.fields = fields

    def filter(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        for word in (value or "").split()[:MOST_WORDS]:
            queryset = queryset.filter(
                reduce(operator.or_, (Q(**{f"{name}__icontains": word}) for name in self.fields))
            )
        return queryset


class ItemFilter(django_filters.FilterSet):
    """Items by what stands on their card, in the order of the item list's columns."""

    q = SearchFilter("number", "description", "search_description", "gtin", "vendor_item_number")
    number = CodeFilter(label="Number")
    type = django_filters.MultipleChoiceFilter(choices=ItemType.choices, label="Type")
    base_unit = CodeFilter("base_unit__code", label="Base unit")
    costing_method = django_filters.MultipleChoiceFilter(choices=CostingMethod.choices, label="Costing method")
    vendor = CodeFilter("vendor__number", label="Vendor")
    inventory_posting_group = CodeFilter("inventory_posting_group__code", label="Inventory posting group")
    gen_product_posting_group = CodeFilter("gen_product_posting_group__code", label="General product posting group")
    item_tracking_code = CodeFilter("item_tracking_code__code", label="Item tracking code")
    blocked = django_filters.BooleanFilter(label="Blocked")

    class Meta:
        model = Item
        fields: list[str] = []


class VariantFilter(django_filters.FilterSet):
    """Variants of an item."""

    q = SearchFilter("code", "description")
    item = CodeFilter("item__number", label="Item")
    code = CodeFilter(label="Code")
    blocked = django_filters.BooleanFilter(label="Blocked")

    class Meta:
        model = Variant
        fields: list[str] = []


class ItemUnitFilter(django_filters.FilterSet):
    """The units of an item."""

    item = CodeFilter("item__number", label="Item")
    unit = CodeFilter("unit__code", label="Unit")

    class Meta:
        model = ItemUnitOfMeasure
        fields: list[str] = []


class LocationFilter(django_filters.FilterSet):
    """Locations."""

    q = SearchFilter("code", "name")
    code = CodeFilter(label="Code")
    in_transit = django_filters.BooleanFilter(label="In transit")

    class Meta:
        model = Location
        fields: list[str] = []


class AssemblyBOMFilter(django_filters.FilterSet):
    """Lines of an item, or where an item or resource is used."""

    parent = CodeFilter("parent__number", label="Parent")
    component = CodeFilter("component__number", label="Component")
    resource = CodeFilter("resource__number", label="Resource")

    class Meta:
        model = AssemblyBOM
        fields: list[str] = []


class StandardCostVersionFilter(django_filters.FilterSet):
    """The standard costs of an item, and from which dates."""

    item = CodeFilter("item__number", label="Item")
    from_date = django_filters.DateFromToRangeFilter(label="From date")

    class Meta:
        model = StandardCostVersion
        fields: list[str] = []


def _by_code(of: type[Any], *searched: str) -> type[django_filters.FilterSet]:
    """A filter of a table that is little more than codes and words."""
    key = searched[0]
    meta = type("Meta", (), {"model": of, "fields": []})
    body = {"__doc__": f"{of.__name__} by {key} and words.", "Meta": meta, "q": SearchFilter(*searched),
            key: CodeFilter(label=key.capitalize())}  # fmt: skip
    return type(f"{of.__name__}Filter", (django_filters.FilterSet,), body)


UnitFilter = _by_code(UnitOfMeasure, "code", "description")
ResourceFilter = _by_code(Resource, "number", "name")
VendorFilter = _by_code(Vendor, "number", "name")
CustomerFilter = _by_code(Customer, "number", "name")
ItemTemplateFilter = _by_code(ItemTemplate, "code", "description")
ItemTrackingCodeFilter = _by_code(ItemTrackingCode, "code", "description")
NumberSeriesFilter = _by_code(NumberSeries, "code", "description")
InventoryPostingGroupFilter = _by_code(InventoryPostingGroup, "code", "description")
GenBusinessPostingGroupFilter = _by_code(GenBusinessPostingGroup, "code", "description")
GenProductPostingGroupFilter = _by_code(GenProductPostingGroup, "code", "description")
