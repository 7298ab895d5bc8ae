"""The lists of application entries, registers, and the general ledger."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from ledger import filters, queries
from ledger.choices import GLAccountKind, GLAccountType, SourceCode
from ledger.models import ItemRegister
from users.models import User
from web.columns import Column
from web.listings.entries import NOTHING_YET
from web.listings.links import SEE_COST, to_entry, to_item
from web.lists import Listing, drill, yes
from web.templatetags.erp import amount, day, moment, quantity

APPLICATION_COLUMNS = (
    Column(name="entry", path="pk", kind="whole", label=lazy("Entry"), css="code", show=lambda row: row.pk),
    Column(name="posting_date", kind="date", label=lazy("Posted"), show=lambda row: day(row.posting_date)),
    Column(name="item", path="item_ledger_entry__item__number", kind="code", label=lazy("Item"), css="code",
           show=lambda row: row.item_ledger_entry.item.number,
           link=lambda row: to_item(row.item_ledger_entry.item.number)),
    Column(name="item_ledger_entry", path="item_ledger_entry_id", kind="whole", label=lazy("Of entry"), css="code",
           show=lambda row: row.item_ledger_entry_id, link=lambda row: to_entry(row.item_ledger_entry_id)),
    Column(name="inbound_entry", path="inbound_entry_id", kind="whole", label=lazy("Increase"), css="code",
           show=lambda row: row.inbound_entry_id, link=lambda row: to_entry(row.inbound_entry_id)),
    Column(name="outbound_entry", path="outbound_entry_id", kind="whole", label=lazy("Decrease"), css="code",
           show=lambda row: row.outbound_entry_id or "", link=lambda row: to_entry(row.outbound_entry_id)),
    Column(name="quantity", kind="number", label=lazy("Quantity"), css="num", total="quantity",
           figure=("remaining",), show=lambda row: quantity(row.quantity),
           link=lambda row: to_entry(row.item_ledger_entry_id)),
    Column(name="cost_application", kind="flag", label=lazy("Carries cost"), css="m-hide",
           show=lambda row: yes(row.cost_application)),
    Column(name="fixed", kind="flag", label=lazy("Fixed"), css="m-hide", show=lambda row: yes(row.fixed)),
)  # fmt: skip


def item_application_entries(user: User) -> Listing:
    """Which increase feeds which decrease."""
    return Listing(
        name="item-application-entries",
        permissions=("ledger.view_itemapplicationentry",),
        title=_("Item application entries"),
        rows=queries.application_entries(),
        filters=filters.ItemApplicationEntryFilter,
        columns=APPLICATION_COLUMNS,
        empty=NOTHING_YET,
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


def _by(row: Any) -> str:
    return row.user.get_username() if row.user else _("worker")


REGISTER_COLUMNS = (
    Column(name="register", path="pk", kind="whole", label=lazy("Register"), css="code",
           show=lambda row: row.pk, link=lambda row: reverse("item-register", args=[row.pk])),
    Column(name="known_at", kind="moment", label=lazy("Written"), show=lambda row: moment(row.known_at)),
    Column(name="user", path="user__username", kind="text", label=lazy("By"), show=_by),
    Column(name="source_code", kind="choice", choices=SourceCode.choices, label=lazy("Source"),
           show=lambda row: row.get_source_code_display()),
    Column(name="journal_batch", kind="code", label=lazy("Journal"), css="m-hide",
           show=lambda row: row.journal_batch),
    Column(name="item_entries", path="item_entry_count", kind="whole", label=lazy("Item entries"), css="num",
           sorts=False, show=lambda row: row.item_entry_count or "",
           link=_register_link("item-ledger-entries", "item_entry_count")),
    Column(name="value_entries", path="value_entry_count", kind="whole", label=lazy("Value entries"),
           css="num m-hide", sorts=False, permission=SEE_COST, show=lambda row: row.value_entry_count or "",
           link=_register_link("value-entries", "value_entry_count")),
    Column(name="reversal", label=lazy("Reversal"), css="m-hide", show=_reversal),
)  # fmt: skip


def item_registers(user: User) -> Listing:
    """Every posting: who wrote what, when."""
    return Listing(
        name="item-registers",
        permissions=("ledger.view_itemregister",),
        title=_("Item registers"),
        rows=queries.registers(),
        filters=filters.ItemRegisterFilter,
        columns=REGISTER_COLUMNS,
        empty=NOTHING_YET,
    )


def _balance_link(row: Any) -> str:
    return drill("gl-entries", "balance", row.balance, account=row.number) if row.account_type == "posting" else ""


ACCOUNT_COLUMNS = (
    Column(name="number", kind="code", label=lazy("Number"), css="code", show=lambda row: row.number),
    Column(name="name", kind="text", label=lazy("Name"), show=lambda row: row.name),
    Column(name="kind", kind="choice", choices=GLAccountKind.choices, label=lazy("Statement"), css="m-hide",
           show=lambda row: row.get_kind_display()),
    Column(name="account_type", kind="choice", choices=GLAccountType.choices, label=lazy("Kind"), css="m-hide",
           show=lambda row: row.get_account_type_display()),
    Column(name="balance", kind="number", label=lazy("Balance"), css="num", total="balance", link=_balance_link,
           show=lambda row: amount(row.balance) if row.account_type == "posting" else ""),
    Column(name="blocked", kind="flag", label=lazy("Blocked"), css="m-hide", show=lambda row: yes(row.blocked)),
)  # fmt: skip


def gl_accounts(user: User) -> Listing:
    """The chart of accounts with what stands on each."""
    return Listing(
        name="gl-accounts",
        permissions=("ledger.view_glaccount", SEE_COST),
        title=_("G/L accounts"),
        rows=queries.gl_accounts(),
        filters=filters.GLAccountFilter,
        columns=ACCOUNT_COLUMNS,
        key="number",
        empty=_("There are no accounts yet"),
        empty_hint=_("Make them in the back office, or start a company with manage.py start_company."),
    )


def _to_gl_entry(row: Any) -> str:
    return reverse("gl-entry", args=[row.pk])


GL_COLUMNS = (
    Column(name="entry", path="pk", kind="whole", label=lazy("Entry"), css="code", show=lambda row: row.pk,
           link=_to_gl_entry),
    Column(name="posting_date", kind="date", label=lazy("Posted"), show=lambda row: day(row.posting_date)),
    Column(name="account", path="account__number", kind="code", label=lazy("Account"), css="code",
           show=lambda row: row.account.number,
           link=lambda row: f"{reverse('gl-entries')}?account={row.account.number}"),
    Column(name="account_name", path="account__name", kind="text", label=lazy("Name"), css="m-hide",
           show=lambda row: row.account.name),
    Column(name="document_number", kind="code", label=lazy("Document"), css="m-hide",
           show=lambda row: row.document_number),
    Column(name="description", kind="text", label=lazy("Description"), css="desc m-hide p2",
           show=lambda row: row.description),
    Column(name="debit", label=lazy("Debit"), css="num m-hide", link=_to_gl_entry,
           show=lambda row: amount(row.amount) if row.amount > 0 else ""),
    Column(name="credit", label=lazy("Credit"), css="num m-hide", link=_to_gl_entry,
           show=lambda row: amount(-row.amount) if row.amount < 0 else ""),
    Column(name="amount", kind="number", label=lazy("Amount"), css="num", total="amount",
           figure=("balance", "amount"), show=lambda row: amount(row.amount), link=_to_gl_entry),
    Column(name="register", path="register_id", kind="whole", label=lazy("Register"), css="code m-hide p3",
           show=lambda row: row.register_id, link=lambda row: f"{reverse('gl-entries')}?register={row.register_id}"),
)  # fmt: skip


def gl_entries(user: User) -> Listing:
    """The general ledger as far as inventory writes it."""
    return Listing(
        name="gl-entries",
        permissions=("ledger.view_glentry", SEE_COST),
        title=_("G/L entries"),
        rows=queries.gl_entries(),
        filters=filters.GLEntryFilter,
        columns=GL_COLUMNS,
        empty=NOTHING_YET,
        empty_hint=_("Workers post inventory cost here, if the setup says so."),
    )


def _to_register(row: Any) -> str:
    return f"{reverse('gl-entries')}?register={row.pk}"


GL_REGISTER_COLUMNS = (
    Column(name="register", path="pk", kind="whole", label=lazy("Register"), css="code", show=lambda row: row.pk,
           link=_to_register),
    Column(name="known_at", kind="moment", label=lazy("Written"), show=lambda row: moment(row.known_at)),
    Column(name="user", path="user__username", kind="text", label=lazy("By"), show=_by),
    Column(name="source_code", kind="choice", choices=SourceCode.choices, label=lazy("Source"),
           show=lambda row: row.get_source_code_display()),
    Column(name="entries", path="entry_count", kind="whole", label=lazy("Entries"), css="num", sorts=False,
           show=lambda row: row.entry_count, link=_to_register),
)  # fmt: skip


def gl_registers(user: User) -> Listing:
    """Every posting to the general ledger."""
    return Listing(
        name="gl-registers",
        permissions=("ledger.view_glregister", SEE_COST),
        title=_("G/L registers"),
        rows=queries.gl_registers(),
        filters=filters.GLRegisterFilter,
        columns=GL_REGISTER_COLUMNS,
        empty=NOTHING_YET,
    )
