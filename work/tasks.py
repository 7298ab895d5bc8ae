"""Background work that belongs to no other app."""

from celery import shared_task
from django.db import connection, transaction
from django.utils import timezone

from work import idempotency
from work.models import Heartbeat


@shared_task(name="work.tasks.beat_heartbeat")
def beat_heartbeat() -> None:
    """Say that a worker is alive."""
    Heartbeat.objects.update_or_create(name="worker", defaults={"seen_at": timezone.now()})


@shared_task(name="work.tasks.forget_old_keys")
def forget_old_keys() -> int:
    """Every night: keys older than 30 days."""
    return idempotency.forget_old_keys()


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
