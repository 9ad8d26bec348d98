"""A history in which all is well, made up: 200 events in twenty seconds, which five followers heard as they should."""

from collections.abc import Iterable

from tests.live.faults.checking import METRICS
from tests.live.faults.history import (
    LEFT,
    Ending,
    Fact,
    Heard,
    Hiding,
    History,
    Outage,
    Scope,
    Stream,
    TallyStream,
    Update,
    Write,
)

TOPIC, POLL = "debate:1", "Poll_1"
BEGAN, STEP, QUICK = 1_000.0, 0.1, 0.02  # seconds
EVENTS, HIDDEN, HIDING, ANSWER, SILENT = 200, 20, 50, 60, (175, 176, 177, 178, 179, 180, 181, 182)


def at(seq: int) -> float:
    """When it was committed."""
    return BEGAN + STEP * seq


def fact(seq: int) -> Fact:
    return Fact(
        seq, at(seq), "CommentHidden" if seq == HIDING else "CommentAdded", f"c{HIDDEN if seq == HIDING else seq}"
    )


def update(seq: int, scope: Scope = "public", *, after_hiding: bool = False) -> Update:
    """As it is rendered at once, or after the hiding."""
    logged = fact(seq)
    comments = {logged.entity, f"c{HIDDEN}"} if seq == ANSWER else {logged.entity}
    is_hidden = scope == "public" and (after_hiding or seq >= HIDING)
    shown = tuple((each, None if is_hidden and each == f"c{HIDDEN}" else f"Word {each}") for each in sorted(comments))
    return Update(seq, logged.type, logged.entity, shown, payload=f"{logged} {shown}")


def stream(
    follower: str,
    seqs: Iterable[int],
    *,
    server: int,
    after: int | None = None,
    began: float = BEGAN - 2,
    scope: Scope = "public",
    session: str | None = None,
    farewell: str = "1012 restart",
) -> Stream:
    stream = Stream(follower, 1, server, TOPIC, "full", scope, session, after, began, farewell=farewell)
    for seq in seqs:
        told = update(seq, scope, after_hiding=began > at(HIDING))
        stream.heard.append(Heard(max(began, at(seq) + (0.9 if seq in SILENT else QUICK)), told))
    stream.ended = stream.heard[-1].at + 0.1
    return stream


def good() -> History:
    """One follower reconnects, one hears from now on, one moderates, one comes after a comment was hidden, and of two the
    session ends; Redis is killed from 13 to 14."""
    comments = [seq for seq in range(1, EVENTS + 1) if seq != HIDING]
    return History(
        seed=7,
        log={TOPIC: {seq: fact(seq) for seq in range(1, EVENTS + 1)}},
        streams=[
            stream("mover", range(1, 101), server=0, after=0),
            stream("mover", range(101, 201), server=1, after=100, began=at(100) + 0.5, farewell=LEFT),
            stream("stayer", range(1, 201), server=1, farewell=LEFT),
            stream("moderator", range(1, 201), server=2, after=0, scope="moderator", session="m", farewell=LEFT),
            stream("reader", range(20, 81), server=2, after=19, began=at(HIDING) + 0.06, farewell=LEFT),
            stream("leaver", range(1, 81), server=0, session="s", farewell="4403 ended"),
            stream("expiring", range(1, 121), server=2, session="e", farewell="4403 ended"),
        ],
        tallies=[TallyStream("stayer", POLL, [(1, 0), (2, 3), (2, 3), (5, 6)])],
        votes={POLL: 6},
        writes=[Write(f"c{seq}", seq % 3, at(seq) + 0.01) for seq in comments],
        hidings=[Hiding(f"c{HIDDEN}", at(HIDING) + 0.05)],
        endings=[Ending("s", at(80) + 0.05, "signed out"), Ending("e", at(120) + 0.05, "expired")],
        outages=[Outage("redis killed", "bus", BEGAN + 13, BEGAN + 14, BEGAN + 17)],
        befell=[(BEGAN, "begun"), (BEGAN + 13, "redis killed"), (BEGAN + 21, "ended")],
        faithful={"mover", "stayer", "moderator"},
        unsure={f"c{HIDDEN}"},
        silent={f"c{seq}" for seq in SILENT},
        rolled_back={"c900"},
        left={f"server {number}": dict.fromkeys(METRICS, 0.0) for number in range(3)},
    )
