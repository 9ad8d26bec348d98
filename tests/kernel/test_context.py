"""What an operation remembers, and when it forgets."""

from tests.asking import Ask
from tests.civic.scenes import add_comment, start_debate
from tests.people import PEOPLE

TWICE = """
mutation($comment: ID!, $debate: ID!) {
  a: react(input: {commentId: $comment, reaction: SUPPORT}) { ...Comment }
  b: react(input: {commentId: $comment, reaction: OPPOSE}) { ...Comment }
  c: addComment(input: {debateId: $debate, body: "One."}) { ...Debate }
  d: addComment(input: {debateId: $debate, body: "Two."}) { ...Debate }
}
fragment Comment on CommentReacted { comment { viewerReaction supportCount opposeCount } }
fragment Debate on CommentAdded { comment { debate { commentCount } } }
"""


async def test_each_mutation_of_a_request_answers_what_holds_after_it(ask: Ask) -> None:
    debate = await start_debate(ask)
    comment = await add_comment(ask, debate)

    told = await ask(TWICE, {"comment": comment, "debate": debate}, as_=PEOPLE.taras)

    assert told["a"]["comment"] == {"viewerReaction": "SUPPORT", "supportCount": 1, "opposeCount": 0}
    assert told["b"]["comment"] == {"viewerReaction": "OPPOSE", "supportCount": 0, "opposeCount": 1}
    assert [told[name]["comment"]["debate"]["commentCount"] for name in "cd"] == [2, 3]
