"""Random histories through the verbs against the oracle: 150 of them, the same ones every time."""

import pytest

from tests.costing.histories import History
from tests.factories import Company

SHARDS, EACH = 4, 38


@pytest.mark.django_db
@pytest.mark.parametrize("shard", range(SHARDS))
def test_the_books_say_what_the_oracle_says(company: Company, shard: int) -> None:
    for number in range(EACH):
        seed = f"history {shard * EACH + number}"
        try:
            History(company, seed).tell()
        except Exception as problem:
            problem.add_note(f"seed: {seed}")
            raise
