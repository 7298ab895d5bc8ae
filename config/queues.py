"""How much work waits, for health and metrics; one statement."""

from typing import NamedTuple

from django.db import connection


class Queue(NamedTuple):
    """One of the queues that are rows of a table."""

    name: str
    rows: int
    failed: int
    oldest_seconds: float | None


def read_queues() -> list[Queue]:
    """Every queue, also those where nothing waits."""
    with connection.cursor() as cursor:
        cursor.execute(_QUEUES)
        return [
            Queue(name, rows, failed, None if age is None else max(0.0, float(age)))
            for name, rows, failed, age in cursor.fetchall()
        ]


_QUEUES = """
    SELECT 'cost_to_forward', count(*), count(*) FILTER (WHERE failure <> ''),
           extract(epoch FROM clock_timestamp() - min(created_at)) FROM costing_costtoforward
    UNION ALL
    SELECT 'cost_to_post', count(*), count(*) FILTER (WHERE failure <> ''),
           extract(epoch FROM clock_timestamp() - min(created_at)) FROM costing_costtopost
    UNION ALL
    SELECT 'outbox', count(*), 0, extract(epoch FROM clock_timestamp() - min(created_at))
      FROM work_outbox WHERE position IS NULL
    UNION ALL
    SELECT 'jobs', count(*), 0, extract(epoch FROM clock_timestamp() - min(created_at))
      FROM work_job WHERE state = 'queued'
"""
