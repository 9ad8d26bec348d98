"""A subscription to a log topic: where a client starts, and what it is told when it cannot go on from there."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from enum import Enum
from hashlib import blake2s
from typing import Annotated

import strawberry

from modules.kernel.following import Log, Logged
from modules.kernel.refusals import InvalidInput
from modules.kernel.scalars import Cursor

AfterUpdate = Annotated[
    Cursor | None, strawberry.argument(description="Tell what came after this cursor; from now on when left out.")
]
FURTHEST = 5_000  # events that a client may be behind before it is told to query again


@strawberry.enum(description="Why a client has to query again: some updates cannot be told one by one.")
class ResyncReason(Enum):
    EPOCH_CHANGED = strawberry.enum_value(
        "epoch_changed", description="The cursor is not of this history: a restored backup replaced it."
    )
    TRIMMED = strawberry.enum_value("trimmed", description="The updates after the cursor are no longer kept.")
    TOO_FAR = strawberry.enum_value("too_far", description=f"More than {FURTHEST} updates came after the cursor.")


def cursor(epoch: str, topic: str, seq: int) -> Cursor:
    return Cursor(f"{epoch}.{_short(topic)}.{seq}")


async def cursors(log: Log, heads: Sequence[tuple[str, int]]) -> list[Cursor]:
    """Where live topics stand, from their names and heads as they were read with a snapshot (`log.seq_of`).

    What is subscribed to after them leaves nothing out.
    """
    epoch = await log.epoch()
    return [cursor(epoch, topic, seq) for topic, seq in heads]


async def updates(
    log: Log, topic: str, after: str | None
) -> AsyncGenerator[tuple[Cursor, Logged | ResyncReason], None]:
    """Each event after the cursor with its own cursor, for ever; without one, from now on. Raises InvalidInput.

    When the client cannot go on from its cursor it is told why, once, with the cursor of now; then events follow.
    """
    epoch, head = await log.epoch(), await log.head(topic)
    seq = head.seq
    if after is not None:
        named, seq = _parsed(after, topic)
        reason = _resync(named == epoch, seq, head.seq, head.floor)
        if reason is not None:
            seq = head.seq
            yield cursor(epoch, topic, seq), reason
    async with aclosing(log.follow(topic, seq)) as following:
        async for logged in following:
            yield cursor(epoch, topic, logged.seq), logged


def _resync(same_epoch: bool, seq: int, head: int, floor: int) -> ResyncReason | None:
    if not same_epoch or seq > head:  # the head was read after the cursor was given: history does not shrink
        return ResyncReason.EPOCH_CHANGED
    if seq < floor:
        return ResyncReason.TRIMMED
    return ResyncReason.TOO_FAR if head - seq > FURTHEST else None


def _parsed(after: str, topic: str) -> tuple[str, int]:
    """The epoch and the place that a cursor of this topic names. Raises InvalidInput."""
    epoch, _, rest = after.partition(".")
    of, _, seq = rest.partition(".")
    if of != _short(topic) or not epoch or not seq.isascii() or not seq.isdigit() or len(seq) > 18:
        raise InvalidInput(field="after", message="`after` is not a cursor of these updates.")
    return epoch, int(seq)


def _short(topic: str) -> str:
    """Tells topics apart in their cursors."""
    return blake2s(topic.encode(), digest_size=4).hexdigest()
