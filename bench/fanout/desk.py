"""A second process that writes, as in production: what it commits reaches the measured server by a hint over Redis.

`uvicorn bench.fanout.desk:app`, with the settings of that server, on PostgreSQL. It takes the publisher's mutation and
understands its variables alone. It leaves what the action leaves, in one statement: desk, database and viewers share a core, and
it is not the writing that is measured.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import orjson
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.http.viewers import bearer
from gateway.services import opened, services
from gateway.settings import Settings
from modules.civic.events import CommentAdded
from modules.civic.tables import CommentRow, DebateRow
from modules.kernel import clock, keys, log

ANSWER = b'{"data":{"addComment":{"__typename":"CommentAdded"}}}'
NOTHING = b'{"data":{"__typename":"Query"}}'


def statement() -> sa.Insert:
    """A comment of a debate, its event, and the new head of the topic, which it answers."""
    comments, debates = CommentRow.__table__, DebateRow.__table__  # type: ignore[attr-defined]
    given = ("id", "author_id", "body", "created_at")
    zeros = ("depth", "support_count", "oppose_count", "source_support_count", "source_oppose_count")
    row = sa.select(
        debates.c.id,
        debates.c.municipality_id,
        *(sa.bindparam(name, type_=comments.c[name].type) for name in given),
        *(sa.literal(0) for _ in zeros),
    ).where(debates.c.id == sa.bindparam("debate_id"))
    written = sa.insert(comments).from_select(["debate_id", "municipality_id", *given, *zeros], row).cte("written")
    head = insert(log.topics).values(name=sa.bindparam("topic"), seq=1, floor=0)
    again = head.on_conflict_do_update(index_elements=["name"], set_={"seq": log.topics.c.seq + 1})
    moved = again.returning(log.topics.c.name, log.topics.c.seq).cte("moved")
    told = {name: log.events.c[name] for name in ("at", "type", "entity", "payload")}
    event = sa.select(moved.c.name, moved.c.seq, *(sa.bindparam(name, type_=told[name].type) for name in told))
    logged = sa.insert(log.events).from_select(["topic", "seq", *told], event)
    return logged.add_cte(written).returning(log.events.c.seq)


STATEMENT = statement()


async def graphql(request: Request) -> Response:
    told = orjson.loads(await request.body())
    if "variables" not in told:
        return Response(NOTHING, media_type="application/json")
    written, held = told["variables"]["input"], request.app.state.services
    viewer = await held.sessions.viewer(bearer(request.headers["authorization"]) or "")
    _, debate = keys.split(written["debateId"])
    given = _given(CommentAdded(UUID(debate), keys.new()), viewer.person_id, written["body"])
    async with request.app.state.engine.connect() as connection:
        seq = (await connection.execute(STATEMENT, given)).scalar_one()
    held.storage.announce({given["topic"]: seq})
    return Response(ANSWER, media_type="application/json")


def _given(event: CommentAdded, author_id: UUID | None, body: str) -> dict[str, Any]:
    now = clock.now()
    return {
        "debate_id": event.debate_id,
        "id": event.comment_id,
        "author_id": author_id,
        "body": body,
        "created_at": now,
        "topic": event.topic,
        "at": now,
        "type": type(event).__name__,
        "entity": event.entity.hex,
        "payload": {"debate_id": event.debate_id.hex, "comment_id": event.comment_id.hex},
    }


@asynccontextmanager
async def lifespan(app: Starlette) -> AsyncIterator[None]:
    async with opened(services(Settings())) as held:
        app.state.services = held
        app.state.engine = held.storage.writer.execution_options(isolation_level="AUTOCOMMIT")
        yield


app = Starlette(routes=[Route("/graphql", graphql, methods=["POST"])], lifespan=lifespan)
