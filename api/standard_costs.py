"""Standard costs: proposed from bills of materials, implemented, and as they were from each date on."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.response import Response
from rest_framework.views import APIView

from api.fields import Plain, Row
from api.masterdata import Readable
from api.permissions import needs
from api.requests import Input, Text, UserRequest, read_body
from costing.standard_cost import Proposal, calculate_and_implement, calculate_standard_costs
from inventory import filters, models

ID = "[0-9]{1,18}"
MOST_ITEMS = 1000


class CalculationInput(Input):
    """Which items, whether sub-assemblies are calculated first, and whether scrap counts."""

    items: Any = serializers.ListField(child=Text(max_length=20), min_length=1, max_length=MOST_ITEMS)
    all_levels = serializers.BooleanField(default=True)
    production = serializers.BooleanField(default=False, help_text="Add scrap, and round line by line.")


class SharesOutput(serializers.Serializer[Any]):
    material = Plain(max_digits=20, decimal_places=5)
    capacity = Plain(max_digits=20, decimal_places=5)
    subcontracted = Plain(max_digits=20, decimal_places=5)
    capacity_overhead = Plain(max_digits=20, decimal_places=5)
    manufacturing_overhead = Plain(max_digits=20, decimal_places=5)


class StandardCostOutput(serializers.Serializer[Any]):
    item = serializers.CharField()
    description = serializers.CharField()
    low_level_code = serializers.IntegerField()
    is_standard = serializers.BooleanField(help_text="Only items of costing method Standard are implemented.")
    old_cost = Plain(max_digits=20, decimal_places=5)
    standard_cost = Plain(max_digits=20, decimal_places=5)
    single_level = SharesOutput()
    rolled_up = SharesOutput()


class StandardCostProposal(serializers.Serializer[Any]):
    costs = StandardCostOutput(many=True, help_text="What lies lowest first.")
    notes = serializers.ListField(child=serializers.CharField(), help_text="Components whose cost may surprise.")


class StandardCostCalculation(APIView):
    """Propose standard costs."""

    permission_classes = needs("inventory.view_item", "costing.view_cost")

    @extend_schema(operation_id="standard_costs_calculate", request=CalculationInput, responses=StandardCostProposal)
    def post(self, request: UserRequest) -> Response:
        """Calculate standard costs from bills of materials. Nothing is written."""
        asked = read_body(CalculationInput, request)
        return Response(StandardCostProposal(_calculate(asked)).data)


class CalculatedInput(Input):
    item = Text(max_length=20)
    standard_cost = Plain(max_digits=20, decimal_places=5)


class ImplementationInput(CalculationInput):
    """The same, from which date the standards hold (today), and for which of the items that are calculated (all)."""

    from_date = serializers.DateField(required=False)
    only: Any = serializers.ListField(child=Text(max_length=20), required=False, max_length=MOST_ITEMS)
    calculated = CalculatedInput(
        many=True, required=False, help_text="What was proposed; refused where it comes out otherwise by now."
    )


class CarriedOutput(serializers.Serializer[Any]):
    item = serializers.CharField()
    quantity = Plain(max_digits=20, decimal_places=5)
    value = Plain(max_digits=20, decimal_places=2)
    value_at_standard = Plain(max_digits=20, decimal_places=2)


class ImplementedOutput(serializers.Serializer[Any]):
    items = serializers.ListField(child=serializers.CharField())
    to_revalue = CarriedOutput(many=True, help_text="Stock that is carried at another standard until it is revalued.")


class StandardCostImplementation(APIView):
    """Make standard costs valid."""

    permission_classes = needs("inventory.implement_standard_cost", "costing.view_cost")

    @extend_schema(
        operation_id="standard_costs_implement", request=ImplementationInput, responses={201: ImplementedOutput}
    )
    def post(self, request: UserRequest) -> Response:
        """Calculate standard costs and write them on the items, all or none. Stock keeps its value."""
        asked = read_body(ImplementationInput, request)
        done = calculate_and_implement(
            asked["items"], multilevel=asked["all_levels"], production=asked["production"], user=request.user,
            reason="standard costs implemented through the API", from_date=asked.get("from_date"),
            only=asked.get("only"),
            expected={each["item"]: each["standard_cost"] for each in asked.get("calculated", ())},
        )  # fmt: skip
        return Response(ImplementedOutput(done).data, status.HTTP_201_CREATED)


def _calculate(asked: dict[str, Any]) -> Proposal:
    return calculate_standard_costs(asked["items"], multilevel=asked["all_levels"], production=asked["production"])


class VersionRow(Row):
    class Meta:
        model = models.StandardCostVersion
        fields = ["id", "item", "from_date", "old_cost", "new_cost", "material_cost", "capacity_cost",
                  "subcontracted_cost", "capacity_overhead_cost", "manufacturing_overhead_cost", "user", "reason",
                  "known_at"]  # fmt: skip


class StandardCostVersions(Readable):
    """Every change of a standard cost: old and new, its shares, from which date, by whom and why."""

    permission_classes = needs("inventory.view_standardcostversion", "costing.view_cost")
    queryset = models.StandardCostVersion.objects.select_related("item", "user")
    serializer_class = VersionRow
    filterset_class = filters.StandardCostVersionFilter
    lookup_field, lookup_value_regex, page_order = "pk", ID, "id"
