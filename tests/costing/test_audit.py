"""The book guards itself: rows stay as they were written, and the audit sees by name what does not add up."""

import pytest
from django.db import IntegrityError, connection, transaction

from inventory.models import Item
from ledger.audit import CHECKS, audit_ledger
from ledger.models import EntryBalance, ItemLedgerEntry, ItemState, ValueEntry
from ledger.rebuild import rebuild_balances
from posting.reverse import reverse_register
from tests.factories import Company
from work.queue import drain

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("model", [ItemLedgerEntry, ValueEntry])
def test_ledger_rows_never_change(company: Company, model: type) -> None:
    company.post(company.line("purchase", company.item("BIKE"), 1, unit_amount="5"))
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        model.objects.update(document_number="X")
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {model._meta.db_table}")


def test_rebuilding_repairs_what_the_audit_finds(company: Company) -> None:
    bike = company.item("BIKE")
    company.line("purchase", bike, 5, unit_amount="5")
    company.line("sale", bike, 2)
    company.post()
    drain()
    assert rebuild_balances() == 0
    EntryBalance.objects.filter(positive=True).update(remaining_quantity=4)
    ItemState.objects.filter(pk=bike.pk).update(quantity=9)
    assert {finding.check for finding in audit_ledger()} == {"receipt_is_used_once", "state_adds_up"}
    assert rebuild_balances() == 2


def whole_book(company: Company) -> Item:
    """Everything that can happen to a book today, adjusted and posted."""
    bike = company.item("BIKE")
    for item in (bike, company.item("OIL", "average")):
        company.post(company.line("sale", item, 1, unit_cost="4", location=company.east))
        company.post(company.line("purchase", item, 9, unit_amount="7.77", location=company.east))
        receipt = ItemLedgerEntry.objects.get(item=item, quantity=9)
        sold = company.post(company.line("sale", item, 3, location=company.east, applies_to_entry=receipt.pk))
        company.post(company.line("sale", item, 2, location=company.east))
        company.line("sale", item, -1, applies_from_entry=ItemLedgerEntry.objects.get(register=sold.register_id).pk)
        company.post()
        company.post(company.line("transfer", item, 2, location=company.east, new_location=company.west))
        company.post(company.line("sale", item, 2, location=company.west))
        wrong = company.post(company.line("purchase", item, 1, unit_amount="3"))
        reverse_register(wrong.register_id, posted_by=company.user)
    drain()
    assert audit_ledger() == []
    return bike


PROJECTIONS = {
    "remaining": "UPDATE ledger_entrybalance SET remaining_quantity = remaining_quantity + 1 WHERE positive",
    "returnable": "UPDATE ledger_entrybalance SET returnable_quantity = -7 WHERE NOT positive",
    "invoiced": "UPDATE ledger_entrybalance SET invoiced_quantity = 0",
    "valuation date": "UPDATE ledger_entrybalance SET valuation_date = '2020-01-01'",
    "wholly invoiced": "UPDATE ledger_entrybalance SET completely_invoiced = false",
    "last invoice": "UPDATE ledger_entrybalance SET last_invoice_date = NULL",
    "states": "UPDATE ledger_itemstate SET quantity = 9, invoiced_quantity = 8, cost_amount_actual = 7,"
    " cost_amount_expected = 6",
}


def test_every_projection_is_restored(company: Company) -> None:
    whole_book(company)
    balances = list(EntryBalance.objects.order_by("pk").values())
    sums = ("pk", "quantity", "invoiced_quantity", "cost_amount_actual", "cost_amount_expected", "unit_cost")
    states = list(ItemState.objects.order_by("pk").values(*sums))
    assert rebuild_balances() == 0
    for name, damage in PROJECTIONS.items():
        with connection.cursor() as cursor:
            cursor.execute(damage)
        assert audit_ledger(), name
        assert rebuild_balances() > 0, name
        assert list(EntryBalance.objects.order_by("pk").values()) == balances, name
        assert list(ItemState.objects.order_by("pk").values(*sums)) == states, name
        assert audit_ledger() == [], name


