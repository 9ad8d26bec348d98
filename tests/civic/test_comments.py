"""Comments through the graph: writing, answering, reacting, hiding."""

import asyncio
from typing import Any

import pytest

from modules.kernel import keys
from modules.kernel.policy import Viewer
from modules.kernel.storage import Storage
from tests.asking import Ask
from tests.civic.scenes import CLOSE, COMMENT, HIDE, REACT, act, add_comment, start_debate
from tests.contents import announced, contents
from tests.people import LATER, PEOPLE, People

NO_DEBATE = keys.encode("Debate", keys.unordered())
NO_COMMENT = keys.encode("Comment", keys.unordered())
READ = """query($id: ID!) { node(id: $id) { ... on Comment { body isHidden hiddenReason supportCount opposeCount
    viewerReaction replyCount depth author { name } debate { id } parent { id } } } }"""


async def comment(ask: Ask, id: str, as_: Viewer = PEOPLE.nobody) -> dict[str, Any]:
    found: dict[str, Any] = (await ask(READ, {"id": id}, as_=as_))["node"]
    return found


@pytest.mark.parametrize(("who", "result"), [("nobody", "NotSignedIn"), ("taras", "CommentAdded")])
async def test_everybody_who_is_signed_in_comments(
    ask: Ask, storage: Storage, people: People, who: str, result: str
) -> None:
    debate = await start_debate(ask)
    before = await contents(storage)
    came = await act(ask, COMMENT, getattr(people, who), debateId=debate, body=" Парк. ")
    assert came["__typename"] == result
    if result == "CommentAdded":
        assert (await comment(ask, came["comment"]["id"]))["body"] == "Парк."
        told = {"debate_id": keys.split(debate)[1], "comment_id": keys.split(came["comment"]["id"])[1]}
        assert await announced(storage) == [("CommentAdded", told)]
    else:
        assert await contents(storage) == before


async def test_a_comment_that_cannot_be_is_refused(ask: Ask, storage: Storage) -> None:
    debate, other = await start_debate(ask), await start_debate(ask)
    elsewhere = await add_comment(ask, other)
    before = await contents(storage)
    for wrong, result in (
        ({"body": " "}, ("InvalidInput", "body")),
        ({"body": "x" * 10_001}, ("InvalidInput", "body")),
        ({"parentId": elsewhere}, ("InvalidInput", "parentId")),
        ({"parentId": NO_COMMENT}, ("InvalidInput", "parentId")),
        ({"parentId": debate}, ("InvalidInput", "parentId")),
        ({"parentId": ""}, ("InvalidInput", "parentId")),
        ({"debateId": NO_DEBATE}, ("NotFound", None)),
    ):
        came = await act(ask, COMMENT, PEOPLE.mira, **({"debateId": debate, "body": "Парк."} | wrong))
        assert (came["__typename"], came.get("field")) == result
    assert await contents(storage) == before


@pytest.mark.parametrize("state", ["scheduled", "closed"])
async def test_only_an_open_debate_takes_comments_and_reactions(ask: Ask, storage: Storage, state: str) -> None:
    later: dict[str, Any] = {"opensAt": LATER} if state == "scheduled" else {}
    debate = await start_debate(ask, **later)
    if state == "closed":
        written = await add_comment(ask, debate)
        await act(ask, CLOSE, PEOPLE.mira, debateId=debate)
    before = await contents(storage)
    came = await act(ask, COMMENT, PEOPLE.mira, debateId=debate, body="Парк.")
    assert came["__typename"] == "DebateNotOpen"
    if state == "closed":
        came = await act(ask, REACT, PEOPLE.mira, commentId=written, reaction="SUPPORT")
        assert came["__typename"] == "DebateNotOpen"
    assert await contents(storage) == before


async def test_answers_stand_below_what_they_answer(ask: Ask) -> None:
    debate = await start_debate(ask)
    top = await add_comment(ask, debate)
    answers = [await add_comment(ask, debate, PEOPLE.taras, parentId=top, body=body) for body in ("Ні.", "Так.")]
    deepest = await add_comment(ask, debate, parentId=answers[0], body="Чому?")
    found = await comment(ask, deepest)
    assert (found["depth"], found["parent"], found["debate"]) == (2, {"id": answers[0]}, {"id": debate})
    query = """query($id: ID!) { debate(id: $id) { commentCount comments { totalCount edges { node { replyCount author { name }
        replies(first: 1) { totalCount pageInfo { hasNextPage } edges { node { body author { name }
        replies { edges { node { body } } } } } } } } } } }"""
    below = {"body": "Ні.", "author": {"name": "Taras"}, "replies": {"edges": [{"node": {"body": "Чому?"}}]}}
    replies = {"totalCount": 2, "pageInfo": {"hasNextPage": True}, "edges": [{"node": below}]}
    first = {"replyCount": 2, "author": {"name": "Mira"}, "replies": replies}
    comments = {"totalCount": 1, "edges": [{"node": first}]}
    assert (await ask(query, {"id": debate}))["debate"] == {"commentCount": 4, "comments": comments}


