"""The guard process: it owns the servers, and stops them when whoever started it goes away, however it goes."""

import fcntl
import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import IO

from devstack.identity import APP, HERE, WHO, state_dir
from devstack.postgres import Postgres
from devstack.server import Server
from devstack.valkey import Valkey

ENVIRONMENT = "environment.json"
RESTARTS = 20  # a second apart
Guarded = tuple[subprocess.Popen[str], dict[str, str]]


def start_services(
    *, ephemeral: bool = False, state: str | None = None
) -> tuple[subprocess.Popen[str], dict[str, str]]:
    """Start a guard; returns its process and the environment it gives. Closing its stdin, or dying, stops it."""
    command = [sys.executable, "-m", "devstack", "services"]
    command += ["--ephemeral"] if ephemeral else []
    command += ["--state", state] if state else []
    guard = subprocess.Popen(
        command, cwd=HERE, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True, text=True
    )
    assert guard.stdout is not None
    line = guard.stdout.readline()
    if not line:
        raise SystemExit(guard.wait() or 1)
    environment: dict[str, str] = json.loads(line)
    return guard, environment


def services(*, ephemeral: bool, state: str | None) -> int:
    """Be the guard until stdin closes or a signal comes."""
    os.umask(0o022)  # `nobody` must pass through what root makes; private bits are set one by one
    folder = _ephemeral_dir() if ephemeral else state_dir(state)
    lock = _lock(folder)
    done = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: done.set())
    started: list[Server] = []
    try:
        environment = _start(folder, ephemeral, started)
        _leave_word(folder, environment)
        print(json.dumps(environment), flush=True)
        threading.Thread(target=_watch_stdin, args=(done,), daemon=True).start()
        while not done.wait(1):
            _restart_the_dead(started)
        return 0
    finally:
        (folder / ENVIRONMENT).unlink(missing_ok=True)
        for server in reversed(started):
            server.stop()
        if ephemeral:
            shutil.rmtree(folder, ignore_errors=True)
        lock.close()


def _start(folder: Path, ephemeral: bool, started: list[Server]) -> dict[str, str]:
    """What the environment does not name already, as the variables that name it."""
    environment = {}
    for kind in (Postgres, Valkey):
        if not os.environ.get(kind.variable):
            server = kind(folder, ephemeral=ephemeral)
            started.append(server)
            environment[kind.variable] = server.start()
    if not os.environ.get("SECRET_KEY"):
        environment["SECRET_KEY"] = _secret_key(folder / "secret_key")
    return environment


def _restart_the_dead(started: list[Server]) -> None:
    """Same data, same socket, so clients only reconnect; `SystemExit` where a server cannot start.

    A backend may outlive its postmaster for as long as its statement takes, and holds the shared memory till then.
    """
    for server in started:
        code = server.exited()
        if code is None:
            continue
        print(f"devstack: {server.name} exited {code}, starting it again", file=sys.stderr, flush=True)
        for left in reversed(range(RESTARTS)):
            try:
                server.start()
                break
            except SystemExit:
                if not left:
                    raise
                time.sleep(1)


def _leave_word(folder: Path, environment: dict[str, str]) -> None:
    """How manage.py finds the servers as long as they run; for the eyes of whoever started them only."""
    path = folder / ENVIRONMENT
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    path.write_text(json.dumps(environment))


def running_environment() -> dict[str, str]:
    """What the guard of this checkout gave, while it runs; else nothing."""
    try:
        given: dict[str, str] = json.loads((state_dir(None) / ENVIRONMENT).read_text())
    except (OSError, ValueError):
        return {}
    return given


def _ephemeral_dir() -> Path:
    folder = Path(tempfile.mkdtemp(prefix=f"{APP}-test-", dir="/tmp" if WHO else None))
    folder.chmod(0o711)
    return folder


def _lock(folder: Path) -> IO[str]:
    lock = (folder / "lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.close()
        raise SystemExit(
            f"Stockledger is running from {folder} already. Stop that one, or run another checkout."
        ) from None
    return lock


def _secret_key(path: Path) -> str:
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(50))
    return path.read_text()


def _watch_stdin(done: threading.Event) -> None:
    sys.stdin.buffer.read()
    done.set()
