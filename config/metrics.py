"""Figures for Prometheus: those of requests and the database, and how much work waits."""

import os
from collections.abc import Iterator

from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector

from config.queues import read_queues
from work.models import Job


def metrics(request: HttpRequest) -> HttpResponse:
    """All figures. With PROMETHEUS_MULTIPROC_DIR those of requests are the sums over all web processes."""
    requests = REGISTRY
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        requests = CollectorRegistry()
        MultiProcessCollector(requests)  # type: ignore[no-untyped-call]
    own = CollectorRegistry()
    own.register(_Work())
    return HttpResponse(generate_latest(requests) + generate_latest(own), content_type=CONTENT_TYPE_LATEST)


class _Work:
    """Reads the database when it is asked."""

    def describe(self) -> list[Metric]:
        """Nothing in advance, so that registering runs no statement."""
        return []

    def collect(self) -> Iterator[Metric]:
        rows = GaugeMetricFamily("stockledger_queue_rows", "Rows that wait for a worker", labels=["queue"])
        failed = GaugeMetricFamily("stockledger_queue_failed_rows", "Rows that could not be done", labels=["queue"])
        age = GaugeMetricFamily("stockledger_queue_oldest_seconds", "Age of the oldest row", labels=["queue"])
        for queue in read_queues():
            rows.add_metric([queue.name], queue.rows)
            failed.add_metric([queue.name], queue.failed)
            age.add_metric([queue.name], queue.oldest_seconds or 0)
        jobs = GaugeMetricFamily("stockledger_jobs", "Jobs by state", labels=["state"])
        counted = dict(Job.objects.order_by().values_list("state").annotate(Count("pk")))
        for state in Job.State.values:
            jobs.add_metric([state], counted.get(state, 0))
        yield from (rows, failed, age, jobs)
