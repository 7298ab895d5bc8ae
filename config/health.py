"""Is the system well: database, broker, worker, and how long work has been waiting."""

from typing import Any

from celery import current_app
from django.db import connection
from django.http import HttpRequest, JsonResponse
from django.utils import timezone

from work.models import Heartbeat

LATE = 60


def healthz(request: HttpRequest) -> JsonResponse:
    """Open to everyone: says nothing but states and ages. 503 when something is down or the worker is late."""
    state: dict[str, Any] = {"database": _database(), "broker": _broker()}
    state |= (
        _worker_and_queue() if state["database"] == "up" else {"worker": "unknown", "oldest_queue_row_seconds": None}
    )
    well = state["database"] == "up" and state["broker"] == "up" and state["worker"] != "late"
    return JsonResponse({"status": "ok" if well else "down", **state}, status=200 if well else 503)


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
            broker.ensure_connection(max_retries=1, timeout=2)
    except Exception:  # likewise
        return "down"
    return "up"


def _worker_and_queue() -> dict[str, Any]:
    seen = Heartbeat.objects.filter(name="worker").values_list("seen_at", flat=True).first()
    worker = "starting"
    if seen is not None:
        worker = "up" if (timezone.now() - seen).total_seconds() < LATE else "late"
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT extract(epoch FROM now() - least((SELECT min(created_at) FROM costing_costtoforward),"
            " (SELECT min(created_at) FROM costing_costtopost)))"
        )
        age = cursor.fetchone()[0]
    return {"worker": worker, "oldest_queue_row_seconds": None if age is None else round(float(age), 1)}
