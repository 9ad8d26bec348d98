"""Every operation that a frontend starts from, run against the demo data."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from gateway.demo.content import build
from gateway.demo.loading import Loaded, load
from gateway.execution.engine import Engine
from gateway.mail import Console
from gateway.modules import MODULES, migrated
from gateway.wiring import asked_by_accounts, asked_by_identity, ports
from modules.kernel import keys
from modules.kernel.migrating import upgrade
from modules.kernel.policy import NOBODY, Role, Viewer
from modules.kernel.storage import Storage
from tests.accounts import deliver
from tests.asking import Ask, asking
from tests.identity import residence

FOLDER = Path(__file__).parent.parent / "operations"
NAMES = sorted(path.stem for path in FOLDER.glob("*.graphql"))
KYIV = "UA80000000000093317"
PAPER = StringIO()  # where letters are printed


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Loaded]]:
    """The URL of a database with the demo data, shared by these tests, and the keys in it."""
    url = f"sqlite+aiosqlite:///{tmp_path_factory.mktemp('demo') / 'demo.db'}"

    async def make() -> Loaded:
        storage = Storage(url)
        await upgrade(storage, migrated())
        loaded = await load(storage, build(datetime.now(UTC)), ports(MODULES)[asked_by_identity.Secrets])
        await storage.close()
        return loaded

    yield url, asyncio.run(make())


@pytest.fixture
async def visit(demo: tuple[str, Loaded], engine: Engine) -> AsyncIterator[Ask]:
    storage = Storage(demo[0])
    async with asking(
        engine, storage, {**ports(MODULES), asked_by_accounts.Mailer: Console("https://page", PAPER)}
    ) as made:
        yield made
    await storage.close()


async def letters(visit: Ask) -> list[str]:
    """The tokens in the letters that wait to be sent."""
    PAPER.seek(0)
    PAPER.truncate()
    await deliver(visit.context(NOBODY))
    return re.findall(r"#token=(\S+)", PAPER.getvalue())


def text(name: str) -> str:
    return (FOLDER / f"{name}.graphql").read_text()


def person(loaded: Loaded, login: int, role: Role | None = None) -> Viewer:
    who = loaded.demo.logins[login]
    code = loaded.demo.municipalities[who.municipality].code
    return Viewer(loaded.people[who.person], None, frozenset({(role, code)}) if role else frozenset())


def places(loaded: Loaded) -> dict[str, Any]:
    """Ids that the operations are asked with."""
    debate, poll = loaded.demo.live_debate, loaded.demo.live_poll
    comments = [
        at for at, comment in enumerate(loaded.demo.comments) if comment.debate == debate and not comment.hidden
    ]
    return {
        "debate": keys.encode("Debate", loaded.debates[debate]),
        "comment": keys.encode("Comment", loaded.comments[comments[0]]),
        "author": keys.encode("Person", loaded.people[loaded.demo.comments[comments[0]].author]),
        "poll": keys.encode("Poll", loaded.polls[poll]),
        "option": keys.encode("PollOption", loaded.options[poll][0]),
        "municipality": keys.encode("Municipality", KYIV),
    }


async def test_queries(demo: tuple[str, Loaded], visit: Ask) -> None:
    loaded = demo[1]
    at, olena = places(loaded), person(loaded, 0)
    organisation = loaded.demo.organisations[0]

    viewer = (await visit(text("viewer"), as_=olena))["viewer"]
    assert viewer["email"] == "olena@demo.example"
    assert viewer["person"]["name"] == loaded.demo.people[loaded.demo.logins[0].person].name
    assert (await visit(text("viewer")))["viewer"] is None

    listed = (await visit(text("debates"), {"filter": {"municipalityId": at["municipality"]}, "first": 5}))["debates"]
    assert len(listed["edges"]) == 5
    assert {edge["node"]["municipality"]["id"] for edge in listed["edges"]} == {at["municipality"]}
    following = await visit(
        text("debates"),
        {"first": 5, "after": (await visit(text("debates"), {"first": 5}))["debates"]["pageInfo"]["endCursor"]},
    )
    assert len(following["debates"]["edges"]) == 5

    debate = (await visit(text("debate-page"), {"id": at["debate"]}, as_=olena))["debate"]
    assert debate["commentCount"] == sum(each.debate == loaded.demo.live_debate for each in loaded.demo.comments)
    assert debate["isOpen"] is True
    assert len(debate["comments"]["edges"]) == 20
    assert any(edge["node"]["replies"]["edges"] for edge in debate["comments"]["edges"])
    assert at["poll"] in [poll["id"] for poll in debate["polls"]]

    answered = next(edge["node"] for edge in debate["comments"]["edges"] if edge["node"]["replyCount"])
    replies = (await visit(text("comment-replies"), {"id": answered["id"]}))["node"]["replies"]
    assert replies["totalCount"] == answered["replyCount"] == len(replies["edges"])
    assert {edge["node"]["depth"] for edge in replies["edges"]} == {1}

    page = (await visit(text("person-page"), {"id": at["author"]}))["person"]
    assert page["comments"]["totalCount"] >= len(page["comments"]["edges"]) > 0

    polls = (await visit(text("polls"), {"filter": {"debateId": at["debate"]}}))["polls"]
    assert at["poll"] in [edge["node"]["id"] for edge in polls["edges"]]
    poll = (await visit(text("poll-page"), {"id": at["poll"]}, as_=olena))["poll"]
    assert poll["tally"]["total"] == sum(each.poll == loaded.demo.live_poll for each in loaded.demo.ballots)
    assert poll["tally"]["total"] == sum(each["votes"] for each in poll["tally"]["options"])
    assert (poll["viewerHasVoted"], poll["tally"]["final"]) == (False, False)

    found = (await visit(text("legal-entities"), {"search": organisation.short_name.split()[0]}))["legalEntities"]
    assert organisation.edrpou in [edge["node"]["edrpou"] for edge in found["edges"]]
    assert found["totalCount"] >= 1
    entity = (await visit(text("legal-entity"), {"edrpou": organisation.edrpou}))["legalEntity"]
    assert entity["identifier"] == {"scheme": "UA-EDR", "id": organisation.edrpou, "legalName": organisation.name}

    named = (await visit(text("municipalities"), {"search": "київ"}))["municipalities"]
    assert at["municipality"] in [edge["node"]["id"] for edge in named["edges"]]
    place = (await visit(text("municipality-page"), {"code": KYIV}))["municipality"]
    assert (place["id"], len(place["debates"]["edges"]), len(place["polls"]["edges"])) == (at["municipality"], 10, 10)


async def test_people(demo: tuple[str, Loaded], visit: Ask) -> None:
    loaded, at = demo[1], places(demo[1])
    wanted = {"interest": "велосипеди", "municipalityId": at["municipality"]}
    listed = (await visit(text("persons"), {"filter": wanted}))["persons"]
    assert listed["totalCount"] == sum(
        "велосипеди" in who.interests and loaded.demo.municipalities[who.municipality].code == KYIV
        for who in loaded.demo.people
    )
    assert all("велосипеди" in edge["node"]["interests"] for edge in listed["edges"])
    for level, count in (("RESIDENT", 24), ("CONFIRMED", 6)):
        verified = (await visit(text("persons"), {"filter": {"verificationLevel": level}}))["persons"]
        assert verified["totalCount"] == count
    told = {"interests": ["Сквери", "трамваї"], "avatar": "https://pictures.example/olena.jpg"}
    updated = (await visit(text("update-profile"), {"input": told}, as_=person(loaded, 0)))["updateProfile"]
    assert updated["person"]["interests"] == ["сквери", "трамваї"]
    assert updated["viewer"]["settings"] == {"locale": "uk"}
    found = (await visit(text("persons"), {"search": "олена кринична"}))["persons"]
    assert [edge["node"]["avatar"] for edge in found["edges"]] == ["https://pictures.example/olena.jpg"]


async def test_municipalities_take_part_and_organisations_are_there(demo: tuple[str, Loaded], visit: Ask) -> None:
    loaded = demo[1]
    active = await visit(text("municipalities"), {"filter": {"isActive": True}})
    codes = {edge["node"]["code"] for edge in active["municipalities"]["edges"]}
    assert codes == {unit.code for unit in loaded.demo.municipalities if unit.settings}
    listed = (await visit(text("organisations"), {"first": 100}))["organisations"]["edges"]
    made = {edge["node"]["name"]: edge["node"] for edge in listed}
    states = {name: made[name]["verificationState"] for name in ("Велосипедний шлях", "Берег і верби", "Чистий ліс")}
    assert states == {"Велосипедний шлях": "VERIFIED", "Берег і верби": "UNVERIFIED", "Чистий ліс": "PENDING"}
    assert made["Велосипедний шлях"]["members"]["totalCount"] == 7
    queue = "{ verificationRequests { edges { node { handler municipality { name } } } } }"
    waiting = (await visit(queue, as_=person(loaded, 2, Role.OFFICIAL)))["verificationRequests"]["edges"]
    assert [edge["node"]["handler"] for edge in waiting] == ["DESK"]


async def test_organisations(demo: tuple[str, Loaded], visit: Ask) -> None:
    founding = {"municipalityId": places(demo[1])["municipality"], "name": "Друзі скверу", "about": "Про сквер."}
    made = await visit(text("create-organisation"), {"input": founding}, as_=person(demo[1], 0))
    organisation = made["createOrganisation"]["organisation"]
    listed = (await visit(text("organisations"), {"search": "скверу"}))["organisations"]
    assert [edge["node"]["id"] for edge in listed["edges"]] == [organisation["id"]]
    page = (await visit(text("organisation-page"), {"id": organisation["id"]}))["organisation"]
    assert (page["name"], len(page["members"]["edges"])) == ("Друзі скверу", 1)


async def test_accounts(demo: tuple[str, Loaded], visit: Ask) -> None:
    account = {"name": "Nadia Nova", "email": "nadia@demo.example", "password": "a long password"}
    assert (await visit(text("sign-up"), {"input": account}))["signUp"]["email"] == "nadia@demo.example"
    [token] = await letters(visit)
    made = (await visit(text("confirm-email"), {"input": {"token": token}}))["confirmEmail"]["signedIn"]
    assert made["viewer"]["person"]["name"] == "Nadia Nova"
    nadia = Viewer(UUID(hex=keys.split(made["viewer"]["person"]["id"])[1]))
    ready = (await visit(text("export-my-data"), as_=nadia))["exportMyData"]
    assert ready["url"].startswith("/exports/")
    erased = await visit(text("erase-me"), {"input": {"password": account["password"]}}, as_=nadia)
    assert erased["eraseMe"]["__typename"] == "PersonErased"
    assert await letters(visit) == []
    assert "Ваш обліковий запис стерто" in PAPER.getvalue()
    page = (await visit(text("person-page"), {"id": made["viewer"]["person"]["id"]}))["person"]
    assert (page["name"], page["isErased"]) == ("", True)
    entered = await visit(text("sign-in"), {"input": {"email": "maksym@demo.example", "password": "spilno-demo-2026"}})
    assert [role["role"] for role in entered["signIn"]["viewer"]["roles"]] == ["MODERATOR"]
    assert (await visit(text("sign-out"), as_=person(demo[1], 0)))["signOut"]["__typename"] == "SignedOut"


async def test_keeping_an_account(demo: tuple[str, Loaded], visit: Ask) -> None:
    password, olena = {"password": "spilno-demo-2026"}, person(demo[1], 0)
    await visit(text("sign-in"), {"input": {"email": "olena@demo.example", **password}})
    viewer = (await visit(text("viewer"), as_=olena))["viewer"]
    assert viewer["isEmailConfirmed"] is True
    [session] = viewer["sessions"]
    ended = await visit(text("end-session"), {"input": {"sessionId": session["id"]}}, as_=olena)
    assert ended["endSession"]["viewer"]["sessions"] == []
    assert (await visit(text("sign-out-everywhere"), as_=olena))["signOutEverywhere"]["sessionsEnded"] == 0

    changing = {"newEmail": "olena@new.example", **password}
    asked = (await visit(text("change-email"), {"input": changing}, as_=olena))["changeEmail"]
    assert asked["email"] == "olena@new.example"
    confirmed = [await visit(text("confirm-email"), {"input": {"token": token}}) for token in await letters(visit)]
    assert [each["confirmEmail"]["isInUse"] for each in confirmed] == [False, True]
    await visit(text("request-password-reset"), {"input": {"email": "olena@new.example"}})
    [token] = await letters(visit)
    reset = await visit(text("reset-password"), {"input": {"token": token, "password": "another password"}})
    assert reset["resetPassword"] == {"__typename": "PasswordReset", "sessionsEnded": 0}


async def test_debating(demo: tuple[str, Loaded], visit: Ask) -> None:
    loaded = demo[1]
    at, olena, moderator = places(loaded), person(loaded, 0), person(loaded, 1, Role.MODERATOR)
    place = keys.encode("Municipality", loaded.demo.municipalities[loaded.demo.logins[1].municipality].code)
    started = await visit(
        text("start-debate"), {"input": {"municipalityId": place, "title": "Лавки", "body": "Де?"}}, as_=olena
    )
    debate = started["startDebate"]["debate"]
    assert debate["state"] == "OPEN"

    async with (
        asyncio.timeout(10),
        aclosing(visit.follow(text("live-debate"), {"debateId": debate["id"], "after": debate["liveCursor"]})) as live,
    ):
        added = await visit(
            text("add-comment"), {"input": {"debateId": debate["id"], "body": "Біля школи."}}, as_=olena
        )
        comment = added["addComment"]["comment"]
        page = {"debateId": debate["id"], "commentIds": [comment["id"]]}
        async with aclosing(visit.follow(text("reaction-counts"), page)) as counts:
            assert (await anext(counts))["data"]["reactionCounts"]["comments"][0]["supportCount"] == 0
            await visit(text("react"), {"input": {"commentId": comment["id"], "reaction": "SUPPORT"}}, as_=moderator)
            assert (await anext(counts))["data"]["reactionCounts"]["comments"][0]["supportCount"] == 1
        async with aclosing(visit.follow(text("presence"), {"debateId": debate["id"]})) as here:
            assert (await anext(here))["data"]["presence"] == {"viewerCount": 1}
        await visit(text("hide-comment"), {"input": {"commentId": comment["id"], "reason": "OFF_TOPIC"}}, as_=moderator)
        await visit(text("close-debate"), {"input": {"debateId": debate["id"]}}, as_=olena)
        told = [(await anext(live))["data"]["debateEvents"]["event"] for _ in range(3)]
    assert [event["__typename"] for event in told] == [
        "CommentAdded",
        "CommentHidden",
        "DebateClosed",
    ]
    assert told[0]["comment"]["id"] == comment["id"]
    assert told[0]["comment"]["body"] is None, "hidden by the time it was read: its text is not told any more"
    late = await visit(text("add-comment"), {"input": {"debateId": debate["id"], "body": "І ще."}}, as_=olena)
    assert late["addComment"]["code"] == "DEBATE_NOT_OPEN"
    assert at["debate"] != debate["id"]


async def test_voting(demo: tuple[str, Loaded], visit: Ask) -> None:
    loaded = demo[1]
    at, olena = places(loaded), person(loaded, 0)
    asked = {"input": {"debateId": at["debate"], "title": "Коли?", "options": ["Зранку", "Увечері"]}}
    async with asyncio.timeout(10), aclosing(visit.follow(text("live-polls"), {"debateId": at["debate"]})) as polls:
        before = (await anext(polls))["data"]["debatePolls"]["polls"]
        poll = (await visit(text("open-poll"), asked, as_=olena))["openPoll"]["poll"]
        after = (await anext(polls))["data"]["debatePolls"]["polls"]
    assert [each["id"] for each in after] == [*(each["id"] for each in before), poll["id"]]
    async with asyncio.timeout(10), aclosing(visit.follow(text("live-tally"), {"pollId": poll["id"]})) as live:
        assert (await anext(live))["data"]["pollTally"]["total"] == 0
        choice = {"pollId": poll["id"], "optionId": poll["options"][1]["id"]}
        cast = await visit(text("cast-ballot"), {"input": choice}, as_=olena)
        assert cast["castBallot"]["poll"]["viewerHasVoted"] is True
        assert (await anext(live))["data"]["pollTally"]["options"][1]["votes"] == 1
        again = await visit(text("cast-ballot"), {"input": choice}, as_=olena)
        assert again["castBallot"]["code"] == "ALREADY_VOTED"
        closed = await visit(text("close-poll"), {"input": {"pollId": poll["id"]}}, as_=olena)
        assert closed["closePoll"]["poll"]["tally"] == {
            "final": True,
            "total": 1,
            "options": [{"votes": 0, "option": {"text": "Зранку"}}, {"votes": 1, "option": {"text": "Увечері"}}],
        }
        last = [answer["data"]["pollTally"] async for answer in live]
    assert (last[-1]["final"], last[-1]["total"]) == (True, 1)


async def test_being_verified(demo: tuple[str, Loaded], visit: Ask) -> None:
    asked = {"municipalityId": places(demo[1])["municipality"], "handler": "FORM", **residence.DATA}
    done = await visit(text("request-verification"), {"input": asked}, as_=person(demo[1], 0))
    assert done["requestVerification"] == {"__typename": "VerificationRequested", "status": "OK", "oidc": None}


def test_every_operation_is_run_here() -> None:
    run = Path(__file__).read_text()
    assert [name for name in NAMES if f'text("{name}")' not in run] == []
