"""Random histories of every event through the verbs against the oracle: 152 of them, the same ones every time."""

import pytest

from tests.costing.histories import History
from tests.factories import Company

SHARDS, EACH = 4, 38
TWICE = 6


@pytest.mark.django_db
@pytest.mark.parametrize("shard", range(SHARDS))
def test_the_books_say_what_the_oracle_says(company: Company, shard: int) -> None:
    for number in range(EACH):
        seed = f"history {shard * EACH + number}"
        try:
            History(company, seed).tell()
        except Exception as problem:
            problem.add_note(f"python -m tests.fuzz --seed '{seed}'")
            raise


@pytest.mark.django_db
@pytest.mark.parametrize("shard", range(SHARDS))
def test_adjusting_after_every_step_is_adjusting_once(company: Company, shard: int) -> None:
    """Entry by entry, without looking at the oracle, where it is promised (costing-clarifications.md A3)."""
    compared = 0
    for number in range(TWICE):
        seed = f"twice {shard * TWICE + number}"
        often, once = (History(company, seed, restless=restless) for restless in (1.0, 0.0))
        often.tell(take_back=False)
        once.tell(take_back=False)
        if often.is_promised():
            assert often.books() == once.books(), seed
            compared += 1
    assert compared
