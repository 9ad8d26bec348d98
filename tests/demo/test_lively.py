"""What happens while the demo runs."""

from datetime import datetime
from itertools import islice

from gateway.demo import lively
from gateway.demo.shapes import Demo


def test_the_talk_goes_on_without_end(demo: Demo) -> None:
    first = list(islice(lively.remarks(demo), 3000))
    assert first == list(islice(lively.remarks(demo), 3000))
    visitors = {login.person for login in demo.logins}
    answered = {
        at for at, comment in enumerate(demo.comments) if comment.debate == demo.live_debate and not comment.hidden
    }
    for position, remark in enumerate(first, start=len(demo.comments)):
        assert remark.author not in visitors
        if remark.parent is not None and remark.parent not in answered:
            assert 0 < position - remark.parent <= lively.REMEMBERED
            assert remark.parent >= len(demo.comments)
            assert first[remark.parent - len(demo.comments)].author != remark.author
    assert len({remark.body for remark in first[:200]}) > 190
    assert 0.5 < sum(remark.parent is not None for remark in first) / len(first) < 0.8


def test_the_others_vote_while_the_demo_runs(demo: Demo, now: datetime) -> None:
    cast = list(lively.choices(demo))
    assert cast == list(lively.choices(demo))
    assert [ballot.poll == demo.live_poll for ballot in cast[:120]] == [True] * 120
    everyone = {(ballot.poll, ballot.person) for ballot in (*demo.ballots, *cast)}
    assert len(everyone) == len(demo.ballots) + len(cast)
    assert not {ballot.person for ballot in cast} & {login.person for login in demo.logins}
    for ballot in cast:
        poll = demo.polls[ballot.poll]
        assert poll.closed_at is None
        assert poll.opens_at < now
        assert ballot.option < len(poll.options)
