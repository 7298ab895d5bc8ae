"""What cannot be posted is refused by code and field, leaves no trace, and says it before anything is written."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest

from inventory.models import Item, ItemUnitOfMeasure
from ledger.models import ItemLedgerEntry, ItemRegister, ItemState
from posting.models import ItemJournalLine
from tests.factories import Company
from users.history import acting
from work.errors import Refused
from work.queue import drain

pytestmark = pytest.mark.django_db


class Shop:
    """Bikes and cars on stock at EAST, bikes of two serial numbers, and one sale of each."""

    def __init__(self, company: Company) -> None:
        self.company = company
        self.bike, self.car = company.item("BIKE"), company.item("CAR")
        self.rare = company.item("RARE", "specific")
        for item in (self.bike, self.car):
            company.line("purchase", item, 5, unit_amount="7", location=company.east)
        for serial in ("S1", "S2"):
            company.line("purchase", self.rare, 1, unit_amount="7", location=company.east, serial_number=serial)
        company.post()
        company.line("sale", self.bike, 2, location=company.east)
        company.line("sale", self.car, 2, location=company.east)
        company.line("sale", self.rare, 1, location=company.east, serial_number="S1")
        company.post()

    def entry(self, item: Item, *, inbound: bool) -> int:
        return ItemLedgerEntry.objects.filter(item=item, quantity__gt=0 if inbound else -99).order_by(
            "id" if inbound else "-id"
        )[0].pk  # fmt: skip

    def line(self, kind: str, item: Item, quantity: object, **values: object) -> ItemJournalLine:
        return self.company.line(kind, item, quantity, **{"location": self.company.east, **values})


BIG = "99999999999999.99999"
BAD: dict[str, tuple[str, str | None, Callable[[Shop], object]]] = {
    "applies to an entry of another item": (
        "applies_to_mismatch", "applies_to_entry",
        lambda s: s.line("sale", s.bike, 1, applies_to_entry=s.entry(s.car, inbound=True)),
    ),
    "applies to an entry at another place": (
        "applies_to_mismatch", "applies_to_entry",
        lambda s: s.line("sale", s.bike, 1, location=s.company.west, applies_to_entry=s.entry(s.bike, inbound=True)),
    ),
    "applies to an entry of the same sign": (
        "applies_to_mismatch", "applies_to_entry",
        lambda s: s.line("sale", s.bike, 1, applies_to_entry=s.entry(s.bike, inbound=False)),
    ),
    "applies to an entry with too little left": (
        "insufficient_remaining_quantity", "applies_to_entry",
        lambda s: s.line("sale", s.bike, 99, applies_to_entry=s.entry(s.bike, inbound=True)),
    ),
    "applies to no entry": (
        "applies_to_mismatch", "applies_to_entry", lambda s: s.line("sale", s.bike, 1, applies_to_entry=10**15),
    ),
    "applies to an entry of another serial number": (
        "applies_to_mismatch", "applies_to_entry",
        lambda s: s.line("sale", s.rare, 1, serial_number="S2", applies_to_entry=s.entry(s.rare, inbound=True)),
    ),
    "applies from an entry of another item": (
        "applies_from_mismatch", "applies_from_entry",
        lambda s: s.line("sale", s.bike, -1, applies_from_entry=s.entry(s.car, inbound=False)),
    ),
    "applies from a receipt": (
        "applies_from_mismatch", "applies_from_entry",
        lambda s: s.line("sale", s.bike, -1, applies_from_entry=s.entry(s.bike, inbound=True)),
    ),
    "an issue that applies from": (
        "applies_from_mismatch", "applies_from_entry",
        lambda s: s.line("sale", s.bike, 1, applies_from_entry=s.entry(s.bike, inbound=False)),
    ),
    "more back than went out": (
        "returned_more_than_shipped", "applies_from_entry",
        lambda s: s.line("sale", s.bike, -3, applies_from_entry=s.entry(s.bike, inbound=False)),
    ),
    "a serial number is missing": (
        "serial_no_required", "serial_number", lambda s: s.line("sale", s.rare, 1),
    ),
    "a serial number of two": (
        "serial_not_single", "serial_number", lambda s: s.line("purchase", s.rare, 2, serial_number="S9"),
    ),
    "a serial number that is here already": (
        "serial_on_inventory", "serial_number",
        lambda s: s.line("purchase", s.rare, 1, serial_number="S2", location=s.company.west),
    ),
    "a serial number that was sold": (
        "not_on_inventory", "quantity", lambda s: s.line("sale", s.rare, 1, serial_number="S1"),
    ),
    "a serial number that lies elsewhere": (
        "not_on_inventory", "quantity",
        lambda s: s.line("sale", s.rare, 1, serial_number="S2", location=s.company.west),
    ),
    "half a piece": ("quantity_too_fine", "quantity", lambda s: s.line("sale", s.car, "0.5")),
    "a quantity beyond everything": ("too_large", "quantity", lambda s: s.line("purchase", s.bike, BIG)),
    "an amount beyond everything": (
        "too_large", "amount", lambda s: s.line("purchase", s.bike, 900_000_000_000, unit_amount="90000000000"),
    ),
    "a cost beyond everything": (
        "too_large", "amount", lambda s: s.line("positive_adjmt", s.bike, 900_000_000_000, unit_cost="90000000000"),
    ),
    "a unit cost beyond everything": (
        "too_large", "unit_cost", lambda s: s.line("purchase", s.bike, "0.00001", amount="9000000000000000"),
    ),
    "the day one": (
        "posting_date_not_allowed", "posting_date", lambda s: s.line("sale", s.bike, 1, posting_date=date(1, 1, 1)),
    ),
    "the last day": (
        "posting_date_not_allowed", "posting_date", lambda s: s.line("sale", s.bike, 1, posting_date=date.max),
    ),
    "an entry type of orders": (
        "entry_type_not_allowed", "entry_type", lambda s: s.line("assembly_output", s.bike, 1),
    ),
    "no posting date": ("value_missing", "posting_date", lambda s: s.line("sale", s.bike, 1, posting_date=None)),
    "the same place": (
        "same_location", "new_location", lambda s: s.line("transfer", s.bike, 1, new_location=s.company.east),
    ),
    "a transfer of less than nothing": (
        "quantity_negative", "quantity", lambda s: s.line("transfer", s.bike, -1, new_location=s.company.west),
    ),
    "a transfer of a serial number that is not here": (
        "not_on_inventory", "quantity",
        lambda s: s.line("transfer", s.rare, 1, serial_number="S7", new_location=s.company.west),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_it_is_refused_by_code_and_field(company: Company, name: str) -> None:
    shop = Shop(company)
    with acting(company.user, "test"):
        ItemUnitOfMeasure.objects.filter(item=shop.car, unit=company.unit).update(rounding_precision=1)
    code, field, make = BAD[name]
    line = make(shop)
    assert isinstance(line, ItemJournalLine)
    before = ItemRegister.objects.count(), list(ItemState.objects.order_by("pk").values())
    with pytest.raises(Refused) as refused:
        company.post(line)
    assert [(each.code, each.field, each.line) for each in refused.value.refusals] == [(code, field, line.pk)]
    assert (ItemRegister.objects.count(), list(ItemState.objects.order_by("pk").values())) == before
    assert ItemJournalLine.objects.filter(pk=line.pk, version=1).exists()


def test_sums_beyond_everything_are_refused_too(company: Company) -> None:
    bike = company.item("BIKE")
    for _ in range(2):
        company.line("purchase", bike, 9_000_000_000_000, unit_amount="1")
    with pytest.raises(Refused) as refused:
        company.post()
    assert [(each.code, each.field) for each in refused.value.refusals] == [("too_large", "quantity")]


def test_the_largest_that_is_taken_goes_all_the_way(company: Company) -> None:
    for method in ("fifo", "average", "standard"):
        item = company.item(method.upper(), method, standard_cost="900")
        company.line("purchase", item, "9999999999999.99999", unit_amount="999.99")
        company.line("sale", item, "9999999999999", unit_cost="999.99")
        company.line("sale", item, "0.99998", unit_cost="1")
    company.post()
    drain()
    last = ItemState.objects.get(item__number="FIFO")
    assert (last.quantity, last.cost_amount_actual) == (Decimal("0.00001"), Decimal("0.01"))
    for method in ("fifo", "average", "standard"):
        company.line("sale", Item.objects.get(number=method.upper()), "0.00001", unit_cost="1")
    company.post()
    drain()
    assert not ItemState.objects.exclude(cost_amount_actual=0).exists()
