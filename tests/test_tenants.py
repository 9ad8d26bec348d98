"""Tenants: a role in one municipality opens nothing in another.

Everything that the schema has is asked and tried, by whoever has any role in Bila Tserkva, about what is private to Kyiv.
The answer is the one that somebody without any role gets. A query, a mutation or an entity that is added fails here until
it is said what to ask it with.
"""

import asyncio
import re
from contextlib import aclosing
from typing import Any
from uuid import UUID

import pytest

from gateway.execution.engine import Engine
from gateway.execution.limits import Limits
from gateway.modules import MODULES
from gateway.stitching import Stitched
from gateway.wiring import ports
from modules.civic.events import topic_of
from modules.kernel import keys
from modules.kernel.live import cursor
from modules.kernel.policy import Viewer
from modules.kernel.storage import Storage
from tests.asking import Ask, asking
from tests.civic import scenes as civic
from tests.civic.scenes import act, add_comment, start_debate
from tests.contents import contents
from tests.execution.sameness.reaching import reachable
from tests.identity import clients, municipal, residence
from tests.identity import organisation_scenes as organisations
from tests.people import PEOPLE, municipality_id, person_id, sign_in
from tests.private import GRAPH, REPORTS, SECRETS, Private, abroad, acting, documents, following, of_viewer, selected
from tests.selecting import Takes
from tests.test_authorisation import GUARDED, OPEN_TO_ALL, Scene, settle_taras
from tests.voting.scenes import open_poll

assert GRAPH.query_type is not None and GRAPH.mutation_type is not None and GRAPH.subscription_type is not None
QUERIES, MUTATIONS = sorted(GRAPH.query_type.fields), sorted(GRAPH.mutation_type.fields)
SUBSCRIPTIONS = sorted(GRAPH.subscription_type.fields)
FOREIGN = ("foreign_moderator", "foreign_official", "foreign_administrator")
OWN = {"viewer"}  # shows who asks, and differs by that
# What is somebody's own, and done by nobody else: the key is Mira's, and the foreign moderator once asked to join.
ONE_PERSONS = {"answerMembership": {"NotAllowed", "NotFound"}, "revokeApiClient": {"NotFound"}}
# What is done to oneself, and depends on what one is at home: of Bila Tserkva there is one administrator alone.
ONESELF = {"eraseMe": {"PersonErased", "HandOverFirst"}}
MIRAS = {"printVerificationLetter"}  # what she asked for herself, and so is told more of than anybody


@pytest.fixture(scope="module")
def wide() -> Engine:
    """The whole graph, for documents that no client would be let ask."""
    return Engine(
        Stitched(MODULES), limits=Limits(depth=100, cost=10**9, tokens=10**6, characters=10**7, aliases=10**4)
    )


@pytest.fixture
async def ask(wide: Engine, storage: Storage) -> Any:
    async with asking(wide, storage, ports(MODULES)) as made:
        yield made


@pytest.fixture
async def private(ask: Ask, storage: Storage) -> Private:
    """Kyiv, with something private of each kind that there is."""
    place = municipality_id()
    await organisations.settle(storage)
    organisation = keys.encode("Organisation", organisations.ORGANISATION)
    await act(ask, organisations.LEAVE, PEOPLE.foreign_moderator, organisationId=organisation)
    debate = await start_debate(ask, PEOPLE.taras)
    comment = await add_comment(ask, debate, PEOPLE.taras, body=SECRETS[0])
    await act(ask, civic.HIDE, PEOPLE.moderator, commentId=comment, reason="SPAM")
    given = {"personId": person_id(PEOPLE.taras), "municipalityId": place, "role": "MODERATOR", "reason": SECRETS[1]}
    await act(ask, municipal.GRANT, PEOPLE.administrator, **given)
    settings = {"municipalityId": place, "isActive": True, "moderation": {"hideAfterReports": REPORTS}}
    handlers = {"verification": {"handlers": ["FORM", "DESK", "LETTER"]}}
    await act(ask, municipal.CONFIGURE, PEOPLE.platform_administrator, **settings, **handlers)
    at_desk = await residence.pending(ask, PEOPLE.taras, "DESK")
    by_letter = await residence.pending(ask, PEOPLE.mira, "LETTER")
    poll = await open_poll(ask, debate, PEOPLE.taras)
    [event] = (await ask('{ auditEvents(filter: {action: "grantRole"}) { edges { node { id } } } }'))["auditEvents"][
        "edges"
    ]
    ids = {
        "AuditEvent": event["node"]["id"],
        "Comment": comment,
        "Debate": debate,
        "LegalEntity": keys.encode("LegalEntity", "00032112"),  # a public register: nothing is private there
        "Municipality": place,
        "Organisation": keys.encode("Organisation", organisations.CLAIMANT),
        "OrganisationVerification": keys.encode("OrganisationVerification", organisations.CLAIMED),
        "Person": person_id(PEOPLE.taras),
        "Poll": poll.id,
        "VerificationRequest": at_desk,
    }
    comment, session = await add_comment(ask, debate, PEOPLE.taras), await settle_taras(ask)
    await sign_in(storage)
    api_client = (await clients.create(ask, PEOPLE.mira))["apiClient"]["id"]
    return Private(Scene(debate, comment, poll, at_desk, by_letter, session, api_client), ids)


