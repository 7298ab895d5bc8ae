"""Master data and setup."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import admin
from django.db import transaction
from django.http import HttpRequest
from unfold.admin import TabularInline
from unfold.widgets import UnfoldAdminTextareaWidget

from inventory.back_office import SEE_COST, AssemblyBOMAdmin, ResourceAdmin, StandardCostVersionAdmin
from inventory.item_rows import item_fields
from inventory.items import ItemChange, save_items
from inventory.models import (
    AssemblyBOM,
    Customer,
    Dimension,
    DimensionSet,
    DimensionValue,
    GenBusinessPostingGroup,
    GenProductPostingGroup,
    InventoryPostingGroup,
    Item,
    ItemTemplate,
    ItemTrackingCode,
    Location,
    NumberSeries,
    NumberSeriesLine,
    ReasonCode,
    Resource,
    ResponsibilityCenter,
    StandardCostVersion,
    StockkeepingUnit,
    UnitOfMeasure,
    UserSetup,
    Variant,
    Vendor,
)
from inventory.models.item import SHARE_FIELDS
from inventory.numbers import plain
from inventory.setup import lock_setup
from users.back_office import Recorded
from work.back_office import ReadOnly
from work.errors import Refused

COSTS = ("standard_cost", "indirect_cost_percent", "overhead_rate", *SHARE_FIELDS)


class Setup(Recorded):
    """What postings read at their beginning: a change waits until none runs, and keeps others from starting."""

    def before_saving(self) -> None:
        lock_setup()


class ItemForm(forms.ModelForm):  # type: ignore[type-arg]
    """Rehearses the verb, so that what it refuses shows beside the fields."""

    unit_lines = forms.CharField(
        label="Units of measure",
        required=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 4}),
        help_text="One a line: code, base units in one, and after a slash its rounding precision. BOX: 6 / 1",
    )
    user: Any = None

    class Meta:
        model = Item
        fields = "__all__"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.known: dict[str, str] = {}
        if self.instance.pk:
            self.known = _units_of(self.instance)
            self.fields["unit_lines"].initial = _unit_lines(self.known)

    def clean(self) -> dict[str, Any]:
        """Everything the verb has against these values, in a savepoint that is rolled back."""
        cleaned: dict[str, Any] = super().clean() or {}
        if self.errors:
            return cleaned
        try:
            with transaction.atomic():
                self.save_item()
                transaction.set_rollback(True)
        except Refused as refused:
            for problem in refused.refusals:
                field = "unit_lines" if problem.field == "units" else problem.field
                self.add_error(field if field in self.fields else None, problem.message)
        return cleaned

    def save_item(self) -> int:
        """Call the verb with what was typed; returns the id of the item."""
        values = {name: _text(self.cleaned_data[name]) for name in item_fields() if name in self.cleaned_data}
        number = values.pop("number", "") or self.instance.number
        mode = "update" if self.instance.pk else "create"
        change = ItemChange(1, number, values, self._units(), mode=mode)  # type: ignore[arg-type]
        return save_items([change], user=self.user, reason="changed in the back office")[0].id

    def _units(self) -> dict[str, str]:
        typed = dict.fromkeys(self.known, "")
        for line in self.cleaned_data.get("unit_lines", "").splitlines():
            code, _, text = line.partition(":")
            if code.strip():
                typed[code.strip().upper()] = text.strip()
        return typed

    def _post_clean(self) -> None:
        """The verb checks and writes; the instance stays as it was read."""


def _units_of(item: Item) -> dict[str, str]:
    return {
        each.unit.code: f"{plain(each.quantity_per_unit)} / {plain(each.rounding_precision)}"
        for each in item.units.select_related("unit")
    }


def _unit_lines(units: Mapping[str, str]) -> str:
    return "\n".join(f"{code}: {text}" for code, text in units.items())


def _text(value: Any) -> str:
    """A cleaned value as the verb takes it: text, with codes for keys."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return value
    return str(getattr(value, "number", None) or getattr(value, "code", None) or plain(value))


