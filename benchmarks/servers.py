"""Servers of the benchmark's own, with the settings of `make run`, and a fresh database for each group."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

import devstack

COMPANY = "bench_company"


@contextmanager
def running() -> Iterator[None]:
    """Start PostgreSQL and Valkey and name them in the environment; `STATE` keeps their data for the next run."""
    kept = os.environ.get("STATE")
    state = Path(kept or tempfile.mkdtemp(prefix="stockledger-bench-"))
    state.mkdir(parents=True, exist_ok=True)
    state.chmod(0o711)
    for name in ("DATABASE_URL", "REDIS_URL"):
        os.environ.pop(name, None)
    guard, environment = devstack.start_services(state=str(state))
    os.environ.update({"SECRET_KEY": "only-for-benchmarks", "LOG_LEVEL": "WARNING", **environment})
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    try:
        yield
    finally:
        assert guard.stdin is not None
        guard.stdin.close()
        guard.wait(60)
        if not kept:
            shutil.rmtree(state, ignore_errors=True)


def connect(database: str) -> psycopg.Connection[tuple[object, ...]]:
    """A plain connection, without Django."""
    from django.db import connection

    return psycopg.connect(host=connection.settings_dict["HOST"], user="postgres", dbname=database, autocommit=True)


def exists(database: str) -> bool:
    """True when a kept state has this database from a run before."""
    with connect("postgres") as server:
        return server.execute("SELECT FROM pg_database WHERE datname = %s", [database]).fetchone() is not None


def forget() -> None:
    """Drop every database of benchmarks."""
    use("postgres")
    with connect("postgres") as server:
        for (name,) in server.execute("SELECT datname FROM pg_database WHERE datname LIKE 'bench%'").fetchall():
            server.execute(f"DROP DATABASE {name} WITH (FORCE)")


def make(database: str, template: str = "template1") -> None:
    """A database like the template, in place of any old one; Django turns to it."""
    use("postgres")
    with connect("postgres") as server:
        server.execute(f"DROP DATABASE IF EXISTS {database} WITH (FORCE)")
        server.execute(f"CREATE DATABASE {database} TEMPLATE {template} STRATEGY file_copy")
    use(database)


def use(database: str) -> None:
    """Turn Django's connection to another database of the same server."""
    from django.db import connection

    connection.close()
    connection.settings_dict["NAME"] = database
