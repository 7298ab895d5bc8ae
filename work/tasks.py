"""Background work that belongs to no other app."""

import uuid

from celery import shared_task
from django.db import connection, transaction
from django.utils import timezone

from work import idempotency, jobs
from work.models import Heartbeat


@shared_task(name="work.tasks.beat_heartbeat")
def beat_heartbeat() -> None:
    """Say that a worker is alive."""
    Heartbeat.objects.update_or_create(name="worker", defaults={"seen_at": timezone.now()})


@shared_task(name="work.tasks.forget_old_keys")
def forget_old_keys() -> int:
    """Every night: keys older than 30 days."""
    return idempotency.forget_old_keys()


@shared_task(name="work.tasks.run_job", acks_late=True)
def run_job(job_id: str) -> bool:
    """Run a job; twice, late or side by side does no harm."""
    return jobs.run_job(uuid.UUID(job_id))


@shared_task(name="work.tasks.wake_waiting_jobs")
def wake_waiting_jobs() -> int:
    """Every few seconds: jobs that no worker got word of, or whose worker died."""
    return jobs.wake_waiting_jobs()


@shared_task(name="work.tasks.relay_outbox")
def relay_outbox() -> int:
    """Give positions to what has been committed; one relay at a time, so that positions have no holes."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtext('stockledger outbox relay'))")
        if not cursor.fetchone()[0]:
            return 0
        cursor.execute(
            "UPDATE work_outbox o SET position = n.position FROM ("
            "  SELECT id, row_number() OVER (ORDER BY id) + coalesce((SELECT max(position) FROM work_outbox), 0)"
            "         AS position FROM work_outbox WHERE position IS NULL) n WHERE o.id = n.id"
        )
        return int(cursor.rowcount)
