"""The company's choices and posting setups, which are kept here, and queues, averages and runs, which are only read."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest

from costing.models import (
    AverageCostPoint,
    CostRun,
    CostToForward,
    CostToPost,
    GeneralPostingSetup,
    InventoryPostingSetup,
    OrderCost,
    StandardCostWorksheet,
)
from costing.setup_changes import follow_setup
from inventory.models import InventorySetup
from inventory.setup import lock_setup
from users.back_office import Recorded
from work.back_office import ReadOnly

SEE_COST = "costing.view_cost"


def _accounts(model: type) -> tuple[str, ...]:
    return tuple(field.name for field in model._meta.fields if field.name.endswith("_account"))  # type: ignore[attr-defined]


class PostingSetup(Recorded):
    """Postings check the accounts that workers will need, so a change waits until none runs."""

    def before_saving(self) -> None:
        lock_setup()


class InventorySetupForm(forms.ModelForm):  # type: ignore[type-arg]
    """Says what switching expected cost posting does, since it cannot be taken back by switching it off again."""

    class Meta:
        model = InventorySetup
        fields = "__all__"
        help_texts = {
            "expected_cost_posting": "Switching this on posts the expected cost of everything that was received or"
            " shipped and is not invoiced, at once. Switched off, what was posted stays until its invoices take it"
            " back. Save only if you want that.",
        }


@admin.register(InventorySetup)
class InventorySetupAdmin(PostingSetup):
    """The one row; it can be changed and nothing else."""

    form = InventorySetupForm
    list_display = ("company_name", "currency_code", "automatic_cost_posting", "prevent_negative_inventory")

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        before = InventorySetup.objects.get(pk=obj.pk)
        super().save_model(request, obj, form, change)
        if rows := follow_setup(before, obj):
            self.message_user(request, f"{rows} items and registers are queued to follow the change.")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(InventoryPostingSetup)
class InventoryPostingSetupAdmin(PostingSetup):
    list_display = ("location", "inventory_posting_group", "inventory_account", "inventory_interim_account")
    list_select_related = list_display
    autocomplete_fields = _accounts(InventoryPostingSetup)


@admin.register(GeneralPostingSetup)
class GeneralPostingSetupAdmin(PostingSetup):
    list_display = (
        "gen_business_posting_group", "gen_product_posting_group", "cogs_account", "direct_cost_applied_account",
        "inventory_adjustment_account", "blocked",
    )  # fmt: skip
    list_select_related = list_display[:-1]
    autocomplete_fields = _accounts(GeneralPostingSetup)


@admin.register(CostToForward)
class CostToForwardAdmin(ReadOnly):
    list_display = ("id", "item", "register_id", "from_date", "created_at", "failure")
    list_select_related = ("item",)


@admin.register(CostToPost)
class CostToPostAdmin(ReadOnly):
    list_display = ("id", "item", "register_id", "posting_date", "created_at", "failure")
    list_select_related = ("item",)


@admin.register(AverageCostPoint)
class AverageCostPointAdmin(ReadOnly):
    needs = SEE_COST
    list_display = ("item", "location", "variant_key", "period_end", "quantity", "cost")
    list_select_related = ("item", "location")
    search_fields = ("item__number__exact",)


@admin.register(OrderCost)
class OrderCostAdmin(ReadOnly):
    needs = SEE_COST
    list_display = ("order_type", "order_number", "order_line", "item", "finished")
    list_select_related = ("item",)
    search_fields = ("order_number__exact", "item__number__exact")


@admin.register(StandardCostWorksheet)
class StandardCostWorksheetAdmin(ReadOnly):
    needs = SEE_COST
    list_display = ("name", "item", "resource", "source", "old_cost", "new_cost")
    list_select_related = ("item", "resource")
    list_filter = ("source",)
    search_fields = ("name__exact", "item__number__exact", "resource__number__exact")


@admin.register(CostRun)
class CostRunAdmin(ReadOnly):
    list_display = ("id", "kind", "user", "started_at", "finished_at", "items", "entries_written")
    list_select_related = ("user",)
    list_filter = ("kind",)
