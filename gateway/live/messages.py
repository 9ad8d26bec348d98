"""The messages of graphql-transport-ws: what a client sends, checked; what a server sends, written."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from gateway.execution.answers import encoded
from gateway.http.requests import DEEPEST, BadRequest, named, too_deep

LONGEST_REASON = 123  # bytes, by RFC 6455
LONGEST_ID = 128


class Closing(Exception):
    """The socket is to be closed, with this code and reason."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(code, reason)
        self.code, self.reason = code, reason

    @property
    def shortened(self) -> str:
        """The reason as far as a close frame takes it."""
        return self.reason.encode()[:LONGEST_REASON].decode(errors="ignore")


@dataclass(frozen=True, slots=True)
class Init:
    payload: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Ping:
    payload: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Pong:
    payload: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Subscribe:
    """An operation to run, of any kind; `id` names it until it is complete. `query` is empty when only the document's
    id was sent."""

    id: str
    query: str
    variables: Mapping[str, Any] | None
    operation_name: str | None
    document_id: str | None


@dataclass(frozen=True, slots=True)
class Complete:
    id: str


Message = Init | Ping | Pong | Subscribe | Complete


def parse(text: bytes) -> Message:
    """A client's message. Raises Closing (4400) with what is wrong with it. Fields that nobody knows are passed over."""
    try:
        message = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise _invalid("The message is not JSON.") from None
    if too_deep(text, message):
        raise _invalid(f"The message is nested more than {DEEPEST} deep.")
    if not isinstance(message, dict):
        raise _invalid("A message is a JSON object.")
    match message.get("type"):
        case "connection_init":
            return Init(_object(message, "payload"))
        case "ping":
            return Ping(_object(message, "payload"))
        case "pong":
            return Pong(_object(message, "payload"))
        case "subscribe":
            return _subscribe(_id(message), _object(message, "payload"))
        case "complete":
            return Complete(_id(message))
    raise _invalid("`type` is connection_init, ping, pong, subscribe or complete.")


def resumed(payload: Mapping[str, Any] | None) -> dict[str, str]:
    """Where subscriptions go on, by their ids: the client had them on another connection. Raises Closing (4400)."""
    given = (payload or {}).get("resume")
    if given is None:
        return {}
    if not isinstance(given, dict) or not all(isinstance(cursor, str) for cursor in given.values()):
        raise _invalid("`resume` is an object: the last cursor of each operation by its id.")
    return given


def acknowledged() -> str:
    return '{"type":"connection_ack"}'


def pong(payload: Mapping[str, Any] | None) -> str:
    return _written({"type": "pong"} if payload is None else {"type": "pong", "payload": payload})


def following(id: str, answer: Mapping[str, Any]) -> str:
    """A `next`: one answer of an operation. Raises TypeError when a scalar let through what JSON cannot hold."""
    return _written({"id": id, "type": "next", "payload": answer})


def failed(id: str, errors: Sequence[Mapping[str, Any]]) -> str:
    """An `error`: the operation could not be run or cannot go on; nothing follows."""
    return _written({"id": id, "type": "error", "payload": errors})


def complete(id: str) -> str:
    return _written({"id": id, "type": "complete"})


def _subscribe(id: str, payload: Mapping[str, Any] | None) -> Subscribe:
    payload = payload or {}
    document_id = _document_id(payload)
    query = payload.get("query", None if document_id is None else "")
    if not isinstance(query, str):
        raise _invalid("`payload.query` is the text of a document.")
    name = payload.get("operationName")
    if not isinstance(name, str | None):
        raise _invalid("`operationName` is a string.")
    return Subscribe(id, query, _object(payload, "variables"), name, document_id)


def _document_id(payload: Mapping[str, Any]) -> str | None:
    given = payload.get("documentId")
    if not isinstance(given, str | None):
        raise _invalid("`documentId` is a string.")
    try:
        return named(given, _object(payload, "extensions"))
    except BadRequest as error:
        raise _invalid(error.message) from None


def _id(message: Mapping[str, Any]) -> str:
    given = message.get("id")
    if not isinstance(given, str) or not 0 < len(given) <= LONGEST_ID:
        raise _invalid(f"`id` is a string of 1 to {LONGEST_ID} characters.")
    return given


def _object(message: Mapping[str, Any], name: str) -> Mapping[str, Any] | None:
    value = message.get(name)
    if not isinstance(value, dict | None):
        raise _invalid(f"`{name}` is a JSON object.")
    return value


def _invalid(reason: str) -> Closing:
    return Closing(4400, reason)


def _written(message: Mapping[str, Any]) -> str:
    return encoded(message).decode()
