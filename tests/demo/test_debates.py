"""Debates, comments and polls of the demo: within their times, by people who could, in words of their own."""

import re
from collections import Counter
from datetime import datetime, timedelta
from itertools import pairwise

from gateway.demo import lively
from gateway.demo.shapes import Demo


def test_debates_are_open_closed_and_scheduled_in_every_municipality(demo: Demo, now: datetime) -> None:
    states = Counter(
        "scheduled" if debate.opens_at > now else "closed" if debate.closed_at else "open" for debate in demo.debates
    )
    assert states == {"open": 26, "closed": 9, "scheduled": 4}
    by_code = Counter(demo.municipalities[debate.municipality].code for debate in demo.debates)
    assert by_code == {"UA80000000000093317": 18, "UA32020010000093088": 12, "UA32080210000074136": 9}
    assert Counter(debate.language for debate in demo.debates) == {"uk": 36, "en": 3}
    for debate in demo.debates:
        assert demo.people[debate.opener].municipality == debate.municipality
        assert demo.people[debate.opener].joined_at < debate.created_at < now
        assert debate.created_at < debate.opens_at
        assert debate.closed_at is None or debate.opens_at < debate.closed_at < now
        assert 2 <= len(re.findall(r"[.?!](?:\s|$)", debate.body)) <= 6


def test_comments_are_written_within_the_window_and_after_what_they_answer(demo: Demo, now: datetime) -> None:
    for comment in demo.comments:
        debate = demo.debates[comment.debate]
        assert debate.opens_at < comment.written_at < (debate.closed_at or now)
        author = demo.people[comment.author]
        assert author.joined_at < comment.written_at
        assert author.municipality == debate.municipality
        if comment.parent is not None:
            parent = demo.comments[comment.parent]
            assert parent.debate == comment.debate
            assert parent.written_at < comment.written_at
            assert parent.hidden is None
            assert parent.author != comment.author
    assert all(one.written_at <= two.written_at for one, two in pairwise(demo.comments) if one.debate == two.debate)


def test_every_opened_debate_has_comments_and_one_is_lively(demo: Demo, now: datetime) -> None:
    counts = Counter(comment.debate for comment in demo.comments)
    opened = [at for at, debate in enumerate(demo.debates) if debate.opens_at <= now]
    assert min(counts[at] for at in opened) >= 30
    assert sorted(counts) == opened
    assert counts.most_common(1) == [(demo.live_debate, 345)]
    assert demo.debates[demo.live_debate].slug == "tram-15"
    latest = max(comment.written_at for comment in demo.comments if comment.debate == demo.live_debate)
    assert now - latest < timedelta(hours=6)


def test_threads_go_twelve_deep(demo: Demo, depths: list[int]) -> None:
    assert max(depths) == 12
    assert demo.comments[depths.index(12)].debate == demo.live_debate
    assert sum(depth >= 5 for depth in depths) > 100


def test_comments_do_not_look_copied(demo: Demo) -> None:
    bodies = [comment.body for comment in demo.comments]
    assert 1 - len(set(bodies)) / len(bodies) < 0.02
    sentences = Counter(
        (comment.debate, sentence)
        for comment in demo.comments
        for sentence in re.split(r"(?<=[.?!]) ", comment.body)
        if len(sentence) > 35
    )
    assert max(sentences.values()) <= 6
    assert sum(sentences.values()) - len(sentences) < 0.2 * sum(sentences.values())


def test_every_sentence_is_spoken_to_the_end(demo: Demo) -> None:
    texts = [comment.body for comment in demo.comments] + [person.about or "." for person in demo.people]
    for text in texts:
        assert not re.search(r"[<>\[\]{}|]|  | [,.?!]|[,.?!]{2}(?<!!!)", text), text
        assert not text[0].islower(), text


def test_a_few_comments_are_hidden_by_the_moderator_of_the_place(demo: Demo, now: datetime) -> None:
    moderators = {(role.person, role.municipality) for role in demo.roles if role.role == "moderator"}
    hidden = [comment for comment in demo.comments if comment.hidden is not None]
    assert len(hidden) == 9
    for comment in hidden:
        assert comment.hidden is not None
        assert (comment.hidden.moderator, demo.debates[comment.debate].municipality) in moderators
        assert comment.hidden.moderator != comment.author
        assert comment.written_at < comment.hidden.hidden_at <= now
        assert comment.hidden.reason in ("spam", "offensive", "off_topic", "personal_data", "other")


def test_people_react_once_and_not_to_themselves(demo: Demo, now: datetime) -> None:
    assert len({(reaction.comment, reaction.person) for reaction in demo.reactions}) == len(demo.reactions)
    kinds = Counter(reaction.kind for reaction in demo.reactions)
    assert set(kinds) == {"support", "oppose"}
    assert kinds["support"] > 3 * kinds["oppose"]
    for reaction in demo.reactions:
        comment = demo.comments[reaction.comment]
        assert comment.hidden is None
        assert reaction.person != comment.author
        assert demo.people[reaction.person].joined_at < reaction.reacted_at
        assert comment.written_at <= reaction.reacted_at <= (demo.debates[comment.debate].closed_at or now)


def test_polls_lie_within_their_debates(demo: Demo, now: datetime) -> None:
    states = Counter("closed" if poll.closed_at else "open" if poll.opens_at < now else "ahead" for poll in demo.polls)
    assert states == {"closed": 18, "open": 12, "ahead": 2}
    for poll in demo.polls:
        debate = demo.debates[poll.debate]
        assert debate.opens_at < poll.opens_at
        assert poll.closes_at is not None
        assert poll.opens_at < poll.closes_at
        assert poll.closed_at == (poll.closes_at if poll.closes_at <= now else None)
        assert debate.closed_at is None or (poll.closed_at is not None and poll.closed_at < debate.closed_at)
        assert 2 <= len(poll.options) == len(set(poll.options)) <= 6


def test_people_vote_once_for_an_option_that_exists(demo: Demo, now: datetime) -> None:
    assert len({(ballot.poll, ballot.person) for ballot in demo.ballots}) == len(demo.ballots)
    for ballot in demo.ballots:
        poll, person = demo.polls[ballot.poll], demo.people[ballot.person]
        assert 0 <= ballot.option < len(poll.options)
        assert person.municipality == demo.debates[poll.debate].municipality
        assert person.joined_at < (poll.closed_at or now)
    counts = Counter(ballot.poll for ballot in demo.ballots)
    for_all = [(at, poll) for at, poll in enumerate(demo.polls) if not poll.is_for_residents]
    assert all((10 <= counts[at] <= 150) == (poll.opens_at < now) for at, poll in for_all)


def test_one_poll_is_for_residents_who_alone_vote_in_it(demo: Demo) -> None:
    [at] = [at for at, poll in enumerate(demo.polls) if poll.is_for_residents]
    assert demo.polls[at].closed_at is None
    verified = {resident.person for resident in demo.residents if resident.is_verified}
    cast = [each.person for each in (*demo.ballots, *lively.choices(demo)) if each.poll == at]
    assert len(cast) == len(set(cast)) == 8
    assert set(cast) <= verified


def test_those_who_sign_in_still_can_vote(demo: Demo) -> None:
    visitors = {login.person for login in demo.logins}
    still_open = {at for at, poll in enumerate(demo.polls) if poll.closed_at is None}
    assert not [ballot for ballot in demo.ballots if ballot.poll in still_open and ballot.person in visitors]
    assert demo.live_poll in still_open
    assert demo.polls[demo.live_poll].debate == demo.live_debate