LEDGERS = (
    "ledger_itemregister", "ledger_itemledgerentry", "ledger_itemapplicationentry", "ledger_valueentry",
    "ledger_valuationchange", "ledger_glregister", "ledger_glentry", "ledger_glrelation", "ledger_valueposting",
)  # fmt: skip
_USE = "SELECT min(id) FROM ledger_itemapplicationentry WHERE item_ledger_entry_id = outbound_entry_id"
DAMAGE = {
    "quantity_is_valued": "UPDATE ledger_valueentry SET item_ledger_entry_quantity = 8 WHERE valued_quantity = 9",
    "invoiced_adds_up": "UPDATE ledger_entrybalance SET invoiced_quantity = 1 WHERE positive",
    "invoiced_has_no_expected_cost": "UPDATE ledger_valueentry SET cost_amount_expected = 1 WHERE valued_quantity = 9",
    "every_entry_has_a_balance": "UPDATE ledger_entrybalance SET location_id = location_id + 1",
    "receipt_is_used_once": "UPDATE ledger_entrybalance SET remaining_quantity = 1 WHERE positive",
    "issue_is_covered_once": "UPDATE ledger_entrybalance SET remaining_quantity = -1 WHERE NOT positive",
    "remaining_is_within": "UPDATE ledger_entrybalance SET remaining_quantity = 99 WHERE positive",
    "links_join_the_same_goods": "UPDATE ledger_itemledgerentry SET quantity = -9 WHERE quantity = 9",
    "returns_stay_within": "UPDATE ledger_entrybalance SET returnable_quantity = -9 WHERE NOT positive",
    "issue_is_valued_after_its_receipts": "UPDATE ledger_entrybalance SET valuation_date = '2020-01-01'"
    " WHERE NOT positive",
    "return_is_valued_after_its_issue": "UPDATE ledger_entrybalance SET valuation_date = '2020-01-01' WHERE positive",
    "links_are_taken_back_whole": "INSERT INTO ledger_itemapplicationentry (register_id, item_ledger_entry_id,"
    " inbound_entry_id, outbound_entry_id, quantity, posting_date, cost_application, fixed, reverses_id)"
    " SELECT register_id, item_ledger_entry_id, inbound_entry_id, outbound_entry_id, quantity, posting_date,"
    f" cost_application, fixed, id FROM ledger_itemapplicationentry WHERE id = ({_USE})",
    "transfers_balance": "UPDATE ledger_itemledgerentry SET quantity = 5"
    " WHERE entry_type = 'transfer' AND quantity = 2",
    "value_repeats_its_entry": "UPDATE ledger_valueentry SET location_id = location_id + 1",
    "valuation_date_is_projected": "UPDATE ledger_valueentry SET valuation_date = '2020-01-01'",
    "revaluation_is_projected": "UPDATE ledger_entrybalance SET revalued_on = '2020-01-01'",
    "state_adds_up": "UPDATE ledger_itemstate SET cost_amount_actual = 1",
    "every_item_has_a_state": "DELETE FROM ledger_itemstate",
    "nothing_is_worth_nothing": "UPDATE ledger_entrybalance SET remaining_quantity = 0; UPDATE ledger_itemstate"
    " SET quantity = 0, cost_amount_actual = 5",
    "gl_registers_balance": "UPDATE ledger_glentry SET amount = amount + 1 WHERE amount > 0",
    "gl_pairs_balance": "UPDATE ledger_glentry SET amount = amount + 1 WHERE amount > 0",
    "gl_postings_are_whole": "UPDATE ledger_glentry SET amount = 2 * amount",
    "unposted_expected_cost_is_queued": "UPDATE ledger_valueposting SET expected = 1",
    "invoiced_leaves_the_interim_accounts": "UPDATE ledger_valueposting SET expected = 1",
    "interim_accounts_hold_the_expected_cost": "UPDATE ledger_valueposting SET expected = 1",
    "finished_orders_leave_no_work_in_process": "INSERT INTO costing_ordercost (order_type, order_number, order_line,"
    " item_id, indirect_cost_percent, overhead_rate, finished) SELECT 'production', 'P1', 0, min(item_id), 0, 0, true"
    " FROM ledger_valueentry; UPDATE ledger_valueentry SET item_ledger_entry_type = 'output', order_number = 'P1',"
    " order_type = 'production' WHERE valued_quantity = 9",
    "gl_takes_no_more_than_there_is": "UPDATE ledger_valueposting SET actual = actual + 1",
    "unposted_worth_is_queued": "DELETE FROM ledger_valueposting",
    "gl_explains_itself": "DELETE FROM ledger_glrelation",
    "cost_flows_in_no_circle": "INSERT INTO ledger_itemapplicationentry (register_id, item_ledger_entry_id,"
    " inbound_entry_id, outbound_entry_id, quantity, posting_date, cost_application, fixed) SELECT register_id,"
    " inbound_entry_id, inbound_entry_id, outbound_entry_id, 1, posting_date, true, false"
    f" FROM ledger_itemapplicationentry WHERE id = ({_USE})",
    "fixed_links_are_named": "UPDATE ledger_itemapplicationentry SET fixed = NOT fixed"
    " WHERE item_ledger_entry_id = outbound_entry_id",
    "transfers_carry_their_cost": "UPDATE ledger_valueentry SET cost_amount_actual = 9"
    " WHERE item_ledger_entry_type = 'transfer' AND valued_quantity = 2",
    "no_place_keeps_worth_without_goods": "UPDATE ledger_valueentry SET cost_amount_actual = 9"
    " WHERE item_ledger_entry_type = 'sale' AND valued_quantity = -2",
    "invoicing_is_projected": "UPDATE ledger_entrybalance SET last_invoice_date = '2020-01-01'",
    "entries_follow_their_registers": "UPDATE ledger_itemledgerentry SET register_id ="
    " (SELECT max(id) FROM ledger_itemregister) WHERE quantity = 9",
    "adjustments_name_what_they_correct": "UPDATE ledger_valueentry SET applies_to_value_entry_id = NULL",
    "copied_references_exist": "UPDATE ledger_itemledgerentry SET customer_id = 999",
    "reversals_mirror": "UPDATE ledger_itemledgerentry SET quantity = -2 WHERE correction",
    "gl_amounts_are_explained": "UPDATE ledger_glentry SET amount = 2 * amount",
    "inventory_accounts_hold_the_value": "UPDATE ledger_glentry SET account_id ="
    " (SELECT max(id) FROM ledger_glaccount)",
    "queues_name_registers_that_touch_the_item": "INSERT INTO costing_costtopost (register_id, item_id, posting_date,"
    " created_at, failure) SELECT min(id), 999, now(), now(), '' FROM ledger_itemregister",
}


def test_every_check_has_its_damage() -> None:
    assert DAMAGE.keys() == CHECKS.keys()


@pytest.mark.breaks_the_book
def test_every_check_sees_what_it_is_for(company: Company) -> None:
    whole_book(company)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in LEDGERS:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER append_only")
        for name, damage in DAMAGE.items():
            with transaction.atomic():
                cursor.execute(damage)
                found = {finding.check: finding for finding in audit_ledger()}
                assert name in found, (name, found.keys())
                assert found[name].ids, name
                transaction.set_rollback(True)
