"""Items: listed with stock and cost, created and changed one by one or many at once, through one verb."""

from typing import Any

from django.db.models import Prefetch, QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import ValidationError
from rest_framework.fields import empty
from rest_framework.response import Response
from rest_framework.views import APIView

from api.fields import Plain, Row
from api.masterdata import Readable
from api.permissions import needs, sees_cost
from api.requests import Input, Text, UserRequest, refuse_unknown
from costing.queries import with_adjusted
from inventory.items import ItemChange, save_items
from inventory.models import Item, ItemUnitOfMeasure
from inventory.models.item import SHARE_FIELDS
from inventory.queries import items
from ledger.filters import StockedItemFilter
from ledger.queries import with_stock
from work.errors import Refusal, Refused

MOST_CHANGES = 5000
COST_FIELDS = ("standard_cost", "indirect_cost_percent", "overhead_rate")
READ_COSTS = ("unit_cost", "last_direct_cost", "inventory_value", "cost_is_adjusted", *SHARE_FIELDS)
_KEPT = {"id", "low_level_code", *SHARE_FIELDS}  # by the system, not by people
_FIELDS = [field.name for field in Item._meta.concrete_fields if field.name not in _KEPT]


class ItemUnitOutput(serializers.ModelSerializer[ItemUnitOfMeasure]):
    unit = serializers.CharField(source="unit.code")
    quantity_per_unit = Plain(max_digits=20, decimal_places=5)
    rounding_precision = Plain(max_digits=20, decimal_places=5)

    class Meta:
        model = ItemUnitOfMeasure
        fields = ["unit", "quantity_per_unit", "rounding_precision"]


class ItemOutput(Row):
    """An item with its units and stock; costs only for those who may see them."""

    cost_fields = (*COST_FIELDS, *READ_COSTS)
    units = ItemUnitOutput(many=True, read_only=True)
    quantity_on_hand = Plain(max_digits=20, decimal_places=5, read_only=True)
    unit_cost = Plain(max_digits=20, decimal_places=5, read_only=True)
    last_direct_cost = Plain(max_digits=20, decimal_places=5, read_only=True)
    inventory_value = Plain(max_digits=20, decimal_places=2, read_only=True)
    cost_is_adjusted = serializers.BooleanField(read_only=True)

    class Meta:
        model = Item
        fields = [*_FIELDS, "low_level_code", "units", "quantity_on_hand", *READ_COSTS]


class UnitInput(Input):
    """Base units in one of these; null takes the unit away."""

    unit = Text(max_length=10)
    quantity_per_unit = Text(max_length=40, allow_null=True)
    rounding_precision = Text(max_length=40, required=False)


class Cell(Text):
    """A value as text; yes and no may be true and false."""

    def __init__(self) -> None:
        super().__init__(required=False, allow_null=True, allow_blank=True, max_length=1000, trim_whitespace=False)

    def run_validation(self, data: Any = empty) -> Any:
        return super().run_validation({True: "yes", False: "no"}[data] if isinstance(data, bool) else data)


class ItemInput(Input):
    """What is to be set; fields that are not named stay as they are, or get the defaults of the template."""

    number = Text(max_length=50, required=False, allow_blank=True)
    template = Text(max_length=50, required=False, allow_blank=True)
    units = UnitInput(many=True, required=False)

    def get_fields(self) -> dict[str, Any]:
        more = {name: Cell() for name in _FIELDS if name != "number"}
        return {**super().get_fields(), **more}


class ItemChangesInput(Input):
    mode = serializers.ChoiceField(["create", "update", "upsert"])
    changes: Any = serializers.ListSerializer(child=ItemInput(), max_length=MOST_CHANGES)


class ItemOutcome(serializers.Serializer[Any]):
    row = serializers.IntegerField(help_text="The place in the request, from 1.")
    number = serializers.CharField()
    outcome = serializers.ChoiceField(["created", "changed", "unchanged"])


class ItemOutcomes(serializers.Serializer[Any]):
    items = ItemOutcome(many=True)


