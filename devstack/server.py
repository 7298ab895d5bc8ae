"""What the two embedded servers have in common."""

import contextlib
import shutil
import signal
import subprocess
from abc import ABC, abstractmethod
from pathlib import Path
from typing import ClassVar

LOG_TAIL = 2000


class Server(ABC):
    """A server with its own data and its own socket, which stay the same when it is started again."""

    name: ClassVar[str]
    variable: ClassVar[str]
    stop_signal: int = signal.SIGTERM

    def __init__(self, *, socket_dir: Path, log: Path, ephemeral: bool) -> None:
        self.socket_dir = socket_dir
        self.log = log
        self.ephemeral = ephemeral
        self.process: subprocess.Popen[bytes] | None = None

    @abstractmethod
    def start(self) -> str:
        """Start and wait until it answers; returns its address. Raises `SystemExit` when it cannot start."""

    def stop(self) -> None:
        """Stop it and remove its socket."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(self.stop_signal)
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.kill()
        shutil.rmtree(self.socket_dir, ignore_errors=True)

    def exited(self) -> int | None:
        """The exit code, or None while it runs."""
        return None if self.process is None else self.process.poll()

    def fail(self) -> SystemExit:
        """What to raise when it does not start: the end of its log."""
        tail = ""
        with contextlib.suppress(OSError):
            tail = self.log.read_text(errors="replace")[-LOG_TAIL:]
        return SystemExit(f"{self.name} did not start:\n{tail}")
