"""Jobs run once, show how far they are, and do not vanish with their worker."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connection, transaction

from users.models import User
from work import jobs
from work.errors import Refusal, Refused
from work.jobs import LOCK_SPACE, Running, register_job, run_job, start_job, wake_waiting_jobs
from work.models import Job

pytestmark = pytest.mark.django_db(transaction=True)


def count_to(job: Running) -> dict[str, int]:
    """Report each step inside one long transaction, and look at what others see of it."""
    seen = 0
    with transaction.atomic():
        for number in range(1, job.arguments["to"] + 1):
            job._reported = 0
            job.progress(number, job.arguments["to"], f"step {number}")
        own = connection.copy()
        with own.cursor() as cursor:
            cursor.execute("SELECT done FROM work_job WHERE id = %s", [job.id])
            seen = cursor.fetchone()[0]
        own.close()
    return {"seen": seen}


def refuse(job: Running) -> dict[str, int]:
    raise Refused([Refusal("No such thing. Make one first.", code="nothing", field="item", item="X")])


def break_down(job: Running) -> dict[str, int]:
    raise ZeroDivisionError("by nothing")


@pytest.fixture(autouse=True)
def kinds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "_kinds", {})
    register_job("count", count_to, resumable=True)
    register_job("refuse", refuse)
    register_job("break", break_down)


def test_a_job_reports_while_it_runs_and_what_it_did(alice: User) -> None:
    job = start_job("count", "Count", user=alice, arguments={"to": 3})
    assert (job.state, job.username) == ("queued", "alice")
    assert run_job(job.pk)
    job.refresh_from_db()
    assert (job.state, job.done, job.total, job.message) == ("done", 3, 3, "step 3")
    assert job.result == {"seen": 3}
    assert job.started_at
    assert job.finished_at
    assert not run_job(job.pk), "what is done is not done again"


def test_refusals_and_breakdowns_are_told(alice: User) -> None:
    refused = start_job("refuse", "Refuse", user=alice)
    broken = start_job("break", "Break", user=None)
    run_job(refused.pk)
    run_job(broken.pk)
    refused.refresh_from_db()
    broken.refresh_from_db()
    assert (refused.state, refused.error) == ("failed", "No such thing. Make one first.")
    assert refused.result["errors"][0]["code"] == "nothing"
    assert (broken.state, broken.error) == ("failed", "ZeroDivisionError: by nothing")


def test_two_workers_do_not_run_one_job(alice: User) -> None:
    job = start_job("count", "Count", user=alice, arguments={"to": 1})
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s, hashtext(%s))", [LOCK_SPACE, str(job.pk)])
        assert not run_job(job.pk)
    other.close()
    assert run_job(job.pk)


def test_a_job_whose_worker_died_is_resumed_or_failed(alice: User) -> None:
    resumed = start_job("count", "Count", user=alice, arguments={"to": 2})
    failed = start_job("refuse", "Refuse", user=alice)
    Job.objects.update(state="running", attempts=1)
    assert run_job(resumed.pk)
    assert not run_job(failed.pk)
    resumed.refresh_from_db()
    failed.refresh_from_db()
    assert (resumed.state, resumed.attempts) == ("done", 2)
    assert failed.state == "failed"
    assert "died" in failed.error


def test_a_job_that_kills_its_worker_is_not_tried_for_ever(alice: User) -> None:
    job = start_job("count", "Count", user=alice, arguments={"to": 2})
    Job.objects.update(state="running", attempts=jobs.MOST_ATTEMPTS)
    assert not run_job(job.pk)
    job.refresh_from_db()
    assert job.state == "failed"


def test_the_beat_finds_jobs_nobody_runs(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    sent = []
    monkeypatch.setattr(jobs, "_send", sent.append)
    job = start_job("count", "Count", user=alice, arguments={"to": 1})
    sent.clear()
    assert wake_waiting_jobs() == 0, "it is younger than five seconds"
    with connection.cursor() as cursor:
        cursor.execute("UPDATE work_job SET created_at = now() - interval '1 minute'")
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s, hashtext(%s))", [LOCK_SPACE, str(job.pk)])
        assert wake_waiting_jobs() == 0, "somebody runs it"
    other.close()
    assert wake_waiting_jobs() == 1
    assert sent == [job.pk]


def test_a_killed_worker_gives_its_job_up(alice: User) -> None:
    """A real process, killed while it holds the job."""
    job = start_job("count", "Count", user=alice, arguments={"to": 1})
    script = (
        "import sys, time, django; django.setup()\n"
        "from django.conf import settings\n"
        f"settings.DATABASES['default']['NAME'] = {connection.settings_dict['NAME']!r}\n"
        "from work import jobs\n"
        "jobs.register_job('count', lambda job: (print('running', flush=True), time.sleep(60)))\n"
        f"jobs.run_job(__import__('uuid').UUID('{job.pk}'))\n"
    )
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings_test"}
    root = Path(__file__).resolve().parents[2]
    worker = subprocess.Popen(
        [sys.executable, "-c", script], cwd=root, env=environment, stdout=subprocess.PIPE, text=True
    )
    assert worker.stdout is not None
    assert worker.stdout.readline() == "running\n"
    assert not run_job(job.pk), "the process holds it"
    worker.send_signal(signal.SIGKILL)
    worker.wait(10)
    worker.stdout.close()
    with connection.cursor() as cursor:  # the server notices within moments that its client is gone
        cursor.execute("SELECT pg_advisory_lock(%s, hashtext(%s))", [LOCK_SPACE, str(job.pk)])
        cursor.execute("SELECT pg_advisory_unlock(%s, hashtext(%s))", [LOCK_SPACE, str(job.pk)])
    assert run_job(job.pk)
    job.refresh_from_db()
    assert (job.state, job.attempts) == ("done", 2)
