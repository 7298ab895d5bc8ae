"""Resources and bills of materials in the back office: saved by the verbs that the API uses."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.db import transaction
from django.http import HttpRequest

from inventory.bom_edit import BOMChange, BOMLine, save_boms
from inventory.choices import BOMLineType
from inventory.models import AssemblyBOM, Item, Resource
from inventory.resources import follow_costs
from users.back_office import Recorded
from work.back_office import ReadOnly
from work.errors import Refused

SEE_COST = "costing.view_cost"
RESOURCE_COSTS = ("direct_unit_cost", "indirect_cost_percent", "unit_cost")


class ResourceAdmin(Recorded):
    """The unit cost follows from direct cost and percentage, unless it is typed."""

    list_display = ("number", "name", "type", "base_unit", "blocked")
    list_select_related = ("base_unit",)
    list_filter = ("type", "blocked")
    search_fields = ("number__istartswith", "name__icontains")

    def hidden_fields(self, request: HttpRequest) -> tuple[str, ...]:
        return () if request.user.has_perm(SEE_COST) else RESOURCE_COSTS

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        return super().get_form(request, obj, change, **{"form": ResourceForm, **kwargs})


class ResourceForm(forms.ModelForm):  # type: ignore[type-arg]
    """Fills in the cost that follows before the rules are checked."""

    class Meta:
        model = Resource
        fields = "__all__"

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if not self.errors:
            typed = [name for name in self.changed_data if name in RESOURCE_COSTS]
            row = Resource(**{name: cleaned[name] for name in RESOURCE_COSTS if name in cleaned})
            follow_costs(row, typed)
            cleaned |= {name: getattr(row, name) for name in RESOURCE_COSTS if name in cleaned}
        return cleaned


class BOMLineForm(forms.ModelForm):  # type: ignore[type-arg]
    """Rehearses the verb on the whole bill of materials with this line in it."""

    user: Any = None

    class Meta:
        model = AssemblyBOM
        fields = "__all__"

    def clean(self) -> dict[str, Any]:
        """Everything the verb has against it, in a savepoint that is rolled back."""
        cleaned: dict[str, Any] = super().clean() or {}
        if self.errors:
            return cleaned
        try:
            with transaction.atomic():
                self.save_line()
                transaction.set_rollback(True)
        except Refused as refused:
            for problem in refused.refusals:
                self.add_error(None, problem.message)
        return cleaned

    def save_line(self) -> None:
        """Call the verb with the item's other lines and this one."""
        values = self.cleaned_data
        parent = values.get("parent") or self.instance.parent
        part = values["resource"] if values["type"] == BOMLineType.RESOURCE else values["component"]
        line = BOMLine(
            part.number if part else "", values["type"], values["quantity_per"], values["scrap_percent"],
            values["description"], values["line_number"],
        )  # fmt: skip
        save_other_lines(parent, [self.instance.line_number] if self.instance.pk else [], line, user=self.user)

    def _post_clean(self) -> None:
        """The verb checks and writes; the instance stays as it was read."""


def save_other_lines(parent: Item, but: Sequence[int], *more: BOMLine, user: Any) -> None:
    """The item's lines as they are, those left out that are numbered, and these besides."""
    there = (
        AssemblyBOM.objects.filter(parent=parent).exclude(line_number__in=but).select_related("component", "resource")
    )
    lines = [
        BOMLine(
            (each.component or each.resource).number, each.type, each.quantity_per, each.scrap_percent,  # type: ignore[union-attr]
            each.description, each.line_number,
        )
        for each in there
    ]  # fmt: skip
    change = BOMChange(1, parent.number, sorted([*lines, *more], key=lambda line: line.line_number))
    save_boms([change], user=user, reason="changed in the back office")


class AssemblyBOMAdmin(Recorded):
    """Saved by the verb that the API uses, which refuses circles; what it refuses stands above the fields."""

    form = BOMLineForm
    list_display = ("parent", "line_number", "type", "component", "resource", "quantity_per", "scrap_percent")
    list_select_related = ("parent", "component", "resource")
    list_filter = ("type",)
    search_fields = ("parent__number__exact", "component__number__exact", "resource__number__exact")
    autocomplete_fields = ("parent", "component", "resource")

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change, **kwargs)
        form.user = request.user
        return form

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("parent",) if obj else ()

    def save_form(self, request: HttpRequest, form: Any, change: bool) -> Any:
        return form.instance

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        form.save_line()
        parent = form.cleaned_data.get("parent") or obj.parent
        saved = AssemblyBOM.objects.get(parent=parent, line_number=form.cleaned_data["line_number"])
        obj.pk = saved.pk
        obj.refresh_from_db()

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """The verb has saved everything."""

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        save_other_lines(obj.parent, [obj.line_number], user=request.user)


class StandardCostVersionAdmin(ReadOnly):
    needs = SEE_COST
    list_display = ("item", "from_date", "old_cost", "new_cost", "user", "reason", "known_at")
    list_select_related = ("item", "user")
    search_fields = ("item__number__exact",)
