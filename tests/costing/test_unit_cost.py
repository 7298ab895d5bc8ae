"""The unit cost of a card after adjusting (ledger-model.md §9, costing-clarifications.md B16, B17)."""

from datetime import date
from decimal import Decimal

import pytest

from inventory.models import Item
from ledger.models import ItemLedgerEntry, ItemState
from posting.reverse import reverse_register
from tests.factories import Company
from work.queue import drain

pytestmark = pytest.mark.django_db


def unit_cost(item: Item) -> Decimal:
    drain()
    return ItemState.objects.get(pk=item.pk).unit_cost


def test_open_issues_are_left_out_whole(company: Company) -> None:
    bike = company.item("BIKE")
    company.post(company.line("purchase", bike, 4, unit_amount="10"))
    company.post(company.line("sale", bike, 6, unit_cost="99"))
    company.post(company.line("purchase", bike, 5, unit_amount="20", location=company.east))
    assert unit_cost(bike) == Decimal("15.55556")  # 140 / 9: the receipts alone


def test_nothing_left_keeps_the_cost_of_the_last_issue(company: Company) -> None:
    bike = company.item("BIKE")
    company.line("purchase", bike, 1, unit_amount="10")
    company.line("purchase", bike, 1, unit_amount="20")
    company.line("sale", bike, 1, posting_date=date(2026, 1, 8))
    company.line("sale", bike, 1, posting_date=date(2026, 1, 7))
    company.post()
    assert unit_cost(bike) == 10


def test_what_was_taken_back_tells_nothing(company: Company) -> None:
    bike = company.item("BIKE")
    company.line("purchase", bike, 1, unit_amount="10")
    company.line("sale", bike, 1)
    company.post()
    wrong = company.post(company.line("purchase", bike, 1, unit_amount="90", posting_date=date(2026, 1, 20)))
    assert unit_cost(bike) == 90
    reverse_register(wrong.register_id, posted_by=company.user)
    assert unit_cost(bike) == 10


def test_a_fixed_issue_of_an_average_is_the_second_choice(company: Company) -> None:
    oil = company.item("OIL", "average")
    company.line("purchase", oil, 1, unit_amount="10")
    company.line("purchase", oil, 2, unit_amount="40")
    company.line("sale", oil, 3, posting_date=date(2026, 1, 6))
    company.line("purchase", oil, 1, unit_amount="90", posting_date=date(2026, 1, 20))
    company.post()
    dear = ItemLedgerEntry.objects.get(posting_date=date(2026, 1, 20))
    company.post(company.line("sale", oil, 1, posting_date=date(2026, 1, 21), applies_to_entry=dear.pk))
    assert unit_cost(oil) == 30


def test_one_cent_is_worked_out_from_the_layers(company: Company) -> None:
    bike = company.item("BIKE")
    company.post(company.line("purchase", bike, 3, amount="0.02"))
    company.post(company.line("sale", bike, 1))
    assert unit_cost(bike) == Decimal("0.00667")


def test_an_item_without_value_stays_without(company: Company) -> None:
    free = company.item("FREE", "average", inventory_value_zero=True)
    company.line("purchase", free, 3, unit_amount="5")
    company.line("sale", free, 2, unit_cost="7")
    company.line("sale", free, 2, unit_cost="7")
    company.post()
    company.post(company.line("positive_adjmt", free, 1, unit_cost="9"))
    drain()
    state = ItemState.objects.get(pk=free.pk)
    assert (state.quantity, state.cost_amount_actual) == (0, 0)
