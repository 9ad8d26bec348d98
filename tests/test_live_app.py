"""Live updates from the application as a whole, to clients of plain HTTP: who may, what they are told, what it is counted as."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import orjson
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus
from websockets.typing import Subprotocol

from gateway.app import build
from gateway.settings import Settings
from modules.kernel.storage import Storage
from tests.accounts import joined
from tests.people import municipality_id, settle
from tests.serving import serving

PAGE = "https://spilno.example"
START = "mutation($input: StartDebateInput!) { startDebate(input: $input) { ... on DebateStarted { debate { id } } } }"
COMMENT = "mutation($input: AddCommentInput!) { addComment(input: $input) { ... on CommentAdded { comment { id } } } }"
FOLLOW = """subscription($debate: ID!, $after: Cursor) { debateEvents(debateId: $debate, after: $after) {
    event { __typename ... on CommentAdded { comment { body } } } } }"""
HERE = "subscription($debate: ID!) { presence(debateId: $debate) { viewerCount } }"
SSE = {"accept": "text/event-stream"}
MULTIPART = {"accept": "multipart/mixed;boundary=graphql;subscriptionSpec=1.0,application/json;q=0.9"}


@dataclass
class Town:
    """The application on a database of its own, a debate in it, and somebody who is signed in."""

    client: httpx2.AsyncClient
    token: str = ""
    debate: str = ""

    async def ask(self, query: str, variables: Any = None, **headers: str) -> Any:
        """As who is signed in."""
        signed = {"authorization": f"Bearer {self.token}"} if self.token else {}
        answer = await self.client.post(
            "/graphql", json={"query": query, "variables": variables}, headers=signed | headers
        )
        return answer.json()["data"]

    async def comment(self, body: str) -> None:
        await self.ask(COMMENT, {"input": {"debateId": self.debate, "body": body}})

    @asynccontextmanager
    async def stream(
        self, headers: Mapping[str, str], query: str = FOLLOW, method: str = "POST", **variables: Any
    ) -> AsyncIterator["Stream"]:
        asked: Any = {"query": query, "variables": {"debate": self.debate} | variables}
        if method == "GET":
            asked |= {"variables": orjson.dumps(asked["variables"]).decode()}
        given: Any = {"json": asked} if method == "POST" else {"params": asked}
        async with self.client.stream(method, "/graphql", headers=dict(headers), **given) as response:
            yield Stream(response, response.aiter_bytes())

    async def metrics(self) -> Mapping[str, float]:
        """The samples as they are written: `name{labels}`."""
        told = (await self.client.get("/metrics")).text.splitlines()
        return {line.rpartition(" ")[0]: float(line.rpartition(" ")[2]) for line in told if line[0] != "#"}


@dataclass
class Stream:
    response: httpx2.Response
    chunks: AsyncIterator[bytes]
    body: bytes = b""

    async def until(self, part: bytes) -> bytes:
        """Everything up to that part."""
        async with asyncio.timeout(10):
            while part not in self.body:
                self.body += await anext(self.chunks)
        taken, _, self.body = self.body.partition(part)
        return taken

    async def event(self) -> Any:
        """The answer in the next event, with its id."""
        while b"data: " not in (block := await self.until(b"\n\n")):
            pass
        fields = dict(line.split(b": ", 1) for line in block.splitlines())
        assert fields[b"event"] == b"next"
        return orjson.loads(fields[b"data"]), fields.get(b"id", b"").decode()


@pytest.fixture
async def town(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Town]:
    url, more = f"sqlite+aiosqlite:///{tmp_path / 'town.db'}", getattr(request, "param", {})
    async with (
        serving(build(Settings(database_url=url, allowed_origins=(PAGE,), live_drain=0, **more))) as address,
        httpx2.AsyncClient(base_url=f"http://{address}", timeout=20) as client,
    ):
        storage = Storage(url)
        await settle(storage)
        town = Town(client, await joined(storage))
        await storage.close()
        about = {"municipalityId": municipality_id(), "title": "Парк?", "body": "Що буде на пустирі?"}
        town.debate = (await town.ask(START, {"input": about}))["startDebate"]["debate"]["id"]
        yield town


def said(answer: Any) -> str:
    return str(answer["data"]["debateEvents"]["event"]["comment"]["body"])


@pytest.mark.parametrize("method", ["POST", "GET"])
async def test_a_page_elsewhere_follows_a_debate_by_events_and_goes_on_where_it_was(town: Town, method: str) -> None:
    async with town.stream(SSE | {"origin": PAGE}, method=method) as stream:
        head = stream.response.headers
        assert (stream.response.status_code, head["content-type"]) == (200, "text/event-stream; charset=utf-8")
        assert (head["access-control-allow-origin"], head["vary"]) == (PAGE, "accept, authorization, cookie, Origin")
        assert (head["cache-control"], head["x-accel-buffering"]) == ("no-store", "no")
        assert "content-encoding" not in head
        await stream.until(b":\n\n")
        await town.comment("Парк.")
        answer, at = await stream.event()
        assert (said(answer), answer["extensions"]) == ("Парк.", {"cursor": at})
    await town.comment("Парковка.")
    async with town.stream(SSE | {"last-event-id": at}, method=method, after="nonsense") as stream:
        assert said((await stream.event())[0]) == "Парковка."


async def test_apollos_clients_follow_by_parts(town: Town) -> None:
    async with town.stream(MULTIPART | {"origin": PAGE}) as stream:
        head = stream.response.headers
        assert head["content-type"] == "multipart/mixed; boundary=graphql; subscriptionSpec=1.0"
        assert head["access-control-allow-origin"] == PAGE
        await stream.until(b"{}\r\n--graphql")
        await town.comment("Парк.")
        part = (await stream.until(b"\r\n--graphql")).rpartition(b"\r\n\r\n")[2]
        assert said(orjson.loads(part)["payload"]) == "Парк."


@pytest.mark.parametrize("accept", [SSE, MULTIPART], ids=["events", "parts"])
async def test_a_token_that_is_none_is_refused_before_the_stream_begins(town: Town, accept: dict[str, str]) -> None:
    async with town.stream(accept | {"authorization": "Bearer nonsense", "origin": PAGE}) as stream:
        assert (stream.response.status_code, stream.response.headers["www-authenticate"]) == (401, "Bearer")
        assert stream.response.headers["access-control-allow-origin"] == PAGE, "else a page sees no more than a failure"
        assert (await stream.response.aread()).startswith(b'{"errors":[')


async def test_a_stream_breaks_off_when_its_session_ends(town: Town) -> None:
    async with town.stream(SSE | {"authorization": f"Bearer {town.token}"}) as stream:
        await stream.until(b":\n\n")
        ended = town.token
        await town.ask("mutation { signOut { __typename } }")
        with pytest.raises(httpx2.RemoteProtocolError):  # without an end: the client comes back, and hears 401
            await stream.until(b"event: complete")
    async with town.stream(SSE | {"authorization": f"Bearer {ended}"}) as stream:
        assert stream.response.status_code == 401


@pytest.mark.parametrize("header", ["authorization", "content-type", "last-event-id"])
async def test_what_streams_are_asked_with_passes_the_preflight(town: Town, header: str) -> None:
    asking = {"origin": PAGE, "access-control-request-method": "POST", "access-control-request-headers": header}
    answer = await town.client.options("/graphql", headers=asking)
    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (200, PAGE)
    assert header in answer.headers["access-control-allow-headers"].lower()


async def test_what_takes_json_besides_gets_queries_as_json(town: Town) -> None:
    urql = "application/graphql-response+json, application/graphql+json, application/json, text/event-stream, multipart/mixed"
    query = {"query": "{ viewer { email } }"}
    plain = await town.client.post("/graphql", json=query, headers={"accept": urql})
    assert plain.headers["content-type"] == "application/graphql-response+json; charset=utf-8"
    alone = await town.client.post("/graphql", json=query, headers=SSE)
    assert alone.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert alone.text == f"event: next\ndata: {plain.text}\n\nevent: complete\ndata:\n\n"


@pytest.mark.parametrize("town", [{"live_connections": 1}], indirect=True)
async def test_who_finds_no_place_is_told_when_to_come_again(town: Town) -> None:
    async with town.stream(SSE) as stream:
        await stream.until(b":\n\n")
        async with town.stream(SSE | {"origin": PAGE}) as refused:
            head = refused.response.headers
            assert (refused.response.status_code, head["retry-after"]) == (503, "10")
            assert head["access-control-allow-origin"] == PAGE
        with pytest.raises(InvalidStatus) as shut:
            await socket(town)
        assert shut.value.response.status_code == 503
    assert (await town.metrics())["spilno_live_refused_total"] == 2


def socket(town: Town) -> connect:
    base = town.client.base_url
    return connect(
        f"ws://{base.host}:{base.port}/graphql", subprotocols=[Subprotocol("graphql-transport-ws")], proxy=None
    )


async def followed(town: Town, query: str = FOLLOW) -> Any:
    """An open socket with a subscription."""
    talk = await socket(town)
    asked = {"query": query, "variables": {"debate": town.debate}}
    for message in ({"type": "connection_init"}, {"type": "subscribe", "id": "1", "payload": asked}):
        await talk.send(orjson.dumps(message).decode())
    assert orjson.loads(await talk.recv()) == {"type": "connection_ack"}
    return talk


async def reaches(town: Town, **expected: float) -> Mapping[str, float]:
    """Metrics, when they tell that."""
    async with asyncio.timeout(10):
        while True:
            told = await town.metrics()
            if all(told.get(f"spilno_live_{name}", 0) == value for name, value in expected.items()):
                return told


async def test_live_clients_are_counted(town: Town) -> None:
    before = await reaches(town, subscriptions=0, groups=0, topics=0)
    assert [before[f'spilno_live_connections{{transport="{each}"}}'] for each in ("websocket", "sse", "multipart")] == [
        0,
        0,
        0,
    ]
    talk = await followed(town)
    async with town.stream(SSE) as events, town.stream(SSE) as same, town.stream(MULTIPART, HERE) as parts:
        during = await reaches(town, subscriptions=4, groups=2, topics=2)
        assert during['spilno_live_connections{transport="websocket"}'] == 1
        assert during['spilno_live_connections{transport="sse"}'] == 2
        assert during['spilno_live_connections{transport="multipart"}'] == 1
        await parts.until(b'"viewerCount":1')
        told = await town.metrics()
        await town.comment("Парк.")
        assert [said((await each.event())[0]) for each in (events, same)] == ["Парк.", "Парк."]
        assert said(orjson.loads(await talk.recv())["payload"]) == "Парк."
        after = await town.metrics()
        assert after["spilno_live_rendered_total"] - told["spilno_live_rendered_total"] == 1
        assert after["spilno_live_frames_total"] - told["spilno_live_frames_total"] == 3
        assert after['spilno_live_delay_seconds_count{kind="debate"}'] == 1
        assert after[f'spilno_live_lag_events{{topic="debate:{town.debate.partition("_")[2]}"}}'] == 0
        assert after["spilno_live_polls_total"] >= before["spilno_live_polls_total"]
        assert "spilno_live_slow_closes_total" in after
        assert after["spilno_bus_reconnects_total"] >= 0
    await talk.close()
    await reaches(town, subscriptions=0, groups=0, topics=0)


async def test_who_is_told_to_query_again_is_counted_by_reason(town: Town) -> None:
    async with town.stream(SSE, after=f"another.{'0' * 8}.0") as stream:
        assert "errors" in (await stream.event())[0], "is of no topic"
    page = await town.ask("query($id: ID!) { debate(id: $id) { liveCursor } }", {"id": town.debate})
    epoch, _, rest = page["debate"]["liveCursor"].partition(".")
    again = FOLLOW.replace("event {", "resync event {")
    async with town.stream(SSE, again, after=f"x{epoch[1:]}x.{rest}") as stream:
        assert (await stream.event())[0]["data"]["debateEvents"]["resync"] == "EPOCH_CHANGED"
    assert (await town.metrics())['spilno_live_resyncs_total{reason="EPOCH_CHANGED"}'] == 1
