"""Erasing somebody: nothing in the database, in logs or in what others are given tells of them; what they said stays."""

import logging
import sqlite3
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from modules.identity.personal.ports import Holders
from modules.kernel import clock
from tests.civic.scenes import act
from tests.contents import announced, contents
from tests.identity import exports, municipal, residence
from tests.identity import organisation_scenes as organisations
from tests.identity.conftest import PASSWORD, Town
from tests.identity.erasing import dump, erase, failed, found, hexed, key, settled
from tests.identity.life import EMAIL, NAME, PROFILE, Life, lived
from tests.people import PEOPLE, municipality_id, person_id


async def shown(town: Town, query: str, **variables: str) -> Any:
    names = ", ".join(f"${name}: ID!" for name in variables)
    return await town.ask(f"query({names}) {{ {query} }}", variables)


@pytest.fixture
async def life(town: Town) -> Life:
    return await lived(town)


async def test_nothing_is_left_of_somebody_who_did_everything(
    town: Town, life: Life, caplog: pytest.LogCaptureFixture
) -> None:
    before = await dump(town.storage)
    assert set(life.traces) - set(found(life.traces, before)) == {"918273"}, "no document is in any table even now"
    await exports.start(town.ask, life.viewer)

    with capture_logs() as logs, caplog.at_level(logging.INFO):
        town.post.refuses = True
        erased = await erase(town, life.viewer, password=PASSWORD, code=life.recovery_code)
        assert erased["__typename"] == "PersonErased"
        await failed(town)
        town.post.refuses = False
        with clock.frozen(clock.now() + timedelta(seconds=10)):
            town.jobs.wake()
            await settled(town)
        theirs = await exports.export(town.ask, PEOPLE.taras)

    assert found(life.traces, await dump(town.storage)) == []
    assert [each["event"] for each in logs] == ["job_failed"]
    ours = [record.getMessage() for record in caplog.records if record.name != "mail.log"]  # the server's of mail
    assert found(life.traces, str(logs) + str(ours)) == []
    assert found(life.traces, str(theirs)) == []
    assert await town.who("nothing") == PEOPLE.nobody
    assert ("PersonErased", {"person_id": hexed(life.viewer)}) in await announced(town.storage, "viewers")


async def test_only_rows_that_are_said_to_stay_have_the_key(town: Town, life: Life) -> None:
    """There was one in every table that names people, but for what takes an office that they did not have."""
    held = [trace for personal in town.ask.ports[Holders].all().values() for trace in personal.traces]
    every = {trace.column.table.name for trace in held}
    stays = {trace.column.table.name for trace in held if trace.stays}
    await exports.start(town.ask, life.viewer)
    offices = {"identity_platform_administrator", "identity_organisation_decision"}
    assert every - await _named_in(town, life) == offices

    await erase(town, life.viewer, password=PASSWORD, code=life.recovery_code)
    await settled(town)

    left = await _named_in(town, life) - {"kernel_job", "live_event"}
    assert left == stays - offices


async def _named_in(town: Town, life: Life) -> set[str]:
    """The tables that have the key of the person in some row."""
    found = (await contents(town.storage)).items()
    return {name for name, rows in found if str(key(life.viewer)) in str(rows) or hexed(life.viewer) in str(rows)}


async def test_the_file_of_the_database_does_not_keep_it_either(town: Town, life: Life) -> None:
    """On SQLite, where what is deleted would stay in the file's free places."""
    if town.storage.url.database is None or not town.storage.url.drivername.startswith("sqlite"):
        pytest.skip("PostgreSQL's own: what is deleted goes with vacuuming")
    path = Path(town.storage.url.database)
    assert found(life.traces, _bytes(path))
    await erase(town, life.viewer, password=PASSWORD, code=life.recovery_code)
    await settled(town)
    assert found(life.traces, _bytes(path)) == []


def _bytes(path: Path) -> str:
    """The file as text, with all that was written beside it brought in."""
    with sqlite3.connect(path) as connection:
        connection.execute("pragma wal_checkpoint(truncate)")
    connection.close()
    return path.read_bytes().decode(errors="replace")


async def test_what_they_said_stays_and_tells_nobody_whose_it_was(town: Town, life: Life) -> None:
    tally = "poll(id: $poll) { ballotCount openedBy { id } }"
    before = await shown(town, tally, poll=life.poll)
    await erase(town, life.viewer, password=PASSWORD, code=life.recovery_code)

    author = "{ id name isErased about avatar interests municipality { id } organisations { totalCount } verificationLevel comments { totalCount } }"
    told = await shown(
        town,
        f"comment: node(id: $comment) {{ ... on Comment {{ body author {author} }} }} debate(id: $debate) {{ openedBy {{ name }} }}",
        comment=life.comment,
        debate=life.debate,
    )

    assert told["comment"] == {
        "body": "За парк.",
        "author": {
            "id": person_id(life.viewer),
            "name": "",
            "isErased": True,
            "about": "",
            "avatar": None,
            "interests": [],
            "municipality": None,
            "organisations": {"totalCount": 0},
            "verificationLevel": "REGISTERED",
            "comments": {"totalCount": 2},
        },
    }
    assert told["debate"]["openedBy"] == {"name": ""}
    assert await shown(town, tally, poll=life.poll) == before
    taras = await shown(town, "node(id: $id) { ... on Person { isErased } }", id=person_id(PEOPLE.taras))
    assert taras["node"]["isErased"] is False


