"""A second process that writes, as in production: what it commits reaches the measured server by a hint over Redis.

`uvicorn bench.fanout.desk:app`, with the settings of that server. It takes the publisher's mutation and understands its
variables alone: the same action and transaction, without the work of GraphQL, because both share a core with their load.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.http.viewers import bearer
from gateway.services import opened, services
from gateway.settings import Settings
from gateway.wiring import civic_actions
from modules.kernel import keys

ANSWER = b'{"data":{"addComment":{"__typename":"CommentAdded"}}}'
NOTHING = b'{"data":{"__typename":"Query"}}'


async def graphql(request: Request) -> Response:
    told = orjson.loads(await request.body())
    if "variables" not in told:
        return Response(NOTHING, media_type="application/json")
    written, held = told["variables"]["input"], request.app.state.services
    viewer = await held.sessions.viewer(bearer(request.headers["authorization"]) or "")
    _, debate = keys.split(written["debateId"])
    async with held.storage.writing() as work:
        await civic_actions.add_comment(work, viewer, debate_id=UUID(debate), parent_id=None, body=written["body"])
    return Response(ANSWER, media_type="application/json")


@asynccontextmanager
async def lifespan(app: Starlette) -> AsyncIterator[None]:
    async with opened(services(Settings())) as held:
        app.state.services = held
        yield


app = Starlette(routes=[Route("/graphql", graphql, methods=["POST"])], lifespan=lifespan)
