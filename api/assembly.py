"""Resources, and bills of materials: listed line by line, written item by item, exploded into a tree."""

from decimal import Decimal
from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.views import APIView

from api.fields import Code, Plain, Row
from api.masterdata import Kept, Readable, kept
from api.permissions import needs
from api.requests import Input, Text, UserRequest, known_name, read_body
from inventory import filters, models
from inventory.bom_edit import BOMChange, BOMLine, save_boms
from inventory.boms import explosion
from inventory.choices import BOMLineType
from inventory.queries import named_parts
from inventory.resources import follow_costs

ID = "[0-9]{1,18}"
COSTS = ("direct_unit_cost", "indirect_cost_percent", "unit_cost")
MOST_BOMS, MOST_LINES = 1000, 1000


class ResourceRow(Row):
    number = Code(max_length=20)
    cost_fields = COSTS

    class Meta:
        model = models.Resource
        exclude = ["id"]

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        typed = attrs.keys() & set(COSTS)
        if typed:
            before = {name: getattr(self.instance, name) for name in COSTS} if self.instance else {}
            after = models.Resource(**{**before, **{name: attrs[name] for name in typed}})
            follow_costs(after, typed)
            attrs = {**attrs, **{name: getattr(after, name) for name in COSTS}}
        return super().validate(attrs)


class Resources(Kept):
    """People and machines; the unit cost follows from direct cost and percentage unless it is given."""

    permission_classes = kept("inventory.resource")
    queryset = models.Resource.objects.select_related("base_unit", "gen_product_posting_group")
    serializer_class = ResourceRow
    filterset_class = filters.ResourceFilter
    lookup_field = page_order = "number"


class BOMLineRow(Row):
    class Meta:
        model = models.AssemblyBOM
        fields = ["id", "parent", "line_number", "type", "component", "resource", "description", "quantity_per",
                  "scrap_percent"]  # fmt: skip


class AssemblyBOMLines(Readable):
    """What items are assembled from, line by line; they are written as whole bills of materials."""

    permission_classes = needs("inventory.view_assemblybom")
    queryset = models.AssemblyBOM.objects.select_related("parent", "component", "resource")
    serializer_class = BOMLineRow
    filterset_class = filters.AssemblyBOMFilter
    lookup_field, lookup_value_regex, page_order = "pk", ID, "id"


class BOMLineInput(Input):
    """Base units of an item or resource in one base unit of the parent."""

    number = Text(max_length=20)
    type = serializers.ChoiceField(BOMLineType.choices, default=BOMLineType.ITEM)
    quantity_per = Plain(max_digits=20, decimal_places=5, default=Decimal(1))
    scrap_percent = Plain(max_digits=10, decimal_places=5, default=Decimal(0))
    description = Text(max_length=100, default="", allow_blank=True)
    line_number = serializers.IntegerField(min_value=1, max_value=2**31 - 1, required=False)


class BOMInput(Input):
    """All lines the item is to have; none takes its bill of materials away."""

    item = Text(max_length=20)
    lines: Any = serializers.ListSerializer(child=BOMLineInput(), max_length=MOST_LINES)


class BOMChangesInput(Input):
    changes: Any = serializers.ListSerializer(child=BOMInput(), max_length=MOST_BOMS)


class BOMChangesOutput(serializers.Serializer[Any]):
    lines_changed = serializers.IntegerField(help_text="Lines that were added, changed or taken away.")


class AssemblyBOMChanges(APIView):
    """Whole bills of materials, all or nothing."""

    permission_classes = needs("inventory.change_assemblybom")

    @extend_schema(operation_id="assembly_bom_changes_save", request=BOMChangesInput, responses=BOMChangesOutput)
    def post(self, request: UserRequest) -> Response:
        """Give items the lines that are named; each error's line is the place of its change, from 1."""
        changes = [
            BOMChange(row, each["item"], [BOMLine(**line) for line in each["lines"]])
            for row, each in enumerate(read_body(BOMChangesInput, request)["changes"], 1)
        ]
        changed = save_boms(changes, user=request.user, reason="changed through the API: assembly-boms")
        return Response(BOMChangesOutput({"lines_changed": changed}).data)


class ExplodedRow(serializers.Serializer[Any]):
    level = serializers.IntegerField(help_text="1 right below the item.")
    type = serializers.ChoiceField(BOMLineType.choices)
    number = serializers.CharField()
    description = serializers.CharField()
    quantity_per = Plain(max_digits=20, decimal_places=5)
    quantity = Plain(max_digits=None, decimal_places=None, help_text="For one base unit of the item at the top.")
    has_bom = serializers.BooleanField()


class ExplosionOutput(serializers.Serializer[Any]):
    item = serializers.CharField()
    rows = ExplodedRow(many=True)


class AssemblyBOMExplosion(APIView):
    """The tree below an item."""

    permission_classes = needs("inventory.view_assemblybom")

    @extend_schema(operation_id="assembly_bom_explosion", responses=ExplosionOutput)
    def get(self, request: UserRequest, number: str) -> Response:
        """Everything below an item, each sub-assembly's lines right behind its own, with quantities multiplied."""
        item = get_object_or_404(models.Item, number=known_name(number, longest=20))
        tree = explosion(item)
        items, resources = named_parts(each.line for each in tree)
        rows = []
        for each in tree:
            line = each.line
            kind = BOMLineType.ITEM if line.component_id else BOMLineType.RESOURCE
            name, words = items[line.component_id] if line.component_id else resources[line.resource_id or 0]
            rows.append(
                {
                    "level": each.level, "type": kind, "number": name, "description": line.description or words,
                    "quantity_per": line.quantity_per, "quantity": each.quantity, "has_bom": each.has_bom,
                }
            )  # fmt: skip
        return Response(ExplosionOutput({"item": item.number, "rows": rows}).data)