async def test_nobody_is_them_any_more(town: Town, life: Life) -> None:
    """Neither by a password nor by what was open; and nobody invites them, or gives them a role."""
    await erase(town, life.viewer, password=PASSWORD, code=life.recovery_code)

    assert (await town.sign_in(EMAIL))["code"] == "WRONG_CREDENTIALS"
    again = await erase(town, life.viewer, password=PASSWORD, code=life.recovery_code)
    assert again["code"] == "SIGN_IN_AGAIN", "the session is gone, as is the account"
    organisation = await organisations.create(town.ask, PEOPLE.mira)
    invited = await act(
        town.ask, organisations.INVITE, PEOPLE.mira, organisationId=organisation, personId=person_id(life.viewer)
    )
    assert invited["code"] == "NOT_FOUND"
    given = {"personId": person_id(life.viewer), "municipalityId": municipality_id(), "role": "MODERATOR"}
    assert (await act(town.ask, municipal.GRANT, PEOPLE.administrator, **given))["code"] == "NOT_FOUND"
    assert (await act(town.ask, PROFILE, life.viewer, name=NAME))["code"] == "NOT_FOUND"
    listed = (await town.ask("{ persons(first: 100) { totalCount edges { node { id } } } }"))["persons"]
    assert listed["totalCount"] == len(listed["edges"]) == 9
    assert person_id(life.viewer) not in str(listed)


async def test_the_address_and_the_document_are_free_again(town: Town, life: Life) -> None:
    """The lock of too many wrong passwords is gone with the account."""
    await erase(town, life.viewer, password=PASSWORD, code=life.recovery_code)
    await settled(town)
    assert (await town.kept())["identity_failure"] == []

    newcomer = await town.join(EMAIL, name="Інша людина")

    assert newcomer.person_id != life.viewer.person_id
    verified = await residence.request(town.ask, newcomer, documentNumber="АМ 918273")
    assert verified["__typename"] == "VerificationRequested"


async def test_organisations_go_on_without_them(town: Town, life: Life) -> None:
    """What waited for a decision is withdrawn; what was decided stays; nobody represents it by their name."""
    await erase(town, life.viewer, password=PASSWORD, code=life.recovery_code)

    state = "verificationState edrpou members { totalCount }"
    told = await shown(
        town,
        f"alone: organisation(id: $a) {{ {state} }} shared: organisation(id: $b) {{ {state} }}",
        a=life.alone,
        b=life.shared,
    )
    assert told["alone"] == {"verificationState": "UNVERIFIED", "edrpou": None, "members": {"totalCount": 0}}
    assert told["shared"] == {
        "verificationState": "VERIFIED",
        "edrpou": organisations.EDRPOU,
        "members": {"totalCount": 1},
    }
    requests = """query($id: ID!) { organisation(id: $id) { verifications { edges { node {
        state representativeName representativePosition evidence } } } } }"""
    read = (await town.ask(requests, {"id": life.shared}, as_=PEOPLE.taras))["organisation"]["verifications"]["edges"]
    assert [edge["node"] for edge in read] == [
        {
            "state": "VERIFIED",
            "representativeName": "",
            "representativePosition": "",
            "evidence": organisations.CLAIM["evidence"],
        },
        {"state": "REJECTED", "representativeName": "", "representativePosition": "", "evidence": ""},
    ]


async def test_a_request_after_a_rejection_is_withdrawn_to_it(town: Town) -> None:
    """And the organisation may ask anew."""
    viewer = await town.join(EMAIL, name=NAME)
    organisation = await organisations.create(town.ask, PEOPLE.mira)
    await organisations.join(town.ask, organisation, viewer, "ADMIN")
    first = await organisations.ask_to_verify(town.ask, organisation)
    rejected = {"verificationId": first, "verdict": "REJECTED", "reason": "Немає статуту."}
    await act(town.ask, organisations.DECIDE, PEOPLE.official, **rejected)
    await organisations.ask_to_verify(town.ask, organisation, viewer)

    await erase(town, viewer, password=PASSWORD)

    told = (await shown(town, "organisation(id: $id) { verificationState }", id=organisation))["organisation"]
    assert told == {"verificationState": "REJECTED"}
    await organisations.verify(town.ask, organisation)
