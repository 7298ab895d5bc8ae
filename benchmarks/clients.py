"""Eight clients in processes of their own, against what one of them reaches alone."""

import multiprocessing
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.connection import Connection

from benchmarks import servers
from benchmarks.client import serve
from benchmarks.company import BATCHES, ITEMS, Company
from benchmarks.measure import ROUNDS, Measure, median_of

LINES = 10
DATABASE = "bench_clients"


def measures(*, full: bool) -> Iterator[Measure]:
    """Issues of 10 lines: all clients over the same 20 items, then each over its own; the limit is one client."""
    count = 60 if full else 20
    for name, items in (("same 20 items", [list(range(20))] * BATCHES), ("disjoint items", _apart())):
        servers.make(DATABASE, servers.COMPANY)
        Company().receive(1 + count * ROUNDS * LINES // 20 if name.startswith("same") else 14)
        with _clients(items) as clients:
            rounds = [(_together(clients, count), _together(clients[:1], count)) for _ in range(ROUNDS)]
        yield median_of(f"posting, {BATCHES} clients, {name}", "lines/s", rounds, clients=BATCHES)


def _apart() -> list[list[int]]:
    each = ITEMS // BATCHES
    return [list(range(place * each, (place + 1) * each)) for place in range(BATCHES)]


def _together(clients: Sequence[Connection], count: int) -> float:
    """Lines a second of these clients in all, from the first start to the last end; any error ends the run."""
    for client in clients:
        client.send(count)
    for client in clients:
        client.recv()  # its lines are written
    for client in clients:
        client.send("go")
    times = [client.recv() for client in clients]
    failed = [answer for answer in times if isinstance(answer, str)]
    assert not failed, failed
    seconds = max(end for _, end in times) - min(start for start, _ in times)
    return len(clients) * count * LINES / float(seconds)


@contextmanager
def _clients(items: Sequence[Sequence[int]]) -> Iterator[list[Connection]]:
    """Processes that post on demand; the environment names the servers, we name the database."""
    context = multiprocessing.get_context("spawn")
    ours: list[Connection] = []
    processes = []
    for place, own in enumerate(items):
        here, there = context.Pipe()
        process = context.Process(target=serve, args=(there, DATABASE, place, list(own), LINES), daemon=True)
        process.start()
        there.close()
        ours.append(here)
        processes.append(process)
    try:
        yield ours
    finally:
        for pipe in ours:
            pipe.close()
        for process in processes:
            process.join(30)
