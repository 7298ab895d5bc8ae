"""The lists of the book: item, value and application entries, the general ledger, and the registers."""

from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_GET

from ledger import filters, queries
from ledger.models import ItemLedgerEntry, ItemRegister, ValueEntry
from web.lists import Column, Listing, drill, show_list, yes
from web.requests import UserRequest, needs
from web.templatetags.erp import amount, day, moment, quantity, unit_cost

SEE_COST = "costing.view_cost"


def to_item(number: str) -> str:
    """The address of an item's card."""
    return reverse("item", args=[number])


def to_entry(entry_id: int | None) -> str:
    """The address of an item ledger entry, blank where there is none."""
    return reverse("item-ledger-entry", args=[entry_id]) if entry_id else ""


def to_value_entry(entry_id: int | None) -> str:
    """The address of a value entry, blank where there is none."""
    return reverse("value-entry", args=[entry_id]) if entry_id else ""


def _partner(row: ItemLedgerEntry | ValueEntry) -> str:
    partner = row.vendor or row.customer
    return partner.name if partner else ""


def _cost_link(row: Any) -> str:
    total = row.cost_amount_actual + row.cost_amount_expected
    return drill("value-entries", "cost", total, item_ledger_entry=row.pk)


ENTRY_COLUMNS = (
    Column(lazy("Entry"), lambda row: row.pk, lambda row: to_entry(row.pk), "code m-hide"),
    Column(lazy("Posted"), lambda row: day(row.posting_date)),
    Column(lazy("Type"), lambda row: row.get_entry_type_display()),
    Column(lazy("Document"), lambda row: row.document_number, css="m-hide"),
    Column(lazy("Item"), lambda row: row.item.number, lambda row: to_item(row.item.number), "code"),
    Column(lazy("Description"), lambda row: row.item.description, css="desc m-hide p2"),
    Column(lazy("Location"), lambda row: row.location.code, css="m-hide"),
    Column(lazy("Partner"), _partner, css="m-hide p3"),
    Column(lazy("Serial number"), lambda row: row.serial_number, css="m-hide p3"),
    Column(
        lazy("Quantity"),
        lambda row: quantity(row.quantity),
        lambda row: to_entry(row.pk),
        "num",
        "quantity",
        ("on-hand",),
    ),
    Column(
        lazy("Remaining"),
        lambda row: quantity(row.remaining_quantity) if row.remaining_quantity else "",
        lambda row: to_entry(row.pk) if row.remaining_quantity else "",
        "num m-hide",
        "remaining_quantity",
        ("remaining",),
    ),
    Column(
        lazy("Cost"),
        lambda row: amount(row.cost_amount_actual),
        _cost_link,
        "num",
        "cost_amount_actual",
        ("cost", "inventory-value"),
        permission=SEE_COST,
    ),
    Column(
        lazy("Sales amount"),
        lambda row: amount(row.sales_amount_actual) if row.sales_amount_actual else "",
        css="num m-hide p2",
        total="sales_amount_actual",
    ),
    Column(lazy("Correction"), lambda row: yes(row.correction), css="m-hide p3"),
)


@needs("ledger.view_itemledgerentry")
@require_GET
def item_ledger_entries(request: UserRequest) -> HttpResponse:
    """What moved."""
    see_cost = request.user.has_perm(SEE_COST)
    return show_list(
        request,
        Listing(
            title=_("Item ledger entries"),
            rows=queries.item_ledger_entries(with_cost=see_cost),
            filters=filters.ItemLedgerEntryFilter,
            columns=ENTRY_COLUMNS,
            first_filters=("item", "location", "document_number", "posting_date_from", "posting_date_to"),
            empty_hint=_("Post an item journal, and its movements stand here."),
        ),
    )


def _in_gl(row: ValueEntry) -> str:
    if not row.inventoriable or not (row.cost_amount_actual or row.cost_amount_expected):
        return ""
    posted = row.cost_posted_to_gl == row.cost_amount_actual  # type: ignore[attr-defined]
    return _("in G/L") if posted else _("waits")


