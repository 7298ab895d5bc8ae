"""A reversal takes a register back to nothing: quantity, cost, revenue and G/L; or it is refused whole."""

from datetime import date
from decimal import Decimal

import pytest
from django.db.models import Sum

from inventory.models import Item
from ledger.models import GLEntry, InventoryPeriod, ItemLedgerEntry, ItemRegister, ItemState, ValueEntry
from posting.journals import PostingAnswer
from posting.reverse import reverse_register
from tests.factories import Company
from users.history import acting
from work.errors import Refused
from work.queue import drain

pytestmark = pytest.mark.django_db
METHODS = ["fifo", "lifo", "average", "standard", "specific"]


def reverse(company: Company, answer: PostingAnswer, **options: object) -> PostingAnswer:
    assert answer.register_id is not None
    return reverse_register(answer.register_id, posted_by=company.user, **options)  # type: ignore[arg-type]


def refusals(company: Company, answer: PostingAnswer) -> set[str]:
    before = ItemRegister.objects.count(), ItemLedgerEntry.objects.count()
    with pytest.raises(Refused) as refused:
        reverse(company, answer)
    assert (ItemRegister.objects.count(), ItemLedgerEntry.objects.count()) == before
    return {problem.code for problem in refused.value.refusals}


def worth() -> dict[str, object]:
    """All that a posting moves, by item and by account; what is zero is left out."""
    drain()
    amounts = ("item_ledger_entry_quantity", "cost_amount_actual", "sales_amount_actual", "purchase_amount_actual",
               "discount_amount", "cost_amount_non_inventoriable")  # fmt: skip
    values = ValueEntry.objects.values("item__number", "location__code").annotate(**{f"s{n}": Sum(n) for n in amounts})
    accounts = GLEntry.objects.values("account__number").annotate(total=Sum("amount"))
    found = {(row["item__number"], row["location__code"], n): row[f"s{n}"] for row in values for n in amounts}
    found |= {row["account__number"]: row["total"] for row in accounts}
    return {key: value for key, value in found.items() if value}


def stocked(company: Company, method: str, **values: object) -> Item:
    bike = company.item("BIKE", method, standard_cost="9", indirect_cost_percent="10", overhead_rate="1", **values)
    for number, cost in enumerate(("7.77", "8.10", "6.05")):
        serial = {"serial_number": f"OLD{number}"} if method == "specific" else {}
        company.line("purchase", bike, 1, unit_amount=cost, location=company.east, **serial)
    company.post()
    return bike


@pytest.mark.parametrize("method", METHODS)
def test_a_purchase_and_a_positive_adjustment(company: Company, method: str) -> None:
    bike = stocked(company, method)
    before = worth()
    serials = [{"serial_number": f"N{n}"} if method == "specific" else {} for n in range(2)]
    company.line("purchase", bike, 1, unit_amount="3.33", discount_amount="0.50", **serials[0])
    company.line("positive_adjmt", bike, 1, unit_cost="4.44", **serials[1])
    answer = company.post()
    assert worth() != before
    reversal = reverse(company, answer)
    assert worth() == before
    register = ItemRegister.objects.get(pk=reversal.register_id)
    assert (register.source_code, register.reverses_id) == ("reversal", answer.register_id)
    mirrored = ItemLedgerEntry.objects.filter(register=register).order_by("id")
    assert [(e.entry_type, e.quantity, e.correction) for e in mirrored] == [
        ("positive_adjmt", -1, True), ("purchase", -1, True),
    ]  # fmt: skip


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("adjusted_between", [True, False])
def test_issues_are_returned_exactly(company: Company, method: str, adjusted_between: bool) -> None:
    bike = stocked(company, method)
    before = worth()
    serials = [{"serial_number": f"OLD{n}"} if method == "specific" else {} for n in range(3)]
    company.line("sale", bike, 1, amount="20", discount_amount="2", location=company.east, **serials[0])
    company.line("negative_adjmt", bike, 1, location=company.east, **serials[1])
    company.line("purchase", bike, -1, unit_amount="5", location=company.east, **serials[2])
    answer = company.post()
    if adjusted_between:
        assert worth() != before
    reverse(company, answer)
    assert worth() == before


@pytest.mark.parametrize("method", METHODS)
def test_a_transfer_of_several_layers_goes_back(company: Company, method: str) -> None:
    bike = stocked(company, method)
    before = worth()
    moved = [(1, {"serial_number": f"OLD{n}"}) for n in range(2)] if method == "specific" else [(2, {})]
    lines = [
        company.line("transfer", bike, quantity, location=company.east, new_location=company.west, **serial)
        for quantity, serial in moved
    ]
    answer = company.post(*lines)
    assert worth() != before
    reverse(company, answer)
    assert worth() == before


@pytest.mark.parametrize("method", ["fifo", "lifo", "standard"])
def test_a_receipt_used_only_by_its_own_register(company: Company, method: str) -> None:
    bike = stocked(company, method)
    before = worth()
    company.line("purchase", bike, 10, unit_amount="7")
    company.line("sale", bike, 4, amount="60.00")
    company.line("sale", bike, 6, amount="70.00")
    answer = company.post()
    reverse(company, answer)
    assert worth() == before


def test_a_receipt_used_together_with_older_goods(company: Company) -> None:
    """What came back carries the cost of both, so it cannot stand in for the receipt."""
    bike = stocked(company, "fifo")
    company.line("purchase", bike, 10, unit_amount="7", location=company.east)
    company.line("sale", bike, 4, amount="60.00", location=company.east)
    assert refusals(company, company.post()) == {"already_applied"}


