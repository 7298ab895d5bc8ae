"""The demo company of a fresh embedded database, and how to log in to it."""

import os
import subprocess
import sys
from pathlib import Path

from devstack.identity import HERE

LOGINS = "demo-logins.txt"


class Demo:
    """Started once for an empty embedded database; its logins are kept beside the data, for its owner's eyes."""

    def __init__(self, *, embedded: bool, folder: Path, environment: dict[str, str]) -> None:
        self.embedded = embedded
        self.logins = folder / LOGINS
        self.environment = environment

    def begin(self) -> str:
        """Start the demo as a job where it belongs; returns what to tell the person who started the application."""
        if not self.embedded:
            return "  Make the first administrator: .venv/bin/python manage.py make_user NAME --role administrator\n"
        if not self.logins.exists() and os.environ.get("DEMO", "1") != "0":
            self._load()
        if self.logins.exists():
            return self.logins.read_text()
        return "  No demo company was loaded. manage.py make_user NAME --role administrator makes a first user.\n"

    def _load(self) -> None:
        done = subprocess.run(
            [sys.executable, "manage.py", "load_demo", "--background"],
            cwd=HERE, env=self.environment, stdout=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
        if done.returncode == 0:
            self.logins.touch(mode=0o600)
            self.logins.write_text(done.stdout)
