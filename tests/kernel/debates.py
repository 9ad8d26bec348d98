"""Debates of known length, for what reads lists."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from modules.civic.tables import CommentRow, DebateRow
from modules.kernel import keys
from modules.kernel.context import Context
from modules.kernel.storage import Row, Storage
from tests.people import BEGAN, KYIV

DEBATES = [UUID(int=9000 + number) for number in range(4)]
SIZES = [7, 0, 25, 1]
_DEBATE = {"municipality_id": KYIV, "title": "T", "body": "B", "opened_by": None, "closes_at": None, "search_text": ""}
_COMMENT = dict.fromkeys(("parent_id", "author_id", "hidden_at", "hidden_reason")) | {
    "municipality_id": KYIV,
    "body": "…",
    "depth": 0,
    "oppose_count": 0,
}


def debate(key: UUID, **told: Any) -> Row:
    return {**_DEBATE, "id": key, "opens_at": BEGAN, **told}


def comment(of: UUID, number: int, **told: Any) -> Row:
    """Three are written in a minute, and support goes round: no order tells all apart without the key."""
    return {
        **_COMMENT,
        "id": keys.derived("test", f"{of}-{number}"),
        "debate_id": of,
        "created_at": BEGAN + timedelta(minutes=number // 3),
        "support_count": number % 4,
        **told,
    }


COMMENTS = [comment(key, number) for key, size in zip(DEBATES, SIZES, strict=True) for number in range(size)]


async def write_debates(storage: Storage) -> None:
    async with storage.writing() as work:
        await work.put(DebateRow, [debate(key) for key in DEBATES])
        await work.put(CommentRow, COMMENTS)


def info(context: Context) -> Any:
    """What a batch is given beside its parents."""
    return SimpleNamespace(context=context)


def parents(*ids: Any) -> list[Row]:
    return [{"id": each} for each in ids]
