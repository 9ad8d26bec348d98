"""What can be followed live. A module declares each topic in one place: who may follow it, and what is shown of it.

    DEBATES = LogTopic(kind="debate", of=Debate, authorize=may_follow, update=DebateUpdate, shows={...})

    debate_events: DebateUpdate = followed(DEBATES, "What happens in a debate.")

A topic of a log tells every event in order, one of a state its newest value, one of an audience how many follow it. The
declaration is all that a module does: reading, rendering, sharing and delivering are the gateway's (`gateway/live`).
"""

import inspect
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from datetime import datetime
from enum import Enum
from functools import cached_property, partial
from hashlib import blake2s
from typing import Annotated, Any, get_type_hints
from uuid import UUID

import strawberry

from modules.kernel import keys
from modules.kernel.context import Info
from modules.kernel.fields import MARK
from modules.kernel.following import Log, Logged
from modules.kernel.policy import Viewer
from modules.kernel.refusals import InvalidInput
from modules.kernel.scalars import Cursor

AfterUpdate = Annotated[
    Cursor | None, strawberry.argument(description="Tell what came after this cursor; from now on when left out.")
]
FURTHEST = 5_000  # events that a client may be behind before it is told to query again

Authorize = Callable[[Info, UUID], Awaitable[Viewer]]
"""Whom updates are shown as to the viewer of `info`: as to nobody where all see the same, as to somebody with one role
where that shows more. Those with an equal answer share what is rendered. Raises a Refusal for who may not follow."""


@strawberry.enum(description="Why a client has to query again: some updates cannot be told one by one.")
class ResyncReason(Enum):
    EPOCH_CHANGED = strawberry.enum_value(
        "epoch_changed", description="The cursor is not of this history: a restored backup replaced it."
    )
    TRIMMED = strawberry.enum_value(
        "trimmed", description="The updates after the cursor are no longer kept, or cannot be shown."
    )
    TOO_FAR = strawberry.enum_value("too_far", description=f"More than {FURTHEST} updates came after the cursor.")


@dataclass(frozen=True)
class State:
    """What something is now. `version` is the head of its topic, read with the value or before it."""

    value: Any
    version: int
    changes_at: datetime | None = None  # when time alone makes it another, None when it does not
    is_final: bool = False


@dataclass(frozen=True, kw_only=True, eq=False)
class Topic:
    """Topics are named `kind:<key>`; the subscription takes the global id of an entity `of` that type."""

    kind: str
    of: type
    authorize: Authorize

    def name(self, key: UUID) -> str:
        return f"{self.kind}:{key.hex}"

    @property
    def argument(self) -> str:
        """The argument that names the entity: `debate_id`."""
        return f"{self.of.__name__.lower()}_id"

    def key(self, given: str) -> UUID:
        """The key in a global id. Raises InvalidInput."""
        return keys.decode_uuid(self.of, given, f"{self.of.__name__.lower()}Id")

    @property
    def arguments(self) -> Sequence[inspect.Parameter]:
        """What the subscription takes besides the id."""
        return ()


@dataclass(frozen=True, kw_only=True, eq=False)
class LogTopic(Topic):
    """Every event is told once, in order.

    update: the type that is pushed, with `cursor`, `event` and `resync`. shows: what an event is in the graph: a type
    that is made from the event's own fields. conceals: events after which nothing rendered before may be shown again.
    """

    update: type
    shows: Mapping[type[Any], type]
    conceals: tuple[type[Any], ...] = ()

    def event(self, at: Cursor, logged: Logged) -> Any:
        """What is pushed for an event."""
        hints, shown = self._events[logged.type]
        return self.update(cursor=at, event=shown(**{name: _value(hint, logged.payload[name]) for name, hint in hints}))

    def can_show(self, logged: Logged) -> bool:
        """Whether it is an event of this release: another one may have announced other ones, or with other fields."""
        hints, _ = self._events.get(logged.type, ((), None))
        return logged.type in self._events and all(name in logged.payload for name, _ in hints)

    def resync(self, at: Cursor, reason: ResyncReason) -> Any:
        """What is pushed to who cannot go on one by one."""
        return self.update(cursor=at, resync=reason)

    def does_conceal(self, events: Iterable[Logged]) -> bool:
        names = {kind.__name__ for kind in self.conceals}
        return any(event.type in names for event in events)

    @cached_property
    def _events(self) -> Mapping[str, tuple[list[tuple[str, Any]], type]]:
        """By the name of an event: the fields that its graph type is made from, and that type."""
        return {kind.__name__: (_taken(kind, shown), shown) for kind, shown in self.shows.items()}

    @property
    def arguments(self) -> Sequence[inspect.Parameter]:
        return (inspect.Parameter("after", inspect.Parameter.KEYWORD_ONLY, annotation=AfterUpdate, default=None),)


