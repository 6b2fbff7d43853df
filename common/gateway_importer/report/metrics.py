"""The run as metrics for Prometheus: scraped while it goes on, or left in a file for runs that end before anyone
scrapes (the node exporter's textfile collector reads it)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, Gauge, start_http_server, write_to_textfile
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from gateway_importer.errors import InputError
from gateway_importer.http import Host
from gateway_importer.report.model import Outcome, Report
from gateway_importer.report.observer import Observer

PREFIX = "gateway_importer_"


class Traffic(Collector):
    """What went to and from each host, as its counters stand when somebody asks."""

    def __init__(self, labels: Mapping[str, str]) -> None:
        self._labels = dict(labels)
        self.hosts: Sequence[Host] = ()

    def collect(self) -> Iterator[Metric]:
        names = [*self._labels, "host"]
        requests = CounterMetricFamily(f"{PREFIX}requests", "Requests sent, by what for.", labels=[*names, "kind"])
        rate = GaugeMetricFamily(f"{PREFIX}allowed_per_second", "The pace that a host is granted now.", labels=names)
        counted: tuple[tuple[CounterMetricFamily, Callable[[Host], int]], ...] = (
            (CounterMetricFamily(f"{PREFIX}retries", "Tries after the first.", labels=names), _retries),
            (CounterMetricFamily(f"{PREFIX}refused", "Answers that said: too many.", labels=names), _refused),
            (CounterMetricFamily(f"{PREFIX}lost_answers", "Answers that did not come.", labels=names), _lost),
            (CounterMetricFamily(f"{PREFIX}received_bytes", "Bytes read.", labels=names), _bytes_in),
            (CounterMetricFamily(f"{PREFIX}sent_bytes", "Bytes of bodies sent.", labels=names), _bytes_out),
        )
        for host in self.hosts:
            values = [*self._labels.values(), host.name]
            for kind, count in list(host.traffic.requests.items()):
                requests.add_metric([*values, kind], count)
            for family, value in counted:
                family.add_metric(values, value(host))
            if host.pace.rate is not None:
                rate.add_metric(values, host.pace.rate)
        yield from (requests, rate, *(family for family, _ in counted))


def _retries(host: Host) -> int:
    return host.traffic.retries


def _refused(host: Host) -> int:
    return host.traffic.refused


def _lost(host: Host) -> int:
    return host.traffic.lost


def _bytes_in(host: Host) -> int:
    return host.traffic.bytes_in


def _bytes_out(host: Host) -> int:
    return host.traffic.bytes_out


class Metered:
    """An observer that counts, and passes on what it is told."""

    def __init__(self, inner: Observer, *, platform: str, shop: str) -> None:
        self._inner = inner
        labels = {"platform": platform, "shop": shop}
        self.registry = CollectorRegistry()
        self._traffic = Traffic(labels)
        self.registry.register(self._traffic)
        self._labels = list(labels.values())
        self._products = Counter(
            f"{PREFIX}products", "Products with an outcome.", [*labels, "outcome"], registry=self.registry
        )
        self._images = Counter(f"{PREFIX}images", "Pictures transferred.", list(labels), registry=self.registry)
        self._bytes = Counter(
            f"{PREFIX}image_bytes", "Bytes of pictures transferred.", list(labels), registry=self.registry
        )
        self._gauges = {
            name: Gauge(f"{PREFIX}run_{name}", text, list(labels), registry=self.registry)
            for name, text in (
                ("exit_code", "How the run ended; see the table of exit codes."),
                ("seconds", "How long the run took."),
                ("end_timestamp_seconds", "When the run ended, Unix time."),
                ("complete", "1 where the run went to its end."),
            )
        }
        self._outcomes = Gauge(
            f"{PREFIX}run_products", "The shop's products by outcome.", [*labels, "outcome"], registry=self.registry
        )

    def started(self, *, products: int | None, hosts: Sequence[Host]) -> None:
        self._traffic.hosts = hosts
        self._inner.started(products=products, hosts=hosts)

    def phase(self, text: str) -> None:
        self._inner.phase(text)

    def product(self, outcome: Outcome) -> None:
        self._products.labels(*self._labels, outcome.value).inc()
        self._inner.product(outcome)

    def image(self, size: int) -> None:
        self._images.labels(*self._labels).inc()
        self._bytes.labels(*self._labels).inc(size)
        self._inner.image(size)

    def say(self, text: str) -> None:
        self._inner.say(text)

    def ended(self) -> None:
        self._inner.ended()

    def finish(self, report: Report, path: Path | None) -> None:
        """The run's end; into the file at `path`, whole or not at all. Raises `OSError`."""
        facts = report.facts
        values = {
            "exit_code": facts.exit_code,
            "seconds": (facts.ended - facts.started).total_seconds(),
            "end_timestamp_seconds": facts.ended.timestamp(),
            "complete": int(facts.state == "complete"),
        }
        for name, value in values.items():
            self._gauges[name].labels(*self._labels).set(value)
        for outcome in Outcome:
            self._outcomes.labels(*self._labels, outcome.value).set(facts.counts.get(outcome, 0))
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_to_textfile(str(path), self.registry)


def serve(registry: CollectorRegistry, listen: tuple[str, int]) -> Callable[[], None]:
    """Answer scrapes at an address until the returned function is called. Raises `InputError`."""
    host, port = listen
    try:
        server, thread = start_http_server(port, host, registry)
    except OSError as problem:
        raise InputError(
            f"METRICS_LISTEN: {host}:{port} cannot be listened on ({problem.strerror}).", "Choose another port."
        ) from problem

    def stop() -> None:
        server.shutdown()
        server.server_close()
        thread.join()

    return stop