@admin.register(Item)
class ItemAdmin(Recorded):
    """Saved by the verb that imports and the API use; what it refuses stands beside the field."""

    form = ItemForm
    list_display = ("number", "description", "type", "costing_method", "base_unit", "blocked")
    list_select_related = ("base_unit",)
    list_filter = ("type", "costing_method", "blocked")
    search_fields = ("number__istartswith", "description__icontains")
    autocomplete_fields = ("vendor",)
    exclude = ("low_level_code",)

    @admin.display(description="Units of measure")
    def unit_lines(self, item: Item) -> str:
        """As the form shows them, for who may only look."""
        return _unit_lines(_units_of(item))

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change, **kwargs)
        form.user = request.user
        return form

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("number",) if obj else ()

    def hidden_fields(self, request: HttpRequest) -> tuple[str, ...]:
        """Costs are for those who may see them."""
        return () if request.user.has_perm(SEE_COST) else COSTS

    def save_form(self, request: HttpRequest, form: Any, change: bool) -> Any:
        return form.instance

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        obj.pk = form.save_item()
        obj.refresh_from_db()

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """The verb has saved everything."""

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Variant)
class VariantAdmin(Recorded):
    list_display = ("code", "item", "description", "blocked")
    list_select_related = ("item",)
    search_fields = ("item__number__exact", "code__exact")
    autocomplete_fields = ("item",)


@admin.register(ItemTemplate)
class ItemTemplateAdmin(Recorded):
    list_display = ("code", "description", "type", "costing_method")

    def hidden_fields(self, request: HttpRequest) -> tuple[str, ...]:
        return () if request.user.has_perm(SEE_COST) else COSTS


admin.site.register(AssemblyBOM, AssemblyBOMAdmin)
admin.site.register(Resource, ResourceAdmin)
admin.site.register(StandardCostVersion, StandardCostVersionAdmin)


@admin.register(UnitOfMeasure)
class UnitAdmin(Recorded):
    list_display = ("code", "description", "international_code")
    search_fields = ("code", "description")


@admin.register(Location)
class LocationAdmin(Recorded):
    list_display = ("__str__", "name", "in_transit")
    search_fields = ("code", "name")


@admin.register(StockkeepingUnit)
class StockkeepingUnitAdmin(Recorded):
    list_display = ("item", "location", "variant")
    list_select_related = ("item", "location", "variant")
    search_fields = ("item__number__exact", "location__code__exact")
    autocomplete_fields = ("item", "location", "variant")

    def hidden_fields(self, request: HttpRequest) -> tuple[str, ...]:
        return () if request.user.has_perm(SEE_COST) else ("standard_cost",)


@admin.register(Vendor, Customer)
class PartnerAdmin(Recorded):
    list_display = ("number", "name", "gen_business_posting_group", "blocked")
    list_select_related = ("gen_business_posting_group",)
    list_filter = ("blocked",)
    search_fields = ("number__istartswith", "name__icontains")


@admin.register(InventoryPostingGroup, GenBusinessPostingGroup, GenProductPostingGroup, ReasonCode)
class CodeAdmin(Recorded):
    list_display = ("code", "description")
    search_fields = ("code", "description")


@admin.register(ResponsibilityCenter, Dimension)
class NamedAdmin(Recorded):
    list_display = ("code", "name")
    search_fields = ("code", "name")


@admin.register(DimensionValue)
class DimensionValueAdmin(Recorded):
    list_display = ("code", "dimension", "name")
    list_select_related = ("dimension",)
    list_filter = ("dimension",)


@admin.register(DimensionSet)
class DimensionSetAdmin(ReadOnly):
    list_display = ("id", "__str__")


@admin.register(ItemTrackingCode)
class ItemTrackingCodeAdmin(Setup):
    list_display = ("code", "description", "serial_specific", "lot_specific")


class NumberSeriesLines(TabularInline):
    model = NumberSeriesLine
    extra = 0
    readonly_fields = ("last_number_used", "last_date_used")


@admin.register(NumberSeries)
class NumberSeriesAdmin(Setup):
    list_display = ("code", "description", "default_numbers", "manual_numbers", "allow_gaps")
    inlines = (NumberSeriesLines,)


@admin.register(UserSetup)
class UserSetupAdmin(Setup):
    list_display = ("user", "allow_posting_from", "allow_posting_to", "responsibility_center")
    list_select_related = ("user", "responsibility_center")
    autocomplete_fields = ("user",)
