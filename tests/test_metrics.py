"""`/metrics`: what is told, and to whom."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
from prometheus_client.parser import text_string_to_metric_families
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from gateway.app import build, schema
from gateway.execution.engine import Engine
from gateway.http.protocol import GraphProtocol
from gateway.http.tally import Durations, Tally
from gateway.live.hub import Hub, Sources
from gateway.live.live import Live
from gateway.metrics import Metrics
from gateway.services import services
from gateway.settings import Settings
from tests.serving import serving

TOKEN = "a token of tests, long enough to be one"


@asynccontextmanager
async def site(tmp_path: Path, settings: Mapping[str, Any] = {}, **uvicorn: Any) -> AsyncIterator[httpx2.AsyncClient]:
    url = f"sqlite+aiosqlite:///{tmp_path / 'site.db'}"
    async with (
        serving(build(Settings(database_url=url, **settings)), **uvicorn) as address,
        httpx2.AsyncClient(base_url=f"http://{address}", timeout=20) as client,
    ):
        yield client


async def told(client: httpx2.AsyncClient) -> dict[tuple[str, ...], float]:
    """The samples by name and labels."""
    answer = await client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=")
    families = text_string_to_metric_families(answer.text)
    return {(one.name, *one.labels.values()): one.value for family in families for one in family.samples}


@pytest.mark.parametrize("protocol", [GraphProtocol, HttpToolsProtocol], ids=["own", "stock"])
async def test_requests_are_counted_by_kind_and_status_and_timed(tmp_path: Path, protocol: Any) -> None:
    async with site(tmp_path, http=protocol) as client:
        before = await told(client)
        for query in ("{ viewer { email } }", "mutation { signOut { __typename } }", "{ debates { totalCount } }"):
            await client.post("/graphql", json={"query": query})
        for headers in ({"authorization": "Bearer nonsense"}, {"content-type": "text/plain"}):
            await client.post("/graphql", content=b'{"query": "{ viewer { email } }"}', headers=headers)
        await client.get("/healthz")
        after = await told(client)
    assert {name: value for name, value in after.items() if name[0] == "spilno_requests_total"} == {
        ("spilno_requests_total", "query", "200"): 2,
        ("spilno_requests_total", "mutation", "200"): 1,
        ("spilno_requests_total", "none", "415"): 2,
    }
    assert before["spilno_documents_cached",] == 0
    assert after["spilno_documents_cached",] == 3
    assert after["spilno_request_duration_seconds_count", "query"] == 2
    assert after["spilno_request_duration_seconds_bucket", "query", "10.0"] == 2
    assert 0 < after["spilno_request_duration_seconds_sum", "query"] < 5
    assert after["process_cpu_seconds_total",] > 0


async def test_fallbacks_are_told_by_reason(tmp_path: Path) -> None:
    held = services(Settings(database_url=f"sqlite+aiosqlite:///{tmp_path / 'site.db'}"))
    engine = Engine(schema())
    engine.fallbacks["introspection"] += 2
    hub = Hub(engine, Sources(held.log, held.feed, held.sessions, held.audiences), held.context)
    metrics = Metrics(Tally(), engine, held, Live(hub))
    samples = [one for family in metrics.collect() for one in family.samples if family.name == "spilno_fallbacks"]
    assert [(one.labels, one.value) for one in samples] == [({"reason": "introspection"}, 2)]
    await held.storage.close()


def test_durations_are_put_between_their_bounds() -> None:
    durations = Durations()
    for seconds in (0.0001, 0.0005, 0.0006, 9.9, 11.0):
        durations.note(seconds)
    assert (durations.counts[:2], durations.counts[-2:]) == ([2, 1], [1, 1])
    assert sum(durations.counts) == 5


@pytest.mark.parametrize(
    "passed_on",
    [{"x-forwarded-for": "1.2.3.4"}, {"x-forwarded-for": "127.0.0.1"}, {"forwarded": "for=1.2.3.4"}, {"via": "1.1 x"}],
)
async def test_without_a_token_only_this_machine_is_answered(tmp_path: Path, passed_on: dict[str, str]) -> None:
    async with site(tmp_path) as client:
        assert (await client.get("/metrics")).status_code == 200
        refused = await client.get("/metrics", headers=passed_on)
        assert (refused.status_code, "SPILNO_METRICS_TOKEN" in refused.text) == (403, True)


@pytest.mark.parametrize(
    "given", ["", "Bearer", "Bearer nonsense", f"Basic {TOKEN}", f"Bearer {TOKEN}x", "Bearer ключ"]
)
async def test_with_a_token_nobody_is_answered_without_it(tmp_path: Path, given: str) -> None:
    async with site(tmp_path, {"metrics_token": TOKEN}) as client:
        headers = [(b"authorization", given.encode())] if given else []
        refused = await client.get("/metrics", headers=headers)
        assert (refused.status_code, refused.headers["www-authenticate"]) == (401, "Bearer")
        assert "spilno_" not in refused.text
        answered = await client.get(
            "/metrics", headers={"authorization": f"Bearer {TOKEN}", "x-forwarded-for": "1.2.3.4"}
        )
        assert answered.status_code == 200
