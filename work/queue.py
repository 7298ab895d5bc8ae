"""Wake workers after the commit; `drain` does their work at once, for tests and commands."""

from collections.abc import Callable

from celery import current_app
from django.db import transaction

_workers: dict[str, Callable[[], int]] = {}
ROUNDS = 200


def register_worker(name: str, work: Callable[[], int]) -> None:
    """`work` does what is queued and returns how much it did; workers drain in the order of registration."""
    _workers[name] = work


def wake(task: str) -> None:
    """Send a task after the commit, once for each transaction. A lost message is made up for by the beat."""
    waiting = transaction.get_connection().run_on_commit
    if any(getattr(entry[1], "task", None) == task for entry in waiting):
        return

    def nudge() -> None:
        current_app.send_task(task, expires=30, retry=False, ignore_result=True)

    nudge.task = task  # type: ignore[attr-defined]
    transaction.on_commit(nudge, robust=True)


def drain() -> int:
    """Run all workers until none finds anything; returns how much was done."""
    total = 0
    for _ in range(ROUNDS):
        done = sum(work() for work in _workers.values())
        total += done
        if not done:
            return total
    raise RuntimeError(f"Work is still queued after {ROUNDS} rounds: {', '.join(_workers)}")
