"""Who may do what: every guarded mutation tried as nobody, as somebody, as the wrong somebody and as the right one."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from pwdlib import PasswordHash

from gateway.app import schema
from gateway.joining import core
from modules.identity.actions import open_account, start_session
from modules.kernel import keys
from modules.kernel.context import Client
from modules.kernel.storage import Storage
from tests.asking import Ask
from tests.civic import scenes as civic
from tests.civic.scenes import act, add_comment, following, start_debate
from tests.contents import contents, kept
from tests.identity import clients, erasing, exports, municipal, profiles, residence
from tests.identity import organisation_scenes as organisations
from tests.identity import test_openid as openid
from tests.identity import test_passkeys as passkeys
from tests.identity import test_totp as totp
from tests.people import PEOPLE, municipality_id, person_id, sign_in
from tests.voting import scenes as voting
from tests.voting.scenes import Poll, open_poll

SIGN_OUT = "mutation { r: signOut { __typename ...R } }"
SIGN_OUT_EVERYWHERE = "mutation { r: signOutEverywhere { __typename ...R } }"
END_SESSION = "mutation($i: EndSessionInput!) { r: endSession(input: $i) { __typename ...R } }"
CHANGE_EMAIL = "mutation($i: ChangeEmailInput!) { r: changeEmail(input: $i) { __typename ...R } }"
NO, STRANGE, NONE, WRONG = "NotAllowed", "NotSignedIn", "NotFound", "WrongCredentials"
AGAIN, LEADS = "SignInAgain", "HandOverFirst"
REFUSED = {
    NO: "NOT_ALLOWED",
    STRANGE: "NOT_SIGNED_IN",
    NONE: "NOT_FOUND",
    WRONG: "WRONG_CREDENTIALS",
    AGAIN: "SIGN_IN_AGAIN",
    LEADS: "HAND_OVER_FIRST",
}
HASH = PasswordHash.recommended().hash("the password of Taras")  # as new ones are: it is not made anew when he signs in
EVERYBODY = tuple(vars(PEOPLE))


def by(done: str, *who: str) -> dict[str, str]:
    """What comes of it for each: done by these, refused to the others."""
    return {each: done if each in who else STRANGE if each == "nobody" else NO for each in EVERYBODY}


def by_officials(done: str, asker: str) -> dict[str, str]:
    """Done by who decides on what is asked there; refused to who asks, and not there for anybody else."""
    results = by(done, "official", "administrator")
    return {each: NONE if result == NO and each != asker else result for each, result in results.items()}


def by_anybody(done: str) -> dict[str, str]:
    """Done by whoever is signed in, wherever they have a role."""
    return {"nobody": STRANGE, "mira": done, "foreign_official": done}


def by_recent(done: str) -> dict[str, str]:
    """Done by whoever has just signed in; Taras did an hour ago."""
    return {"nobody": STRANGE, "mira": done, "taras": AGAIN, "foreign_official": done}


def by_creator(done: str) -> dict[str, str]:
    """Done by who founded the organisation; refused to members, strangers, and officials of its municipality."""
    return {"nobody": STRANGE, "mira": NO, "taras": done, "moderator": NO, "official": NO}


# How somebody signs in is tried as the wrong and the right somebody in tests/identity: it takes what only they have.
# Taras started the debate and wrote the comment in it; the official of its municipality opened the poll on it. Taras founded
# the organisation, which the moderator is a member of, and waits to be seen at the desk; Mira waits for a letter.
GUARDED: dict[str, tuple[str, dict[str, str]]] = {
    "signOut": (SIGN_OUT, by_anybody("SignedOut")),
    "enableTotp": (totp.ENABLE, by_recent("TotpStarted")),
    "confirmTotp": (totp.CONFIRM, {"nobody": STRANGE}),
    "disableTotp": (totp.DISABLE, {"nobody": STRANGE}),
    "unlinkIdentity": (openid.UNLINK, by_recent(NONE)),
    "startPasskeyRegistration": (passkeys.START_REGISTRATION, by_recent("PasskeyRegistrationStarted")),
    "registerPasskey": (passkeys.REGISTER, {"nobody": STRANGE}),
    "removePasskey": (passkeys.REMOVE, by_recent(NONE)),
    "signOutEverywhere": (SIGN_OUT_EVERYWHERE, by_anybody("SignedOutEverywhere")),
    "endSession": (END_SESSION, {"nobody": STRANGE, "mira": NONE, "moderator": NONE, "taras": "SessionEnded"}),
    "changeEmail": (CHANGE_EMAIL, {"nobody": STRANGE, "mira": WRONG, "taras": "EmailChangeRequested"}),
    "updateProfile": (profiles.UPDATE, by_anybody("ProfileUpdated")),
    "startDebate": (civic.START, by_anybody("DebateStarted")),
    "closeDebate": (civic.CLOSE, by("DebateClosed", "taras", "official", "administrator")),
    "addComment": (civic.COMMENT, by_anybody("CommentAdded")),
    "react": (civic.REACT, by_anybody("CommentReacted")),
    "hideComment": (civic.HIDE, by("CommentHidden", "moderator", "official", "administrator")),
    "openPoll": (voting.OPEN, by("PollOpened", "taras", "official", "administrator")),
    "castBallot": (voting.CAST, by_anybody("BallotCast")),
    "createOrganisation": (organisations.CREATE, by_anybody("OrganisationCreated")),
    "inviteMember": (organisations.INVITE, by_creator("MemberInvited")),
    "requestMembership": (organisations.REQUEST, by_anybody("MembershipRequested")),
    "answerMembership": (organisations.ANSWER, by_creator("MembershipAnswered")),
    "changeMemberRole": (organisations.CHANGE_ROLE, by_creator("MemberRoleChanged")),
    "leaveOrganisation": (organisations.LEAVE, {"nobody": STRANGE, "moderator": "OrganisationLeft"}),
    "removeMember": (organisations.REMOVE, by_creator("MemberRemoved")),
    "requestOrganisationVerification": (
        organisations.ASK_TO_VERIFY,
        by_creator("OrganisationVerificationRequested"),
    ),
    "decideOrganisationVerification": (
        organisations.DECIDE,
        by_officials("OrganisationVerificationDecided", "taras"),
    ),
    "requestVerification": (residence.REQUEST, by_anybody("VerificationRequested")),
    "completeVerification": (residence.COMPLETE, by_officials("VerificationCompleted", "taras")),
    "printVerificationLetter": (residence.PRINT, by_officials("VerificationLetterPrinted", "mira")),
    "uploadCensus": (residence.UPLOAD, by("CensusUploaded", "official", "administrator")),
    "closePoll": (voting.CLOSE, by("PollClosed", "official", "administrator")),
    "configureMunicipality": (
        municipal.CONFIGURE,
        by("MunicipalityConfigured", "administrator", "platform_administrator"),
    ),
    "grantRole": (municipal.GRANT, by("RoleGranted", "administrator", "platform_administrator")),
    "revokeRole": (municipal.REVOKE, by("RoleRevoked", "moderator", "administrator", "platform_administrator")),
    "exportMyData": (exports.EXPORT, by_anybody("DataExportStarted")),
    "eraseMe": (
        erasing.ERASE,
        {
            "nobody": STRANGE,
            "mira": "PersonErased",
            "taras": LEADS,
            "moderator": "PersonErased",
            "administrator": LEADS,
        },
    ),
    "createApiClient": (clients.CREATE, by_recent("ApiClientCreated")),
    "revokeApiClient": (
        clients.REVOKE,
        {"nobody": STRANGE, "mira": "ApiClientRevoked", "taras": NONE, "official": NONE},
    ),
}
# How nobody becomes somebody, and what the link of a letter allows to whoever has it.
OPEN_TO_ALL = {
    "signUp",
    "signIn",
    "confirmEmail",
    "requestPasswordReset",
    "resetPassword",
    "startOidc",
    "finishOidc",
    "startPasskeySignIn",
    "signInWithPasskey",
}
DONE = [
    (name, who, result)
    for name, (_, results) in GUARDED.items()
    for who, result in results.items()
    if result not in REFUSED
]


@dataclass(frozen=True)
class Scene:
    debate: str
    comment: str
    poll: Poll
    at_desk: str
    by_letter: str
    session: str
    api_client: str

    def inputs(self) -> Mapping[str, dict[str, Any]]:
        place, of = municipality_id(), {"organisationId": keys.encode("Organisation", organisations.ORGANISATION)}
        return {
            "signOut": {},
            "enableTotp": {},
            "confirmTotp": {"code": "123456"},
            "disableTotp": {"code": "123456"},
            "unlinkIdentity": {"identityId": "0" * 32},
            "startPasskeyRegistration": {},
            "registerPasskey": {"credential": "{}", "name": "Phone"},
            "removePasskey": {"passkeyId": "0" * 32},
            "signOutEverywhere": {},
            "endSession": {"sessionId": self.session},
            "changeEmail": {"newEmail": "new@example.org", "password": "the password of Taras"},
            "updateProfile": {"about": "Люблю сквери.", "interests": ["сквери"], "municipalityId": place},
            "startDebate": {"municipalityId": place, "title": "Ринок", "body": "Чи потрібен він?"},
            "closeDebate": {"debateId": self.debate},
            "addComment": {"debateId": self.debate, "parentId": self.comment, "body": "Так."},
            "react": {"commentId": self.comment, "reaction": "SUPPORT"},
            "hideComment": {"commentId": self.comment, "reason": "SPAM"},
            "openPoll": {"debateId": self.debate, "title": "Де?", "options": ["Тут", "Там"]},
            "castBallot": {"pollId": self.poll.id, "optionId": self.poll.options[0]},
            "closePoll": {"pollId": self.poll.id},
            "createOrganisation": {"municipalityId": place, "name": "Кручі"},
            "inviteMember": {**of, "personId": person_id(PEOPLE.foreign_official)},
            "requestMembership": of,
            "answerMembership": {**of, "personId": person_id(PEOPLE.foreign_moderator), "isAccepted": True},
            "changeMemberRole": {**of, "personId": person_id(PEOPLE.moderator), "role": "ADMIN"},
            "leaveOrganisation": of,
            "removeMember": {**of, "personId": person_id(PEOPLE.moderator)},
            "requestOrganisationVerification": of | organisations.CLAIM,
            "decideOrganisationVerification": {
                "verificationId": keys.encode("OrganisationVerification", organisations.CLAIMED),
                "verdict": "VERIFIED",
            },
            "requestVerification": {"municipalityId": place, "handler": "FORM", **residence.DATA},
            "completeVerification": {"requestId": self.at_desk, "documentNumber": residence.NUMBER},
            "printVerificationLetter": {"requestId": self.by_letter},
            "uploadCensus": {"municipalityId": place, "csv": residence.CENSUS, "mode": "REPLACE"},
            "configureMunicipality": {"municipalityId": place, "branding": {"colour": "#0057b7"}},
            "grantRole": {"personId": person_id(PEOPLE.mira), "municipalityId": place, "role": "OFFICIAL"},
            "revokeRole": {"personId": person_id(PEOPLE.moderator), "municipalityId": place},
            "exportMyData": {},
            "eraseMe": {"password": "the password of Taras"},
            "createApiClient": {"name": "Газета", "scopes": ["READ"]},
            "revokeApiClient": {"apiClientId": self.api_client},
        }


@pytest.fixture
async def scene(ask: Ask, storage: Storage) -> Scene:
    await sign_in(storage, PEOPLE.taras)
    await organisations.settle(storage)
    debate = await start_debate(ask, PEOPLE.taras)
    comment = await add_comment(ask, debate, PEOPLE.taras, body="Таємне слово")
    poll = await open_poll(ask, debate, PEOPLE.official)
    at_desk = await residence.pending(ask, PEOPLE.taras, "DESK")
    by_letter = await residence.pending(ask, PEOPLE.mira, "LETTER")
    api_client = (await clients.create(ask, PEOPLE.mira))["apiClient"]["id"]
    return Scene(debate, comment, poll, at_desk, by_letter, await settle_taras(ask), api_client)


async def settle_taras(ask: Ask) -> str:
    """Give him an account and a session; its id."""
    assert PEOPLE.taras.person_id is not None
    async with ask.storage.writing() as work:
        await open_account(work, PEOPLE.taras.person_id, "taras@example.org", HASH)
        await start_session(work, PEOPLE.taras.person_id, Client())
    return str((await ask("{ viewer { sessions { id } } }", as_=PEOPLE.taras))["viewer"]["sessions"][0]["id"])


def test_every_mutation_is_guarded_or_open_to_all_on_purpose() -> None:
    mutation = core(schema()).mutation_type
    assert mutation is not None
    assert set(mutation.fields) == set(GUARDED) | OPEN_TO_ALL


@pytest.mark.parametrize("mutation", GUARDED)
async def test_a_refusal_changes_nothing_and_announces_nothing(
    ask: Ask, storage: Storage, scene: Scene, mutation: str
) -> None:
    (text, results), before = GUARDED[mutation], await kept(storage)

    for who, result in results.items():
        if result in REFUSED:
            answer = await act(ask, text, getattr(PEOPLE, who), **scene.inputs()[mutation])
            assert (answer["__typename"], answer["code"]) == (result, REFUSED[result]), who
            assert await kept(storage) == before, who


@pytest.mark.parametrize(("mutation", "who", "result"), DONE)
async def test_what_is_done_shows_in_the_database(
    ask: Ask, storage: Storage, scene: Scene, mutation: str, who: str, result: str
) -> None:
    text, before = GUARDED[mutation][0], await kept(storage)

    answer = await act(ask, text, getattr(PEOPLE, who), **scene.inputs()[mutation])

    assert answer["__typename"] == result
    assert await kept(storage) != before


HIDDEN = """query($debate: ID!, $comment: ID!, $author: ID!) {
  direct: node(id: $comment) { ... on Comment { body isHidden } }
  debate(id: $debate) { commentCount comments { totalCount edges { node { body isHidden replies { edges { node { parent { body } } } } } } } }
  author: node(id: $author) { ... on Person { comments { edges { node { body isHidden } } } } }
}"""


@pytest.mark.parametrize(
    ("who", "reads"),
    [(who, who in ("moderator", "official", "administrator")) for who in EVERYBODY],
)
async def test_hidden_text_is_read_by_moderators_of_its_municipality_alone(
    ask: Ask, scene: Scene, who: str, reads: bool
) -> None:
    """Whichever way leads to it. Its author does not read it either, and is not asked what else is there."""
    await add_comment(ask, scene.debate, PEOPLE.mira, body="Відповідь", parentId=scene.comment)
    await act(ask, civic.HIDE, PEOPLE.moderator, **scene.inputs()["hideComment"])
    assert PEOPLE.taras.person_id is not None
    ids = {"debate": scene.debate, "comment": scene.comment, "author": f"Person_{PEOPLE.taras.person_id.hex}"}

    data = await ask(HIDDEN, ids, as_=getattr(PEOPLE, who))

    body = "Таємне слово" if reads else None
    assert data["direct"] == {"body": body, "isHidden": True}
    [edge] = data["debate"]["comments"]["edges"]
    assert edge["node"] == {
        "body": body,
        "isHidden": True,
        "replies": {"edges": [{"node": {"parent": {"body": body}}}]},
    }
    assert (data["debate"]["commentCount"], data["debate"]["comments"]["totalCount"]) == (2, 1)
    assert data["author"] == {"comments": {"edges": []}}
    assert ("Таємне слово" in str(data)) is reads


@pytest.mark.parametrize(("who", "reads"), [("nobody", False), ("foreign_moderator", False), ("moderator", True)])
async def test_a_live_update_tells_hidden_text_to_its_moderators_alone(
    ask: Ask, scene: Scene, who: str, reads: bool
) -> None:
    cursor = (await ask("query($id: ID!) { debate(id: $id) { liveCursor } }", {"id": scene.debate}))["debate"]
    await act(ask, civic.HIDE, PEOPLE.moderator, **scene.inputs()["hideComment"])
    query = """subscription($id: ID!, $after: Cursor) { debateEvents(debateId: $id, after: $after) {
        event { ... on CommentHidden { comment { body hiddenReason } } } } }"""

    async with following(ask, query, getattr(PEOPLE, who), id=scene.debate, after=cursor["liveCursor"]) as heard:
        push = await heard()

    shown = {"body": "Таємне слово" if reads else None, "hiddenReason": "SPAM"}
    assert push == {"data": {"debateEvents": {"event": {"comment": shown}}}}


async def test_a_role_in_one_municipality_is_none_in_another(ask: Ask, storage: Storage) -> None:
    """The same people, the same acts, a debate of each municipality: each may act at home alone."""
    for place, own, foreign in (
        (municipality_id(), PEOPLE.official, PEOPLE.foreign_official),
        (municipality_id("UA32020010000093088"), PEOPLE.foreign_official, PEOPLE.official),
    ):
        debate = await start_debate(ask, PEOPLE.taras, municipalityId=place)
        comment = await add_comment(ask, debate, PEOPLE.taras)
        before = await contents(storage)
        for mutation, asked in (
            (voting.OPEN, {"debateId": debate, "title": "Де?", "options": ["Тут", "Там"]}),
            (civic.HIDE, {"commentId": comment, "reason": "SPAM"}),
            (civic.CLOSE, {"debateId": debate}),
        ):
            assert (await act(ask, mutation, foreign, **asked))["__typename"] == NO
            assert await contents(storage) == before
            assert (await act(ask, mutation, own, **asked))["__typename"] not in (NO, STRANGE)
            before = await contents(storage)


async def test_only_the_viewer_sees_what_is_the_viewers(ask: Ask) -> None:
    mira = await ask("{ viewer { person { id } roles { role } } }", as_=PEOPLE.mira)
    moderator = await ask("{ viewer { person { id } roles { role } } }", as_=PEOPLE.moderator)

    assert mira["viewer"]["roles"] == []
    assert moderator["viewer"]["roles"] == [{"role": "MODERATOR"}]
    assert await ask("{ viewer { email } }") == {"viewer": None}
    person = core(schema()).type_map["Person"]
    assert not {"email", "roles", "sessions"} & set(person.fields)  # type: ignore[attr-defined]
