"""What is typed on an item card and for a new item: kept as text, since `save_items` alone says what is wrong."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django import forms
from django.db import models
from django.forms import BoundField
from django.utils.formats import get_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from inventory.item_rows import item_fields
from inventory.models import (
    GenProductPostingGroup,
    InventoryPostingGroup,
    Item,
    ItemTemplate,
    ItemTrackingCode,
    NumberSeries,
    UnitOfMeasure,
)
from work.errors import Refusal

COSTS = frozenset({"standard_cost", "indirect_cost_percent", "overhead_rate"})
WIDE = frozenset({"description", "block_reason"})
MUST = frozenset({"description", "base_unit"})

LABELS: dict[str, Any] = {
    "number": gettext_lazy("Number"),
    "description": gettext_lazy("Description"),
    "description_2": gettext_lazy("Description 2"),
    "search_description": gettext_lazy("Search description"),
    "type": gettext_lazy("Type"),
    "base_unit": gettext_lazy("Base unit"),
    "sales_unit": gettext_lazy("Sales unit"),
    "purchase_unit": gettext_lazy("Purchase unit"),
    "blocked": gettext_lazy("Blocked"),
    "sales_blocked": gettext_lazy("Blocked for sale"),
    "purchasing_blocked": gettext_lazy("Blocked for purchase"),
    "block_reason": gettext_lazy("Reason of the block"),
    "gtin": gettext_lazy("GTIN"),
    "shelf_number": gettext_lazy("Shelf number"),
    "net_weight": gettext_lazy("Net weight"),
    "gross_weight": gettext_lazy("Gross weight"),
    "unit_volume": gettext_lazy("Unit volume"),
    "costing_method": gettext_lazy("Costing method"),
    "standard_cost": gettext_lazy("Standard cost"),
    "indirect_cost_percent": gettext_lazy("Indirect cost, percent"),
    "overhead_rate": gettext_lazy("Overhead rate"),
    "scrap_percent": gettext_lazy("Scrap, percent"),
    "inventory_value_zero": gettext_lazy("Inventory value zero"),
    "unit_price": gettext_lazy("Unit price"),
    "gen_product_posting_group": gettext_lazy("Gen. prod. posting group"),
    "inventory_posting_group": gettext_lazy("Inventory posting group"),
    "item_tracking_code": gettext_lazy("Item tracking code"),
    "serial_number_series": gettext_lazy("Serial number series"),
    "prevent_negative_inventory": gettext_lazy("Prevent negative inventory"),
    "variant_mandatory_if_exists": gettext_lazy("Variant mandatory if exists"),
    "vendor": gettext_lazy("Vendor"),
    "vendor_item_number": gettext_lazy("Vendor item number"),
}
NEW_FIELDS = (
    "number", "description", "base_unit", "type", "costing_method", "gen_product_posting_group",
    "inventory_posting_group", "item_tracking_code",
)  # fmt: skip
# Few rows, so that all of them are offered; a vendor is typed.
_OFFERED: dict[str, type[models.Model]] = {
    "base_unit": UnitOfMeasure,
    "sales_unit": UnitOfMeasure,
    "purchase_unit": UnitOfMeasure,
    "gen_product_posting_group": GenProductPostingGroup,
    "inventory_posting_group": InventoryPostingGroup,
    "item_tracking_code": ItemTrackingCode,
    "serial_number_series": NumberSeries,
}
Choices = Mapping[type[models.Model], list[str]]


def read_choices(names: Iterable[str]) -> Choices:
    """The codes offered in these fields: one statement for each table."""
    tables = {_OFFERED[name] for name in names if name in _OFFERED}
    return {table: list(table._default_manager.order_by("code").values_list("code", flat=True)) for table in tables}


def plain(value: Decimal) -> str:
    """A number to be edited: as many decimals as it has, the reader's point, no grouping."""
    text = format(value.normalize(), "f") if value else "0"
    return text.replace(".", get_format("DECIMAL_SEPARATOR"))


def text_of(row: Item | ItemTemplate, name: str) -> Any:
    """A value as it stands in its input."""
    value = getattr(row, name)
    if isinstance(value, Decimal):
        return plain(value)
    if isinstance(value, models.Model):
        return getattr(value, "code", None) or getattr(value, "number", "")
    return "" if value is None else value


