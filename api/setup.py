"""What a company chooses: number series, posting groups and setup, periods, who may post when."""

import datetime
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.response import Response
from rest_framework.views import APIView

from api.fields import Code, Row
from api.masterdata import Kept, Readable, kept
from api.permissions import needs
from api.requests import Input, Text, UserRequest, read_body
from costing.models import GeneralPostingSetup, InventoryPostingSetup
from costing.setup_changes import follow_setup
from inventory import filters, models
from inventory.setup import lock_setup
from ledger.filters import AccountingPeriodFilter, InventoryPeriodFilter
from ledger.models import AccountingPeriod, InventoryPeriod
from ledger.periods import close_inventory_period, reopen_inventory_period
from users.history import acting
from work.errors import Refusal

ID = "[0-9]{1,18}"


class NumberLineRow(Row):
    class Meta:
        model = models.NumberSeriesLine
        exclude = ["id", "series"]


class SeriesRow(Row):
    code = Code(max_length=20)
    lines = NumberLineRow(many=True, read_only=True)

    class Meta:
        model = models.NumberSeries
        fields = ["code", "description", "default_numbers", "manual_numbers", "date_order", "allow_gaps", "lines"]


class NumberSeries(Kept):
    """Where numbers come from, with the first, last and latest number from each starting date on."""

    permission_classes = kept("inventory.numberseries")
    queryset = models.NumberSeries.objects.prefetch_related("lines")
    serializer_class = SeriesRow
    filterset_class = filters.NumberSeriesFilter


class NumberSeriesLineRow(Row):
    class Meta:
        model = models.NumberSeriesLine
        fields = ["id", "series", "starting_date", "starting_number", "ending_number", "warning_number",
                  "increment_by", "open", "last_number_used", "last_date_used"]  # fmt: skip
        read_only_fields = ["last_number_used", "last_date_used"]


class NumberSeriesLines(Kept):
    """The lines of number series; the latest number is what was taken, and cannot be set."""

    permission_classes = kept("inventory.numberseries")
    queryset = models.NumberSeriesLine.objects.select_related("series")
    serializer_class = NumberSeriesLineRow
    lookup_field, lookup_value_regex, page_order = "pk", ID, "id"


class ReasonCodeRow(Row):
    code = Code(max_length=10)

    class Meta:
        model = models.ReasonCode
        fields = ["code", "description"]


class ReasonCodes(Kept):
    """Why something is posted."""

    permission_classes = kept("inventory.reasoncode")
    queryset = models.ReasonCode.objects.all()
    serializer_class = ReasonCodeRow


class ResponsibilityCenterRow(Row):
    code = Code(max_length=10)

    class Meta:
        model = models.ResponsibilityCenter
        fields = ["code", "name"]


class ResponsibilityCenters(Kept):
    """Parts of the company that answer for their own documents."""

    permission_classes = kept("inventory.responsibilitycenter")
    queryset = models.ResponsibilityCenter.objects.all()
    serializer_class = ResponsibilityCenterRow


class UserSetupRow(Row):
    class Meta:
        model = models.UserSetup
        fields = ["id", "user", "allow_posting_from", "allow_posting_to", "responsibility_center", "strict_center"]


class UserSetups(Kept):
    """What holds for one user only, such as the dates that user may post."""

    permission_classes = kept("inventory.usersetup")
    queryset = models.UserSetup.objects.select_related("user", "responsibility_center")
    serializer_class = UserSetupRow
    lookup_field, lookup_value_regex, page_order, locks_setup = "pk", ID, "id", True


class InventoryGroupRow(Row):
    code = Code(max_length=20)

    class Meta:
        model = models.InventoryPostingGroup
        fields = ["code", "description"]


class InventoryPostingGroups(Kept):
    """Which inventory accounts items belong to."""

    permission_classes = kept("inventory.inventorypostinggroup")
    queryset = models.InventoryPostingGroup.objects.all()
    serializer_class = InventoryGroupRow
    filterset_class = filters.InventoryPostingGroupFilter


class BusinessGroupRow(InventoryGroupRow):
    class Meta(InventoryGroupRow.Meta):
        model = models.GenBusinessPostingGroup  # type: ignore[assignment]


class GenBusinessPostingGroups(Kept):
    """With whom we trade, as far as accounts are concerned."""

    permission_classes = kept("inventory.genbusinesspostinggroup")
    queryset = models.GenBusinessPostingGroup.objects.all()
    serializer_class = BusinessGroupRow
    filterset_class = filters.GenBusinessPostingGroupFilter


class ProductGroupRow(InventoryGroupRow):
    class Meta(InventoryGroupRow.Meta):
        model = models.GenProductPostingGroup  # type: ignore[assignment]


class GenProductPostingGroups(Kept):
    """What we trade, as far as accounts are concerned."""

    permission_classes = kept("inventory.genproductpostinggroup")
    queryset = models.GenProductPostingGroup.objects.all()
    serializer_class = ProductGroupRow
    filterset_class = filters.GenProductPostingGroupFilter


