"""How somebody has themselves erased: by what it is asked for, whom it is refused, and what happens at the same time."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from gateway.wiring import identity_actions
from modules.identity.personal import rules
from modules.identity.recent import RECENT
from modules.kernel import clock
from modules.kernel.policy import Role, Viewer
from modules.kernel.runner import pause
from tests.civic.scenes import act
from tests.contents import announced
from tests.identity import clients, municipal, residence
from tests.identity import organisation_scenes as organisations
from tests.identity.conftest import PASSWORD, Town
from tests.identity.erasing import ERASE, dump, erase, failed, found, hexed, key, settled, turn
from tests.identity.life import EMAIL, NAME, PROFILE, Life, lived
from tests.people import PEOPLE, municipality_id, person_id


@pytest.fixture
async def life(town: Town) -> Life:
    return await lived(town)


async def test_whoever_leads_others_alone_hands_over_first(town: Town) -> None:
    """A refusal changes nothing; afterwards it is done."""
    viewer = await town.join(EMAIL, name=NAME)
    organisation = await organisations.create(town.ask, viewer, name="Кручі")
    await organisations.join(town.ask, organisation, PEOPLE.taras, by=viewer)
    place = municipality_id("UA32020010000093088")
    async with town.storage.writing() as work:
        await identity_actions.give_role(work, key(PEOPLE.foreign_administrator), Role.OFFICIAL, "UA32020010000093088")
        await identity_actions.give_role(work, key(viewer), Role.ADMINISTRATOR, "UA32020010000093088")
    before = await town.kept()

    refused = await erase(town, viewer, password=PASSWORD)

    assert refused["code"] == "HAND_OVER_FIRST"
    assert refused["organisations"] == [{"name": "Кручі"}]
    assert refused["municipalities"] == [{"name": "Білоцерківська"}]
    assert await town.kept() == before
    of = {"organisationId": organisation, "personId": person_id(PEOPLE.taras), "role": "CREATOR"}
    await act(town.ask, organisations.CHANGE_ROLE, viewer, **of)
    given = {"personId": person_id(PEOPLE.mira), "municipalityId": place, "role": "ADMINISTRATOR"}
    await act(town.ask, municipal.GRANT, PEOPLE.platform_administrator, **given)
    assert (await erase(town, viewer, password=PASSWORD))["__typename"] == "PersonErased"
    assert await organisations.roles(town.ask, organisation) == {"Taras": "CREATOR"}


async def test_the_password_is_asked_for_and_guesses_are_counted(town: Town) -> None:
    viewer = await town.join(EMAIL, name=NAME)
    before = await town.kept()

    assert (await erase(town, viewer))["field"] == "password"
    wrong = [(await erase(town, viewer, password=f"guess {number}"))["code"] for number in range(6)]

    assert wrong == ["WRONG_CREDENTIALS"] * 5 + ["SIGN_IN_LOCKED"]
    assert (await erase(town, viewer, password=PASSWORD))["code"] == "SIGN_IN_LOCKED"
    after = await town.kept()
    assert {name for name in after if after[name] != before[name]} == {"identity_failure"}


async def test_the_second_step_goes_with_the_password(town: Town, life: Life) -> None:
    before = await dump(town.storage)
    assert (await erase(town, life.viewer, password=PASSWORD))["code"] == "SECOND_FACTOR_NEEDED"
    assert await dump(town.storage) == before
    assert (await erase(town, life.viewer, password=PASSWORD, code="wrong"))["code"] == "WRONG_CODE"
    assert NAME in await dump(town.storage)


async def test_without_a_password_a_session_that_has_just_begun_is_enough(town: Town) -> None:
    """Whoever signs in with a passkey or a provider alone has none. Nobody is written to: no address is known."""
    async with town.storage.writing() as work:
        began = clock.now()
        token = (
            await identity_actions.start_session(work, key(PEOPLE.mira), town.ask.context(PEOPLE.mira).client)
        ).token
    mira = await town.who(token)
    with clock.frozen(began + RECENT + timedelta(seconds=1)):
        assert (await erase(town, mira))["code"] == "SIGN_IN_AGAIN"
    assert (await erase(town, PEOPLE.mira))["code"] == "SIGN_IN_AGAIN", "of no session of hers"

    assert (await erase(town, mira))["__typename"] == "PersonErased"

    assert await town.who(token) == PEOPLE.nobody
    async with town.storage.reading() as read:
        kinds = await read.rows(sa.text("select kind from kernel_job"))
    assert [row["kind"] for row in kinds] == ["identity.erase_again"]


async def test_what_was_under_way_meanwhile_is_erased_as_well(town: Town) -> None:
    """A session that another request began: when it is over nothing of it is left, and every process forgets it."""
    viewer = await town.join(EMAIL, name=NAME)
    await erase(town, viewer, password=PASSWORD)
    await settled(town)
    async with town.storage.writing() as work:
        late = await identity_actions.start_session(work, key(viewer), town.ask.context(viewer).client)
    assert (await town.who(late.token)).person_id == viewer.person_id
    before = len(await announced(town.storage, "viewers"))

    with clock.frozen(clock.now() + rules.AGAIN_AFTER + timedelta(seconds=1)):
        town.jobs.wake()
        while (await town.who(late.token)).person_id is not None:
            await turn(town)

    assert (await announced(town.storage, "viewers"))[before:] == [("PersonErased", {"person_id": hexed(viewer)})]


async def test_what_happens_at_the_same_time_fails_nothing_and_leaves_nothing(town: Town) -> None:
    """Others invite, give roles and verify the person, who does this and that; of two erasures one is done."""
    viewer = await town.join(EMAIL, name=NAME)
    given = {"personId": person_id(viewer), "municipalityId": municipality_id(), "role": "MODERATOR"}
    await act(town.ask, municipal.GRANT, PEOPLE.administrator, **given)
    theirs = await organisations.create(town.ask, PEOPLE.mira)
    other = await organisations.create(town.ask, PEOPLE.mira)
    await organisations.join(town.ask, other, viewer, "ADMIN")
    waiting = await residence.pending(town.ask, viewer, "DESK", documentNumber="АМ 918273")
    shown = {"requestId": waiting, "documentNumber": "АМ 918273"}
    to, of = {"personId": person_id(viewer)}, {"organisationId": other}
    asked: list[tuple[str, Viewer, dict[str, Any]]] = [
        (ERASE, viewer, {"password": PASSWORD}),
        (organisations.INVITE, PEOPLE.mira, {"organisationId": theirs, **to}),
        (municipal.GRANT, PEOPLE.administrator, given | {"role": "OFFICIAL"}),
        (residence.COMPLETE, PEOPLE.official, shown),
        (PROFILE, viewer, {"name": "Інше ім'я", "municipalityId": municipality_id("UA32020010000093088")}),
        (clients.CREATE, viewer, {"name": "Газета", "scopes": ["READ"]}),
        (organisations.CHANGE_ROLE, PEOPLE.mira, {**of, **to, "role": "CREATOR"}),
        (organisations.ASK_TO_VERIFY, viewer, {**of, **organisations.CLAIM}),
        (ERASE, viewer, {"password": PASSWORD}),
    ]

    done = await asyncio.gather(*(act(town.ask, text, who, **told) for text, who, told in asked))

    assert [each["__typename"] for each in done].count("PersonErased") == 1
    await settled(town)
    with clock.frozen(clock.now() + rules.AGAIN_AFTER + timedelta(seconds=1)):
        before = town.jobs.counts["done"]
        town.jobs.wake()
        while town.jobs.counts["done"] == before:
            await turn(town)
    left = await town.kept()
    tables = ("membership", "role", "document", "verification", "verification_request", "api_client", "session")
    assert [table for table in tables if str(viewer.person_id) in str(left[f"identity_{table}"])] == []
    assert found([NAME, "Інше", EMAIL], await dump(town.storage)) == []


async def test_a_letter_that_cannot_be_delivered_is_given_up_with_its_address(town: Town) -> None:
    """Long before its job would be kept for who looks why it failed."""
    tries = 15
    assert sum((pause(number) for number in range(1, tries)), timedelta()) > rules.FAREWELL_WAITS
    viewer = await town.join(EMAIL, name=NAME)
    town.post.refuses = True
    await erase(town, viewer, password=PASSWORD)
    await failed(town)
    assert EMAIL in await dump(town.storage)

    with clock.frozen(clock.now() + rules.FAREWELL_WAITS + timedelta(seconds=1)):
        town.jobs.wake()
        while EMAIL in await dump(town.storage):
            await turn(town)
