"""What keeps an inventory period open."""

from drf_spectacular.utils import extend_schema
from rest_framework.response import Response
from rest_framework.views import APIView

from api.journals import ProblemsOutput
from api.permissions import needs
from api.requests import UserRequest
from api.setup import read_day
from ledger.periods import check_inventory_period


class InventoryPeriodCheck(APIView):
    """What closing a period would be refused for."""

    permission_classes = needs("ledger.add_inventoryperiod")

    @extend_schema(operation_id="inventory_periods_check", request=None, responses=ProblemsOutput)
    def post(self, request: UserRequest, ending_date: str) -> Response:
        """Everything that closing to this date would be refused for now; empty when nothing is."""
        problems = check_inventory_period(read_day(ending_date))
        return Response({"errors": [problem.as_dict() for problem in problems]})