def _keys_of(model: Any) -> list[str]:
    return [field.name for field in model._meta.fields if field.is_relation]


class InventoryPostingSetupRow(Row):
    class Meta:
        model = InventoryPostingSetup
        fields = "__all__"


class InventoryPostingSetups(Kept):
    """The balance sheet accounts of a posting group at a location."""

    permission_classes = kept("costing.inventorypostingsetup")
    queryset = InventoryPostingSetup.objects.select_related(*_keys_of(InventoryPostingSetup))
    serializer_class = InventoryPostingSetupRow
    lookup_field, lookup_value_regex, page_order, locks_setup = "pk", ID, "id", True


class GeneralPostingSetupRow(Row):
    class Meta:
        model = GeneralPostingSetup
        fields = "__all__"


class GeneralPostingSetups(Kept):
    """The accounts of a business group and a product group."""

    permission_classes = kept("costing.generalpostingsetup")
    queryset = GeneralPostingSetup.objects.select_related(*_keys_of(GeneralPostingSetup))
    serializer_class = GeneralPostingSetupRow
    lookup_field, lookup_value_regex, page_order, locks_setup = "pk", ID, "id", True


class AccountingPeriodRow(Row):
    class Meta:
        model = AccountingPeriod
        exclude = ["id"]


class AccountingPeriods(Kept):
    """The periods of the books, each from its starting date to the day before the next one."""

    permission_classes = kept("ledger.accountingperiod")
    queryset = AccountingPeriod.objects.all()
    serializer_class = AccountingPeriodRow
    filterset_class = AccountingPeriodFilter
    lookup_field = page_order = "starting_date"
    lookup_value_regex = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
    locks_setup = True

    def key(self) -> dict[str, Any]:
        return {"starting_date": read_day(self.kwargs["starting_date"])}


class InventoryPeriodRow(Row):
    class Meta:
        model = InventoryPeriod
        fields = ["ending_date", "name", "closed"]


class InventoryPeriods(Readable):
    """No inventory value may be posted on or before the ending date of a closed period."""

    http_method_names = ["get", "post", "head", "options"]
    permission_classes = needs(GET="ledger.view_inventoryperiod", POST="ledger.add_inventoryperiod")
    queryset = InventoryPeriod.objects.all()
    serializer_class = InventoryPeriodRow
    filterset_class = InventoryPeriodFilter
    lookup_field = page_order = "ending_date"
    lookup_value_regex = "[0-9]{4}-[0-9]{2}-[0-9]{2}"

    def key(self) -> dict[str, Any]:
        return {"ending_date": read_day(self.kwargs["ending_date"])}

    def create(self, request: UserRequest) -> Response:
        """Close all periods to an ending date. Refused while costs are unadjusted or issues uncovered."""
        asked = read_body(PeriodInput, request)
        closed = close_inventory_period(asked["ending_date"], by=request.user, name=asked["name"])
        return Response(InventoryPeriodRow(closed).data, status.HTTP_201_CREATED)


class PeriodInput(Input):
    ending_date = serializers.DateField()
    name = Text(max_length=50, required=False, default="", allow_blank=True)


class InventoryPeriodReopening(APIView):
    """Open a closed period and all later ones again."""

    permission_classes = needs("ledger.change_inventoryperiod")

    @extend_schema(operation_id="inventory_periods_reopen", request=None, responses=InventoryPeriodRow)
    def post(self, request: UserRequest, ending_date: str) -> Response:
        """Open a closed period and all later ones for posting again."""
        return Response(InventoryPeriodRow(reopen_inventory_period(read_day(ending_date), by=request.user)).data)


class SetupRow(Row):
    class Meta:
        model = models.InventorySetup
        exclude = ["id"]


class InventorySetup(APIView):
    """What the company chooses."""

    permission_classes = needs(GET="inventory.view_inventorysetup", PATCH="inventory.change_inventorysetup")

    @extend_schema(operation_id="inventory_setup_read", responses=SetupRow)
    def get(self, request: UserRequest) -> Response:
        """The company's choices."""
        return Response(SetupRow(_setup()).data)

    @extend_schema(operation_id="inventory_setup_change", request=SetupRow, responses=SetupRow)
    def patch(self, request: UserRequest) -> Response:
        """Change the fields that are named; waits until no posting runs.

        Switching expected cost posting on queues, for the G/L, the expected cost of all that was received or shipped
        and is not invoiced; another average calculation or period computes all averages of open years anew. Ask before.
        Switched off, only what was posted is still taken back by invoices.
        """
        with acting(request.user, "changed through the API: inventory setup"):
            lock_setup()
            before = _setup()
            changed = SetupRow(_setup(), data=request.data, partial=True)
            changed.is_valid(raise_exception=True)
            follow_setup(before, changed.save())
        return Response(changed.data)


def _setup() -> models.InventorySetup:
    return models.InventorySetup.objects.select_related("item_number_series").get()


def read_day(text: str) -> datetime.date:
    """A date out of an address. Raises `Refusal` for what is none."""
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        raise Refusal("There is nothing of that date. Check the address.", code="not_found") from None
