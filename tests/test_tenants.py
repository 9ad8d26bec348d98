"""Tenants: a role in one municipality opens nothing in another.

Everything that the schema has is asked and tried, by whoever has any role in Bila Tserkva, about what is private to Kyiv.
The answer is the one that somebody without any role gets. A query, a mutation or an entity that is added fails here until
it is said what to ask it with.
"""

import re
from dataclasses import dataclass
from typing import Any

import pytest
from graphql import FieldNode, TypeInfo, TypeInfoVisitor, Visitor, get_named_type, is_required_argument, parse, visit

from gateway.app import schema
from gateway.execution.engine import Engine
from gateway.execution.limits import Limits
from gateway.joining import core
from gateway.modules import MODULES
from gateway.stitching import Stitched
from gateway.wiring import ports
from modules.kernel import keys
from modules.kernel.policy import Viewer
from modules.kernel.storage import Storage
from tests.asking import Ask, asking
from tests.civic import scenes as civic
from tests.civic.scenes import act, add_comment, start_debate
from tests.contents import contents
from tests.execution.sameness.reaching import reachable
from tests.identity import clients, municipal, residence
from tests.identity import organisation_scenes as organisations
from tests.people import BILA_TSERKVA, KYIV, PEOPLE, municipality_id, person_id, sign_in
from tests.selecting import everything
from tests.test_authorisation import GUARDED, OPEN_TO_ALL, Scene, settle_taras
from tests.voting.scenes import open_poll

GRAPH = core(schema())
assert GRAPH.query_type is not None and GRAPH.mutation_type is not None
QUERIES, MUTATIONS = sorted(GRAPH.query_type.fields), sorted(GRAPH.mutation_type.fields)
FOREIGN = ("foreign_moderator", "foreign_official", "foreign_administrator")
OWN = {"viewer"}  # shows who asks, and differs by that
REPORTS = 437
# What was hidden, why a role was given, what an organisation shows its municipality.
SECRETS = ("Таємне слово", "Таємна причина", f"'hideAfterReports': {REPORTS}", "Статут")
# What is somebody's own, and done by nobody else: the key is Mira's, and the foreign moderator once asked to join.
ONE_PERSONS = {"answerMembership": {"NotAllowed", "NotFound"}, "revokeApiClient": {"NotFound"}}
HOME = municipality_id(BILA_TSERKVA)  # of those who have a role elsewhere


@dataclass(frozen=True)
class Private:
    """What there is in Kyiv: the scene of what may be done, and ids by the kind of entity."""

    scene: Scene
    ids: dict[str, str]

    def asked(self, query: str) -> list[dict[str, str]]:
        """The arguments to ask a root field with, one set after the other, each as it is written."""
        place = f'"{municipality_id()}"'
        sets: dict[str, list[dict[str, str]]] = {
            "auditEvents": [{}, {"filter": f"{{municipalityId: {place}}}"}, {"filter": '{action: "grantRole"}'}],
            "debate": [{"id": f'"{self.ids["Debate"]}"'}],
            "debates": [{}, {"filter": f"{{municipalityId: {place}}}"}, {"search": '"Таємне"'}],
            "legalEntities": [{}, {"search": '"Таємне"'}],
            "legalEntity": [{"edrpou": '"00032112"'}],
            "municipalities": [{}, {"filter": "{isActive: true}"}, {"search": '"Київ"'}],
            "municipality": [{"code": f'"{KYIV}"'}],
            "oidcProviders": [{}],
            "organisation": [{"id": f'"{self.ids["Organisation"]}"'}],
            "organisations": [{}, {"filter": f"{{municipalityId: {place}}}"}, {"search": '"Кручі"'}],
            "person": [{"id": f'"{self.ids["Person"]}"'}],
            "persons": [{}, {"filter": f"{{municipalityId: {place}}}"}, {"search": '"Taras"'}],
            "verificationRequests": [{}, {"filter": f"{{municipalityId: {place}}}"}],
            "node": [{"id": f'"{each}"'} for each in self.ids.values()],
            "nodes": [{"ids": f'["{each}"]'} for each in self.ids.values()],
            "poll": [{"id": f'"{self.ids["Poll"]}"'}],
            "polls": [{}, {"filter": f"{{municipalityId: {place}}}"}],
            "viewer": [{}],
        }
        return sets[query]


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


def documents(private: Private, query: str) -> list[str]:
    """All that can be asked through a root field, as documents."""
    field = GRAPH.query_type.fields[query]  # type: ignore[union-attr]
    kind, found = get_named_type(field.type), []
    for given in private.asked(query):
        missing = {name for name, each in field.args.items() if is_required_argument(each)} - set(given)
        assert not missing, f"{query} is not told what to ask with: {missing}"
        named = next(
            (name for name in private.ids if f'"{private.ids[name]}"' in given.get("id", given.get("ids", ""))), ""
        )
        below = everything(GRAPH, GRAPH.type_map[named] if query in ("node", "nodes") else kind, {})
        below = f"{{ ... on {named} {below} }}" if query in ("node", "nodes") else below
        arguments = ", ".join(f"{name}: {value}" for name, value in given.items())
        found.append(f"{{ {query}{f'({arguments})' if arguments else ''} {below} }}")
    return found


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
    mira = await outcome(PEOPLE.mira)
    assert mira[0] == GUARDED[mutation][1].get("mira", mira[0])
    for who, (came, unchanged) in done.items():
        if mutation in ONE_PERSONS:
            assert came in ONE_PERSONS[mutation], who
            assert unchanged, who
        else:
            assert (came, unchanged) == mira, who


async def test_what_is_answered_shows_what_is_private_at_home(ask: Ask, private: Private) -> None:
    """Or else nothing would be shown by its absence there, either."""
    answer = await ask(acting("startDebate"), {"i": private.scene.inputs()["startDebate"]}, as_=PEOPLE.administrator)
    assert str(REPORTS) in str(answer)


def acting(mutation: str) -> str:
    """The document of a mutation, with everything that its answer leads to."""
    assert GRAPH.mutation_type is not None
    field = GRAPH.mutation_type.fields[mutation]
    asked = (f"($i: {field.args['input'].type})", "(input: $i)") if field.args else ("", "")
    below = everything(GRAPH, get_named_type(field.type), {})
    return f"mutation{asked[0]} {{ r: {mutation}{asked[1]} {below} }}"


def abroad(data: Any) -> Any:
    """An answer without what it tells of the home of those who have a role elsewhere."""
    if isinstance(data, list):
        return [abroad(each) for each in data]
    if not isinstance(data, dict):
        return data
    return HOME if data.get("id") == HOME else {name: abroad(value) for name, value in data.items()}


def test_every_field_that_can_be_asked_is_asked(private: Private) -> None:
    """But for where a page lies in its list, and what an interface has: its types are asked for that."""
    places = re.compile(r"\w+(Connection|Edge)\.\w+|PageInfo\.\w+|Node\.id")
    asked = {field for query in QUERIES for document in documents(private, query) for field in selected(document)}
    assert GRAPH.query_type is not None
    assert {field for field in reachable(GRAPH, GRAPH.query_type) - asked if not places.fullmatch(field)} == set()


def selected(document: str) -> set[str]:
    """The fields of a document: `Debate.title`."""
    found: set[str] = set()
    kinds = TypeInfo(GRAPH)

    class Look(Visitor):
        def enter_field(self, node: FieldNode, *_: Any) -> None:
            parent = kinds.get_parent_type()
            assert parent is not None
            found.add(f"{parent.name}.{node.name.value}")

    visit(parse(document), TypeInfoVisitor(kinds, Look()))
    return found
