"""Plays a golden example through the real verbs and compares what it expects with the books."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet, Sum

from costing.adjust import adjust_automatically, adjust_costs
from costing.gl_posting import PER_POSTING_GROUP, post_costs_to_gl
from costing.queries import cost_is_adjusted, entries_to_adjust, entry_points
from costing.tasks import post_queued
from ledger.models import (
    EntryBalance,
    GLEntry,
    InventoryPeriod,
    ItemLedgerEntry,
    ItemState,
    StockkeepingUnitState,
    ValueEntry,
)
from ledger.periods import close_inventory_period, reopen_inventory_period
from ledger.records import ZERO
from posting.journals import post_journal
from posting.models import ItemJournalLine
from tests.golden.applications import APPLIED, Applications, averaged, holding, names
from tests.golden.calculations import Calculations
from tests.golden.events import Events
from tests.golden.revaluation import Revaluations
from tests.golden.world import World
from work.errors import Refused

PLAYED = {
    "purchase", "purchase_return", "sale", "sales_return", "item_journal", "transfer", "adjust_cost",
    "post_inventory_cost_to_gl", "set", "check", "close_period", "reopen_period", "revalue",
    "receive", "ship", "purchase_return_ship", "sales_return_receive", "invoice_receipt", "invoice_shipment",
    "invoice_return_shipment", "invoice_return_receipt", "item_charge", "undo", "transfer_ship", "transfer_receive",
    "consume", "output", "capacity", "finish_order", "assemble", *APPLIED,
    "calculate_standard_cost", "calculate_production_standard_cost", "distribute_charge",
}  # fmt: skip
SET_TARGETS = {"item", "inventory_setup", "gl_setup", "work_date"}
SETUP_KEYS = {"items", "skus", "inventory_setup", "gl_setup", "work_date", "boms", "resources"}
EXPECTED_KEYS = {
    "item_ledger_entries", "value_entries", "value_entries_mode", "value_entry_counts", "application_entries",
    "application_entry_count", "unit_costs", "item_totals", "gl_balances", "gl_balances_mode", "gl_entries",
    "entry_points", "entry_point_count", "items", "inventory_periods", "revaluation_proposal",
}  # fmt: skip


def waits_for(example: dict[str, Any]) -> str:
    """The first thing the example needs that is not built yet; blank when it can be played."""
    for step in example["steps"]:
        if step["op"] not in PLAYED:
            return f"step {step['op']}"
        if step["op"] == "set" and step["target"] not in SET_TARGETS:
            return f"set {step['target']}"
        if step["op"] == "check":
            unknown = set(step["expected"]) - EXPECTED_KEYS
            if unknown:
                return f"expectation {min(unknown)}"
    for kind, known, named in (
        ("setup", SETUP_KEYS, example["setup"]),
        ("expectation", EXPECTED_KEYS, example["expected"]),
    ):
        if unknown := set(named) - known:
            return f"{kind} {min(unknown)}"
    return ""


class Player(Events, Applications, Revaluations, Calculations):
    """One example in one database."""

    def __init__(self, profile: dict[str, Any], example: dict[str, Any]) -> None:
        self.world = World(profile, example["setup"])
        self.entries: dict[str, int] = {}
        self.capacity: dict[str, int] = {}
        self.shipped: dict[str, dict[str, Any]] = {}
        self.received: dict[str, int] = {}
        self.count = 0

    def play(self, example: dict[str, Any]) -> None:
        for step in example["steps"]:
            getattr(self, f"_{step['op']}", self._movement)(step)
        self.compare(example["expected"])

    # ------------------------------------------------------------------ steps

    def _movement(self, step: dict[str, Any]) -> None:
        kind = {"purchase_return": "purchase", "sales_return": "sale", "item_journal": step.get("entry_type")}.get(
            step["op"], step["op"]
        )
        quantity = Decimal(step["qty"])
        if step["op"] in ("purchase_return", "sales_return"):
            quantity = -quantity
        values: dict[str, Any] = {"entry_type": kind, "quantity": quantity}
        cost = None if step.get("unit_cost") is None else Decimal(step["unit_cost"])
        if kind == "purchase":
            values["unit_amount"] = cost
        else:
            values["unit_cost"] = cost
        if step.get("amount") is not None:
            values["amount"] = Decimal(step["amount"])
        self._post(step, self.world.item_batch, step.get("location", ""), values, [step.get("ref")])

    def _transfer(self, step: dict[str, Any]) -> None:
        values = {
            "entry_type": "transfer",
            "quantity": Decimal(step["qty"]),
            "new_location": self.world.location(step["to"]),
        }
        ref = step.get("ref", "")
        refs = [f"{ref}.out", f"{ref}.in", *(f"{ref}.in{n}" for n in range(2, 20))]
        self._post(step, self.world.transfer_batch, step["from"], values, refs)

    def _post(self, step: dict[str, Any], batch: Any, location: str, values: dict[str, Any], refs: list[Any]) -> None:
        self.count += 1
        item = self.world.item(step["item"])
        line = ItemJournalLine.objects.create(
            batch=batch,
            line_number=self.count * 10000,
            posting_date=date.fromisoformat(step["date"]),
            document_number=f"D{self.count}",
            item=item,
            variant=self.world.variant(item, step.get("variant", "")),
            location=self.world.location(location),
            serial_number=step.get("serial", ""),
            applies_to_entry=self.entries.get(step.get("applies_to", "")),
            applies_from_entry=self.entries.get(step.get("applies_from", "")),
            **values,
        )
        try:
            answer = post_journal(batch.pk, posted_by=self.world.user)
        except Refused as refused:
            codes = {problem.code for problem in refused.refusals}
            assert step.get("error") in codes, refused
            assert ItemJournalLine.objects.filter(pk=line.pk).delete()[0] == 1
            return
        assert "error" not in step, f"{step} was to be refused"
        ids = ItemLedgerEntry.objects.filter(register=answer.register_id).order_by("id").values_list("id", flat=True)
        self.entries.update({ref: entry for ref, entry in zip(refs, ids, strict=False) if ref})
        self._work()

    def _work(self) -> None:
        """What the workers do by themselves, on the example's day."""
        adjust_automatically(self.world.work_date)
        post_queued()

    def _adjust_cost(self, step: dict[str, Any]) -> None:
        adjust_costs(until=date.fromisoformat(step["until"]) if step.get("until") else None)
        if step.get("post_to_gl"):
            post_costs_to_gl()
        self._work()

    def _post_inventory_cost_to_gl(self, step: dict[str, Any]) -> None:
        number = step.get("doc_no", "") if step["method"] == PER_POSTING_GROUP else ""
        post_costs_to_gl(method=step["method"], document_number=number)

    def _set(self, step: dict[str, Any]) -> None:
        if step["target"] == "item":
            self.world.change_item(step["no"], step["values"])
        elif step["target"] == "work_date":
            self.world.work_date = date.fromisoformat(step["values"]["work_date"])
        else:
            self.world.change_setup(step["values"])

    def _close_period(self, step: dict[str, Any]) -> None:
        self._period(step, close_inventory_period)

    def _reopen_period(self, step: dict[str, Any]) -> None:
        self._period(step, reopen_inventory_period)

    def _period(self, step: dict[str, Any], verb: Any) -> None:
        try:
            verb(date.fromisoformat(step["ending_date"]), by=self.world.user)
        except Refused as refused:
            assert step.get("error") in {problem.code for problem in refused.refusals}, refused
        else:
            assert "error" not in step, f"{step} was to be refused"

    def _check(self, step: dict[str, Any]) -> None:
        self.compare(step["expected"])

    # ------------------------------------------------------------------ expectations

    def _see_inventory_periods(self, rows: list[dict[str, Any]], _: Any) -> None:
        for row in rows:
            period = InventoryPeriod.objects.get(ending_date=row["ending_date"])
            assert period.closed == row["closed"], row

    def compare(self, expected: dict[str, Any]) -> None:
        for section, rows in expected.items():
            getattr(self, f"_see_{section}")(rows, expected)

    def _see_item_ledger_entries(self, rows: list[dict[str, Any]], _: Any) -> None:
        for row in rows:
            found = self._entry(self.entries[row["ref"]])
            for name, value in row.items():
                if name not in ("ref", "tolerance"):
                    _same(found[name], self._value(name, value), f"{row['ref']}.{name}", row.get("tolerance"))

    def _value(self, name: str, value: Any) -> Any:
        return self.entries[value] if name == "applies_to" and value else value

    def _entry(self, pk: int) -> dict[str, Any]:
        entry = ItemLedgerEntry.objects.select_related("location").get(pk=pk)
        balance = EntryBalance.objects.get(pk=pk)
        sums = ValueEntry.objects.filter(item_ledger_entry=pk).aggregate(
            a=Sum("cost_amount_actual"), e=Sum("cost_amount_expected"), n=Sum("cost_amount_non_inventoriable")
        )
        first = ValueEntry.objects.filter(item_ledger_entry=pk).order_by("id")[0]
        return {
            "qty": entry.quantity,
            "remaining_qty": balance.remaining_quantity,
            "invoiced_qty": balance.invoiced_quantity,
            "open": balance.remaining_quantity != 0,
            "cost_actual": sums["a"],
            "cost_expected": sums["e"],
            "cost_non_inventoriable": sums["n"],
            "applies_to": names(entry),
            "completely_invoiced": balance.completely_invoiced,
            "valuation_date": balance.valuation_date,
            "posting_date": entry.posting_date,
            "entry_type": entry.entry_type,
            "location": entry.location.code,
            "valued_by_average_cost": averaged(first),
            "correction": entry.correction,
            "applied_entry_to_adjust": pk in entries_to_adjust(entry.item_id),
        }

    def _values_of(self, ref: str) -> QuerySet[ValueEntry]:
        if ref in self.capacity:
            return ValueEntry.objects.filter(capacity_ledger_entry=self.capacity[ref])
        return ValueEntry.objects.filter(item_ledger_entry=self.entries[ref])

    def _see_value_entries(self, rows: list[dict[str, Any]], expected: dict[str, Any]) -> None:
        for ref in dict.fromkeys(row["ile"] for row in rows):
            wanted = [row for row in rows if row["ile"] == ref]
            found = [_value_entry(each) for each in self._values_of(ref).order_by("id")]
            if expected.get("value_entries_mode", "exact") == "exact":
                assert len(found) == len(wanted), f"{ref}: {found}"
                for row, entry in zip(wanted, found, strict=True):
                    for name in row.keys() - {"ile", "tolerance"}:
                        _same(entry[name], row[name], f"{ref}.{name}", row.get("tolerance"))
            else:
                for row in wanted:
                    assert any(_fits(row, entry) for entry in found), f"{row} not in {found}"

    def _see_value_entries_mode(self, *_: Any) -> None:
        pass

    def _see_value_entry_counts(self, rows: list[dict[str, Any]], _: Any) -> None:
        for row in rows:
            entries = ValueEntry.objects.all()
            if "item" in row:
                entries = entries.filter(item=self.world.item(row["item"]))
            if "ile" in row:
                entries = entries.filter(item_ledger_entry=self.entries[row["ile"]])
            for name in row.keys() & {"entry_type", "adjustment", "expected_cost"}:
                entries = entries.filter(**{name: row[name]})
            assert entries.count() == int(row["count"]), row

    def _see_application_entries(self, rows: list[dict[str, Any]], _: Any) -> None:
        for row in rows:
            found = holding().filter(
                item_ledger_entry=self.entries[row["entry"]],
                inbound_entry=self.entries[row["inbound"]],
                outbound_entry=self.entries[row["outbound"]] if row.get("outbound") else None,
            )
            assert sum(each.quantity for each in found) == Decimal(row["qty"]), row
            if "cost_application" in row:
                assert {each.cost_application for each in found} == {row["cost_application"]}, row
            if row.get("transferred_from"):
                assert {each.transferred_from_entry_id for each in found} == {self.entries[row["transferred_from"]]}, (
                    row
                )

    def _see_application_entry_count(self, count: Any, _: Any) -> None:
        assert holding().count() == int(count)

    def _see_unit_costs(self, rows: list[dict[str, Any]], _: Any) -> None:
        for row in rows:
            item = self.world.item(row["item"])
            item.refresh_from_db()
            if "location" in row:
                unit = StockkeepingUnitState.objects.get(
                    stockkeeping_unit__item=item,
                    stockkeeping_unit__location=self.world.location(row["location"]),
                    stockkeeping_unit__variant=self.world.variant(item, row.get("variant", "")),
                )
                _same(unit.unit_cost, row["unit_cost"], f"unit cost of {row['item']}", row.get("tolerance"))
                continue
            cost = (
                item.standard_cost if item.costing_method == "standard" else ItemState.objects.get(pk=item.pk).unit_cost
            )
            _same(cost, row["unit_cost"], f"unit cost of {row['item']}", row.get("tolerance"))

    def _see_item_totals(self, rows: list[dict[str, Any]], _: Any) -> None:
        names = {
            "qty": "item_ledger_entry_quantity", "invoiced_qty": "invoiced_quantity",
            "cost_actual": "cost_amount_actual", "cost_expected": "cost_amount_expected",
            "cost_non_inventoriable": "cost_amount_non_inventoriable",
        }  # fmt: skip
        for row in rows:
            entries = ValueEntry.objects.filter(item=self.world.item(row["item"]))
            if "location" in row:
                entries = entries.filter(location=self.world.location(row["location"]))
            if "as_of" in row:
                entries = entries.filter(posting_date__lte=row["as_of"])
            for name in row.keys() & names.keys():
                total = entries.aggregate(total=Sum(names[name]))["total"] or ZERO
                _same(total, row[name], f"{row['item']}.{name}", row.get("tolerance"))

    def _see_gl_balances(self, wanted: dict[str, str], expected: dict[str, Any]) -> None:
        found = {
            self.world.roles[row["account"]]: row["total"]
            for row in GLEntry.objects.values("account").annotate(total=Sum("amount"))
        }
        names = wanted.keys() if expected.get("gl_balances_mode") == "contains" else wanted.keys() | found.keys()
        for role in names:
            _same(found.get(role, ZERO), wanted.get(role, "0"), f"G/L {role}", None)

    def _see_gl_balances_mode(self, *_: Any) -> None:
        pass

    def _see_gl_entries(self, rows: list[dict[str, Any]], _: Any) -> None:
        for row in rows:
            found = GLEntry.objects.filter(
                relations__value_entry__in=self._values_of(row["ile"]),
                account=self.world.accounts[row["account"]],
                amount=Decimal(row["amount"]),
            )
            if "posting_date" in row:
                found = found.filter(posting_date=row["posting_date"])
            assert found.exists(), row

    def _see_entry_points(self, rows: list[dict[str, Any]], _: Any) -> None:
        for row in rows:
            found = {
                str(point.valuation_date): point.adjusted for point in entry_points(self.world.item(row["item"]).pk)
            }
            assert row["valuation_date"] in found, f"{row}: {found}"
            assert found[row["valuation_date"]] == row["adjusted"], f"{row}: {found}"

    def _see_entry_point_count(self, count: Any, _: Any) -> None:
        assert sum(len(entry_points(item.pk)) for item in self.world.items.values()) == int(count)

    def _see_items(self, rows: list[dict[str, Any]], _: Any) -> None:
        for row in rows:
            item = self.world.item(row["no"])
            item.refresh_from_db()
            if "cost_is_adjusted" in row:
                assert cost_is_adjusted(item.pk) == row["cost_is_adjusted"], row
            if "standard_cost" in row:
                _same(item.standard_cost, row["standard_cost"], f"standard cost of {row['no']}", None)


