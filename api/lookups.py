"""Look-ups for cells and fields: what somebody who types a few letters means, best first."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response
from rest_framework.views import APIView

from api.fields import Plain
from api.pagination import refuse_unknown_parameters, whole_number
from api.permissions import needs
from api.requests import UserRequest
from inventory import models
from inventory.queries import best_first
from ledger.queries import on_hand_at

MOST = 100
LONGEST_QUESTION = 100
_Q = OpenApiParameter("q", str, description="What was typed; every word must occur.")
_ITEM = OpenApiParameter("item", str, description="Only those of this item.")
_LIMIT = OpenApiParameter("limit", int, description=f"How many, at most {MOST}.")


class ItemChoice(serializers.Serializer[Any]):
    number = serializers.CharField()
    description = serializers.CharField()
    unit = serializers.CharField(source="base_unit.code")
    on_hand = Plain(max_digits=20, decimal_places=5, help_text="Base units, at the location where one is named.")
    blocked = serializers.BooleanField()


class ItemChoices(serializers.Serializer[Any]):
    results = ItemChoice(many=True)


class ItemLookup(APIView):
    """Items."""

    permission_classes = needs("inventory.view_item")

    @extend_schema(
        operation_id="lookups_items", responses=ItemChoices,
        parameters=[_Q, _LIMIT, OpenApiParameter("location", str, description="Where on hand is counted.")],
    )  # fmt: skip
    def get(self, request: UserRequest) -> Response:
        """Items by number, description, search text or GTIN, with what is on hand."""
        refuse_unknown_parameters(request, {"q", "limit", "location"})
        location = None
        if code := asked(request, "location"):
            location = models.Location.objects.filter(code__iexact=code).first()
            if location is None:
                words = "There is no such location. Choose one that exists."
                raise ValidationError({"location": serializers.ErrorDetail(words, "not_found")})
        fields = ("number", "description", "search_description", "gtin")
        found = best_first(models.Item.objects.select_related("base_unit"), asked(request, "q"), *fields)
        rows = on_hand_at(found, location)[: limit_of(request)]
        return Response({"results": ItemChoice(rows, many=True).data})


class CodeChoice(serializers.Serializer[Any]):
    code = serializers.CharField()
    name = serializers.CharField()


class CodeChoices(serializers.Serializer[Any]):
    results = CodeChoice(many=True)


class NumberChoice(serializers.Serializer[Any]):
    number = serializers.CharField()
    name = serializers.CharField()


class NumberChoices(serializers.Serializer[Any]):
    results = NumberChoice(many=True)


class _Lookup(APIView):
    """Rows by key and name."""

    key: ClassVar[str] = "code"
    name: ClassVar[str] = "name"

    def rows(self, item: str) -> QuerySet[Any]:
        raise NotImplementedError

    def answer(self, request: UserRequest, *, of_item: bool = False) -> Response:
        refuse_unknown_parameters(request, {"q", "limit", *(["item"] if of_item else [])})
        found = best_first(self.rows(asked(request, "item")), asked(request, "q"), self.key, self.name)
        rows = found.values_list(self.key, self.name)[: limit_of(request)]
        return Response({"results": [{self.key: key, "name": name} for key, name in rows]})


class LocationLookup(_Lookup):
    """Locations goods can be posted at."""

    permission_classes = needs("inventory.view_location")

    def rows(self, item: str) -> QuerySet[Any]:
        return models.Location.objects.exclude(code="").filter(in_transit=False)

    @extend_schema(operation_id="lookups_locations", parameters=[_Q, _LIMIT], responses=CodeChoices)
    def get(self, request: UserRequest) -> Response:
        """Locations by code or name."""
        return self.answer(request)


class UnitLookup(_Lookup):
    """Units of measure."""

    permission_classes = needs("inventory.view_unitofmeasure")
    name = "description"

    def rows(self, item: str) -> QuerySet[Any]:
        units = models.UnitOfMeasure.objects.all()
        if not item:
            return units
        of_item = models.ItemUnitOfMeasure.objects.filter(item__number__iexact=item)
        return units.filter(pk__in=of_item.values("unit_id"))

    @extend_schema(operation_id="lookups_units", parameters=[_Q, _ITEM, _LIMIT], responses=CodeChoices)
    def get(self, request: UserRequest) -> Response:
        """Units by code or description."""
        return self.answer(request, of_item=True)


class VariantLookup(_Lookup):
    """Variants of an item."""

    permission_classes = needs("inventory.view_variant")
    name = "description"

    def rows(self, item: str) -> QuerySet[Any]:
        return models.Variant.objects.filter(item__number__iexact=item)

    @extend_schema(operation_id="lookups_variants", parameters=[_Q, _ITEM, _LIMIT], responses=CodeChoices)
    def get(self, request: UserRequest) -> Response:
        """Variants of the item by code or description; none without an item."""
        return self.answer(request, of_item=True)


class VendorLookup(_Lookup):
    """Vendors."""

    permission_classes = needs("inventory.view_vendor")
    key = "number"

    def rows(self, item: str) -> QuerySet[Any]:
        return models.Vendor.objects.all()

    @extend_schema(operation_id="lookups_vendors", parameters=[_Q, _LIMIT], responses=NumberChoices)
    def get(self, request: UserRequest) -> Response:
        """Vendors by number or name."""
        return self.answer(request)


class CustomerLookup(_Lookup):
    """Customers."""

    permission_classes = needs("inventory.view_customer")
    key = "number"

    def rows(self, item: str) -> QuerySet[Any]:
        return models.Customer.objects.all()

    @extend_schema(operation_id="lookups_customers", parameters=[_Q, _LIMIT], responses=NumberChoices)
    def get(self, request: UserRequest) -> Response:
        """Customers by number or name."""
        return self.answer(request)


def asked(request: UserRequest, name: str) -> str:
    """A word out of the address. Raises `ValidationError` for what no row can hold."""
    text = request.query_params.get(name, "")
    if len(text) > LONGEST_QUESTION or "\x00" in text:
        words = f"{name} has at most {LONGEST_QUESTION} characters, and none that cannot be printed."
        raise ValidationError({name: serializers.ErrorDetail(words, "not_understood")})
    return text.encode("utf-8", "replace").decode().strip()


def limit_of(request: UserRequest) -> int:
    """How many rows are wanted."""
    return whole_number(request.query_params.get("limit"), "limit", least=1, most=MOST, default=20)
