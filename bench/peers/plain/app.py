"""The application: a session for each request, documents parsed and validated once. `uvicorn bench.peers.plain.app:app`."""

import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import strawberry
from sqlalchemy.ext.asyncio import create_async_engine
from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.applications import Starlette
from starlette.routing import Route
from strawberry.asgi import GraphQL
from strawberry.extensions import ParserCache, SchemaExtension, ValidationCache
from strawberry.schema.config import StrawberryConfig

from bench.peers.plain.loading import Loading
from bench.peers.plain.schema import Cursor, Query

engine = create_async_engine(os.environ["DATABASE_URL"], pool_size=10, max_overflow=0)


class SessionOfRequest(SchemaExtension):
    async def on_operation(self) -> AsyncIterator[None]:
        async with AsyncSession(engine) as session:
            self.execution_context.context["loading"] = Loading(session)
            yield


def _write(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


SCALARS: dict[object, Any] = {
    datetime: strawberry.scalar(name="DateTime", serialize=_write, parse_value=datetime.fromisoformat),
    Cursor: strawberry.scalar(name="Cursor", serialize=str, parse_value=str),
}

schema = strawberry.Schema(
    query=Query,
    extensions=[ParserCache, ValidationCache, SessionOfRequest],
    config=StrawberryConfig(scalar_map=SCALARS),
)
app = Starlette(routes=[Route("/graphql", GraphQL(schema, graphql_ide=None))])