def test_a_receipt_in_an_average_that_its_own_register_used(company: Company) -> None:
    """What came back carries the average, so it cannot stand in for the receipt."""
    bike = stocked(company, "average")
    company.line("purchase", bike, 10, unit_amount="7")
    company.line("sale", bike, 4, amount="60.00")
    assert refusals(company, company.post()) == {"already_applied"}


def test_a_negative_stock_that_was_never_covered(company: Company) -> None:
    bike = company.item("BIKE")
    before = worth()
    answer = company.post(company.line("sale", bike, 3, unit_cost="5", amount="30"))
    reverse(company, answer)
    assert worth() == before
    company.post(company.line("purchase", bike, 3, unit_amount="4"))
    drain()
    assert ItemState.objects.get().cost_amount_actual == 12


def test_a_service_is_taken_back_at_its_cost(company: Company) -> None:
    service = company.item("CARE", type="service")
    before = worth()
    company.line("purchase", service, 2, unit_amount="30")
    company.line("sale", service, 2, amount="99", unit_cost="30")
    answer = company.post()
    assert worth() != before
    reverse(company, answer)
    assert worth() == before


def test_groups_and_standard_cost_are_those_of_the_posting(company: Company) -> None:
    bike = company.item("BIKE", "standard", standard_cost="9")
    before = worth()
    answer = company.post(company.line("purchase", bike, 3, unit_amount="7"))
    drain()
    company.change(bike, standard_cost=Decimal(20), blocked=True, inventory_posting_group=None)
    reverse(company, answer)
    assert worth() == before


def test_later_costs_of_a_reversed_issue_reach_its_return(company: Company) -> None:
    """The sale is reversed before the receipt that covers it comes in at another cost."""
    bike = company.item("BIKE")
    answer = company.post(company.line("sale", bike, 3, unit_cost="5"))
    reverse(company, answer)
    company.post(company.line("purchase", bike, 3, unit_amount="8", posting_date=date(2026, 1, 9)))
    drain()
    totals = {e.entry_type + str(e.quantity): e.value_entries.aggregate(c=Sum("cost_amount_actual"))["c"]
              for e in ItemLedgerEntry.objects.all()}  # fmt: skip
    assert totals == {"sale-3.00000": -24, "sale3.00000": 24, "purchase3.00000": 24}


def test_twice_is_refused_and_once_by_key_is_one(company: Company) -> None:
    answer = company.post(company.line("purchase", company.item("BIKE"), 1, unit_amount="5"))
    first = reverse(company, answer, idempotency_key=("k", {}))
    again = reverse(company, answer, idempotency_key=("k", {}))
    assert again.hit
    assert again.register_id == first.register_id
    assert refusals(company, answer) == {"already_reversed"}


def test_a_receipt_in_use_and_an_issue_that_came_back(company: Company) -> None:
    bike = company.item("BIKE")
    company.line("purchase", bike, 5, unit_amount="5")
    company.line("purchase", bike, 5, unit_amount="6")
    bought = company.post()
    sold = company.post(company.line("sale", bike, 7))
    with pytest.raises(Refused) as refused:
        reverse(company, bought)
    entries = list(ItemLedgerEntry.objects.filter(register=bought.register_id).values_list("id", flat=True))
    assert {problem.line for problem in refused.value.refusals} == set(entries)
    assert {problem.code for problem in refused.value.refusals} == {"already_applied"}
    issue = ItemLedgerEntry.objects.get(register=sold.register_id)
    company.post(company.line("sale", bike, -2, applies_from_entry=issue.pk))
    assert refusals(company, sold) == {"already_applied"}


def test_dates_must_still_be_open(company: Company) -> None:
    answer = company.post(company.line("purchase", company.item("BIKE"), 1, unit_amount="5"))
    drain()
    company.change_setup(allow_posting_from=date(2026, 2, 1))
    assert refusals(company, answer) == {"posting_date_not_allowed"}
    company.change_setup(allow_posting_from=None)
    with acting(company.user, "test"):
        InventoryPeriod.objects.create(ending_date=date(2026, 1, 31), closed=True)
    assert refusals(company, answer) == {"period_closed"}


def test_only_journals_are_reversed(company: Company) -> None:
    bike = company.item("BIKE")
    company.post(company.line("sale", bike, 1, unit_cost="4"))
    company.post(company.line("purchase", bike, 1, unit_amount="5"))
    drain()
    adjustment = ItemRegister.objects.get(source_code="cost_adjustment")
    with pytest.raises(Refused) as refused:
        reverse_register(adjustment.pk, posted_by=company.user)
    assert refused.value.refusals[0].code == "not_reversible"
    with pytest.raises(Refused) as refused:
        reverse_register(10**9, posted_by=company.user)
    assert refused.value.refusals[0].code == "unknown_register"


def test_a_reversal_is_not_reversed(company: Company) -> None:
    answer = company.post(company.line("purchase", company.item("BIKE"), 1, unit_amount="5"))
    assert refusals(company, reverse(company, answer)) == {"not_reversible"}


def test_a_transfer_is_not_returned_from(company: Company) -> None:
    bike = company.item("BIKE")
    company.post(company.line("purchase", bike, 1, unit_amount="5", location=company.east))
    company.post(company.line("transfer", bike, 1, location=company.east, new_location=company.west))
    left = ItemLedgerEntry.objects.get(quantity=-1)
    with pytest.raises(Refused) as refused:
        company.post(company.line("sale", bike, -1, applies_from_entry=left.pk))
    assert refused.value.refusals[0].code == "applies_from_mismatch"