VALUE_COLUMNS = (
    Column(lazy("Entry"), lambda row: row.pk, lambda row: to_value_entry(row.pk), "code m-hide"),
    Column(lazy("Posted"), lambda row: day(row.posting_date)),
    Column(lazy("Valued"), lambda row: day(row.valued_on), css="m-hide p2"),
    Column(lazy("Movement"), lambda row: row.get_item_ledger_entry_type_display(), css="m-hide"),
    Column(lazy("Kind"), lambda row: row.get_entry_type_display()),
    Column(lazy("Document"), lambda row: row.document_number, css="m-hide"),
    Column(lazy("Item"), lambda row: row.item.number, lambda row: to_item(row.item.number), "code"),
    Column(lazy("Location"), lambda row: row.location.code, css="m-hide"),
    Column(
        lazy("Item entry"),
        lambda row: row.item_ledger_entry_id,
        lambda row: to_entry(row.item_ledger_entry_id),
        "code m-hide",
    ),
    Column(
        lazy("Quantity"),
        lambda row: quantity(row.item_ledger_entry_quantity) if row.item_ledger_entry_quantity else "",
        css="num m-hide",
        total="item_ledger_entry_quantity",
    ),
    Column(lazy("Unit cost"), lambda row: unit_cost(row.cost_per_unit), css="num m-hide p2"),
    Column(
        lazy("Cost"),
        lambda row: amount(row.cost_amount_actual),
        lambda row: to_value_entry(row.pk),
        "num",
        "cost_amount_actual",
        ("cost", "inventory-value"),
    ),
    Column(
        lazy("Sales amount"),
        lambda row: amount(row.sales_amount_actual) if row.sales_amount_actual else "",
        css="num m-hide p3",
        total="sales_amount_actual",
    ),
    Column(lazy("Adjustment"), lambda row: yes(row.adjustment), css="m-hide p3"),
    Column(lazy("General ledger"), _in_gl, css="m-hide p2"),
)


@needs("ledger.view_valueentry", SEE_COST)
@require_GET
def value_entries(request: UserRequest) -> HttpResponse:
    """What it is worth, and what changed that."""
    return show_list(
        request,
        Listing(
            title=_("Value entries"),
            rows=queries.value_entries(),
            filters=filters.ValueEntryFilter,
            columns=VALUE_COLUMNS,
            first_filters=("item", "location", "document_number", "posting_date_from", "posting_date_to"),
            empty_hint=_("Every movement brings one, every change of its cost another."),
        ),
    )


APPLICATION_COLUMNS = (
    Column(lazy("Entry"), lambda row: row.pk, css="code"),
    Column(lazy("Posted"), lambda row: day(row.posting_date)),
    Column(
        lazy("Item"),
        lambda row: row.item_ledger_entry.item.number,
        lambda row: to_item(row.item_ledger_entry.item.number),
        "code",
    ),
    Column(
        lazy("Of entry"), lambda row: row.item_ledger_entry_id, lambda row: to_entry(row.item_ledger_entry_id), "code"
    ),
    Column(lazy("Increase"), lambda row: row.inbound_entry_id, lambda row: to_entry(row.inbound_entry_id), "code"),
    Column(
        lazy("Decrease"), lambda row: row.outbound_entry_id or "", lambda row: to_entry(row.outbound_entry_id), "code"
    ),
    Column(
        lazy("Quantity"),
        lambda row: quantity(row.quantity),
        lambda row: to_entry(row.item_ledger_entry_id),
        "num",
        "quantity",
        ("remaining",),
    ),
    Column(lazy("Carries cost"), lambda row: yes(row.cost_application), css="m-hide"),
    Column(lazy("Fixed"), lambda row: yes(row.fixed), css="m-hide"),
)


@needs("ledger.view_itemapplicationentry")
@require_GET
def item_application_entries(request: UserRequest) -> HttpResponse:
    """Which increase feeds which decrease."""
    return show_list(
        request,
        Listing(
            title=_("Item application entries"),
            rows=queries.application_entries(),
            filters=filters.ItemApplicationEntryFilter,
            columns=APPLICATION_COLUMNS,
            first_filters=("item", "item_ledger_entry", "posting_date_from", "posting_date_to"),
        ),
    )


def _register_link(name: str, count: str) -> Any:
    def link(row: ItemRegister) -> str:
        return f"{reverse(name)}?register={row.pk}" if getattr(row, count) else ""

    return link


def _reversal(row: ItemRegister) -> str:
    if row.reverses_id:
        return _("reverses %(number)s") % {"number": row.reverses_id}
    by = getattr(row, "reversed_by", None)
    return _("reversed by %(number)s") % {"number": by.pk} if by else ""


REGISTER_COLUMNS = (
    Column(lazy("Register"), lambda row: row.pk, lambda row: reverse("item-register", args=[row.pk]), "code"),
    Column(lazy("Written"), lambda row: moment(row.known_at)),
    Column(lazy("By"), lambda row: row.user.get_username() if row.user else _("worker")),
    Column(lazy("Source"), lambda row: row.get_source_code_display()),
    Column(lazy("Journal"), lambda row: row.journal_batch, css="m-hide"),
    Column(
        lazy("Item entries"),
        lambda row: row.item_entry_count or "",
        _register_link("item-ledger-entries", "item_entry_count"),
        "num",
    ),
    Column(
        lazy("Value entries"),
        lambda row: row.value_entry_count or "",
        _register_link("value-entries", "value_entry_count"),
        "num m-hide",
        permission=SEE_COST,
    ),
    Column(lazy("Reversal"), _reversal, css="m-hide"),
)