async def test_comments_are_ordered_and_paged(ask: Ask) -> None:
    debate = await start_debate(ask)
    written = [await add_comment(ask, debate, body=body) for body in "abc"]
    for person in (PEOPLE.mira, PEOPLE.taras):
        await act(ask, REACT, person, commentId=written[1], reaction="SUPPORT")
    await act(ask, REACT, PEOPLE.taras, commentId=written[0], reaction="SUPPORT")
    query = """query($id: ID!, $by: CommentOrder!, $after: Cursor) { debate(id: $id) {
        comments(orderBy: $by, first: 2, after: $after) { pageInfo { endCursor } edges { node { body } } } } }"""
    for by, expected in (("OLDEST", "abc"), ("NEWEST", "cba"), ("MOST_SUPPORTED", "bac")):
        seen, after = "", None
        for _ in range(2):
            page = (await ask(query, {"id": debate, "by": by, "after": after}))["debate"]["comments"]
            seen, after = seen + "".join(edge["node"]["body"] for edge in page["edges"]), page["pageInfo"]["endCursor"]
        assert seen == expected


async def test_a_reaction_is_one_per_person_changed_and_taken_back(ask: Ask, storage: Storage) -> None:
    written = await add_comment(ask, await start_debate(ask))
    for person, reaction, counted in (
        (PEOPLE.mira, "SUPPORT", (1, 0)),
        (PEOPLE.mira, "SUPPORT", (1, 0)),
        (PEOPLE.taras, "SUPPORT", (2, 0)),
        (PEOPLE.mira, "OPPOSE", (1, 1)),
        (PEOPLE.mira, None, (1, 0)),
    ):
        came = await act(ask, REACT, person, commentId=written, reaction=reaction)
        shown = {"supportCount": counted[0], "opposeCount": counted[1], "viewerReaction": reaction}
        assert came == {"__typename": "CommentReacted", "comment": shown}
    assert (await comment(ask, written, PEOPLE.taras))["viewerReaction"] == "SUPPORT"
    assert (await comment(ask, written))["viewerReaction"] is None
    before = await contents(storage)
    for asked, result in (
        ((PEOPLE.nobody, written), "NotSignedIn"),
        ((PEOPLE.mira, NO_COMMENT), "NotFound"),
    ):
        assert (await act(ask, REACT, asked[0], commentId=asked[1], reaction="SUPPORT"))["__typename"] == result
    assert await contents(storage) == before


async def test_reactions_of_many_at_once_are_all_counted(ask: Ask, crowd: list[Viewer]) -> None:
    written = await add_comment(ask, await start_debate(ask))
    await asyncio.gather(*(act(ask, REACT, person, commentId=written, reaction="SUPPORT") for person in crowd[:20]))
    assert (await comment(ask, written))["supportCount"] == 20


@pytest.mark.parametrize(
    ("who", "result"),
    [
        ("nobody", "NotSignedIn"),
        ("taras", "NotAllowed"),
        ("mira", "NotAllowed"),
        ("foreign_moderator", "NotAllowed"),
        ("moderator", "CommentHidden"),
        ("official", "CommentHidden"),
    ],
)
async def test_moderators_there_hide_comments(
    ask: Ask, storage: Storage, people: People, who: str, result: str
) -> None:
    written = await add_comment(ask, await start_debate(ask), people.mira)
    before = await contents(storage)
    came = await act(ask, HIDE, getattr(people, who), commentId=written, reason="SPAM")
    assert came["__typename"] == result
    if result == "CommentHidden":
        assert came["comment"] == {"body": "Парк.", "isHidden": True, "hiddenReason": "SPAM"}
        assert [name for name, _ in await announced(storage)] == ["CommentAdded", "CommentHidden", "CountsHidden"]
    else:
        assert await contents(storage) == before


async def test_the_text_of_a_hidden_comment_is_read_by_moderators_there_alone(ask: Ask, storage: Storage) -> None:
    written = await add_comment(ask, await start_debate(ask), PEOPLE.mira)
    await act(ask, HIDE, PEOPLE.moderator, commentId=written, reason="SPAM")
    for person, body in (
        (PEOPLE.nobody, None),
        (PEOPLE.mira, None),
        (PEOPLE.foreign_moderator, None),
        (PEOPLE.moderator, "Парк."),
    ):
        found = await comment(ask, written, person)
        assert (found["body"], found["isHidden"], found["hiddenReason"]) == (body, True, "SPAM")
    before = await contents(storage)
    again = await act(ask, HIDE, PEOPLE.official, commentId=written, reason="OTHER")
    assert again["comment"]["hiddenReason"] == "SPAM"
    assert (await act(ask, REACT, PEOPLE.taras, commentId=written, reaction="OPPOSE"))["__typename"] == "NotFound"
    assert await contents(storage) == before


async def test_a_person_shows_what_they_wrote_and_was_not_hidden(ask: Ask) -> None:
    debate = await start_debate(ask)
    kept, hidden = await add_comment(ask, debate, body="kept"), await add_comment(ask, debate, body="hidden")
    await add_comment(ask, debate, PEOPLE.taras)
    await act(ask, HIDE, PEOPLE.moderator, commentId=hidden, reason="OTHER")
    query = "query($id: ID!) { node(id: $id) { ... on Person { comments { totalCount edges { node { id } } } } } }"
    assert PEOPLE.mira.person_id is not None
    person = keys.encode("Person", PEOPLE.mira.person_id)
    for viewer in (PEOPLE.nobody, PEOPLE.moderator):
        found = (await ask(query, {"id": person}, as_=viewer))["node"]["comments"]
        assert found == {"totalCount": 1, "edges": [{"node": {"id": kept}}]}
