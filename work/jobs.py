"""Jobs: what runs long shows its progress, can be left alone, says what it did, and is found again (decision 29)."""

import time
import traceback
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import structlog
from celery import current_app
from django.db import connection, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from work.errors import Refusal, Refused
from work.models import Job

Result = dict[str, Any]
Work = Callable[["Running"], Result]
LOCK_SPACE = 7_201_966  # the first of the two keys of every job's advisory lock
BETWEEN_REPORTS = 0.3
MOST_ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class Kind:
    """What a kind of job does; a resumable one goes on where a dead worker left it."""

    name: str
    work: Work
    resumable: bool


_kinds: dict[str, Kind] = {}


def register_job(name: str, work: Work, *, resumable: bool = False) -> None:
    """Make a kind known under its name; `work` gets the running job and returns what it did, as plain JSON."""
    _kinds[name] = Kind(name, work, resumable)


@dataclass(slots=True)
class Running:
    """A job while it runs. Progress goes through a connection of its own, so that it shows inside a transaction."""

    id: uuid.UUID
    arguments: Mapping[str, Any]
    user_id: int | None
    _own: BaseDatabaseWrapper = field(repr=False)
    _reported: float = 0.0

    def progress(self, done: int, total: int, message: str = "") -> None:
        """Say how far it is; called as often as one likes, written a few times a second and at the end."""
        now = time.monotonic()
        if now - self._reported < BETWEEN_REPORTS and done < total:
            return
        self._reported = now
        with self._own.cursor() as cursor:
            cursor.execute(
                "UPDATE work_job SET done = %s, total = %s, message = %s WHERE id = %s",
                [done, total, message[:500], self.id],
            )


def start_job(kind: str, title: str, *, user: Any, arguments: Mapping[str, Any] | None = None) -> Job:
    """Queue a job; a worker takes it after the commit, and the beat looks for those that no worker got word of."""
    assert kind in _kinds, f"no kind of job is called {kind}"
    job = Job.objects.create(
        kind=kind, title=title, user_id=getattr(user, "pk", None), username=str(user or ""),
        arguments=dict(arguments or {}),
    )  # fmt: skip
    transaction.on_commit(lambda: _send(job.id), robust=True)
    return job


def run_job(job_id: uuid.UUID) -> bool:
    """Run a job unless another worker does or it is over; returns whether it was run here.

    The worker holds an advisory lock while it runs. A running job without a holder lost its worker: it is run
    again where its kind allows that, and failed with the reason where it does not.
    """
    own = connection.copy()
    try:
        with own.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(%s, hashtext(%s))", [LOCK_SPACE, str(job_id)])
            if not cursor.fetchone()[0]:
                return False
        job = Job.objects.filter(pk=job_id, state__in=[Job.State.QUEUED, Job.State.RUNNING]).first()
        if job is None or not _may_run(job, own):
            return False
        _run(job, own)
        return True
    finally:
        own.close()


def wake_waiting_jobs() -> int:
    """Send the jobs that wait for a worker: their message got lost, or their worker died. Returns how many."""
    with connection.cursor() as cursor:
        cursor.execute(_WAITING, [LOCK_SPACE])
        waiting = [row[0] for row in cursor.fetchall()]
    for job_id in waiting:
        _send(job_id)
    return len(waiting)


_WAITING = """
    SELECT id FROM work_job j
     WHERE state IN ('queued', 'running') AND created_at < now() - interval '5 seconds'
       AND NOT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database
                        WHERE datname = current_database()) AND classid::bigint = %s AND objsubid = 2
                        AND objid::bigint = hashtext(j.id::text)::bigint & 4294967295)
     ORDER BY created_at
"""


def _may_run(job: Job, own: BaseDatabaseWrapper) -> bool:
    """Count the attempt; a job whose worker died is failed unless it can be resumed."""
    kind = _kinds.get(job.kind)
    lost = job.state == Job.State.RUNNING
    if kind is None:
        _finish(own, job.id, error=f"This program knows no job called {job.kind}.")
    elif lost and not kind.resumable:
        _finish(own, job.id, error="The worker that ran this died. What it had finished stays. Start it again.")
    elif lost and job.attempts >= MOST_ATTEMPTS:
        _finish(own, job.id, error=f"The worker that ran this died {MOST_ATTEMPTS} times. It is not tried again.")
    else:
        with own.cursor() as cursor:
            cursor.execute(
                "UPDATE work_job SET state = 'running', attempts = attempts + 1,"
                " started_at = coalesce(started_at, clock_timestamp()) WHERE id = %s",
                [job.id],
            )
        return True
    return False


def _run(job: Job, own: BaseDatabaseWrapper) -> None:
    log = structlog.get_logger().bind(job=str(job.id), kind=job.kind)
    try:
        result = _kinds[job.kind].work(Running(job.id, job.arguments, job.user_id, own))
    except (Refused, Refusal) as refused:
        refusals = refused.refusals if isinstance(refused, Refused) else [refused]
        errors = [refusal.as_dict() for refusal in refusals]
        _finish(own, job.id, error=refusals[0].message if refusals else "Refused.", result={"errors": errors})
    except Exception as problem:  # whatever it is, the person who waits is told and the log has the whole of it
        log.exception("a job failed")
        _finish(own, job.id, error=traceback.format_exception_only(problem)[-1].strip())
    else:
        _finish(own, job.id, result=result)
        log.info("a job is done")


def _finish(own: BaseDatabaseWrapper, job_id: uuid.UUID, *, error: str = "", result: Result | None = None) -> None:
    state = Job.State.FAILED if error else Job.State.DONE
    with own.cursor() as cursor:
        cursor.execute(
            "UPDATE work_job SET state = %s, error = %s, result = %s, finished_at = clock_timestamp() WHERE id = %s",
            [state, error, Job._meta.get_field("result").get_db_prep_save(result or {}, own), job_id],
        )


def _send(job_id: uuid.UUID) -> None:
    current_app.send_task("work.tasks.run_job", [str(job_id)], expires=30, retry=False, ignore_result=True)
