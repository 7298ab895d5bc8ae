"""Posting setups, which are kept here, and queues, averages and runs, which are only read."""

from django.contrib import admin

from costing.models import (
    AverageCostPoint,
    CostRun,
    CostToForward,
    CostToPost,
    GeneralPostingSetup,
    InventoryPostingSetup,
)
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


@admin.register(CostRun)
class CostRunAdmin(ReadOnly):
    list_display = ("id", "kind", "user", "started_at", "finished_at", "items", "entries_written")
    list_select_related = ("user",)
    list_filter = ("kind",)
