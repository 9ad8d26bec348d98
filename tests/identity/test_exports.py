"""The export of one's own data: everything, once, for whoever has the link, and in bounded memory."""

import json
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import pytest

from gateway.http.zipping import zipped
from gateway.wiring import asked_by_personal, personal_actions
from modules.civic.tables import CommentRow, ReactionKind, ReactionRow
from modules.identity.personal import rules
from modules.kernel import clock, keys, personal
from modules.kernel.storage import Storage
from tests.asking import Ask
from tests.civic.scenes import act, add_comment, start_debate
from tests.contents import contents
from tests.identity import organisation_scenes as organisations
from tests.identity.conftest import Town
from tests.identity.exports import EXPORT, export, start, taken, unzipped
from tests.identity.life import (
    ABOUT,
    APPLICATION,
    AVATAR,
    EMAIL,
    INTEREST,
    KEY,
    NAME,
    NEW_EMAIL,
    PHONE,
    STREET,
    SUBJECT,
    lived,
)
from tests.people import BEGAN, KYIV, PEOPLE


async def test_it_holds_all_that_is_known(town: Town) -> None:
    life = await lived(town)
    files = await export(town.ask, life.viewer)

    empty = {"identity/platform_administration.json", "identity/organisation_decisions.json"}
    assert {name for name, rows in files.items() if rows == []} == empty
    who = life.viewer.person_id
    assert who is not None
    [person] = files["identity/person.json"]
    assert (person["id"], person["name"], person["municipality_id"]) == (who.hex, NAME, KYIV)
    assert (person["about"], person["avatar"]) == (ABOUT, AVATAR)
    assert files["identity/interests.json"] == [{"interest": INTEREST, "position": 0}]
    [account] = files["identity/account.json"]
    assert account["email"] == EMAIL
    assert [each["email"] for each in files["identity/email_change.json"]] == [NEW_EMAIL]
    assert PHONE in [each["device"] for each in files["identity/sessions.json"]]
    assert [each["name"] for each in files["identity/passkeys.json"]] == [KEY]
    assert [each["name"] for each in files["identity/api_clients.json"]] == [APPLICATION]
    assert [(each["provider"], each["subject"]) for each in files["identity/identities.json"]] == [("id", SUBJECT)]
    assert [each["role"] for each in files["identity/roles.json"]] == ["moderator"]
    assert [each["role"] for each in files["identity/memberships.json"]] == ["creator", "creator"]
    assert {each["representative_name"] for each in files["identity/organisation_verifications.json"]} == {NAME}
    assert files["identity/residence_request.json"][0]["address"] == STREET
    assert files["identity/documents.json"] == [{"municipality_id": KYIV}]
    assert [each["level"] for each in files["identity/residence.json"]] == [2]
    bodies = [each["body"] for each in files["civic/comments.json"]]
    assert sorted(bodies) == ["", "За парк.", "Парк."]
    assert [each["body"] for each in files["civic/hidden_texts.json"]] == ["Геть."]
    assert {each["id"] for each in files["civic/comments.json"]} >= {keys.split(life.comment)[1]}
    assert [each["title"] for each in files["civic/debates.json"]] == ["Парк чи парковка?"]
    assert [each["id"] for each in files["civic/hidden_comments.json"]] == [keys.split(life.hidden)[1]]
    assert [each["kind"] for each in files["civic/reactions.json"]] == ["support"]
    assert files["voting/participations.json"] == [{"poll_id": keys.split(life.poll)[1]}]
    assert [each["id"] for each in files["voting/polls.json"]] == [keys.split(life.poll)[1]]


async def test_it_explains_itself_and_holds_no_secret(town: Town) -> None:
    life = await lived(town)
    with clock.frozen(clock.now()):
        now = clock.now()
        files = await taken(town.ask, await start(town.ask, life.viewer))
    assert files is not None
    assert list(files)[:2] == ["README.txt", "manifest.json"]
    assert "Ваші дані на СПІЛЬНО" in files["README.txt"]
    assert "Your data on SPILNO" in files["README.txt"]
    manifest = json.loads(files["manifest.json"])
    assert {each["name"] for each in manifest["files"]} == set(files) - {"README.txt", "manifest.json"}
    assert manifest["made_at"] == now.isoformat()
    told = [each["what"] for each in manifest["not_given"]]
    assert any("virtue of an office" in each for each in told)
    stays = {each["name"] for each in manifest["files"] if each["stays_when_you_are_erased"]}
    assert {"civic/comments.json", "identity/person.json", "voting/participations.json"} <= stays
    assert "identity/account.json" not in stays
    hashes = [each for each in life.traces if len(each) >= 60]
    assert len(hashes) > 3
    assert [each for each in hashes if each in str(files)] == []


