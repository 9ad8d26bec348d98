"""A real application around the toy schema, and a client for it."""

from contextlib import AbstractAsyncContextManager
from typing import Any

import httpx2
from starlette.applications import Starlette
from starlette.requests import HTTPConnection
from starlette.routing import Mount, Route

from gateway.execution.engine import Engine
from gateway.http.endpoint import GraphQLEndpoint
from gateway.http.graphiql.page import assets, page
from gateway.http.request_ids import request_id
from modules.kernel.refusals import NotAllowed, NotSignedIn
from tests.execution.toy import ToyContext, schema

GRAPHQL = "application/graphql-response+json"
JSON = "application/json"


async def make_context(connection: HTTPConnection) -> ToyContext:
    """Signs in whoever says so: `authorization: nobody`, `banned` and `bug` do not get that far."""
    match connection.headers.get("authorization"):
        case "nobody":
            raise NotSignedIn()
        case "banned":
            raise NotAllowed(message="This account is closed.")
        case "bug":
            raise RuntimeError("the password is hunter2")
    return ToyContext(request_id(connection), stirred=connection.app.state.stirred)


def build(*, with_page: bool = True) -> Starlette:
    endpoint = GraphQLEndpoint(Engine(schema), make_context, page=page() if with_page else None)
    app = Starlette(routes=[Route("/graphql", endpoint), Mount("/graphql/assets", assets())])
    app.state.stirred = []
    return app


def client(app: Starlette) -> AbstractAsyncContextManager[httpx2.AsyncClient]:
    """Says nothing of its own: no `accept`, no `content-type`."""
    made = httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://127.0.0.1")
    made.headers.clear()
    return made


def codes(response: Any) -> list[str]:
    return [error["extensions"]["code"] for error in response.json().get("errors", ())]
