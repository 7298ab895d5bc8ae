"""Is the system well: database, broker, worker, and how long work has been waiting."""

import time
from typing import Any

from celery import current_app
from django.db import connection
from django.http import HttpRequest, JsonResponse
from django.utils import timezone

from config.queues import read_queues
from work.models import Heartbeat

LATE = 60
_started = time.monotonic()


def healthz(request: HttpRequest) -> JsonResponse:
    """Open to everyone: says nothing but states and ages.

    503 when the database or the broker is down, and when no worker has been seen for a minute, unless this process
    is younger than that. Work that waits is no failure: it may be meant to.
    """
    state: dict[str, Any] = {"database": _database(), "broker": _broker()}
    if state["database"] == "up":
        ages = [queue.oldest_seconds for queue in read_queues() if queue.oldest_seconds is not None]
        state |= {"worker": _worker(), "oldest_queue_row_seconds": round(max(ages), 1) if ages else None}
    else:
        state |= {"worker": "unknown", "oldest_queue_row_seconds": None}
    well = state["database"] == state["broker"] == "up" and state["worker"] != "late"
    answer = JsonResponse({"status": "ok" if well else "down", **state}, status=200 if well else 503)
    answer["Cache-Control"] = "no-store"
    return answer


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Exception:  # whatever is wrong with the database, the answer is that it is down
        return "down"
    return "up"


def _broker() -> str:
    try:
        with current_app.connection_for_write() as broker:
            broker.ensure_connection(max_retries=1, interval_start=0, timeout=2)
    except Exception:  # likewise
        return "down"
    return "up"


def _worker() -> str:
    seen = Heartbeat.objects.filter(name="worker").values_list("seen_at", flat=True).first()
    if seen is not None and (timezone.now() - seen).total_seconds() < LATE:
        return "up"
    return "starting" if time.monotonic() - _started < LATE else "late"