def shown(item: Item, name: str) -> str:
    """A value as it is read."""
    if item_fields()[name].choices:
        return str(getattr(item, f"get_{name}_display")())
    value = text_of(item, name)
    return (_("Yes") if value else _("No")) if isinstance(value, bool) else str(value)


def _input(name: str, choices: Choices) -> forms.Field:
    """The field of a form for a field of items; whatever is typed passes, so that it can be refused by name."""
    column = item_fields()[name]
    options: dict[str, Any] = {"label": LABELS[name], "required": False, "show_hidden_initial": True}
    if isinstance(column, models.BooleanField):
        return forms.BooleanField(widget=forms.CheckboxInput({"class": "form-check-input"}), **options)
    if name in _OFFERED:
        codes = [(code, code) for code in choices[_OFFERED[name]]]
        return forms.CharField(widget=forms.Select(choices=[("", ""), *codes]), **options)
    if column.choices:
        return forms.CharField(widget=forms.Select(choices=list(column.flatchoices)), **options)
    attrs: dict[str, Any] = {"autocomplete": "off"}
    if isinstance(column, models.DecimalField):
        attrs |= {"class": "num", "inputmode": "decimal"}
    elif not column.is_relation:
        attrs["maxlength"] = column.max_length
    return forms.CharField(widget=forms.TextInput(attrs), **options)


class _MarkedForm(forms.Form):
    """A form that says where it is wrong."""

    def marked(self) -> Iterator[tuple[BoundField, str]]:
        """The fields that are wrong, each with what is."""
        for field in self:
            for words in field.errors:
                yield field, str(words)


class _TypedForm(_MarkedForm):
    """Fields of an item as text, with refusals put where they belong."""

    def typed(self, names: Iterable[str]) -> dict[str, str]:
        """What stands in these fields, as text."""
        values = {name: self.cleaned_data[name] for name in names}
        return {name: str(v) if not isinstance(v, bool) else "yes" if v else "no" for name, v in values.items()}

    def refuse(self, problems: Iterable[Refusal]) -> None:
        """Each refusal at its field; above the form where there is none."""
        for problem in problems:
            self.add_error(problem.field if problem.field in self.fields else None, problem.message)


class ItemForm(_TypedForm):
    """The card of an item. Only what was changed is saved, so that two people may change different fields."""

    def __init__(
        self, data: Any, item: Item, names: Iterable[str], *, choices: Choices, locked: Mapping[str, str]
    ) -> None:
        names = list(names)
        super().__init__(data, initial={name: text_of(item, name) for name in names})
        for name in names:
            self.fields[name] = _input(name, choices)
            self.fields[name].disabled = name in locked

    def values(self) -> dict[str, str]:
        """What was changed."""
        return self.typed(self.changed_data)


class NewItemForm(_TypedForm):
    """The few fields an item begins with; the others follow on its card."""

    template = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, data: Any, *, choices: Choices, initial: Mapping[str, Any], numbered: bool) -> None:
        super().__init__(data, initial=dict(initial))
        for name in NEW_FIELDS:
            self.fields[name] = _input(name, choices)
            self.fields[name].show_hidden_initial = False
            self.fields[name].required = False
            self.fields[name].widget.is_required = name in MUST or (name == "number" and not numbered)

    def values(self) -> dict[str, str]:
        """What was typed; the template only where one was chosen or declined."""
        names = [name for name in NEW_FIELDS if name != "number"]
        return self.typed([*names, *(["template"] if "template" in self.data else [])])


class UnitForm(_MarkedForm):
    """A unit of an item: its code, the base units in one, and how finely it is counted."""

    code = forms.CharField(required=False, show_hidden_initial=True, label=gettext_lazy("Unit"))
    quantity = forms.CharField(required=False, show_hidden_initial=True, label=gettext_lazy("Base units in one"))
    precision = forms.CharField(required=False, show_hidden_initial=True, label=gettext_lazy("Rounding precision"))
    remove = forms.BooleanField(required=False, label=gettext_lazy("Remove"))

    def __init__(self, *args: Any, codes: Iterable[str] = (), base: str = "", **options: Any) -> None:
        super().__init__(*args, **options)
        for name in ("quantity", "precision"):
            self.fields[name].widget.attrs.update({"class": "num", "inputmode": "decimal", "autocomplete": "off"})
        self.fields["remove"].widget.attrs["class"] = "form-check-input"
        self.is_new = not self.initial
        self.is_base = self.initial.get("code") == base
        if self.is_new:
            self.fields["code"].widget = forms.Select(choices=[("", ""), *((code, code) for code in codes)])
        else:
            self.fields["code"].widget = forms.HiddenInput()
        for field in self.fields.values():
            of = self.initial["code"] if not self.is_new else _("new unit")
            field.widget.attrs["aria-label"] = f"{field.label}, {of}"

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        if self.has_changed() and not values.get("code"):
            self.add_error("code", _("Choose the unit."))
        elif values.get("code") and not values.get("remove") and not values.get("quantity"):
            self.add_error("quantity", _("Type how many base units it holds."))
        return values

    def text(self) -> str:
        """The row as `save_items` reads it."""
        values = self.cleaned_data
        return "" if values.get("remove") else f"{values['quantity']} / {values.get('precision') or '0'}"


