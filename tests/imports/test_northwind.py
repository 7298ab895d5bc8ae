"""A real trading company comes in by the commands, and its figures equal a computation over the files."""

import csv
import subprocess
import sys
from collections import defaultdict
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db.models import Sum

from inventory.models import Item
from ledger.audit import audit_ledger
from ledger.models import GLAccount, GLEntry, ItemLedgerEntry, ItemState, ValueEntry
from users.models import User
from work.queue import drain

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "tests" / "data" / "northwind"


def read(name: str) -> list[dict[str, str]]:
    with (DATA / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def cents(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.01"), ROUND_HALF_UP)


@pytest.fixture
def northwind(sound: None, tmp_path: Path) -> None:
    command = [sys.executable, "examples/northwind.py", str(DATA), str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    User.objects.create_superuser("boss")
    call_command("start_company", "Northwind", verbosity=0)
    call_command("import_items", tmp_path / "items.csv")
    call_command("import_journal", "ITEM/DEFAULT", tmp_path / "journal.csv", post=True)
    drain()


@pytest.mark.django_db
def test_stock_revenue_and_costs_are_those_of_the_files(northwind: None) -> None:
    stock, sold, revenue, purchases = {}, defaultdict(int), Decimal(0), Decimal(0)
    for line in read("order-details"):
        sold[line["productID"]] += int(line["quantity"])
        revenue += cents(int(line["quantity"]) * Decimal(line["unitPrice"]) * (1 - Decimal(line["discount"])))
    for product in read("products"):
        number, left = product["productID"], int(product["unitsInStock"])
        stock[f"NW-{int(number):02d}"] = left
        purchases += cents(Decimal(product["unitPrice"]) * Decimal("0.7") * (left + sold[number]))
    value = ItemState.objects.aggregate(total=Sum("cost_amount_actual"))["total"]
    issued = -cost_of(item_ledger_entry_type="sale")

    assert Item.objects.count() == 77
    assert ItemLedgerEntry.objects.filter(entry_type="sale").count() == 2155
    assert dict(ItemState.objects.values_list("item__number", "quantity")) == stock
    assert ValueEntry.objects.aggregate(total=Sum("sales_amount_actual"))["total"] == revenue
    assert cost_of(entry_type="direct", item_ledger_entry_type="purchase") == purchases
    rounding = cost_of(entry_type="rounding")
    assert purchases + rounding == value + issued
    assert abs(rounding) <= Decimal("0.05")
    balances = dict(GLAccount.objects.annotate(total=Sum("entries__amount")).values_list("name", "total"))
    assert balances["Inventory"] == value
    assert balances["Cost of goods sold"] == issued
    assert GLEntry.objects.aggregate(total=Sum("amount"))["total"] == 0
    assert audit_ledger() == []


def cost_of(**which: str) -> Decimal:
    return ValueEntry.objects.filter(**which).aggregate(total=Sum("cost_amount_actual"))["total"] or Decimal(0)
