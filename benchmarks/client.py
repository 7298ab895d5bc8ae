"""One of the posting clients. Imports nothing that needs Django before its process has set it up."""

from collections.abc import Sequence
from contextlib import suppress
from multiprocessing.connection import Connection
from time import perf_counter

from benchmarks import servers


def serve(orders: Connection, database: str, place: int, items: Sequence[int], lines: int) -> None:
    """Write so many documents, wait for the word, post them, say when; until the other end closes."""
    import django

    django.setup()
    from benchmarks.company import Company

    servers.use(database)
    company = Company(seed=place + 2)
    own = [company.items[number] for number in items]
    with suppress(EOFError):
        while True:
            documents = company.documents("sale", orders.recv(), lines, items=own, batch=place)
            orders.send("ready")
            orders.recv()
            start = perf_counter()
            try:
                for document in documents:
                    company.post(document)
            except Exception as problem:  # handed to the one who measures, which fails on it
                orders.send(f"{type(problem).__name__}: {problem}")
                return
            orders.send((start, perf_counter()))
