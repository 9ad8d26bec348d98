"""Subscriptions of plain Strawberry by broadcaster, as they are usually written. `uvicorn bench.peers.plain.live:app`.

Comments are added by a mutation over HTTP, and kept nowhere.
"""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from itertools import count
from typing import Annotated, Any, NewType
from uuid import uuid4

import strawberry
from broadcaster import Broadcast
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from strawberry.asgi import GraphQL
from strawberry.extensions import ParserCache, ValidationCache
from strawberry.schema.config import StrawberryConfig

Cursor = NewType("Cursor", str)

broadcast = Broadcast("memory://")
places = count(1)
subscribed: set[object] = set()


@strawberry.type
class Person:
    id: strawberry.ID
    name: str


@strawberry.type
class Comment:
    id: strawberry.ID
    body: str
    created_at: datetime
    author: Person


@strawberry.type
class CommentAdded:
    comment: Comment


@strawberry.type
class DebateClosed:
    debate_id: strawberry.ID


@strawberry.type
class DebateUpdate:
    cursor: Cursor
    event: Annotated[CommentAdded | DebateClosed, strawberry.union("DebateEvent")]


@strawberry.input
class AddCommentInput:
    debate_id: strawberry.ID
    body: str


@strawberry.type
class Query:
    @strawberry.field
    def ready(self) -> bool:
        return True


@strawberry.type
class Mutation:
    @strawberry.mutation
    async def add_comment(self, input: AddCommentInput) -> CommentAdded:
        comment = Comment(
            id=strawberry.ID(f"Comment_{uuid4().hex}"),
            body=input.body,
            created_at=datetime.now(UTC),
            author=Person(id=strawberry.ID("Person_0198c0e2000070008000000000000001"), name="Мешканка 1"),
        )
        event = CommentAdded(comment=comment)
        update = DebateUpdate(cursor=Cursor(f"plain.{next(places)}"), event=event)
        await broadcast.publish(f"debate:{input.debate_id}", update)
        return event


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def debate_events(
        self, debate_id: strawberry.ID, after: Cursor | None = None
    ) -> AsyncGenerator[DebateUpdate, None]:
        listener = object()
        async with broadcast.subscribe(f"debate:{debate_id}") as events:
            subscribed.add(listener)
            try:
                async for event in events:  # type: ignore[union-attr] # broadcaster does not say what it gives
                    yield event.message  # type: ignore[misc, union-attr]
            finally:
                subscribed.remove(listener)


async def metrics(_: Request) -> PlainTextResponse:
    return PlainTextResponse(f"live_subscriptions {len(subscribed)}\n")


@asynccontextmanager
async def lifespan(_: Starlette) -> AsyncIterator[None]:
    async with broadcast:
        yield


SCALARS: dict[object, Any] = {Cursor: strawberry.scalar(name="Cursor", serialize=str, parse_value=str)}
schema = strawberry.Schema(
    query=Query,
    mutation=Mutation,
    subscription=Subscription,
    extensions=[ParserCache, ValidationCache],
    config=StrawberryConfig(scalar_map=SCALARS),
)
graph: GraphQL[None, None] = GraphQL(schema, graphql_ide=None)
app = Starlette(
    lifespan=lifespan,
    routes=[Route("/metrics", metrics), Route("/graphql", graph), WebSocketRoute("/graphql", graph)],
)
