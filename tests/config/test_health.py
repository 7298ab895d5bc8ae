"""Whether the system is well, in one answer that gives nothing away."""

import time
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from config import health
from tests.factories import Company
from work.models import Heartbeat, Job

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def old_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if this process had been running for an hour."""
    monkeypatch.setattr(health, "_started", time.monotonic() - 3600)


def beat(seconds_ago: float = 0) -> None:
    seen = timezone.now() - timedelta(seconds=seconds_ago)
    Heartbeat.objects.update_or_create(name="worker", defaults={"seen_at": seen})


def test_all_is_well(client: Client) -> None:
    beat()
    answer = client.get("/healthz")
    assert answer.status_code == 200
    assert answer.json() == {
        "status": "ok", "database": "up", "broker": "up", "worker": "up", "oldest_queue_row_seconds": None,
    }  # fmt: skip
    assert answer["Cache-Control"] == "no-store"


@pytest.mark.parametrize("age", [None, 61])
def test_a_worker_that_is_not_seen_is_told(client: Client, age: float | None) -> None:
    if age:
        beat(age)
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()["worker"]) == (503, "late")


def test_a_worker_has_a_minute_to_start(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "_started", time.monotonic())
    beat(3600)
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()["worker"]) == (200, "starting")


def test_a_broker_that_is_down_is_told_soon(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    class Unreachable:
        """A broker address where nobody listens."""

        def connection_for_write(self) -> object:
            from celery import Celery

            return Celery(broker="redis+socket:///tmp/no-such-socket", set_as_current=False).connection_for_write()

    monkeypatch.setattr(health, "current_app", Unreachable())
    beat()
    begun = time.monotonic()
    answer = client.get("/healthz")
    assert time.monotonic() - begun < 5
    assert (answer.status_code, answer.json()["broker"]) == (503, "down")


def test_a_database_that_is_down_is_told(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise ConnectionError("password=secret")

    monkeypatch.setattr(connection, "cursor", fail)
    answer = client.get("/healthz")
    assert answer.status_code == 503
    assert answer.json()["database"] == "down"
    assert "secret" not in answer.content.decode()


def test_work_that_waits_shows_its_age_and_is_no_failure(client: Client, company: Company) -> None:
    beat()
    company.line("purchase", company.item("A"), 1, amount="2.00")
    company.post()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE costing_costtopost SET created_at = now() - interval '10 minutes'")
    answer = client.get("/healthz")
    assert answer.status_code == 200
    assert 600 <= answer.json()["oldest_queue_row_seconds"] < 660


def test_metrics_count_queues_and_jobs(client: Client, company: Company) -> None:
    company.line("purchase", company.item("A"), 1, amount="2.00")
    company.post()
    Job.objects.create(kind="x", title="x")
    text = client.get("/metrics").content.decode()
    assert 'stockledger_queue_rows{queue="cost_to_post"} 1.0' in text
    assert 'stockledger_queue_rows{queue="outbox"} 0.0' in text
    assert 'stockledger_jobs{state="queued"} 1.0' in text
    assert 'stockledger_jobs{state="failed"} 0.0' in text
    assert "django_http_requests_total_by_method_total" in text