async def test_it_is_ones_own_alone(ask: Ask, storage: Storage) -> None:
    debate = await start_debate(ask, PEOPLE.taras)
    await add_comment(ask, debate, PEOPLE.taras, body="Тарасове")
    await add_comment(ask, debate, PEOPLE.mira, body="Мирине")
    await organisations.settle(storage)

    mira, taras = await export(ask, PEOPLE.mira), await export(ask, PEOPLE.taras)

    assert [each["body"] for each in mira["civic/comments.json"]] == ["Мирине"]
    assert mira["identity/memberships.json"] == []
    assert [each["body"] for each in taras["civic/comments.json"]] == ["Тарасове"]
    assert len(taras["identity/memberships.json"]) == 2
    assert "Taras" not in str(mira)


async def test_a_link_opens_once_and_not_for_long(ask: Ask) -> None:
    token = await start(ask, PEOPLE.mira)
    assert await taken(ask, token) is not None
    assert await taken(ask, token) is None
    assert await taken(ask, "guessed") is None

    older = await start(ask, PEOPLE.mira)
    newer = await start(ask, PEOPLE.mira)
    assert await taken(ask, older) is None, "a newer one takes its place"
    with clock.frozen(clock.now() + rules.EXPORT_WAITS):
        assert await taken(ask, newer) is None
        await start(ask, PEOPLE.taras)
    assert len((await contents(ask.storage))["identity_export"]) == 1, "what nobody came for is forgotten"


async def test_the_token_is_kept_as_a_hash(ask: Ask, storage: Storage) -> None:
    token = await start(ask, PEOPLE.mira)
    assert token not in str(await contents(storage))


async def test_nobody_has_nothing_to_be_given(ask: Ask, storage: Storage) -> None:
    before = await contents(storage)
    assert await act(ask, EXPORT, PEOPLE.nobody) == {
        "__typename": "NotSignedIn",
        "code": "NOT_SIGNED_IN",
        "message": "Sign in first.",
    }
    assert await contents(storage) == before


@pytest.mark.parametrize("beside", [-1, 0, 1])
async def test_rows_are_read_page_by_page_and_none_is_lost(
    ask: Ask, storage: Storage, statements: list[str], beside: int
) -> None:
    """Also where the key has several columns."""
    number = 2 * personal.PAGE + beside
    debate = await start_debate(ask)
    held = ask.ports[asked_by_personal.Holders].all()["civic"]
    comments = [trace for trace in held.traces if trace.file in ("comments", "reactions")]
    assert PEOPLE.mira.person_id is not None
    written, reacted = await _write(storage, debate, number)

    found: dict[str, list[Any]] = {}
    for trace in comments:
        statements.clear()
        read = [page async for page in personal.pages(storage, trace, PEOPLE.mira.person_id)]
        assert max(len(page) for page in read) <= personal.PAGE
        asked = [text for text in statements if trace.column.table.name in text]
        assert len(asked) == len(read) == (2 if beside < 0 else 3)
        found[trace.file] = [row for page in read for row in page]

    assert sorted(row["body"] for row in found["comments"]) == sorted(written)
    assert sorted(row["comment_id"] for row in found["reactions"]) == sorted(reacted)


async def test_an_archive_is_not_held_in_memory() -> None:
    """What is asked for next is made then; what was sent is gone."""
    made = 0

    async def blocks() -> AsyncIterator[bytes]:
        nonlocal made
        for number in range(200):
            made += 1
            yield str(number).encode() * 40_000

    async def files() -> AsyncIterator[tuple[str, AsyncIterator[bytes]]]:
        yield "large.json", blocks()

    sent: list[bytes] = []
    ahead = []
    async for block in zipped(files()):
        sent.append(block)
        ahead.append(made - len(sent))
    assert made == 200
    assert max(map(len, sent)) < 100_000
    assert max(ahead) <= 0, "nothing is made before what was made is sent"
    assert len(unzipped(b"".join(sent))["large.json"]) == sum(len(str(number)) for number in range(200)) * 40_000


async def test_who_breaks_off_leaves_nothing_open(ask: Ask) -> None:
    """Warnings are errors here: of what was not closed as well."""
    files = await personal_actions.take_export(
        ask.storage, ask.ports[asked_by_personal.Holders], await start(ask, PEOPLE.mira)
    )
    assert files is not None
    sent = zipped(files)
    assert await anext(sent)
    await sent.aclose()  # type: ignore[attr-defined]


async def _write(storage: Storage, debate: str, number: int) -> tuple[list[str], list[UUID]]:
    """So many comments of Mira, and reactions of hers to them."""
    ids, whole = [keys.new() for _ in range(number)], UUID(hex=keys.split(debate)[1])
    of = {"debate_id": whole, "municipality_id": KYIV, "author_id": PEOPLE.mira.person_id, "created_at": BEGAN}
    comments = [{"id": each, "body": f"Допис {each}", **of} for each in ids]
    reactions = [{"comment_id": each, "person_id": PEOPLE.mira.person_id, "kind": ReactionKind.SUPPORT} for each in ids]
    async with storage.writing() as work:
        await work.put(CommentRow, comments)
        await work.put(ReactionRow, reactions, key=("comment_id", "person_id"))
    return [f"Допис {each}" for each in ids], ids
