"""Numbers without holes, and all the ways a series can say no (number-series.md §7)."""

from datetime import date

import pytest
from django.db import transaction

from inventory.errors import NumberRefused
from inventory.models import NumberSeries, NumberSeriesLine
from inventory.numbering import increment, next_numbers
from tests.factories import Company
from users.history import acting

pytestmark = pytest.mark.django_db
DAY = date(2026, 1, 15)


@pytest.fixture
def series(company: Company) -> NumberSeries:
    with acting(company.user, "test"):
        return NumberSeries.objects.create(code="TO")


def test_a_series_ends(series: NumberSeries) -> None:
    line = NumberSeriesLine.objects.create(
        series=series, starting_number="TO0001", ending_number="TO0003", last_number_used="TO0002"
    )
    assert next_numbers(series, on=DAY) == ["TO0003"]
    line.refresh_from_db()
    assert not line.open
    with pytest.raises(NumberRefused) as refused:
        next_numbers(series, on=DAY)
    assert refused.value.code == "no_open_line"


def test_lines_start_on_their_dates(series: NumberSeries) -> None:
    NumberSeriesLine.objects.create(series=series, starting_date=date(2026, 1, 1), starting_number="TO26-0001")
    NumberSeriesLine.objects.create(series=series, starting_date=date(2026, 2, 1), starting_number="TO26-1001")
    assert next_numbers(series, on=DAY) == ["TO26-0001"]
    assert next_numbers(series, on=date(2026, 2, 2)) == ["TO26-1001"]
    assert next_numbers(series, on=date(2026, 1, 20)) == ["TO26-0002"]


def test_increments_stop_before_the_end(series: NumberSeries) -> None:
    line = NumberSeriesLine.objects.create(series=series, starting_number="100", ending_number="125", increment_by=10)
    assert next_numbers(series, on=DAY, count=3) == ["100", "110", "120"]
    line.refresh_from_db()
    assert not line.open


def test_a_failed_posting_gives_its_number_back(series: NumberSeries) -> None:
    NumberSeriesLine.objects.create(series=series, starting_number="A1")
    with transaction.atomic():
        next_numbers(series, on=DAY)
        transaction.set_rollback(True)
    assert next_numbers(series, on=DAY, preview=True) == ["A1"]
    assert next_numbers(series, on=DAY) == ["A1"]


def test_counting_keeps_the_width() -> None:
    assert increment("S/N-Vend0009", 1) == "S/N-Vend0010"
    assert increment("A9", 1) == "A10"
    with pytest.raises(NumberRefused):
        increment("ABC", 1)
