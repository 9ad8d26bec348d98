"""A subscription to a log topic: where a client starts, and what it is told when it cannot go on from there."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from enum import Enum
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
        "epoch_changed", description="The history was replaced, by a restored backup."
    )
    TRIMMED = strawberry.enum_value("trimmed", description="The updates after the cursor are no longer kept.")
    TOO_FAR = strawberry.enum_value("too_far", description=f"More than {FURTHEST} updates came after the cursor.")


def cursor(epoch: str, seq: int) -> Cursor:
    return Cursor(f"{epoch}.{seq}")


async def cursors(log: Log, seqs: Sequence[int]) -> list[Cursor]:
    """Where live topics stand, from their heads as they were read with a snapshot (`log.seq_of`): subscribe after it."""
    epoch = await log.epoch()
    return [cursor(epoch, seq) for seq in seqs]


async def updates(
    log: Log, topic: str, after: str | None
) -> AsyncGenerator[tuple[Cursor, Logged | ResyncReason], None]:
    """Each event after the cursor with its own cursor, for ever; without one, from now on.

    When the client cannot go on from its cursor it is told why, once, with the cursor of now; then events follow.
    """
    epoch, head = await log.epoch(), await log.head(topic)
    seq = head.seq
    if after is not None:
        named, seq = _parsed(after)
        reason = _resync(named == epoch, seq, head.seq, head.floor)
        if reason is not None:
            seq = head.seq
            yield cursor(epoch, seq), reason
    async with aclosing(log.follow(topic, seq)) as following:
        async for logged in following:
            yield cursor(epoch, logged.seq), logged


def _resync(same_epoch: bool, seq: int, head: int, floor: int) -> ResyncReason | None:
    if not same_epoch:
        return ResyncReason.EPOCH_CHANGED
    if seq < floor:
        return ResyncReason.TRIMMED
    return ResyncReason.TOO_FAR if head - seq > FURTHEST else None


def _parsed(after: str) -> tuple[str, int]:
    epoch, _, seq = after.partition(".")
    if not epoch or not seq.isascii() or not seq.isdigit() or len(seq) > 18:
        raise InvalidInput(field="after", message="`after` is not a cursor of a live topic.")
    return epoch, int(seq)