class BaseUnits(forms.BaseFormSet):  # type: ignore[type-arg]  # takes no parameters at run time
    """All units of an item with two rows for new ones."""

    def clean(self) -> None:
        seen: set[str] = set()
        for form in self.forms:
            code = form.cleaned_data.get("code", "").upper() if form.is_valid() else ""
            if code and code in seen:
                form.add_error("code", _("This unit stands in another row already."))
            seen.add(code)

    def values(self) -> dict[str, str]:
        """The rows that were changed."""
        return {form.cleaned_data["code"]: form.text() for form in self.forms if form.has_changed()}

    def refuse(self, problem: Refusal) -> bool:
        """Put a refusal of units into its row; false where no row is to blame."""
        value = problem.facts.get("value", "")
        for form in self.forms:
            if not form.has_changed():
                continue
            if problem.code == "base_unit_is_one" and form.is_base:
                form.add_error("quantity", problem.message)
                return True
            typed = {name: form.cleaned_data.get(name, "") for name in ("code", "quantity", "precision")}
            if value == form.text():
                form.add_error("precision" if problem.code == "precision_not_allowed" else "quantity", problem.message)
                return True
            for name, words in typed.items():
                if value == words:
                    form.add_error(name, problem.message)
                    return True
        return False


Units = forms.formset_factory(UnitForm, formset=BaseUnits, extra=2, max_num=500, absolute_max=500)


@dataclass(frozen=True, slots=True)
class Tab:
    """A group of fields of the card; closed it shows the values of `peek`."""

    key: str
    title: Any
    fields: tuple[str, ...]
    peek: tuple[str, ...] = ()
    open: bool = False


TABS = (
    Tab(
        "item",
        gettext_lazy("Item"),
        (
            "description", "description_2", "search_description", "base_unit", "type", "gtin", "shelf_number",
            "blocked", "block_reason",
        ),
        ("base_unit", "gtin"),
        open=True,
    ),
    Tab("units", gettext_lazy("Units and measures"), ("net_weight", "gross_weight", "unit_volume")),
    Tab(
        "costs",
        gettext_lazy("Costs and posting"),
        (
            "costing_method", "gen_product_posting_group", "standard_cost", "inventory_posting_group",
            "indirect_cost_percent", "overhead_rate", "inventory_value_zero", "scrap_percent",
        ),
        ("costing_method", "inventory_posting_group", "gen_product_posting_group"),
        open=True,
    ),
    Tab(
        "inventory",
        gettext_lazy("Inventory"),
        ("prevent_negative_inventory", "variant_mandatory_if_exists"),
        ("prevent_negative_inventory",),
    ),
    Tab(
        "prices",
        gettext_lazy("Prices and sales"),
        ("unit_price", "sales_unit", "sales_blocked"),
        ("unit_price", "sales_unit"),
    ),
    Tab(
        "replenishment",
        gettext_lazy("Replenishment"),
        ("vendor", "vendor_item_number", "purchase_unit", "purchasing_blocked"),
        ("vendor", "purchase_unit"),
    ),
    Tab(
        "tracking",
        gettext_lazy("Item tracking"),
        ("item_tracking_code", "serial_number_series"),
        ("item_tracking_code",),
    ),
)  # fmt: skip


def fields_of(*, sees_cost: bool) -> list[str]:
    """The fields of the card for somebody who may or may not see costs."""
    return [name for tab in TABS for name in tab.fields if sees_cost or name not in COSTS]
