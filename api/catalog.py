"""What exists beside items: units, locations, variants, templates, tracking codes, vendors and customers."""

from api.fields import Code, Row
from api.masterdata import Kept, Readable, kept
from api.permissions import needs
from inventory import filters, models

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