@dataclass(frozen=True, kw_only=True, eq=False)
class StateTopic(Topic):
    """The newest value: as it is now, then each time its topic has grown, at most four times a second, until it is final.

    load: `async def load(info, key, *, ...) -> State`; its keyword arguments are those of the subscription.
    """

    load: Callable[..., Awaitable[State]]

    @property
    def arguments(self) -> Sequence[inspect.Parameter]:
        given = inspect.signature(self.load).parameters.values()
        return [parameter for parameter in given if parameter.kind is parameter.KEYWORD_ONLY]


@dataclass(frozen=True, kw_only=True, eq=False)
class AudienceTopic(Topic):
    """How many follow it now, on all servers together: kept nowhere, told at most once a second, right in the end.

    show: what is pushed for a number.
    """

    show: Callable[[int], Any]


@dataclass(frozen=True)
class Followed:
    """A root field of subscriptions."""

    topic: Topic


def followed(topic: Topic, description: str) -> Any:
    """The subscription to a topic: it takes the entity's id, and what the topic takes besides."""

    def resolve(root: Any, **_arguments: Any) -> Any:
        return root  # what is pushed was made by the topic

    named = partial(inspect.Parameter, kind=inspect.Parameter.POSITIONAL_OR_KEYWORD)
    told = strawberry.argument(description=f"Which {topic.of.__name__.lower()}.")
    entity = named(topic.argument, annotation=Annotated[strawberry.ID, told])
    given = [entity, *topic.arguments]
    resolve.__signature__ = inspect.Signature([named("root"), *given])  # type: ignore[attr-defined]
    resolve.__annotations__ = {parameter.name: parameter.annotation for parameter in given}
    return strawberry.field(resolver=resolve, metadata={MARK: Followed(topic)}, description=description)


def cursor(epoch: str, topic: str, seq: int) -> Cursor:
    return Cursor(f"{epoch}.{_short(topic)}.{seq}")


async def cursors(log: Log, heads: Sequence[tuple[str, int]]) -> list[Cursor]:
    """Where live topics stand, from their names and heads as they were read with a snapshot (`log.seq_of`).

    What is subscribed to after them leaves nothing out.
    """
    epoch = await log.epoch()
    return [cursor(epoch, topic, seq) for topic, seq in heads]


def parsed(after: str, topic: str) -> tuple[str, int]:
    """The epoch and the place that a cursor of this topic names. Raises InvalidInput."""
    epoch, _, rest = after.partition(".")
    of, _, seq = rest.partition(".")
    if of != _short(topic) or not epoch or not seq.isascii() or not seq.isdigit() or len(seq) > 18:
        raise InvalidInput(field="after", message="`after` is not a cursor of these updates.")
    return epoch, int(seq)


def _short(topic: str) -> str:
    """Tells topics apart in their cursors."""
    return blake2s(topic.encode(), digest_size=4).hexdigest()


def _taken(kind: type[Any], shown: type[Any]) -> list[tuple[str, Any]]:
    """The fields of an event, with their types, of which its graph type is made."""
    assert is_dataclass(shown)
    hints = get_type_hints(kind)
    return [(field.name, hints[field.name]) for field in fields(shown) if field.init and field.name in hints]


def _value(hint: Any, logged: Any) -> Any:
    """A field of an event out of the log, a key as a key."""
    return UUID(hex=logged) if hint is UUID else logged
