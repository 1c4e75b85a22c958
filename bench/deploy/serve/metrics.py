"""What Prometheus may ask about the server."""

from collections.abc import Iterator
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import generate_latest

from bench.deploy.serve.dispatcher import Dispatcher

_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class Metrics:
    """Numbers of one server, in a registry of their own.

    Args:
        dispatcher: that is told of.
    """

    def __init__(self, dispatcher: Dispatcher) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "bench_requests", "Requests.", ["route", "status"], registry=self._registry
        )
        self._seconds = Histogram(
            "bench_request_seconds",
            "From the first byte of a request to its answer.",
            ["route"],
            registry=self._registry,
            buckets=_BUCKETS,
        )
        self._registry.register(_State(dispatcher))
        ProcessCollector(registry=self._registry)

    def count(self, route: str, status: int, seconds: float) -> None:
        """One request was answered.

        Args:
            route: one of few; never what a client wrote.
            status: of HTTP.
            seconds: that it took.
        """
        self._requests.labels(route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def text(self) -> bytes:
        """In Prometheus's format."""
        return bytes(generate_latest(self._registry))


class _State:
    """Queue and drift, as they are when they are asked for."""

    def __init__(self, dispatcher: Dispatcher) -> None:
        self._dispatcher = dispatcher

    def collect(self) -> Iterator[Any]:
        waiting = GaugeMetricFamily("bench_queue_length", "Uploads that wait.")
        waiting.add_metric([], self._dispatcher.length)
        yield waiting
        seen = GaugeMetricFamily("bench_images_seen", "Images watched.", labels=["bundle"])
        won = GaugeMetricFamily(
            "bench_drift_evidence",
            "What the bets against 'nothing has changed' have won (a martingale).",
            labels=["bundle", "kind"],
        )
        level = GaugeMetricFamily(
            "bench_drift_level", "Evidence from which on it is an alarm.", labels=["bundle"]
        )
        alarms = GaugeMetricFamily(
            "bench_drift_alarms", "Alarms that were raised.", labels=["bundle", "kind"]
        )
        for bundle, watch in zip(self._dispatcher.bundles, self._dispatcher.watches, strict=True):
            name, drift = bundle.digest[:16], watch.drift()
            seen.add_metric([name], drift.seen)
            level.add_metric([name], drift.level)
            won.add_metric([name, "change"], drift.change)
            if drift.disagreement is not None:
                won.add_metric([name, "disagreement"], drift.disagreement)
            if drift.verdict is not None:
                won.add_metric([name, "verdict"], drift.verdict)
            for kind in ("change", "disagreement", "verdict"):
                raised = sum(alarm.kind == kind for alarm in drift.alarms)
                alarms.add_metric([name, kind], raised)
        yield from (seen, won, level, alarms)
