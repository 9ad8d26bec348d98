"""What a request has: a session, and DataLoaders of entities on it."""

from asyncio import Lock
from collections import defaultdict
from collections.abc import Sequence
from functools import partial
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import aliased
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession
from strawberry.dataloader import DataLoader

from bench.peers.plain.entities import Comment, Person, Poll, PollOption
from bench.peers.plain.paging import Order, Page, cut, page_of


class Loading:
    """Resolvers of one request run at once, and a session takes one statement at a time: the lock."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session
        self._lock = Lock()
        self._pages: dict[Any, DataLoader[UUID, Page[Comment]]] = {}
        self.people = DataLoader(self._people)
        self.options = DataLoader(self._options)
        self.polls = DataLoader(self._polls)

    async def all(self, statement: Any) -> Sequence[Any]:
        async with self._lock:
            return (await self._session.exec(statement)).all()  # type: ignore[no-any-return]

    async def first(self, statement: Any) -> Any:
        async with self._lock:
            return (await self._session.exec(statement)).first()

    def comments(self, parent: Any, order: Order, first: int, after: str | None) -> "DataLoader[UUID, Page[Comment]]":
        """Pages of comments by a column: debates' or comments' own."""
        which = (parent.key, order.descending, first, after)
        if which not in self._pages:
            self._pages[which] = DataLoader(partial(self._comments, parent, order, first, after))
        return self._pages[which]

    async def _people(self, keys: list[UUID]) -> list[Person | None]:
        people = await self.all(select(Person).where(col(Person.id).in_(keys)))
        found = {person.id: person for person in people}
        return [found.get(key) for key in keys]

    async def _options(self, keys: list[UUID]) -> list[list[PollOption]]:
        wanted = select(PollOption).where(col(PollOption.poll_id).in_(keys)).order_by(col(PollOption.position))
        return _grouped(keys, [(option.poll_id, option) for option in await self.all(wanted)])

    async def _polls(self, keys: list[UUID]) -> list[list[Poll]]:
        wanted = select(Poll).where(col(Poll.debate_id).in_(keys)).order_by(col(Poll.opens_at), col(Poll.id))
        return _grouped(keys, [(poll.debate_id, poll) for poll in await self.all(wanted)])

    async def _comments(
        self, parent: Any, order: Order, first: int, after: str | None, keys: list[UUID]
    ) -> list[Page[Comment]]:
        """By a lateral join, which stops at the page however long the thread."""
        parents = (
            sa.func.unnest(sa.literal(keys, ARRAY(sa.Uuid))).table_valued(sa.column("key", sa.Uuid)).render_derived()
        )
        own = select(Comment).where(parent == parents.c.key)
        if parent.key == "debate_id":
            own = own.where(col(Comment.parent_id).is_(None))
        page = cut(own, order, first, after).lateral()
        comment = aliased(Comment, page)
        ordered = order.clauses((comment.created_at, comment.id))
        rows = await self.all(select(parents.c.key, comment).join_from(parents, page, sa.true()).order_by(*ordered))
        return [page_of(found, order, first) for found in _grouped(keys, rows)]


def _grouped(keys: Sequence[UUID], pairs: Sequence[tuple[UUID, Any]]) -> list[list[Any]]:
    found = defaultdict(list)
    for key, item in pairs:
        found[key].append(item)
    return [found[key] for key in keys]
