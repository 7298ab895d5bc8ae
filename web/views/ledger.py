"""The lists of the book: item, value and application entries, the general ledger, and the registers."""

from django.http import HttpResponse
from django.views.decorators.http import require_GET

from web.listings import entries, registers
from web.listings.links import SEE_COST
from web.lists import show_list
from web.requests import UserRequest, needs


@needs("ledger.view_itemledgerentry")
@require_GET
def item_ledger_entries(request: UserRequest) -> HttpResponse:
    """What moved."""
    return show_list(request, entries.item_ledger_entries(request.user))


@needs("ledger.view_valueentry", SEE_COST)
@require_GET
def value_entries(request: UserRequest) -> HttpResponse:
    """What it is worth, and what changed that."""
    return show_list(request, entries.value_entries(request.user))


@needs("ledger.view_itemapplicationentry")
@require_GET
def item_application_entries(request: UserRequest) -> HttpResponse:
    """Which increase feeds which decrease."""
    return show_list(request, registers.item_application_entries(request.user))


@needs("ledger.view_itemregister")
@require_GET
def item_registers(request: UserRequest) -> HttpResponse:
    """Every posting: who wrote what, when."""
    return show_list(request, registers.item_registers(request.user))


@needs("ledger.view_glaccount", SEE_COST)
@require_GET
def gl_accounts(request: UserRequest) -> HttpResponse:
    """The chart of accounts with what stands on each."""
    return show_list(request, registers.gl_accounts(request.user))


@needs("ledger.view_glentry", SEE_COST)
@require_GET
def gl_entries(request: UserRequest) -> HttpResponse:
    """The general ledger as far as inventory writes it."""
    return show_list(request, registers.gl_entries(request.user))


@needs("ledger.view_glregister", SEE_COST)
@require_GET
def gl_registers(request: UserRequest) -> HttpResponse:
    """Every posting to the general ledger."""
    return show_list(request, registers.gl_registers(request.user))
