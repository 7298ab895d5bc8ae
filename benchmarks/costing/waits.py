"""What others notice while a worker re-costs: their waits, and the worker's memory."""

from collections.abc import Iterator
from statistics import median
from time import perf_counter, sleep

from benchmarks import servers
from benchmarks.company import Company, Document
from benchmarks.costing import data, events
from benchmarks.costing.data import Flow
from benchmarks.measure import Measure
from benchmarks.worker import worker
from costing.models import CostToForward

DATABASE, POSTED, QUIET_POSTINGS = "bench_beside", 400, 50
MOST_MB, LONGEST_WAIT, PAUSE = 1536, 1.0, 0.2


def measures(later: int) -> Iterator[Measure]:
    """A late invoice before so many entries of an averaged item, while its and another item's issues are posted."""
    servers.make(DATABASE, data.flow(Flow("average", later)))
    events.average_by("month")
    company = Company()
    own, other = data.item_named("FLOW"), data.item_named("BESIDE")
    quiet = _times(company, other, QUIET_POSTINGS)
    events.late_invoice(own)
    documents = {item: company.documents("sale", POSTED, 1, items=[item]) for item in (own, other)}
    with worker(DATABASE) as process:
        process.send("go")
        waits = _post_meanwhile(company, documents, own)
        seconds, written, memory, left = process.recv()
    assert not left, left
    assert written
    share = round(memory / MOST_MB, 4)
    yield Measure(f"worker's peak memory, {later:,} entries", round(memory, 1), "MB", MOST_MB, share)
    name = f"while {later:,} are re-costed ({seconds:.0f} s)"
    beside = median(waits[other])
    yield Measure(
        f"other item's posting {name}", round(beside * 1000, 2), "ms", round(quiet * 1000, 2), round(beside / quiet, 4)
    )
    for item, which in ((other, "other"), (own, "same")):
        longest = max(waits[item])
        yield Measure(f"{which} item's longest posting {name}", round(longest, 3), "s", LONGEST_WAIT, round(longest, 4))


def _times(company: Company, item: int, count: int) -> float:
    documents = company.documents("sale", count, 1, items=[item])
    return median(_post(company, document) for document in documents)


def _post(company: Company, document: Document) -> float:
    start = perf_counter()
    company.post(document)
    return perf_counter() - start


def _post_meanwhile(company: Company, documents: dict[int, list[Document]], item_id: int) -> dict[int, list[float]]:
    """By turns an issue of each item, a few a second, until what was queued before is dealt with."""
    event = CostToForward.objects.get(item_id=item_id).register_id
    waits: dict[int, list[float]] = {item: [] for item in documents}
    while CostToForward.objects.filter(item_id=item_id, register_id=event).exists():
        for item, waiting in documents.items():
            if waiting:
                waits[item].append(_post(company, waiting.pop()))
        sleep(PAUSE)
    return waits
