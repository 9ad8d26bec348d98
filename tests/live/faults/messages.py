"""What followers ask, and how they read what they are told."""

import json
from dataclasses import dataclass
from typing import Any

from tests.live.faults.history import Update

_ASKED = """subscription($debateId: ID!, $after: Cursor) {{
  debateEvents(debateId: $debateId, after: $after) {{
    cursor
    resync
    event {{ __typename ... on CommentAdded {{ comment {{ {added} }} }} ... on CommentHidden {{ comment {{ {hidden} }} }} }}
  }}
}}"""
FULL = _ASKED.format(
    added="id body createdAt depth author { id name } parent { id body }", hidden="id body parent { id body }"
)
BRIEF = _ASKED.format(added="id author { id }", hidden="id")
TALLY = "subscription($pollId: ID!) { pollTally(pollId: $pollId) { version total final } }"


@dataclass(frozen=True)
class Told:
    """A payload of `debateEvents`, understood; `update` is None when it cannot be."""

    cursor: str
    update: Update | None
    oddities: tuple[str, ...] = ()


def parsed(text: str) -> tuple[dict[str, Any], str]:
    """The envelope of a message and, as it was written, its payload; that comes last."""
    head, found, rest = text.partition('"payload":')
    if not found:
        return json.loads(text), ""
    return json.loads(head.rstrip(" ,") + "}"), rest.rstrip()[:-1]


def understood(payload: str) -> Told:
    answer = json.loads(payload)
    update = (answer.get("data") or {}).get("debateEvents")
    if update is None or "errors" in answer:
        return Told("", None, (f"told {payload[:500]}",))
    cursor = update["cursor"]
    beside = answer.get("extensions", {}).get("cursor")
    oddities = () if beside == cursor else (f"extensions.cursor is {beside}, the update's {cursor}",)
    return Told(cursor, _update(update, payload), oddities)


def _update(update: dict[str, Any], payload: str) -> Update:
    seq = int(update["cursor"].rsplit(".")[-1])
    event = update["event"]
    if event is None:
        return Update(seq, "", "", resync=update["resync"], payload=payload)
    comment = event.get("comment")
    if comment is None:
        return Update(seq, event["__typename"], "", payload=payload)
    comments = [each for each in (comment, comment.get("parent")) if each is not None and "body" in each]
    shown = tuple((key_of(each["id"]), each["body"]) for each in comments)
    return Update(seq, event["__typename"], key_of(comment["id"]), shown, payload=payload)


def key_of(id: str) -> str:
    return id.partition("_")[2]
