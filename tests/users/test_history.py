"""Nobody changes master data without a name."""

import pytest
from django.db import IntegrityError, connection, transaction

from inventory.models import UnitOfMeasure
from tests.factories import Company
from users.history import acting, history_of

pytestmark = pytest.mark.django_db


def test_a_change_by_nobody_is_refused(company: Company) -> None:
    with pytest.raises(IntegrityError, match="acting"), transaction.atomic():
        UnitOfMeasure.objects.update(description="x")


def test_bulk_changes_and_copy_are_recorded(company: Company) -> None:
    with acting(company.user, "new names"):
        UnitOfMeasure.objects.filter(pk=company.unit.pk).update(description="Piece")
        copied = "COPY inventory_unitofmeasure (code, description, international_code) FROM STDIN"
        with connection.cursor() as cursor, cursor.copy(copied) as copy:
            copy.write_row(("KG", "", ""))
    latest = history_of(company.unit)[0]
    assert latest["user"] == "alice"
    assert latest["reason"] == "new names"
    assert latest["changes"] == {"description": ("", "Piece")}
    assert history_of(UnitOfMeasure.objects.get(code="KG"))[0]["what"] == "insert"


def test_raw_sql_and_workers_are_recorded(company: Company) -> None:
    """A worker acts for nobody; its changes say so, and name its job."""
    with acting(None, "nightly", job="17"), connection.cursor() as cursor:
        cursor.execute("UPDATE inventory_unitofmeasure SET description = 'Stück' WHERE code = 'PCS'")
    latest = history_of(company.unit)[0]
    assert (latest["user"], latest["reason"]) == ("system", "nightly")
    assert latest["changes"] == {"description": ("", "Stück")}
    assert company.unit.events.latest("pgh_id").pgh_context.metadata["job"] == "17"


def test_raw_sql_by_nobody_is_refused(company: Company) -> None:
    with pytest.raises(IntegrityError, match="acting"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM inventory_unitofmeasure WHERE code = 'BOX'")


def test_deletions_and_bulk_inserts_are_recorded(company: Company) -> None:
    with acting(company.user, "more units"):
        made = UnitOfMeasure.objects.bulk_create([UnitOfMeasure(code=code) for code in ("A", "B", "C")])
    with acting(company.user, "fewer units"):
        UnitOfMeasure.objects.filter(code__in="ABC").delete()
    for unit in made:
        assert [(change["what"], change["reason"]) for change in history_of(unit)] == [
            ("delete", "fewer units"), ("insert", "more units"),
        ]  # fmt: skip


def test_nobody_acts_after_the_block(company: Company) -> None:
    with acting(company.user, "outer"), acting(None, "inner"):
        UnitOfMeasure.objects.filter(code="PCS").update(description="x")
    assert history_of(company.unit)[0]["reason"] == "outer", "a call inside another keeps the outer user"
    with pytest.raises(IntegrityError, match="acting"), transaction.atomic():
        UnitOfMeasure.objects.filter(code="PCS").update(description="y")


def test_history_takes_one_statement(company: Company, django_assert_num_queries: object) -> None:
    for number in range(30):
        with acting(company.user, "again"):
            UnitOfMeasure.objects.filter(code="PCS").update(description=str(number))
    with django_assert_num_queries(1):  # type: ignore[operator]
        assert len(history_of(company.unit)) == 31
