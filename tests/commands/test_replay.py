"""`spilno replay`: old comments, live once more."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from math import inf
from pathlib import Path
from time import monotonic
from uuid import UUID

import pytest
import typer
from sqlmodel import col

from gateway.commands import opening
from gateway.commands.replay import both, parsed_speed
from gateway.commands.replaying import Play, Played, chosen, play
from gateway.live.bus import Bus
from gateway.live.feed import Feed
from modules.civic.tables import CommentRow, DebateRow
from modules.kernel.following import Log
from modules.kernel.storage import Row, Storage
from modules.kernel.tables import pick
from modules.kernel.tabular import BadFile
from tests.asking import Ask
from tests.commands.conftest import Spilno
from tests.contents import announced, contents
from tests.live.halls import read_on
from tests.madrid import COMMENT, PROPOSAL, THREAD, write_madrid
from tests.real_data import real_file
from tests.servers import RedisServer

MADRID = "ES-28079"


async def written(storage: Storage, debate_id: UUID) -> Sequence[Row]:
    """Comments of a debate in their order."""
    columns = pick(CommentRow, "id", "parent_id", "depth", "body", "author_id", "support_count")
    async with storage.reading() as read:
        mine = columns.where(col(CommentRow.debate_id) == debate_id)
        return await read.rows(mine.order_by(col(CommentRow.created_at), col(CommentRow.id)))


def named(output: str) -> UUID:
    """The debate that a replay names first."""
    return UUID(hex=output.removeprefix("Debate_")[:32])


def same_moments(times: Play, seconds: float) -> Play:
    """A play whose comments follow each other by so many seconds."""
    first = times.comments[0].created_at
    said = [replace(each, created_at=first + at * timedelta(seconds=seconds)) for at, each in enumerate(times.comments)]
    return replace(times, comments=said)


async def test_a_thread_is_played_into_a_new_debate(spilno: Spilno, storage: Storage, tmp_path: Path) -> None:
    files = write_madrid(tmp_path)
    done = await spilno("replay", "decide-madrid", *files, "--speed", "max")
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout.startswith("Debate_")
    assert f'debateEvents(debateId: "{done.stdout[:39]}")' in done.stdout
    assert done.stdout.endswith("Played 4 comments.\n")
    key, play_it = named(done.stdout), chosen(*files, MADRID, None, None)
    rows = await written(storage, key)
    assert [row["body"] for row in rows] == ["De acuerdo.", "(sin texto)", "¿Y los domingos?", "De acuerdo."]
    assert [row["parent_id"] for row in rows] == [None, rows[0]["id"], rows[1]["id"], None]
    assert [row["depth"] for row in rows] == [0, 1, 2, 0]
    assert [row["author_id"] for row in rows] == [comment.author_id for comment in play_it.comments]
    assert await announced(storage, f"debate:{key.hex}") == [
        ("CommentAdded", {"debate_id": key.hex, "comment_id": row["id"].hex}) for row in rows
    ]


async def test_each_replay_has_a_debate_of_its_own(spilno: Spilno, storage: Storage, tmp_path: Path) -> None:
    files = write_madrid(tmp_path)
    await spilno("import", "decide-madrid", *files)
    before = await contents(storage)
    first, second = [
        await spilno("replay", "decide-madrid", *files, "--speed", "max", "--limit", "2") for _ in range(2)
    ]
    after = await contents(storage)
    assert named(first.stdout) != named(second.stdout)
    assert len(await written(storage, named(second.stdout))) == 2
    assert [len(after[table]) - len(before[table]) for table in ("civic_debate", "civic_comment")] == [2, 4]
    assert after["identity_person"] == before["identity_person"]


async def test_the_most_discussed_real_proposal(spilno: Spilno, storage: Storage) -> None:
    file = real_file("decide-madrid/comments.csv")
    done = await spilno("replay", "decide-madrid", file, "--speed", "max", "--limit", "200")
    assert done.exit_code == 0, done.output
    assert "Crear una verdadera red de carril bicicleta seguro en Madrid" in done.stdout
    assert "200 comments" in done.stdout
    assert len(chosen(*both([file]), MADRID, None, None).comments) == 592
    original = chosen(*both([file]), MADRID, None, 200).comments
    rows = await written(storage, named(done.stdout))
    texts = {comment.id: comment.body or "(sin texto)" for comment in original}
    bodies = {row["id"]: row["body"] for row in rows}
    assert [(row["body"], bodies.get(row["parent_id"])) for row in rows] == [
        (texts[comment.id], texts.get(comment.parent_id) if comment.parent_id else None) for comment in original
    ]
    assert max(row["depth"] for row in rows) > 5


async def test_the_time_between_comments_is_divided_by_the_speed(
    database_url: str, storage: Storage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPILNO_SECRET_KEY", "a secret of tests, long enough for PostgreSQL")
    monkeypatch.setattr(opening, "configure", lambda *_: None)
    play_it, told = same_moments(chosen(*write_madrid(tmp_path), MADRID, None, None), 100), []
    assert play_it.lasts == 300
    starts: list[float] = []
    moments: list[float] = []

    def on_progress(done: int, total: int) -> None:
        moments.append(monotonic())
        told.append((done, total))

    await play(
        database_url, play_it, 1000, Played(), on_start=lambda _: starts.append(monotonic()), on_progress=on_progress
    )
    assert told == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert all(moment - starts[0] >= 0.1 * place for place, moment in enumerate(moments))
    assert moments[-1] - starts[0] < 3


async def test_a_server_on_the_same_redis_hears_at_once(
    database_url: str, storage: Storage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPILNO_SECRET_KEY", "a secret of tests, long enough for PostgreSQL")
    monkeypatch.setattr(opening, "configure", lambda *_: None)
    play_it = same_moments(chosen(*write_madrid(tmp_path), MADRID, None, None), 1)
    started: asyncio.Future[UUID] = asyncio.get_running_loop().create_future()
    with RedisServer() as redis:
        monkeypatch.setenv("SPILNO_BUS_URL", redis.url)
        # This server would look into the log by itself after an hour.
        async with Bus(redis.url) as bus, Feed(storage, bus, poll=3600) as feed, asyncio.timeout(20):
            task = asyncio.create_task(
                play(database_url, play_it, 5, Played(), on_start=started.set_result, on_progress=lambda *_: None)
            )
            topic, heard = f"debate:{(await started).hex}", []
            async for logged in read_on(Log(storage), feed, topic):
                heard.append((logged.seq, logged.type))
                if len(heard) == len(THREAD):
                    break
            await task
    assert heard == [(seq, "CommentAdded") for seq in (1, 2, 3, 4)]


@contextmanager
def process(*words: str | Path, database_url: str) -> Iterator[subprocess.Popen[str]]:
    environment = os.environ | {"SPILNO_DATABASE_URL": database_url, "SPILNO_SECRET_KEY": "s" * 40}
    command = [sys.executable, "-u", "-c", "from gateway.cli import app; app()", *map(str, words)]
    with subprocess.Popen(
        command, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as running:
        try:
            yield running
        finally:
            running.kill()


async def test_control_c_stops_it_cleanly(storage: Storage, ask: Ask, database_url: str, tmp_path: Path) -> None:
    said = [COMMENT, COMMENT | {"id": "101", "parentId": "100", "date": "2016-01-01"}]
    words = ("replay", "decide-madrid", *write_madrid(tmp_path, said), "--speed", "1x")
    with process(*words, database_url=database_url) as running:
        assert running.stdout is not None
        key = named(await asyncio.to_thread(running.stdout.readline))
        async with asyncio.timeout(20):  # another process writes it: the poll finds it
            assert (await anext(read_on(ask.log, ask.hub.feed, f"debate:{key.hex}"))).type == "CommentAdded"
        running.send_signal(signal.SIGINT)
        _, errors = await asyncio.to_thread(running.communicate, timeout=20)
    assert (running.returncode, errors) == (130, "Stopped after 1 of 2 comments.\n")
    assert [row["body"] for row in await written(storage, key)] == ["De acuerdo."]


def test_the_most_discussed_proposal_is_chosen_or_the_one_that_is_named(tmp_path: Path) -> None:
    proposals = [PROPOSAL | {"id": "6", "title": "Otra"}, PROPOSAL, PROPOSAL | {"id": "8", "title": "Callada"}]
    files = write_madrid(tmp_path, [*THREAD, COMMENT | {"id": "200", "proposalId": "6", "userId": "9"}], proposals)
    assert [len(chosen(*files, MADRID, number, None).comments) for number in (None, "6", "7", "8")] == [4, 1, 4, 0]
    assert chosen(*files, MADRID, None, None).debate.title == "Limpiar las calles"
    named_one = chosen(*files, MADRID, "6", None)
    assert {author.name for author in named_one.authors} == {"Participante 1", "Participante 9"}
    assert chosen(*files, MADRID, "8", None).lasts == 0


async def test_what_cannot_be_played_is_told(spilno: Spilno, storage: Storage, tmp_path: Path) -> None:
    proposals, comments = write_madrid(tmp_path)
    before = await contents(storage)
    for words, told in (
        ((proposals, comments, "--proposal", "99"), "proposals.csv has no proposal 99.\n"),
        ((tmp_path / "other.csv",), "Give two files: first the proposals, then the comments.\n"),
        ((proposals, comments, comments), "Give two files: first the proposals, then the comments.\n"),
        ((comments, proposals), "comments.csv, line 1, title: the header has no such column\n"),
        ((proposals, comments, "--municipality", "UA1"), "There is no municipality UA1: import it first.\n"),
    ):
        done = await spilno("replay", "decide-madrid", *words, "--speed", "max")
        assert (done.exit_code, done.stdout, done.stderr[: len(told)]) == (1, "", told)
    assert await contents(storage) == before


@pytest.mark.parametrize(("text", "speed"), [("1000x", 1000), ("1x", 1), ("0.5x", 0.5), ("max", inf)])
def test_speeds(text: str, speed: float) -> None:
    assert parsed_speed(text) == speed


@pytest.mark.parametrize("text", ["", "x", "0x", "0.0x", "-1x", "1000", "1e3x", "٣x", "fast", "MAX", "infx", "nanx"])
async def test_what_is_no_speed(text: str) -> None:
    with pytest.raises(typer.BadParameter, match="neither a speed like 1000x nor max"):
        parsed_speed(text)


async def test_a_wrong_speed_starts_nothing(spilno: Spilno, storage: Storage, tmp_path: Path) -> None:
    before = await contents(storage)
    done = await spilno("replay", "decide-madrid", *write_madrid(tmp_path), "--speed", "fast")
    assert (done.exit_code, "'fast' is neither a speed like" in done.stderr) == (2, True)
    assert await contents(storage) == before


def test_a_file_without_comments_has_nothing_to_play(tmp_path: Path) -> None:
    proposals, comments = write_madrid(tmp_path)
    comments.write_text(comments.read_text(encoding="utf-8").splitlines()[0] + "\n", encoding="utf-8")
    with pytest.raises(LookupError, match=r"^comments.csv has no comments.$"):
        chosen(proposals, comments, MADRID, None, None)
    with pytest.raises(BadFile):
        chosen(proposals, tmp_path / "away.csv", MADRID, None, None)


async def test_a_debate_that_is_closed_ends_the_replay_with_a_sentence(
    spilno: Spilno, storage: Storage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("modules.civic.rules.is_open", lambda *_, **__: False)
    done = await spilno("replay", "decide-madrid", *write_madrid(tmp_path), "--speed", "max")
    assert (done.exit_code, done.stderr) == (1, "This debate is not open now.\n")
    async with storage.reading() as read:
        assert len(await read.rows(pick(DebateRow, "id"))) == 1
    assert [name for name, _ in await announced(storage)] == ["RegisterChanged"], "Madrid itself, nothing else"
