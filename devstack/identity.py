"""Who runs the servers and where their files lie: PostgreSQL refuses root, so root hands it to nobody."""

import contextlib
import ctypes
import hashlib
import os
import pwd
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TypedDict

HERE = Path(__file__).resolve().parent.parent
APP = "stockledger"
CLEAN_ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC", "HOME": "/"}


class Who(TypedDict, total=False):
    """What `subprocess` needs to run something as somebody else; empty for ourselves."""

    user: int
    group: int
    extra_groups: list[int]


def _unprivileged() -> Who:
    if os.geteuid() != 0:
        return {}
    for name in ("nobody", "daemon"):
        with contextlib.suppress(KeyError):
            known = pwd.getpwnam(name)
            return {"user": known.pw_uid, "group": known.pw_gid, "extra_groups": []}
    raise SystemExit("running as root needs a 'nobody' user; or set DATABASE_URL")


WHO = _unprivileged()


def run(command: Sequence[str | Path]) -> subprocess.CompletedProcess[str]:
    """Run a server's tool as the unprivileged user, with nothing of our environment."""
    return subprocess.run(
        [str(part) for part in command],
        env=CLEAN_ENVIRONMENT,
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        **WHO,
    )


def state_dir(wanted: str | None) -> Path:
    """Where data is kept: `.run` of the checkout, or under /var/lib where that is closed to the server's user."""
    if wanted:
        base = Path(wanted).resolve()
    elif not WHO or _reachable(HERE):
        base = HERE / ".run"
    else:  # a checkout under a private directory such as /root
        base = Path("/var/lib") / APP / hashlib.sha256(str(HERE).encode()).hexdigest()[:10]
    base.mkdir(parents=True, exist_ok=True)
    if WHO:
        for folder in (base, base.parent):
            if str(folder).startswith("/var/lib/" + APP):
                folder.chmod(0o711)
    return base


def short_dir(prefix: str, *, owned: bool = False) -> Path:
    """A private folder for a socket. The kernel refuses socket paths over some 100 bytes, so it lies in /tmp."""
    folder = Path(tempfile.mkdtemp(prefix=prefix, dir="/tmp"))
    if owned:
        hand_over(folder)
    folder.chmod(0o700)
    return folder


def hand_over(path: Path) -> None:
    """Make the unprivileged user the owner, where there is one."""
    if WHO:
        os.chown(path, WHO["user"], WHO["group"])


def die_with_parent() -> None:
    """On Linux, end with the parent, however it ends."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)


def _reachable(path: Path) -> bool:
    try:
        return subprocess.run(["/bin/sh", "-c", 'test -x "$0"', str(path)], cwd="/", check=False, **WHO).returncode == 0
    except OSError:
        return False
