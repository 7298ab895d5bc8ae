"""The one way to make postings of an item queue up (decision 13)."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import OperationalError, connection
from psycopg import errors

from ledger.errors import ItemBusy
from ledger.records import State
from work.statements import Question, answer_to, ask

LOCK_TIMEOUT = "10s"


@contextmanager
def waiting_is_bounded() -> Iterator[None]:
    """Turn a lock that was not given in time, whichever it was, into `ItemBusy`."""
    try:
        yield
    except OperationalError as problem:
        if isinstance(problem.__cause__, errors.LockNotAvailable):
            raise ItemBusy from problem
        raise


def lock_items(item_ids: Iterable[int], *then: Question[Any]) -> dict[int, State]:
    """Lock the states of these items until the transaction ends; cards and lists go on reading.

    Sorted by id, so that two postings cannot wait for each other in a circle. Questions that need the lock go
    along and are asked once it is held. Raises `ItemBusy` when another posting does not let go in time.
    """
    assert connection.in_atomic_block, "locks end with the transaction, so there must be one"
    wait = Question("SELECT set_config('lock_timeout', %s, true)", [LOCK_TIMEOUT], len)
    states = _states(_LOCK, item_ids)
    with waiting_is_bounded():
        ask(wait, states, *then)
    return states.answer


def read_states(item_ids: Iterable[int]) -> dict[int, State]:
    """The same rows without the lock, for those who compute first and lock later."""
    return answer_to(_states(_READ, item_ids))


def _states(text: str, item_ids: Iterable[int]) -> Question[dict[int, State]]:
    return Question(text, [sorted(set(item_ids))], lambda rows: {row[0]: State(*row) for row in rows})


_READ = """
    SELECT item_id, version, quantity, invoiced_quantity, cost_amount_actual, cost_amount_expected,
           unit_cost, last_direct_cost
      FROM ledger_itemstate WHERE item_id = ANY(%s::bigint[]) ORDER BY item_id
"""
_LOCK = _READ + " FOR NO KEY UPDATE"
