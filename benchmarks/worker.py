"""A worker in a process of its own: what it needs, and what others notice of it. Imports nothing that needs Django."""

import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from time import perf_counter

from benchmarks import servers


def adjust(orders: Connection, database: str) -> None:
    """Adjust what is queued when told to; answers (seconds, value entries, peak memory in MB)."""
    import django

    django.setup()
    from costing.adjust import adjust_costs

    servers.use(database)
    orders.send("ready")
    orders.recv()
    start = perf_counter()
    done = adjust_costs()
    orders.send((perf_counter() - start, done.value_entries, _peak_memory(), dict(done.left)))


def _peak_memory() -> float:
    """In MB, of this program alone: getrusage would count what the process was that started it."""
    status = Path("/proc/self/status").read_text()
    (peak,) = [line for line in status.splitlines() if line.startswith("VmHWM")]
    return int(peak.split()[1]) / 1024


@contextmanager
def worker(database: str) -> Iterator[Connection]:
    """A process that waits for the word to adjust this database."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=adjust, args=(there, database), daemon=True)
    process.start()
    there.close()
    try:
        here.recv()
        yield here
    finally:
        here.close()
        process.join(30)
        if process.is_alive():
            process.kill()
