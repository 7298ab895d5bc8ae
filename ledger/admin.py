"""The ledgers, which are only read, and the chart of accounts and the periods, which are kept here."""

from collections.abc import Callable
from datetime import date
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from inventory.setup import lock_setup
from ledger.models import (
    AccountingPeriod,
    CapacityLedgerEntry,
    EntryBalance,
    GLAccount,
    GLEntry,
    GLRegister,
    GLRelation,
    InventoryPeriod,
    ItemApplicationEntry,
    ItemLedgerEntry,
    ItemRegister,
    ItemState,
    StockkeepingUnitState,
    ValuationChange,
    ValueEntry,
    ValuePosting,
)
from ledger.periods import close_inventory_period, ending_date_problems, reopen_inventory_period
from users.back_office import Recorded
from work.back_office import ReadOnly
from work.errors import Refused

SEE_COST = "costing.view_cost"


@admin.register(ItemRegister)
class ItemRegisterAdmin(ReadOnly):
    list_display = ("id", "source_code", "journal_batch", "description", "user", "known_at", "reverses_id")
    list_select_related = ("user",)
    list_filter = ("source_code",)


@admin.register(ItemLedgerEntry)
class ItemLedgerEntryAdmin(ReadOnly):
    list_display = ("id", "posting_date", "entry_type", "document_number", "item", "location", "quantity")
    list_select_related = ("item", "location")
    list_filter = ("entry_type",)
    search_fields = ("item__number__exact", "document_number__exact")


@admin.register(ItemApplicationEntry)
class ItemApplicationEntryAdmin(ReadOnly):
    list_display = ("id", "item_ledger_entry_id", "inbound_entry_id", "outbound_entry_id", "quantity", "posting_date")
    search_fields = ("item_ledger_entry_id__exact",)


@admin.register(ValueEntry)
class ValueEntryAdmin(ReadOnly):
    needs = SEE_COST
    list_display = (
        "id", "posting_date", "valuation_date", "entry_type", "item", "item_ledger_entry_id", "document_number",
        "cost_amount_actual", "cost_amount_expected", "adjustment",
    )  # fmt: skip
    list_select_related = ("item",)
    list_filter = ("entry_type", "adjustment")
    search_fields = ("item__number__exact",)


@admin.register(ValuationChange)
class ValuationChangeAdmin(ReadOnly):
    needs = SEE_COST
    list_display = ("id", "value_entry_id", "valuation_date", "valued_by_average_cost", "register_id")


@admin.register(CapacityLedgerEntry)
class CapacityLedgerEntryAdmin(ReadOnly):
    list_display = ("id", "posting_date", "order_number", "order_line", "item", "number", "quantity")
    list_select_related = ("item",)
    search_fields = ("order_number__exact", "item__number__exact")


@admin.register(StockkeepingUnitState)
class StockkeepingUnitStateAdmin(ReadOnly):
    needs = SEE_COST
    list_display = ("stockkeeping_unit", "unit_cost", "last_direct_cost")
    list_select_related = ("stockkeeping_unit__item", "stockkeeping_unit__location")


@admin.register(EntryBalance)
class EntryBalanceAdmin(ReadOnly):
    list_display = ("entry_id", "item", "location", "posting_date", "remaining_quantity", "invoiced_quantity")
    list_select_related = ("item", "location")
    search_fields = ("item__number__exact",)


@admin.register(ItemState)
class ItemStateAdmin(ReadOnly):
    needs = SEE_COST
    list_display = ("item", "quantity", "cost_amount_actual", "cost_amount_expected", "unit_cost", "version")
    list_select_related = ("item",)
    search_fields = ("item__number__exact",)


@admin.register(GLRegister)
class GLRegisterAdmin(ReadOnly):
    list_display = ("id", "source_code", "user", "known_at")
    list_select_related = ("user",)


@admin.register(GLEntry)
class GLEntryAdmin(ReadOnly):
    list_display = ("id", "posting_date", "account", "document_number", "description", "amount", "register_id")
    list_select_related = ("account",)
    search_fields = ("account__number__exact", "document_number__exact")


@admin.register(ValuePosting)
class ValuePostingAdmin(ReadOnly):
    needs = SEE_COST
    list_display = ("id", "value_entry_id", "register_id", "actual", "expected")
    search_fields = ("value_entry_id__exact",)


@admin.register(GLRelation)
class GLRelationAdmin(ReadOnly):
    list_display = ("id", "gl_entry_id", "value_entry_id")


@admin.register(GLAccount)
class GLAccountAdmin(Recorded):
    list_display = ("number", "name", "account_type", "kind", "direct_posting", "blocked")
    list_filter = ("kind", "account_type")
    search_fields = ("number__istartswith", "name__icontains")

    def before_saving(self) -> None:
        """Workers read accounts at their beginning."""
        lock_setup()


@admin.register(AccountingPeriod)
class AccountingPeriodAdmin(Recorded):
    list_display = ("starting_date", "name", "new_fiscal_year", "closed", "average_cost_calculation")

    def before_saving(self) -> None:
        """A period closes when no posting runs."""
        lock_setup()


class InventoryPeriodForm(forms.ModelForm):  # type: ignore[type-arg]
    """An open period, which ends after the last closed one."""

    def clean_ending_date(self) -> date:
        day: date = self.cleaned_data["ending_date"]
        if problems := ending_date_problems(day):
            raise forms.ValidationError([problem.message for problem in problems])
        return day


@admin.register(InventoryPeriod)
class InventoryPeriodAdmin(Recorded):
    """Closed and reopened by the verbs, one at a time; what is closed stays as it is."""

    form = InventoryPeriodForm
    list_display = ("ending_date", "name", "closed")
    actions = ("close", "reopen")

    def before_saving(self) -> None:
        lock_setup()

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("ending_date", "name", "closed") if obj is not None and obj.closed else ("closed",)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return obj is not None and not obj.closed and bool(super().has_delete_permission(request, obj))

    @admin.action(description="Close for posting", permissions=["change"])
    def close(self, request: HttpRequest, periods: QuerySet[InventoryPeriod]) -> None:
        self._with_one(request, periods, close_inventory_period, "closed")

    @admin.action(description="Reopen for posting", permissions=["change"])
    def reopen(self, request: HttpRequest, periods: QuerySet[InventoryPeriod]) -> None:
        self._with_one(request, periods, reopen_inventory_period, "open again")

    def _with_one(
        self, request: HttpRequest, periods: QuerySet[InventoryPeriod], verb: Callable[..., Any], done: str
    ) -> None:
        """The earlier or later periods follow by themselves, so one is chosen."""
        chosen = list(periods[:2])
        if len(chosen) != 1:
            self.message_user(request, "Choose one period.", messages.ERROR)
            return
        try:
            verb(chosen[0].ending_date, by=request.user)
        except Refused as refused:
            for problem in refused.refusals:
                self.message_user(request, problem.message, messages.ERROR)
        else:
            self.message_user(request, f"{chosen[0]} is {done}.", messages.SUCCESS)
