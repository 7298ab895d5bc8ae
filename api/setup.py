"""Units, locations, partners, posting groups and setup, periods, number series."""

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
from inventory import filters, models
from inventory.setup import lock_setup
from ledger.filters import AccountingPeriodFilter, InventoryPeriodFilter
from ledger.models import AccountingPeriod, InventoryPeriod
from ledger.periods import close_inventory_period, reopen_inventory_period
from users.history import acting
from work.errors import Refusal

ID = "[0-9]{1,18}"


class UnitRow(Row):
    code = Code(max_length=10)

    class Meta:
        model = models.UnitOfMeasure
        fields = ["code", "description", "international_code"]


class Units(Kept):
    """Units of measure."""

    permission_classes = kept("inventory.unitofmeasure")
    queryset = models.UnitOfMeasure.objects.all()
    serializer_class = UnitRow
    filterset_class = filters.UnitFilter


class ItemUnitRow(Row):
    class Meta:
        model = models.ItemUnitOfMeasure
        fields = ["id", "item", "unit", "quantity_per_unit", "rounding_precision"]


class ItemUnits(Readable):
    """The units of items; they are changed with their item."""

    permission_classes = needs("inventory.view_itemunitofmeasure")
    queryset = models.ItemUnitOfMeasure.objects.select_related("item", "unit")
    serializer_class = ItemUnitRow
    filterset_class = filters.ItemUnitFilter
    lookup_field, lookup_value_regex, page_order = "pk", ID, "id"


class LocationRow(Row):
    code = Code(max_length=10)

    class Meta:
        model = models.Location
        fields = ["code", "name", "in_transit"]


class Locations(Kept):
    """Locations; the one with the blank code is a place of its own."""

    permission_classes = kept("inventory.location")
    queryset = models.Location.objects.all()
    serializer_class = LocationRow
    filterset_class = filters.LocationFilter


class VariantRow(Row):
    code = Code(max_length=10)

    class Meta:
        model = models.Variant
        fields = ["id", "item", "code", "description", "blocked", "sales_blocked", "purchasing_blocked"]


class Variants(Kept):
    """Variants of items."""

    permission_classes = kept("inventory.variant")
    queryset = models.Variant.objects.select_related("item")
    serializer_class = VariantRow
    filterset_class = filters.VariantFilter
    lookup_field, lookup_value_regex, page_order = "pk", ID, "id"


class TemplateRow(Row):
    code = Code(max_length=20)
    cost_fields = ("indirect_cost_percent", "overhead_rate")

    class Meta:
        model = models.ItemTemplate
        exclude = ["id"]


class ItemTemplates(Kept):
    """What new items start with."""

    permission_classes = kept("inventory.itemtemplate")
    queryset = models.ItemTemplate.objects.select_related(
        "number_series", "base_unit", "gen_product_posting_group", "inventory_posting_group", "item_tracking_code"
    )
    serializer_class = TemplateRow
    filterset_class = filters.ItemTemplateFilter


class TrackingCodeRow(Row):
    code = Code(max_length=10)

    class Meta:
        model = models.ItemTrackingCode
        exclude = ["id"]


class ItemTrackingCodes(Kept):
    """Which items carry serial and lot numbers."""

    permission_classes = kept("inventory.itemtrackingcode")
    queryset = models.ItemTrackingCode.objects.all()
    serializer_class = TrackingCodeRow
    filterset_class = filters.ItemTrackingCodeFilter
    locks_setup = True


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


class PartnerRow(Row):
    number = Code(max_length=20)

    class Meta:
        model = models.Vendor
        fields = ["number", "name", "gen_business_posting_group", "blocked"]


class Vendors(Kept):
    """Companies that sell to us."""

    permission_classes = kept("inventory.vendor")
    queryset = models.Vendor.objects.select_related("gen_business_posting_group")
    serializer_class = PartnerRow
    filterset_class = filters.VendorFilter
    lookup_field = page_order = "number"


class CustomerRow(PartnerRow):
    class Meta(PartnerRow.Meta):
        model = models.Customer  # type: ignore[assignment]


class Customers(Kept):
    """Companies that buy from us."""

    permission_classes = kept("inventory.customer")
    queryset = models.Customer.objects.select_related("gen_business_posting_group")
    serializer_class = CustomerRow
    filterset_class = filters.CustomerFilter
    lookup_field = page_order = "number"


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
        """Change the fields that are named; waits until no posting runs."""
        with acting(request.user, "changed through the API: inventory setup"):
            lock_setup()
            changed = SetupRow(_setup(), data=request.data, partial=True)
            changed.is_valid(raise_exception=True)
            changed.save()
        return Response(changed.data)


def _setup() -> models.InventorySetup:
    return models.InventorySetup.objects.select_related("item_number_series").get()


def read_day(text: str) -> datetime.date:
    """A date out of an address. Raises `Refusal` for what is none."""
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        raise Refusal("There is nothing of that date. Check the address.", code="not_found") from None
