"""One socket that speaks graphql-transport-ws, from its first message to its last."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import suppress
from typing import Any, cast

from graphql import GraphQLError
from starlette.websockets import WebSocket, WebSocketDisconnect

from gateway.documents.store import Store
from gateway.execution.documents import Document
from gateway.execution.engine import Engine, refused
from gateway.execution.errors import MASKED, internal_error
from gateway.http.request_ids import request_id
from gateway.limiting.gate import Barred, Gate, extensions
from gateway.limiting.ledger import Spent
from gateway.live import messages
from gateway.live.cursors import Cursor
from gateway.live.hub import Hub
from gateway.live.messages import Closing, Complete, Init, Ping, Pong, Subscribe
from gateway.live.subscribers import Admission, NotAdmitted, People, Subscriber, failure
from gateway.live.wires import wire
from modules.kernel.policy import NOBODY
from modules.kernel.refusals import Refusal

AdmitSocket = Callable[[WebSocket, Mapping[str, Any] | None], Awaitable[Admission]]


class Connection:
    """An accepted socket. `patience` is the seconds until `connection_init` must have come."""

    def __init__(
        self,
        websocket: WebSocket,
        hub: Hub,
        people: People,
        admit: AdmitSocket,
        documents: Store,
        gate: Gate | None,
        *,
        patience: float,
        most_operations: int,
    ) -> None:
        self._websocket, self._hub, self._admit, self._documents = websocket, hub, admit, documents
        self._gate = gate
        self._patience, self._most_operations = patience, most_operations
        self._subscriber = Subscriber(hub, people, self._admitted, self)
        self._wire = wire(websocket, self._subscriber, hub.counts)
        self.wake = self._wire.wake
        self._life = asyncio.timeout(None)
        self._farewell: Closing | None = None
        self._operations: dict[str, asyncio.Task[None]] = {}
        self._payload: Mapping[str, Any] | None = None
        self._resume: dict[str, str] = {}
        self._is_initialised = self._is_acknowledged = self._is_ending = False

    async def run(self) -> None:
        """Returns when the socket is closed and nothing of it runs any more."""
        farewell = None
        patience = asyncio.get_running_loop().call_later(self._patience, self._give_up)
        writing = self._wire.start()
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
            self._subscriber.close()
            self._wire.close()
            await _cancelled([*self._operations.values(), *writing])
        if farewell:
            await self._wire.hang_up(farewell)

    def end(self, farewell: Closing) -> None:
        """Let `run` end now, with this close frame, unless it is ending already."""
        if not self._is_ending:
            self._is_ending, self._farewell = True, farewell
            self._life.reschedule(asyncio.get_running_loop().time())

    def refuse(self, cursor: Cursor, errors: Sequence[dict[str, Any]]) -> None:
        """A subscription has ended, with these errors."""
        self._wire.say_soon(messages.failed(cursor.id, errors))

    def _give_up(self) -> None:
        if not self._is_initialised:
            self.end(Closing(4408, "Connection initialisation timeout"))

    async def _converse(self) -> None:
        while True:
            match messages.parse(await self._receive()):
                case Init(payload):
                    await self._initialise(payload)
                case Ping(payload):
                    await self._wire.say(messages.pong(payload))
                case Pong():
                    pass
                case Subscribe() as asked:
                    await self._begin(asked)
                case Complete(id):
                    await self._stop(id)

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

    async def _initialise(self, payload: Mapping[str, Any] | None) -> None:
        if self._is_initialised:
            raise Closing(4429, "Too many initialisation requests")
        self._is_initialised, self._payload = True, payload
        self._resume = messages.resumed(payload)
        try:
            await self._subscriber.admitted()
        except Refusal as refusal:
            raise Closing(4403, refusal.message) from None
        except Exception as error:  # ours: clients come back after a 1013, and give up after a 4500
            internal_error(error, request_id(self._websocket))
            raise Closing(1013, MASKED) from None
        self._is_acknowledged = True
        await self._wire.say(messages.acknowledged())

    async def _admitted(self) -> Admission:
        """What holds now: a session may have ended, a role been given or taken, since it was last asked."""
        return await self._admit(self._websocket, self._payload)

    async def _begin(self, asked: Subscribe) -> None:
        if not self._is_acknowledged:
            raise Closing(4401, "Unauthorized")
        running = self._operations.keys() | self._subscriber.cursors.keys()
        if asked.id in running:
            raise Closing(4409, f"Subscriber for {asked.id} already exists")
        if len(running) >= self._most_operations:
            told = f"At most {self._most_operations} operations run at a time on one connection."
            error = GraphQLError(told, extensions={"code": "TOO_MANY_SUBSCRIPTIONS"})
            await self._wire.say(messages.failed(asked.id, refused([error], request_id(self._websocket))["errors"]))
            return
        self._operations[asked.id] = asyncio.create_task(self._operate(asked))

    async def _stop(self, id: str) -> None:
        """Cancel what runs under this id, and see it end."""
        await _cancelled([self._operations.pop(id)] if id in self._operations else [])
        cursor = self._subscriber.cursors.get(id)
        if cursor is not None:
            self._subscriber.stop(cursor)

    async def _operate(self, asked: Subscribe) -> None:
        """Run one operation to its last message, or let a subscription begin. The client may use an id again when it has
        read the last message."""
        try:
            last = await self._run(asked)
        except Refusal as refusal:
            self.end(Closing(4403, refusal.message))
            return
        except WebSocketDisconnect:
            return
        except Barred as barred:
            last = messages.failed(asked.id, refused([barred], request_id(self._websocket))["errors"])
        except Exception as error:  # a bug of ours: logged here, masked for the client
            last = messages.failed(asked.id, [internal_error(error, request_id(self._websocket))])
        self._operations.pop(asked.id, None)
        if last is not None:
            with suppress(WebSocketDisconnect):
                await self._wire.say(last)

    async def _run(self, asked: Subscribe) -> str | None:
        """The message that ends the operation; None when it has begun and goes on. Raises a Refusal when the client is nobody
        any more."""
        document, name = self._documents.find(asked.query, asked.document_id), asked.operation_name
        if document.is_subscription(name):
            self._pass(asked, document)
            return await self._follow(asked, document)
        context = await self._subscriber.admitted()
        spent = self._pass(asked, document)
        answer = await self._engine.execute(document, context=context, variables=asked.variables, operation_name=name)
        if "data" not in answer:
            return messages.failed(asked.id, answer["errors"])
        if spent is not None and spent.is_told:
            answer["extensions"] = extensions(spent)
        await self._wire.say(messages.following(asked.id, answer))
        return messages.complete(asked.id)

    def _pass(self, asked: Subscribe, document: Document) -> Spent | None:
        """What the operation costs. Raises Barred."""
        if self._gate is None:
            return None
        address = self._websocket.client.host if self._websocket.client else ""
        viewer = self._subscriber.viewer or NOBODY
        return self._gate.passed(viewer, address, document, asked.operation_name, asked.variables)

    async def _follow(self, asked: Subscribe, document: Document) -> str | None:
        request = request_id(self._websocket)
        subscription = self._engine.subscription(
            document, request_id=request, variables=asked.variables, operation_name=asked.operation_name
        )
        if isinstance(subscription, dict):
            return messages.failed(asked.id, subscription["errors"])
        try:
            await self._subscriber.follow(asked.id, subscription, self._resume.pop(asked.id, None))
        except NotAdmitted as error:
            raise error.refusal from None
        except Exception as error:  # a refusal, or a bug of ours
            return messages.failed(asked.id, failure(error, request))
        return None

    @property
    def _engine(self) -> Engine:
        return self._hub.engine


async def _cancelled(tasks: Collection[asyncio.Task[None]]) -> None:
    """Cancel tasks and see them end."""
    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.wait(tasks)
