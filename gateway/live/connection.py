"""One socket that speaks graphql-transport-ws, from its first message to its last."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Iterable, Iterator, Mapping
from contextlib import aclosing, contextmanager, suppress
from typing import Any, cast

from graphql import GraphQLError, OperationType
from starlette.websockets import WebSocket, WebSocketDisconnect

from gateway.documents.store import Store
from gateway.execution.documents import Document
from gateway.execution.engine import Carried, Engine, refused
from gateway.execution.errors import MASKED, internal_error
from gateway.http.request_ids import request_id
from gateway.live import messages
from gateway.live.messages import Closing, Complete, Init, Ping, Pong, Subscribe
from modules.kernel.policy import NOBODY, Viewer
from modules.kernel.refusals import Refusal

CHANGED = Closing(4403, "What you may do has changed: connect again.")
LONGEST_REASON = 123  # bytes, by RFC 6455
LAST_WORD = 5.0  # seconds that a client has to take the close frame: it may have stopped reading

MakeContext = Callable[[WebSocket, Mapping[str, Any] | None], Awaitable[Carried]]


class Connection:
    """An accepted socket. `patience` is the seconds until `connection_init` must have come, `recheck` those between
    two looks at who somebody with running subscriptions is now.

    Sending waits until the client takes what was sent before: nothing is queued for a slow one.
    """

    def __init__(
        self,
        websocket: WebSocket,
        engine: Engine,
        make_context: MakeContext,
        documents: Store,
        *,
        patience: float,
        most_operations: int,
        recheck: float,
    ) -> None:
        self._websocket, self._engine, self._make_context = websocket, engine, make_context
        self._documents = documents
        self._patience, self._most_operations, self._recheck = patience, most_operations, recheck
        self._life = asyncio.timeout(None)
        self._farewell: Closing | None = None
        self._operations: dict[str, asyncio.Task[None]] = {}
        self._viewers: dict[str, Viewer] = {}  # with whom the running subscriptions of somebody began
        self._watch: asyncio.Task[None] | None = None
        self._payload: Mapping[str, Any] | None = None
        self._is_initialised = self._is_acknowledged = self._is_ending = False

    async def run(self) -> None:
        """Returns when the socket is closed and nothing of it runs any more."""
        farewell = None
        patience = asyncio.get_running_loop().call_later(self._patience, self._give_up)
        try:
            async with self._life:
                await self._converse()
        except WebSocketDisconnect:
            pass  # the client left first
        except TimeoutError:
            farewell = self._farewell
        except Closing as closing:
            farewell = closing
        except Exception as error:  # a bug of ours
            internal_error(error, request_id(self._websocket))
            farewell = Closing(1011, MASKED)
        finally:
            self._is_ending = True
            patience.cancel()
            await _cancelled([*self._operations.values(), *([self._watch] if self._watch else [])])
        if farewell:
            await self._hang_up(farewell)

    def end(self, farewell: Closing) -> None:
        """Let `run` end now, with this close frame, unless it is ending already."""
        if not self._is_ending:
            self._is_ending, self._farewell = True, farewell
            self._life.reschedule(asyncio.get_running_loop().time())

    def _give_up(self) -> None:
        if not self._is_initialised:
            self.end(Closing(4408, "Connection initialisation timeout"))

    async def _converse(self) -> None:
        while True:
            match messages.parse(await self._receive()):
                case Init(payload):
                    await self._initialise(payload)
                case Ping(payload):
                    await self._send(messages.pong(payload))
                case Pong():
                    pass
                case Subscribe() as asked:
                    await self._begin(asked)
                case Complete(id):
                    await self._stop([id])

    async def _receive(self) -> bytes:
        message = await self._websocket.receive()
        if message["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(message.get("code", 1006))
        text = message.get("text")
        if text is None:
            raise Closing(4400, "Messages are text.")
        data = cast(str, text).encode()
        if len(data) > self._engine.limits.body:
            raise Closing(1009, f"A message has at most {self._engine.limits.body:,} bytes.")
        return data

    async def _send(self, text: str) -> None:
        await asyncio.sleep(0)  # a source that always has more must not keep everybody else waiting
        try:
            await self._websocket.send_text(text)
        except RuntimeError:  # what servers say of a socket that is being closed
            raise WebSocketDisconnect(1006) from None

    async def _initialise(self, payload: Mapping[str, Any] | None) -> None:
        if self._is_initialised:
            raise Closing(4429, "Too many initialisation requests")
        self._is_initialised, self._payload = True, payload
        try:
            await self._authenticate()
        except Closing:
            raise
        except Exception as error:  # ours: clients come back after a 1013, and give up after a 4500
            internal_error(error, request_id(self._websocket))
            raise Closing(1013, MASKED) from None
        self._is_acknowledged = True
        await self._send(messages.acknowledged())

    async def _authenticate(self) -> Carried:
        """A context with what holds now: a session may have ended, a role been given or taken, since it was last asked.
        Raises Closing (4403)."""
        try:
            return await self._make_context(self._websocket, self._payload)
        except Refusal as refusal:
            raise Closing(4403, refusal.message) from None

    async def _begin(self, asked: Subscribe) -> None:
        if not self._is_acknowledged:
            raise Closing(4401, "Unauthorized")
        if asked.id in self._operations:
            raise Closing(4409, f"Subscriber for {asked.id} already exists")
        if len(self._operations) >= self._most_operations:
            told = f"At most {self._most_operations} operations run at a time on one connection."
            error = GraphQLError(told, extensions={"code": "TOO_MANY_SUBSCRIPTIONS"})
            await self._send(messages.failed(asked.id, refused([error], request_id(self._websocket))["errors"]))
            return
        self._operations[asked.id] = asyncio.create_task(self._operate(asked))

    async def _stop(self, ids: Iterable[str]) -> None:
        """Cancel what runs under these ids, and see it end."""
        await _cancelled([self._operations.pop(name) for name in ids if name in self._operations])

    async def _operate(self, asked: Subscribe) -> None:
        """Run one operation to its last message. The client may use the id again when it has read that."""
        with suppress(WebSocketDisconnect):
            try:
                last = await self._answer(asked, await self._authenticate())
            except WebSocketDisconnect:
                raise
            except Closing as farewell:
                self.end(farewell)
                return
            except Exception as error:  # a bug of ours: logged here, masked for the client
                last = messages.failed(asked.id, [internal_error(error, request_id(self._websocket))])
            await self._send(last)
        self._operations.pop(asked.id, None)

    async def _answer(self, asked: Subscribe, context: Carried) -> str:
        """Send each answer; the message that ends the operation."""
        async with aclosing(self._answers(asked, context)) as answers:
            async for answer in answers:
                if "data" not in answer:
                    return messages.failed(asked.id, answer["errors"])
                await self._send(messages.following(asked.id, answer))
        return messages.complete(asked.id)

    async def _answers(self, asked: Subscribe, context: Carried) -> AsyncGenerator[dict[str, Any], None]:
        document, name = self._documents.find(asked.query, asked.document_id), asked.operation_name
        if not _is_subscription(document, name):
            yield await self._engine.execute(document, context=context, variables=asked.variables, operation_name=name)
            return
        source = self._engine.subscribe(document, context=context, variables=asked.variables, operation_name=name)
        with self._watched(asked.id, _viewer(context)):
            async with aclosing(source) as answers:
                async for answer in answers:
                    yield answer

    @contextmanager
    def _watched(self, id: str, viewer: Viewer) -> Iterator[None]:
        """While this lasts, the socket ends when the viewer is no longer who began."""
        if viewer == NOBODY:
            yield
            return
        self._viewers[id] = viewer
        if self._watch is None or self._watch.done():
            self._watch = asyncio.create_task(self._look_again())
        try:
            yield
        finally:
            del self._viewers[id]

    async def _look_again(self) -> None:
        """Until no subscription of somebody runs: ask who they are now."""
        while True:
            await asyncio.sleep(self._recheck)
            if not self._viewers:
                return
            try:
                now = _viewer(await self._authenticate())
            except Closing as farewell:
                self.end(farewell)
                return
            except Exception as error:  # it cannot be known now: without the database, events do not come either
                internal_error(error, request_id(self._websocket))
                continue
            if any(began != now for began in self._viewers.values()):
                self.end(CHANGED)
                return

    async def _hang_up(self, farewell: Closing) -> None:
        reason = farewell.reason.encode()[:LONGEST_REASON].decode(errors="ignore")
        with suppress(RuntimeError, WebSocketDisconnect, TimeoutError):
            async with asyncio.timeout(LAST_WORD):
                await self._websocket.close(farewell.code, reason)


async def _cancelled(tasks: Collection[asyncio.Task[None]]) -> None:
    """Cancel them and see them end."""
    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.wait(tasks)


def _viewer(context: Carried) -> Viewer:
    """Who asks; nobody when contexts do not tell."""
    viewer: Viewer = getattr(context, "viewer", NOBODY)
    return viewer


def _is_subscription(document: Document, name: str | None) -> bool:
    try:
        return document.operation(name).operation is OperationType.SUBSCRIPTION
    except GraphQLError:
        return False  # which operation is meant cannot be told: executing says so
