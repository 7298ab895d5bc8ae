"""Servers, migrations, web, worker and beat: started together, restarted when they die, stopped together."""

import contextlib
import math
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

from devstack.demo import Demo
from devstack.guard import start_services
from devstack.identity import APP, HERE, die_with_parent, state_dir

SHORTEST_WAIT, LONGEST_WAIT = 0.5, 20.0
LONG_ENOUGH = 30  # seconds a process must have lived for its next restart to be prompt again
GRACE = 25
HEAD_START = 6  # seconds that the web server has the machine for itself


def up(*, state: str | None) -> int:
    """Serve until Ctrl-C or SIGTERM; returns the exit code."""
    host, port = os.environ.get("HOST", "127.0.0.1"), os.environ.get("PORT", "8000")
    _refuse_taken_port(host, port)
    guard, given = start_services(state=state)
    environment = {**os.environ, **given, "PYTHONUNBUFFERED": "1"}
    stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopping.set())
    processes: list[Process] = []
    try:
        subprocess.run([sys.executable, "manage.py", "prepare"], cwd=HERE, env=environment, check=True)
        folder = state_dir(state)
        commands = _commands(host, port, folder)
        environments = {"web": {**environment, "PROMETHEUS_MULTIPROC_DIR": _emptied(folder / "metrics")}}
        processes = [Process(name, command, environments.get(name, environment)) for name, command in commands.items()]
        processes[0].start()
        _healthy(host, port, stopping, timeout=HEAD_START)
        for process in processes[1:]:
            process.start()
        demo = Demo(embedded="DATABASE_URL" in given, folder=folder, environment=environment)
        threading.Thread(target=_welcome, args=(host, port, demo, stopping), daemon=True).start()
        return _watch(guard, processes, stopping)
    except subprocess.CalledProcessError as failed:
        print(f"devstack: {' '.join(failed.cmd[1:])} failed, see above", file=sys.stderr)
        return 1
    finally:
        _stop(processes)
        assert guard.stdin is not None
        guard.stdin.close()
        guard.wait(60)


class Process:
    """One of the processes that run side by side, in a session of its own, its output marked with its name."""

    def __init__(self, name: str, command: list[str], environment: dict[str, str]) -> None:
        self.name = name
        self.command = command
        self.environment = environment
        self.popen: subprocess.Popen[str] | None = None
        self.born = 0.0
        self.wait = SHORTEST_WAIT

    def start(self) -> None:
        """Start it, or start it again."""
        self.popen = subprocess.Popen(
            self.command, cwd=HERE, env=self.environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, errors="replace", start_new_session=True, preexec_fn=die_with_parent,
        )  # fmt: skip
        self.born = time.monotonic()
        threading.Thread(target=self._pump, args=(self.popen,), daemon=True).start()

    def died(self) -> bool:
        """True when it ended by itself; then its children are ended too and the wait before the restart is set."""
        if self.popen is None or self.popen.poll() is None:
            return False
        self.kill()  # the workers of a dead master would go on serving
        lived_well = time.monotonic() - self.born > LONG_ENOUGH
        self.wait = SHORTEST_WAIT if lived_well else min(self.wait * 2, LONGEST_WAIT)
        print(f"devstack: {self.name} exited {self.popen.returncode}; restart in {self.wait} s", flush=True)
        return True

    def kill(self) -> None:
        """End its whole process group at once."""
        if self.popen is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.popen.pid, signal.SIGKILL)

    def _pump(self, popen: subprocess.Popen[str]) -> None:
        assert popen.stdout is not None
        for line in popen.stdout:
            print(f"{self.name:>6} | {line}", end="", flush=True)


def _watch(guard: subprocess.Popen[str], processes: list[Process], stopping: threading.Event) -> int:
    while not stopping.wait(0.5):
        if guard.poll() is not None:
            print("devstack: the guard of the database and the broker has ended", file=sys.stderr)
            return 1
        for process in processes:
            if process.died() and not stopping.wait(process.wait):
                process.start()
    return 0


def _stop(processes: list[Process]) -> None:
    """Ask all at once, give them time together, then end what is left."""
    running = [process for process in processes if process.popen is not None and process.popen.poll() is None]
    for process in running:
        assert process.popen is not None
        process.popen.terminate()
    end = time.monotonic() + GRACE
    for process in running:
        assert process.popen is not None
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.popen.wait(max(0.1, end - time.monotonic()))
    for process in processes:
        process.kill()


def _refuse_taken_port(host: str, port: str) -> None:
    """Say so now, not as a crash loop later."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((host, int(port)))
        except (OSError, ValueError, OverflowError) as problem:
            why = getattr(problem, "strerror", None) or problem
            raise SystemExit(f"cannot listen on {host}:{port}: {why}. Choose another: PORT=8001 make run") from None


def _welcome(host: str, port: str, demo: Demo, stopping: threading.Event) -> None:
    """Say where it is once it is there, start the demo company, and say how to log in."""
    if _healthy(host, port, stopping):
        print(
            f"\n  {APP.capitalize()} is on http://{_reachable(host)}:{port}/   (Ctrl-C stops everything)\n", flush=True
        )
        print(demo.begin(), flush=True)


def _healthy(host: str, port: str, stopping: threading.Event, *, timeout: float = math.inf) -> bool:
    """Wait until `/healthz` answers 200; False when it is stopped or out of time."""
    end = time.monotonic() + timeout
    while time.monotonic() < end and not stopping.wait(0.2):
        with contextlib.suppress(OSError), socket.create_connection((_reachable(host), int(port)), timeout=2) as client:
            client.sendall(b"GET /healthz HTTP/1.0\r\nHost: localhost\r\n\r\n")
            if b" 200 " in client.recv(64):
                return True
    return False


def _reachable(host: str) -> str:
    return "127.0.0.1" if host == "0.0.0.0" else host


def _emptied(folder: Path) -> str:
    """Where the web processes add up their figures; those of processes that ended long ago are gone."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    return str(folder)


def _commands(host: str, port: str, folder: Path) -> dict[str, list[str]]:
    memory = "/dev/shm" if Path("/dev/shm").is_dir() else "/tmp"
    celery = [sys.executable, "-m", "celery", "-A", "config"]
    return {
        "web": [
            sys.executable, "-m", "gunicorn", "-b", f"{host}:{port}", "-w", os.environ.get("WEB_WORKERS", "2"),
            "-k", "gthread", "--threads", "4", "--timeout", "60", "--graceful-timeout", "20", "--max-requests", "5000",
            "--max-requests-jitter", "500", "--no-control-socket", "--worker-tmp-dir", memory,
            "config.wsgi:application",
        ],
        "worker": [
            *celery, "worker", "-l", "INFO", "--pool", "prefork", "-c", os.environ.get("CELERY_WORKERS", "2"),
            "-n", "w@%h", "--without-gossip", "--without-mingle",
        ],
        "beat": [*celery, "beat", "-l", "WARNING", "-s", str(folder / "celerybeat-schedule"), "--pidfile="],
    }  # fmt: skip