def _value_entry(entry: ValueEntry) -> dict[str, Any]:
    posted = entry.postings.aggregate(a=Sum("actual"), e=Sum("expected"))
    return {
        "entry_type": entry.entry_type,
        "variance_type": entry.variance_type,
        "charge": entry.item_charge,
        "posting_date": entry.posting_date,
        "valuation_date": entry.valuation_date,
        "valued_qty": entry.valued_quantity,
        "invoiced_qty": entry.invoiced_quantity,
        "ile_qty": entry.item_ledger_entry_quantity,
        "cost_actual": entry.cost_amount_actual,
        "cost_expected": entry.cost_amount_expected,
        "cost_non_inventoriable": entry.cost_amount_non_inventoriable,
        "adjustment": entry.adjustment,
        "expected_cost": entry.expected_cost,
        "valued_by_average_cost": entry.valued_by_average_cost,
        "partial_revaluation": entry.partial_revaluation,
        "cost_posted_to_gl": posted["a"] or ZERO,
        "expected_cost_posted_to_gl": posted["e"] or ZERO,
    }


def _fits(row: dict[str, Any], entry: dict[str, Any]) -> bool:
    try:
        for name in row.keys() - {"ile", "tolerance"}:
            _same(entry[name], row[name], name, row.get("tolerance"))
    except AssertionError:
        return False
    return True


def _same(found: Any, wanted: Any, what: str, tolerance: str | None) -> None:
    if isinstance(found, Decimal):
        assert abs(found - Decimal(wanted)) <= Decimal(tolerance or "0"), f"{what} is {found}, expected {wanted}"
    elif isinstance(found, date):
        assert str(found) == wanted, f"{what} is {found}, expected {wanted}"
    else:
        assert found == wanted, f"{what} is {found!r}, expected {wanted!r}"
