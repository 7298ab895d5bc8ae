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