class Items(Readable):
    """Items with what is on hand and, for those who may see it, what it is worth."""

    http_method_names = ["get", "post", "patch", "head", "options"]
    permission_classes = needs(GET="inventory.view_item", POST="inventory.add_item", PATCH="inventory.change_item")
    queryset = Item.objects.all()
    serializer_class = ItemOutput
    filterset_class = StockedItemFilter
    lookup_field = page_order = "number"

    def get_queryset(self) -> QuerySet[Any]:
        units = ItemUnitOfMeasure.objects.select_related("unit").order_by("quantity_per_unit", "unit__code")
        found = items().prefetch_related(Prefetch("units", units))
        if not sees_cost(self.request):
            return with_stock(found)
        return with_adjusted(with_stock(found, with_cost=True))

    @extend_schema(request=ItemInput, responses={201: ItemOutput})
    def create(self, request: UserRequest) -> Response:
        """Create an item. Without a number it takes the next one of the series."""
        change = _change(1, read_item(request.data, request), "create")
        number = _save([change], request)[0].number
        return Response(self._shown(number), status.HTTP_201_CREATED)

    @extend_schema(request=ItemInput, responses=ItemOutput)
    def partial_update(self, request: UserRequest, number: str) -> Response:
        """Change the fields and units that are named."""
        found, asked = self.get_object(), read_item(request.data, request)
        if asked.pop("number", found.number).strip().upper() != found.number:
            words = "The number of an item stays as it is. Create another item instead."
            raise ValidationError({"number": serializers.ErrorDetail(words, "read_only")})
        _save([_change(1, {**asked, "number": found.number}, "update")], request)
        return Response(self._shown(found.number))

    def _shown(self, number: str) -> Any:
        return self.get_serializer(self.get_queryset().get(number=number)).data


class ItemChanges(APIView):
    """Many items at once, all or nothing."""

    permission_classes = needs("inventory.change_item", "inventory.add_item")

    @extend_schema(operation_id="item_changes_save", request=ItemChangesInput, responses=ItemOutcomes)
    def post(self, request: UserRequest) -> Response:
        """Create and change items; each error's line is the place of its change, from 1. Nothing is half saved."""
        asked = ItemChangesInput(data=request.data)
        asked.is_valid(raise_exception=True)
        mode, bodies = asked.validated_data["mode"], asked.validated_data["changes"]
        refused = [problem for row, body in enumerate(bodies, 1) for problem in _costs_named(body, request, row)]
        if refused:
            raise Refused(refused)
        saved = _save([_change(row, dict(body), mode) for row, body in enumerate(bodies, 1)], request)
        return Response({"items": ItemOutcome(saved, many=True).data})


def read_item(data: Any, request: UserRequest) -> dict[str, Any]:
    """The body of one item. Raises for what is not known, and for costs by those who may not see them."""
    refuse_unknown(data, ItemInput().fields)
    asked = ItemInput(data=data)
    asked.is_valid(raise_exception=True)
    if refused := _costs_named(asked.validated_data, request, None):
        raise Refused(refused)
    return dict(asked.validated_data)


def _costs_named(body: Any, request: UserRequest, row: int | None) -> list[Refusal]:
    if sees_cost(request):
        return []
    words = "You may not see or set costs. Leave it out, or ask an administrator for the permission."
    return [Refusal(words, code="permission_denied", field=name, line=row) for name in COST_FIELDS if name in body]


def _change(row: int, body: dict[str, Any], mode: Any) -> ItemChange:
    units = {each["unit"]: _unit(each) for each in body.pop("units", ())}
    return ItemChange(row=row, number=body.pop("number", ""), values=body, units=units, mode=mode)


def _unit(given: dict[str, Any]) -> str:
    if given["quantity_per_unit"] is None:
        return ""
    precision = given.get("rounding_precision")
    return f"{given['quantity_per_unit']} / {precision}" if precision else str(given["quantity_per_unit"])


def _save(changes: list[ItemChange], request: UserRequest) -> Any:
    return save_items(changes, user=request.user, reason="changed through the API: items")