@needs("ledger.view_itemregister")
@require_GET
def item_registers(request: UserRequest) -> HttpResponse:
    """Every posting: who wrote what, when."""
    return show_list(
        request,
        Listing(
            title=_("Item registers"),
            rows=queries.registers(),
            filters=filters.ItemRegisterFilter,
            columns=REGISTER_COLUMNS,
            first_filters=("item", "user", "known_from", "known_to"),
        ),
    )


ACCOUNT_COLUMNS = (
    Column(lazy("Number"), lambda row: row.number, css="code"),
    Column(lazy("Name"), lambda row: row.name),
    Column(lazy("Statement"), lambda row: row.get_kind_display(), css="m-hide"),
    Column(lazy("Kind"), lambda row: row.get_account_type_display(), css="m-hide"),
    Column(
        lazy("Balance"),
        lambda row: amount(row.balance) if row.account_type == "posting" else "",
        lambda row: (
            drill("gl-entries", "balance", row.balance, account=row.number) if row.account_type == "posting" else ""
        ),
        "num",
        "balance",
    ),
    Column(lazy("Blocked"), lambda row: yes(row.blocked), css="m-hide"),
)


@needs("ledger.view_glaccount", SEE_COST)
@require_GET
def gl_accounts(request: UserRequest) -> HttpResponse:
    """The chart of accounts with what stands on each."""
    return show_list(
        request,
        Listing(
            title=_("G/L accounts"),
            rows=queries.gl_accounts(),
            filters=filters.GLAccountFilter,
            columns=ACCOUNT_COLUMNS,
            key="number",
            first_filters=("q", "kind"),
            empty=_("There are no accounts yet"),
            empty_hint=_("Make them in the back office, or start a company with manage.py start_company."),
        ),
    )


GL_COLUMNS = (
    Column(lazy("Entry"), lambda row: row.pk, lambda row: reverse("gl-entry", args=[row.pk]), "code"),
    Column(lazy("Posted"), lambda row: day(row.posting_date)),
    Column(
        lazy("Account"),
        lambda row: row.account.number,
        lambda row: f"{reverse('gl-entries')}?account={row.account.number}",
        "code",
    ),
    Column(lazy("Name"), lambda row: row.account.name, css="m-hide"),
    Column(lazy("Document"), lambda row: row.document_number, css="m-hide"),
    Column(lazy("Description"), lambda row: row.description, css="desc m-hide p2"),
    Column(
        lazy("Debit"),
        lambda row: amount(row.amount) if row.amount > 0 else "",
        lambda row: reverse("gl-entry", args=[row.pk]),
        "num m-hide",
    ),
    Column(
        lazy("Credit"),
        lambda row: amount(-row.amount) if row.amount < 0 else "",
        lambda row: reverse("gl-entry", args=[row.pk]),
        "num m-hide",
    ),
    Column(
        lazy("Amount"),
        lambda row: amount(row.amount),
        lambda row: reverse("gl-entry", args=[row.pk]),
        "num",
        "amount",
        ("balance", "amount"),
    ),
    Column(
        lazy("Register"),
        lambda row: row.register_id,
        lambda row: f"{reverse('gl-entries')}?register={row.register_id}",
        "code m-hide p3",
    ),
)


@needs("ledger.view_glentry", SEE_COST)
@require_GET
def gl_entries(request: UserRequest) -> HttpResponse:
    """The general ledger as far as inventory writes it."""
    return show_list(
        request,
        Listing(
            title=_("G/L entries"),
            rows=queries.gl_entries(),
            filters=filters.GLEntryFilter,
            columns=GL_COLUMNS,
            first_filters=("account", "document_number", "posting_date_from", "posting_date_to"),
            empty_hint=_("Workers post inventory cost here, if the setup says so."),
        ),
    )


GL_REGISTER_COLUMNS = (
    Column(lazy("Register"), lambda row: row.pk, lambda row: f"{reverse('gl-entries')}?register={row.pk}", "code"),
    Column(lazy("Written"), lambda row: moment(row.known_at)),
    Column(lazy("By"), lambda row: row.user.get_username() if row.user else _("worker")),
    Column(lazy("Source"), lambda row: row.get_source_code_display()),
    Column(
        lazy("Entries"), lambda row: row.entry_count, lambda row: f"{reverse('gl-entries')}?register={row.pk}", "num"
    ),
)


@needs("ledger.view_glregister", SEE_COST)
@require_GET
def gl_registers(request: UserRequest) -> HttpResponse:
    """Every posting to the general ledger."""
    return show_list(
        request,
        Listing(
            title=_("G/L registers"),
            rows=queries.gl_registers(),
            filters=filters.GLRegisterFilter,
            columns=GL_REGISTER_COLUMNS,
            first_filters=("user", "known_from", "known_to"),
        ),
    )