def test_every_entity_is_asked_for(private: Private) -> None:
    assert set(private.ids) == {entity.__name__ for module in MODULES for entity in module.owns}


async def test_what_is_private_is_read_at_home(ask: Ask, private: Private) -> None:
    """Or else nothing would be shown by its absence."""
    read = [
        str(await ask(document, as_=PEOPLE.administrator))
        for query in QUERIES
        for document in documents(private, query)
    ]
    assert [secret for secret in SECRETS if not any(secret in each for each in read)] == []


@pytest.mark.parametrize("query", QUERIES)
async def test_a_role_elsewhere_reads_nothing_more(ask: Ask, private: Private, query: str) -> None:
    for document in documents(private, query):
        mira = abroad(await ask(document, as_=PEOPLE.mira))
        for who in FOREIGN:
            read = await ask(document, as_=getattr(PEOPLE, who))
            assert [secret for secret in SECRETS if secret in str(read)] == [], who
            assert abroad(read) == mira or query in OWN, who


@pytest.mark.parametrize("takes", [lambda _: True, lambda field: not of_viewer(field)], ids=["all", "what is shared"])
@pytest.mark.parametrize("subscription", SUBSCRIPTIONS)
async def test_a_role_elsewhere_is_told_nothing_more(
    ask: Ask, private: Private, subscription: str, takes: Takes
) -> None:
    """First of all, and of what is logged of all that has happened; alone, and together with others who follow the same."""
    topic = topic_of(UUID(hex=keys.split(private.ids["Debate"])[1]))
    given = private.followed(cursor(await ask.log.epoch(), topic, 0))[subscription]
    document, many = following(subscription, given, takes), 3 if "after" in given else 1

    async def told(viewer: Viewer) -> list[Any]:
        async with aclosing(ask.follow(document, as_=viewer)) as pushes, asyncio.timeout(20):
            return [await anext(pushes) for _ in range(many)]

    mira = abroad(await told(PEOPLE.mira))
    assert "errors" not in str(mira)
    assert "after" not in given or SECRETS[0] in str(await told(PEOPLE.moderator))  # what there is to be told at home
    for who in FOREIGN:
        read = await told(getattr(PEOPLE, who))
        assert [secret for secret in SECRETS if secret in str(read)] == [], who
        assert abroad(read) == mira, who


@pytest.mark.parametrize("mutation", [name for name in MUTATIONS if name not in OPEN_TO_ALL])
async def test_a_role_elsewhere_changes_nothing_more(
    ask: Ask, storage: Storage, private: Private, mutation: str
) -> None:
    """What anybody may do, these may, too; nothing else. Nor does what is answered show more, wherever it leads."""
    document = acting(mutation)

    async def outcome(viewer: Viewer) -> tuple[str, bool]:
        before, given = await contents(storage), dict(private.scene.inputs()[mutation])
        if mutation == "requestVerification":  # a document is one person's
            given["documentNumber"] = f"АМ {viewer.person_id.int:06}"  # type: ignore[union-attr]
        answer = (await ask(document, {"i": given}, as_=viewer))["r"]
        assert [secret for secret in SECRETS if secret in str(answer)] == []
        return answer["__typename"], await contents(storage) == before

    # First those who may have too much: what they are not let do leaves all as it was for who has no role.
    done = {who: await outcome(getattr(PEOPLE, who)) for who in FOREIGN}
    anybody = "taras" if mutation in MIRAS else "mira"
    told = await outcome(getattr(PEOPLE, anybody))
    assert told[0] == GUARDED[mutation][1].get(anybody, told[0])
    for who, (came, unchanged) in done.items():
        if mutation in ONE_PERSONS:
            assert came in ONE_PERSONS[mutation], who
            assert unchanged, who
        elif mutation in ONESELF:
            assert came in ONESELF[mutation], who
            assert unchanged == (came == "HandOverFirst"), who
        else:
            assert (came, unchanged) == told, who


async def test_what_is_answered_shows_what_is_private_at_home(ask: Ask, private: Private) -> None:
    """Or else nothing would be shown by its absence there, either."""
    answer = await ask(acting("startDebate"), {"i": private.scene.inputs()["startDebate"]}, as_=PEOPLE.administrator)
    assert str(REPORTS) in str(answer)


def test_every_field_that_can_be_asked_is_asked(private: Private) -> None:
    """But for where a page lies in its list, and what an interface has: its types are asked for that."""
    places = re.compile(r"\w+(Connection|Edge)\.\w+|PageInfo\.\w+|Node\.id")
    asked = {field for query in QUERIES for document in documents(private, query) for field in selected(document)}
    assert GRAPH.query_type is not None
    assert {field for field in reachable(GRAPH, GRAPH.query_type) - asked if not places.fullmatch(field)} == set()
