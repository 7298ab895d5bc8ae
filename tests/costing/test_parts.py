"""Only what can have changed is read and solved; it must say what solving everything says (incremental equals full)."""

from datetime import date

import pytest

from costing import compute
from costing.compute import Work
from inventory.models import Item
from inventory.setup import read_setup
from ledger.periods import read_calendar
from tests.costing.histories import History
from tests.factories import Company


def whole_of(item: Item) -> Work:
    """The item, read and solved from its first entry on."""
    work = Work(item.pk, item.costing_method, [(0, date.min)])
    assert not compute._solve([work], read_setup(), read_calendar(), None)
    return work


@pytest.mark.django_db
def test_after_parts_the_whole_finds_nothing(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    solved, solve_one = [], compute._solve_one

    def noted(work: Work, *others: object) -> None:
        solve_one(work, *others)
        solved.append((work.method, work.part.since is not None))

    monkeypatch.setattr(compute, "_solve_one", noted)
    for seed in range(24):
        history = History(company, f"part {seed}", restless=1.0)
        history.tell()
        for item in history.items:
            solution = whole_of(item).solution
            assert not solution.differences, seed
            assert not solution.invoiced, seed
    assert {("fifo", True), ("average", True), ("standard", True)} <= set(solved)
