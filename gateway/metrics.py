"""`/metrics` for Prometheus: what this process did, and what it holds. Each process answers for itself alone."""

import heapq
import os
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from ipaddress import ip_address
from itertools import accumulate
from operator import itemgetter

from prometheus_client import CollectorRegistry, GCCollector, Metric, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from gateway.execution.engine import Engine
from gateway.http.tally import BOUNDS, Tally
from gateway.http.viewers import bearer
from gateway.live.counting import BOUNDS as DELAYS
from gateway.live.live import Live
from gateway.services import Services
from modules.kernel.refusals import NotSignedIn

FORWARDED = ("x-forwarded-for", "x-forwarded-host", "forwarded", "x-real-ip", "via")
TRANSPORTS = ("websocket", "sse", "multipart")
TOPICS = 100
NOT_FROM_HERE = "Metrics are told to this machine; set SPILNO_METRICS_TOKEN to ask from elsewhere."


@dataclass(frozen=True, eq=False)
class Metrics(Collector):
    """Nothing is counted twice: this reads what the parts of a process know of themselves."""

    tally: Tally
    engine: Engine
    services: Services
    live: Live

    def collect(self) -> Iterable[Metric]:
        process = GaugeMetricFamily(
            "spilno_process", "The process that tells this: workers share a port.", labels=["pid"]
        )
        process.add_metric([str(os.getpid())], 1)
        yield process
        yield from self._requests()
        fallbacks = CounterMetricFamily(
            "spilno_fallbacks", "Operations that compiled code could not answer.", labels=["reason"]
        )
        for reason, count in self.engine.fallbacks.items():
            fallbacks.add_metric([reason], count)
        yield fallbacks
        known = self.engine.documents
        documents = len(known.newcomers.documents) + len(known.regulars.documents)
        yield GaugeMetricFamily("spilno_documents_cached", "Documents that are kept prepared.", documents)
        yield GaugeMetricFamily("spilno_sessions_cached", "Sessions that are remembered.", len(self.services.sessions))
        yield GaugeMetricFamily("spilno_topics", "Topics that are followed.", len(self.services.feed.topics))
        yield GaugeMetricFamily("spilno_bus_healthy", "Whether hints come through.", self.services.bus.healthy())
        yield CounterMetricFamily(
            "spilno_bus_reconnects", "How often hints were subscribed to anew.", self.services.bus.reconnects
        )
        jobs = CounterMetricFamily("spilno_jobs", "Jobs that were run, by what came of it.", labels=["outcome"])
        for outcome, count in self.services.jobs.counts.items():
            jobs.add_metric([outcome], count)
        yield jobs
        yield CounterMetricFamily("spilno_live_polls", "Looks at where topics stand.", self.services.feed.polls)
        yield from self._live()

    def _live(self) -> Iterator[Metric]:
        live, hub, counts = self.live, self.live.hub, self.live.hub.counts
        connections = GaugeMetricFamily("spilno_live_connections", "Live clients.", labels=["transport"])
        for transport in TRANSPORTS:
            connections.add_metric([transport], live.count(transport))
        yield connections
        yield GaugeMetricFamily("spilno_live_subscriptions", "Subscriptions that are told.", hub.cursors)
        yield GaugeMetricFamily("spilno_live_groups", "Groups of subscriptions that are told the same.", hub.groups)
        yield GaugeMetricFamily("spilno_live_topics", "Topics that subscriptions are told of.", len(hub.channels))
        yield CounterMetricFamily("spilno_live_rendered", "Updates that were rendered.", counts.rendered)
        yield CounterMetricFamily("spilno_live_frames", "Updates that were sent.", counts.frames)
        yield CounterMetricFamily("spilno_live_slow_closes", "Clients closed for being slow.", counts.slow_closes)
        yield CounterMetricFamily("spilno_live_refused", "Connections for which there was no place.", counts.refused)
        resyncs = CounterMetricFamily("spilno_live_resyncs", "Clients told to query again.", labels=["reason"])
        for reason, count in counts.resyncs.items():
            resyncs.add_metric([reason], count)
        yield resyncs
        lag = GaugeMetricFamily(
            "spilno_live_lag_events", f"Events not rendered yet, of the {TOPICS} topics with most.", labels=["topic"]
        )
        for topic, behind in heapq.nlargest(TOPICS, hub.lags(), key=itemgetter(1)):
            lag.add_metric([topic], behind)
        yield lag
        took = HistogramMetricFamily(
            "spilno_live_delay_seconds", "From an event's moment until it is sent.", labels=["kind"]
        )
        for kind, delays in counts.delays.items():
            bounds = [*map(str, DELAYS), "+Inf"]
            took.add_metric([kind], list(zip(bounds, accumulate(delays.counts), strict=True)), delays.seconds)
        yield took

    def _requests(self) -> Iterator[Metric]:
        answered = CounterMetricFamily("spilno_requests", "Requests to the graph by HTTP.", labels=["kind", "status"])
        for (kind, status), count in self.tally.answered.items():
            answered.add_metric([kind, str(status)], count)
        yield answered
        took = HistogramMetricFamily(
            "spilno_request_duration_seconds", "From the head of a request to its reply.", labels=["kind"]
        )
        for kind, durations in self.tally.durations.items():
            bounds = [*map(str, BOUNDS), "+Inf"]
            counts = accumulate(durations.counts)
            took.add_metric([kind], list(zip(bounds, counts, strict=True)), durations.seconds)
        yield took


def routes(metrics: Metrics, token: str) -> list[Route]:
    """`token` is what must be given as a bearer; without one, only this machine is answered, and no proxy on it."""
    registry = CollectorRegistry()
    registry.register(metrics)
    ProcessCollector(registry=registry)
    GCCollector(registry=registry)

    async def answer(request: Request) -> Response:
        if token and not _has(request, token):
            return PlainTextResponse(
                "Give the token.", 401, {"www-authenticate": "Bearer", "cache-control": "no-store"}
            )
        if not token and not _is_from_here(request):
            return PlainTextResponse(NOT_FROM_HERE, 403, {"cache-control": "no-store"})
        encode, media = choose_encoder(request.headers.get("accept", ""))
        return Response(encode(registry), headers={"cache-control": "no-store", "content-type": media})

    return [Route("/metrics", answer)]


def _has(request: Request, token: str) -> bool:
    try:
        given = bearer(request.headers.get("authorization")) or ""
    except NotSignedIn:
        return False
    return secrets.compare_digest(given.encode(), token.encode())


def _is_from_here(request: Request) -> bool:
    """A request that somebody passed on is from elsewhere, whoever passed it on."""
    if request.client is None or any(name in request.headers for name in FORWARDED):
        return False
    try:
        return ip_address(request.client.host).is_loopback
    except ValueError:
        return False
