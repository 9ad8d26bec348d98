"""`viewerCan` says beforehand what comes of an act."""

from typing import Any

import pytest

from gateway.app import schema
from gateway.joining import core
from modules.kernel.policy import Viewer
from tests.asking import Ask
from tests.civic import scenes as civic
from tests.civic.scenes import act, add_comment, start_debate
from tests.people import PEOPLE
from tests.test_authorisation import EVERYBODY, GUARDED, Scene
from tests.test_authorisation import scene as scene
from tests.voting import scenes as voting

CAN = """query($id: ID!, $actions: [String!]) { node(id: $id) {
  ... on Debate { can: viewerCan(actions: $actions) { ...P } }
  ... on Comment { can: viewerCan(actions: $actions) { ...P } }
  ... on Poll { can: viewerCan(actions: $actions) { ...P } }
} } fragment P on Permission { action allowed reason missing }"""
ACTS = [
    ("debate", "addComment"),
    ("debate", "closeDebate"),
    ("comment", "addComment"),
    ("comment", "react"),
    ("comment", "hideComment"),
    ("poll", "castBallot"),
    ("poll", "closePoll"),
]
Told = tuple[bool, str | None, list[str]]


async def told(ask: Ask, id: str, viewer: Viewer, *actions: str) -> dict[str, Told]:
    """What the viewer is told of each action, of all when none is named."""
    node = (await ask(CAN, {"id": id, "actions": list(actions) or None}, as_=viewer))["node"]
    return {each["action"]: (each["allowed"], each["reason"], each["missing"]) for each in node["can"]}


def thing(scene: Scene, kind: str) -> str:
    return {"debate": scene.debate, "comment": scene.comment, "poll": scene.poll.id}[kind]


async def test_every_action_is_a_mutation_and_is_tried_here(ask: Ask, scene: Scene) -> None:
    found = [
        (kind, action)
        for kind in ("debate", "comment", "poll")
        for action in await told(ask, thing(scene, kind), PEOPLE.mira)
    ]
    assert found == ACTS
    mutation = core(schema()).mutation_type
    assert mutation is not None
    assert {action for _, action in ACTS} <= set(mutation.fields)


@pytest.mark.parametrize("who", EVERYBODY)
@pytest.mark.parametrize(("kind", "action"), ACTS)
async def test_what_is_told_comes_true(ask: Ask, scene: Scene, kind: str, action: str, who: str) -> None:
    viewer = getattr(PEOPLE, who)
    allowed, reason, missing = (await told(ask, thing(scene, kind), viewer, action))[action]
    answer = await act(ask, GUARDED[action][0], viewer, **scene.inputs()[action])
    assert allowed == ("code" not in answer)
    assert reason == answer.get("message")
    assert missing == (["SIGN_IN"] if who == "nobody" else [])


async def test_what_is_over_cannot_be_done(ask: Ask, scene: Scene) -> None:
    await act(ask, voting.CLOSE, PEOPLE.official, **scene.inputs()["closePoll"])
    await act(ask, civic.HIDE, PEOPLE.moderator, **scene.inputs()["hideComment"])
    closed: Told = (False, "This debate is not open now.", [])
    assert (await told(ask, scene.comment, PEOPLE.mira))["react"] == (False, "This comment is hidden.", [])
    await act(ask, civic.CLOSE, PEOPLE.taras, **scene.inputs()["closeDebate"])
    assert await told(ask, scene.debate, PEOPLE.taras) == {"addComment": closed, "closeDebate": closed}
    assert (await told(ask, scene.comment, PEOPLE.mira))["addComment"] == closed
    over: Told = (False, "This poll is not open now.", [])
    assert await told(ask, scene.poll.id, PEOPLE.official) == {"castBallot": over, "closePoll": over}


async def test_who_has_voted_is_told_so(ask: Ask, scene: Scene) -> None:
    await act(ask, voting.CAST, PEOPLE.mira, **scene.inputs()["castBallot"])
    (allowed, reason, missing), *_ = (await told(ask, scene.poll.id, PEOPLE.mira, "castBallot")).values()
    assert (allowed, missing) == (False, [])
    answer = await act(ask, voting.CAST, PEOPLE.mira, **scene.inputs()["castBallot"])
    assert reason == answer["message"]
    assert (await told(ask, scene.poll.id, PEOPLE.taras))["castBallot"] == (True, None, [])


async def test_only_what_is_asked_for_is_answered(ask: Ask, scene: Scene) -> None:
    assert list(await told(ask, scene.debate, PEOPLE.mira, "closeDebate", "danceAllNight")) == ["closeDebate"]


PAGE: dict[str, tuple[str, int]] = {
    "debates": ("{ debates { edges { node { title viewerCan { allowed } } } } }", 0),
    "comments": ("{ debates { edges { node { comments { edges { node { body viewerCan { allowed } } } } } } } }", 1),
}


@pytest.mark.parametrize("page", PAGE)
async def test_a_page_costs_no_statement_for_each(ask: Ask, statements: list[str], page: str) -> None:
    for _ in range(3):
        debate = await start_debate(ask, PEOPLE.taras)
        for _ in range(3):
            await add_comment(ask, debate, PEOPLE.mira)
    query, more = PAGE[page]

    async def cost(text: str) -> int:
        statements.clear()
        data: Any = await ask(text, as_=PEOPLE.mira)
        assert len(data["debates"]["edges"]) == 3
        return len(statements)

    assert await cost(query) == await cost(query.replace("viewerCan { allowed }", "")) + more
