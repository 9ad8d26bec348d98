"""`viewerCan` says beforehand what comes of an act, on everything that can be acted on."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from graphql import GraphQLInputObjectType, GraphQLObjectType, get_named_type, is_required_input_field

from gateway.app import schema
from gateway.joining import core
from modules.kernel import keys
from modules.kernel.policy import Viewer
from tests.asking import Ask
from tests.civic import scenes as civic
from tests.civic.scenes import act
from tests.identity import municipal, residence
from tests.identity import organisation_scenes as organisations
from tests.people import PEOPLE, municipality_id, person_id
from tests.test_authorisation import EVERYBODY, GUARDED, Scene
from tests.test_authorisation import scene as scene
from tests.voting import scenes as voting

GRAPH = core(schema())
assert GRAPH.mutation_type is not None
MUTATIONS = GRAPH.mutation_type.fields
CAN = "can: viewerCan(actions: $actions) { action allowed reason missing }"
_MEMBERS = "{ edges { node { person { id } @can } } }"
Told = tuple[bool, str | None, list[str]]


@dataclass(frozen=True)
class Thing:
    """Something to act on: its type, where it is found below `node(id)`, and what its actions are told by. An entry of a list
    is found by its person, and takes the actions that name both that and what the list is of."""

    kind: str
    id: Callable[[Scene], str]
    acts: tuple[str, ...]
    below: str = "... on @kind { @can }"
    person: Viewer | None = None
    about: frozenset[str] = frozenset()

    @property
    def query(self) -> str:
        below = self.below.replace("@kind", self.kind).replace("@can", CAN)
        return f"query($id: ID!, $actions: [String!]) {{ node(id: $id) {{ {below} }} }}"


def _organisation(_scene: Scene) -> str:
    return keys.encode("Organisation", organisations.ORGANISATION)


def _claim(_scene: Scene) -> str:
    return keys.encode("OrganisationVerification", organisations.CLAIMED)


def _place(_scene: Scene) -> str:
    return municipality_id()


MEMBER = ("answerMembership", "changeMemberRole", "removeMember")
REQUEST = ("completeVerification", "printVerificationLetter")
IN_PLACE = (
    "configureMunicipality",
    "grantRole",
    "uploadCensus",
    "requestVerification",
    "createOrganisation",
    "startDebate",
)
OF_ORGANISATION = ("requestMembership", "leaveOrganisation", "inviteMember", "requestOrganisationVerification")
PARTS, POSTS = frozenset({"Organisation", "Person"}), frozenset({"Municipality", "Person"})
THINGS = {
    "debate": Thing("Debate", lambda scene: scene.debate, ("addComment", "closeDebate", "openPoll")),
    "comment": Thing("Comment", lambda scene: scene.comment, ("addComment", "react", "hideComment")),
    "poll": Thing("Poll", lambda scene: scene.poll.id, ("castBallot", "closePoll")),
    "place": Thing("Municipality", _place, IN_PLACE),
    "post": Thing("TeamMember", _place, ("grantRole", "revokeRole"), f"... on Municipality {{ team {_MEMBERS} }}", PEOPLE.moderator, POSTS),
    "organisation": Thing("Organisation", _organisation, OF_ORGANISATION),
    "member": Thing("Membership", _organisation, MEMBER, f"... on Organisation {{ members {_MEMBERS} }}", PEOPLE.moderator, PARTS),
    "candidate": Thing("Membership", _organisation, MEMBER, f"... on Organisation {{ candidates {_MEMBERS} }}", PEOPLE.foreign_moderator, PARTS),
    "claim": Thing("OrganisationVerification", _claim, ("decideOrganisationVerification",)),
    "at desk": Thing("VerificationRequest", lambda scene: scene.at_desk, REQUEST),
    "by letter": Thing("VerificationRequest", lambda scene: scene.by_letter, REQUEST),
}  # fmt: skip
ACTS = [(name, action) for name, thing in THINGS.items() for action in thing.acts]
BY_ITS_CODE = ("by letter", "completeVerification")  # which is told to whoever prints the letter: tried below
# What the ids in inputs name; what is no entity, only its owner sees.
NAMED = {
    **{f"{kind[0].lower()}{kind[1:]}Id": kind for kind in ("Debate", "Comment", "Poll", "Organisation", "Municipality", "Person")},
    "requestId": "VerificationRequest",
    "verificationId": "OrganisationVerification",
}  # fmt: skip
ONES_OWN = {"sessionId", "identityId", "passkeyId", "apiClientId", "optionId"}


async def told(ask: Ask, scene: Scene, name: str, viewer: Viewer, *actions: str) -> dict[str, Told] | None:
    """What the viewer is told of each action, of all when none is named; None when the thing is not shown to them."""
    thing = THINGS[name]
    data = await ask(thing.query, {"id": thing.id(scene), "actions": list(actions) or None}, as_=viewer)
    can = _found(data["node"], None if thing.person is None else person_id(thing.person))
    return None if can is None else {each["action"]: (each["allowed"], each["reason"], each["missing"]) for each in can}


def _found(data: Any, person: str | None) -> Any:
    if isinstance(data, dict) and "can" in data:
        return data["can"] if person in (None, data.get("person", {}).get("id")) else None
    below = data.values() if isinstance(data, dict) else data if isinstance(data, list) else ()
    return next((can for each in below if (can := _found(each, person)) is not None), None)


def given(scene: Scene, name: str, action: str, who: str) -> dict[str, Any]:
    """The input that does it to this very thing."""
    asked, thing = dict(scene.inputs()[action]), THINGS[name]
    if action == "requestVerification":
        return asked | {"documentNumber": f"АМ 10000{EVERYBODY.index(who)}"}  # a document is one person's
    if name == "member" and action == "changeMemberRole":
        asked["role"] = "MEMBER"  # as before: whoever would be an admin could step down
    if thing.person is not None:
        asked["personId"] = person_id(thing.person)
    return asked | ({"requestId": thing.id(scene)} if "requestId" in asked else {})


async def test_all_that_is_told_is_known_here(ask: Ask, scene: Scene) -> None:
    """As who sees everything, between them."""
    for name, thing in THINGS.items():
        seen = [await told(ask, scene, name, viewer) for viewer in (PEOPLE.taras, PEOPLE.official)]
        assert next(tuple(each) for each in seen if each is not None) == thing.acts, name
    assert {action for _, action in ACTS} <= set(MUTATIONS)


def test_everything_that_tells_is_asked() -> None:
    telling = {
        kind.name
        for kind in GRAPH.type_map.values()
        if isinstance(kind, GraphQLObjectType) and "viewerCan" in kind.fields
    }
    assert telling == {thing.kind for thing in THINGS.values()}


@pytest.mark.parametrize("mutation", GUARDED)
def test_no_act_is_forgotten(mutation: str) -> None:
    """What names entities is told by one of them, or by what stands between them."""
    kinds = [get_named_type(argument.type) for argument in MUTATIONS[mutation].args.values()]
    fields = [each for kind in kinds if isinstance(kind, GraphQLInputObjectType) for each in kind.fields.items()]
    ids = {name for name, field in fields if name.endswith("Id") and is_required_input_field(field)}
    assert ids <= {*NAMED, *ONES_OWN}, "say what it names"
    named = {NAMED[each] for each in ids - ONES_OWN}
    tell = [thing for thing in THINGS.values() if mutation in thing.acts]
    assert not named or any(thing.kind in named or thing.about == named for thing in tell)


@pytest.mark.parametrize(("name", "action"), [each for each in ACTS if each != BY_ITS_CODE])
async def test_what_is_told_comes_true(ask: Ask, scene: Scene, name: str, action: str) -> None:
    """For one after the other, whatever the ones before have made of it."""
    done = 0
    for who in EVERYBODY:
        viewer, beforehand = getattr(PEOPLE, who), await told(ask, scene, name, getattr(PEOPLE, who), action)
        answer = await act(ask, GUARDED[action][0], viewer, **given(scene, name, action, who))
        if beforehand is None:
            assert "message" in answer, who
            continue
        missing = ["SIGN_IN"] if who == "nobody" else []
        expected = (False, answer["message"], missing) if "message" in answer else (True, None, [])
        assert beforehand == {action: expected}, who
        done += expected[0]
    never = {("member", "answerMembership"), ("candidate", "changeMemberRole"), ("at desk", "printVerificationLetter")}
    assert (done == 0) == ((name, action) in never)


async def test_a_letter_is_answered_by_its_person_and_rejected_by_officials(ask: Ask, scene: Scene) -> None:
    async def may(viewer: Viewer) -> bool | None:
        can = await told(ask, scene, "by letter", viewer, "completeVerification")
        return None if can is None else can["completeVerification"][0]

    printed = await act(ask, residence.PRINT, PEOPLE.official, requestId=scene.by_letter)
    assert [await may(each) for each in (PEOPLE.mira, PEOPLE.official, PEOPLE.taras)] == [True, True, None]
    done = await act(ask, residence.COMPLETE, PEOPLE.mira, requestId=scene.by_letter, code=printed["code"])
    assert done["__typename"] == "VerificationCompleted"


async def test_who_is_invited_is_told_where_they_see_it(ask: Ask, scene: Scene) -> None:
    text = f"query($actions: [String!]) {{ viewer {{ memberships {{ edges {{ node {{ role {CAN} }} }} }} }} }}"
    await act(
        ask, organisations.INVITE, PEOPLE.taras, organisationId=_organisation(scene), personId=person_id(PEOPLE.mira)
    )
    asked = {"actions": ["answerMembership", "removeMember"]}
    [edge] = (await ask(text, asked, as_=PEOPLE.mira))["viewer"]["memberships"]["edges"]
    assert [each["allowed"] for each in edge["node"]["can"]] == [True, False]
    came = await act(ask, organisations.ANSWER, PEOPLE.mira, organisationId=_organisation(scene), personId=person_id(PEOPLE.mira), isAccepted=True)  # fmt: skip
    assert came["isAccepted"]


async def test_an_admin_may_step_down(ask: Ask, scene: Scene) -> None:
    of = {"organisationId": _organisation(scene), "personId": person_id(PEOPLE.moderator)}
    await act(ask, organisations.CHANGE_ROLE, PEOPLE.taras, **of, role="ADMIN")
    assert await told(ask, scene, "member", PEOPLE.moderator, "changeMemberRole") == {
        "changeMemberRole": (True, None, [])
    }
    assert (await act(ask, organisations.CHANGE_ROLE, PEOPLE.moderator, **of, role="MEMBER"))["role"] == "MEMBER"


async def test_the_last_of_those_who_lead_is_told_to_stay(ask: Ask, scene: Scene) -> None:
    """A creator of an organisation, an administrator of a municipality; until there is another."""
    last: Told = (False, "An organisation keeps a creator: make another member one first.", [])
    text = THINGS["member"].query
    for who, expected in (("moderator", last), ("taras", (True, None, []))):
        data = await ask(text, {"id": _organisation(scene), "actions": ["changeMemberRole"]}, as_=PEOPLE.taras)
        [can] = _found(data["node"], person_id(PEOPLE.taras))
        assert (can["allowed"], can["reason"], can["missing"]) == expected
        leave = await told(ask, scene, "organisation", PEOPLE.taras, "leaveOrganisation")
        assert leave == {"leaveOrganisation": expected}
        if who == "moderator":
            of = {"organisationId": _organisation(scene), "personId": person_id(PEOPLE.moderator)}
            await act(ask, organisations.CHANGE_ROLE, PEOPLE.taras, **of, role="CREATOR")
    own = {"personId": person_id(PEOPLE.administrator), "municipalityId": municipality_id()}
    data = await ask(
        THINGS["post"].query, {"id": municipality_id(), "actions": ["revokeRole"]}, as_=PEOPLE.administrator
    )
    [can] = _found(data["node"], own["personId"])
    refused = await act(ask, municipal.REVOKE, PEOPLE.administrator, **own)
    assert (can["allowed"], can["reason"]) == (False, refused["message"])
    assert refused["code"] == "LAST_ADMINISTRATOR"


async def test_what_is_over_cannot_be_done(ask: Ask, scene: Scene) -> None:
    await act(ask, voting.CLOSE, PEOPLE.official, **scene.inputs()["closePoll"])
    await act(ask, civic.HIDE, PEOPLE.moderator, **scene.inputs()["hideComment"])
    closed: Told = (False, "This debate is not open now.", [])
    hidden = await told(ask, scene, "comment", PEOPLE.mira, "react")
    assert hidden == {"react": (False, "This comment is hidden.", [])}
    await act(ask, civic.CLOSE, PEOPLE.taras, **scene.inputs()["closeDebate"])
    assert await told(ask, scene, "debate", PEOPLE.taras) == dict.fromkeys(THINGS["debate"].acts, closed)
    assert await told(ask, scene, "comment", PEOPLE.mira, "addComment") == {"addComment": closed}
    over: Told = (False, "This poll is not open now.", [])
    assert await told(ask, scene, "poll", PEOPLE.official) == {"castBallot": over, "closePoll": over}


async def test_only_what_is_asked_for_is_answered(ask: Ask, scene: Scene) -> None:
    assert list(await told(ask, scene, "debate", PEOPLE.mira, "closeDebate", "danceAllNight") or ()) == ["closeDebate"]
    assert list(await told(ask, scene, "debate", PEOPLE.mira, "openPoll") or ()) == ["openPoll"]
