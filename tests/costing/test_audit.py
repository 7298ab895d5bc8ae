"""The book guards itself: rows stay as they were written, and the audit sees what does not add up."""

import pytest
from django.db import IntegrityError, connection, transaction

from ledger.audit import audit_ledger
from ledger.models import EntryBalance, ItemLedgerEntry, ItemState, ValueEntry
from ledger.rebuild import rebuild_balances
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
