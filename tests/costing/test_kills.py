"""A worker, the broker and the database are killed while they adjust costs and post to the G/L.

Real processes on servers of their own. Afterwards nothing is lost, nothing is there twice, and the books say what
an undisturbed run makes them say.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
import redis

import devstack

ROOT = Path(__file__).resolve().parents[2]
pytestmark = [pytest.mark.xdist_group("processes"), pytest.mark.timeout(180)]


class Stack:
    """A database server, a broker, and databases that each hold the same story."""

    def __init__(self, environment: dict[str, str], scratch: Path) -> None:
        self.scratch = scratch
        self.environment = {**os.environ, **environment, "DJANGO_SETTINGS_MODULE": "config.settings"}
        self.environment.pop("PYTEST_XDIST_WORKER", None)
        self.url = environment["DATABASE_URL"]
        self.run("stockledger", "manage.py", "migrate", "-v0")
        self.run("stockledger", "-m", "tests.costing.story", "post")
        self.copy("calm")
        self.run("calm", "-m", "tests.costing.story", "drain")
        self.calm = self.digest("calm")

    def of(self, database: str) -> dict[str, str]:
        return {**self.environment, "DATABASE_URL": self.url.replace("/stockledger?", f"/{database}?")}

    def run(self, database: str, *command: str) -> str:
        done = subprocess.run([sys.executable, *command], cwd=ROOT, env=self.of(database), check=True, text=True,
                              stdout=subprocess.PIPE)  # fmt: skip
        return done.stdout

    def digest(self, database: str) -> dict[str, object]:
        return dict(json.loads(self.run(database, "-m", "tests.costing.story", "digest").splitlines()[-1]))

    def copy(self, database: str) -> None:
        with self.connect("postgres") as connection:
            connection.execute(f"CREATE DATABASE {database} TEMPLATE stockledger")

    def connect(self, database: str) -> "psycopg.Connection[tuple[object, ...]]":
        host = self.url.partition("host=")[2]
        return psycopg.connect(host=host, user="postgres", dbname=database, autocommit=True)

    @contextlib.contextmanager
    def worker(self, database: str) -> Iterator[subprocess.Popen[bytes]]:
        """A Celery worker with its beat; killed with all its children when the test leaves it."""
        schedule = self.scratch / f"beat-{database}-{time.monotonic_ns()}"
        process = subprocess.Popen(
            [sys.executable, "-m", "celery", "-A", "config", "worker", "-B", "-s", str(schedule), "-c", "1",
             "-l", "WARNING", "--without-gossip", "--without-mingle"],
            cwd=ROOT, env=self.of(database), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        try:
            yield process
        finally:
            kill_group(process)

    @contextlib.contextmanager
    def adjuster(self, database: str, rows: int) -> Iterator[subprocess.Popen[bytes]]:
        """A process that adjusts costs, so many value entries in a transaction; gone when the test leaves it."""
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.costing.story", "adjust", str(rows)],
            cwd=ROOT, env=self.of(database), stdin=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        try:
            yield process
        finally:
            kill_group(process)

    def count(self, database: str, statement: str) -> int:
        with self.connect(database) as connection:
            row = connection.execute(statement).fetchone()
        assert row is not None
        return int(str(row[0]))

    def kill_database(self) -> None:
        """The postmaster, which is the parent of any backend."""
        with self.connect("postgres") as connection:
            row = connection.execute("SELECT pg_backend_pid()").fetchone()
            assert row is not None
            status = Path(f"/proc/{row[0]}/status").read_text()
            postmaster = int(status.partition("PPid:")[2].split()[0])
            os.kill(postmaster, signal.SIGKILL)

    def kill_broker(self) -> None:
        client = redis.Redis(unix_socket_path=self.environment["REDIS_URL"].removeprefix("redis+socket://"))
        os.kill(client.info("server")["process_id"], signal.SIGKILL)


def kill_group(process: "subprocess.Popen[bytes]") -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def eventually(ask: Callable[[], bool], seconds: float = 45) -> None:
    """Wait for a visible state; what cannot be asked just now is asked again."""
    deadline = time.monotonic() + seconds
    while True:
        with contextlib.suppress(psycopg.Error):
            if ask():
                return
        assert time.monotonic() < deadline, f"still not so after {seconds} s"
        time.sleep(0.1)


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    given = {name: os.environ.pop(name) for name in ("DATABASE_URL", "REDIS_URL") if name in os.environ}
    try:
        guard, environment = devstack.start_services(ephemeral=True)
    finally:
        os.environ.update(given)
    try:
        yield Stack({"SECRET_KEY": "only-for-tests", **environment}, tmp_path_factory.mktemp("beat"))
    finally:
        guard.stdin.close()
        guard.wait(30)


HOLD = {
    # The first of two levels is done and committed; the second waits for this item.
    "adjusting": "SELECT 1 FROM ledger_itemstate s JOIN inventory_item i ON i.id = s.item_id AND i.number = 'I22' "
    "FOR UPDATE OF s",
    # Everything is computed, the register and its entries are about to be written.
    "posting to the G/L": "LOCK TABLE ledger_glentry IN SHARE ROW EXCLUSIVE MODE",
}
BLOCKED = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
QUEUED = "SELECT (SELECT count(*) FROM costing_costtoforward) + (SELECT count(*) FROM costing_costtopost)"


@pytest.mark.parametrize("doing", HOLD)
@pytest.mark.parametrize("victim", ["worker", "broker", "database"])
def test_killed_in_the_middle(stack: Stack, victim: str, doing: str) -> None:
    database = f"{victim}_{list(HOLD).index(doing)}"
    stack.copy(database)

    def empty() -> bool:
        with stack.connect(database) as connection:
            row = connection.execute(QUEUED).fetchone()
        return row == (0,)

    with contextlib.ExitStack() as running:
        worker = running.enter_context(stack.worker(database))
        with contextlib.suppress(psycopg.OperationalError), stack.connect(database) as holder:
            holder.autocommit = False
            holder.execute(HOLD[doing])
            with stack.connect(database) as watcher:
                eventually(lambda: watcher.execute(BLOCKED).fetchone() is not None)
            if victim == "worker":
                kill_group(worker)
            elif victim == "broker":
                stack.kill_broker()
            else:
                stack.kill_database()
            holder.rollback()
        if victim == "worker":
            running.enter_context(stack.worker(database))
        eventually(empty)
    assert stack.digest(database) == stack.calm
    assert stack.calm["accounts"]
    assert not stack.calm["audit"]


PARTS = "SELECT count(*) FROM ledger_itemregister WHERE source_code = 'cost_adjustment'"
TO_ADJUST = "SELECT count(*) FROM costing_costtoforward"


def test_killed_between_the_parts_of_a_large_adjustment(stack: Stack) -> None:
    """Again and again, each time after some parts: what was written stays, and the next goes on behind it."""
    stack.copy("parts")
    kills = 0
    while stack.count("parts", TO_ADJUST):
        enough = stack.count("parts", PARTS) + (1 if kills % 2 else 3)
        with stack.adjuster("parts", 14) as process:
            while process.poll() is None and stack.count("parts", PARTS) < enough:
                time.sleep(0.01)
            if process.poll() is None:
                kill_group(process)
                kills += 1
            assert process.returncode in (0, -signal.SIGKILL)
        assert kills < 40, "each must get somewhere"
    assert kills > 2
    stack.run("parts", "-m", "tests.costing.story", "drain")
    assert stack.digest("parts") == stack.calm


def test_two_who_adjust_at_once_do_it_once(stack: Stack) -> None:
    stack.copy("pair")
    with stack.adjuster("pair", 14) as one, stack.adjuster("pair", 14) as other:
        assert (one.wait(120), other.wait(120)) == (0, 0)
    assert stack.count("pair", TO_ADJUST) == 0
    stack.run("pair", "-m", "tests.costing.story", "drain")
    assert stack.digest("pair") == stack.calm
