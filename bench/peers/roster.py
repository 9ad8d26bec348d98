"""Who is measured beside ours: how each is started, asked, and its answers read."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from bench.content import Content
from bench.peers import javascript, plain, postgraphile
from bench.questions import Ask, Question, questions
from bench.serving import Program


@dataclass(frozen=True)
class Peer:
    """`questions` are the five in its own schema's words, `as_ours` turns the `data` of an answer into what ours would be."""

    name: str
    program: Callable[[str], Program]  # of a database's URL
    questions: Callable[[Ask, Content], Awaitable[list[Question]]] = questions
    as_ours: Callable[[Any], Any] = lambda data: data


PEERS = {
    peer.name: peer
    for peer in (
        Peer("mercurius", javascript.mercurius),
        Peer("yoga", javascript.yoga),
        Peer("postgraphile", javascript.postgraphile, postgraphile.questions, postgraphile.as_ours),
        Peer("strawberry", plain.program),
    )
}
