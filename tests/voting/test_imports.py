from uuid import UUID

from modules.kernel import keys
from modules.kernel.storage import Storage
from modules.voting.imports import put_polls
from tests.asking import Ask
from tests.contents import announced, contents
from tests.people import BEGAN, KYIV, PEOPLE
from tests.voting.scenes import Poll, votes

POLL, DEBATE = UUID(int=1), UUID(int=2)
ROW = {
    "id": POLL,
    "debate_id": DEBATE,
    "municipality_id": KYIV,
    "title": "Що будуємо?",
    "opened_by": PEOPLE.official.person_id,
    "opens_at": BEGAN,
    "closes_at": None,
}
OPTIONS = [{"id": UUID(int=10 + n), "poll_id": POLL, "position": n, "text": f"Варіант {n}"} for n in (1, 2)]
PARTICIPATIONS = [{"poll_id": POLL, "person_id": person.person_id} for person in (PEOPLE.mira, PEOPLE.taras)]
BALLOTS = [{"poll_id": POLL, "option_id": OPTIONS[1]["id"]}] * 2


async def test_polls_are_brought_in_with_their_ballots(ask: Ask, storage: Storage) -> None:
    async with storage.writing() as work:
        await put_polls(work, [ROW], OPTIONS, PARTICIPATIONS, BALLOTS)
    poll = Poll(keys.encode("Poll", POLL), [keys.encode("PollOption", UUID(int=10 + n)) for n in (1, 2)])
    assert await votes(ask, poll) == [0, 2]
    query = "query($id: ID!) { poll(id: $id) { viewerHasVoted } }"
    assert (await ask(query, {"id": poll.id}, as_=PEOPLE.mira))["poll"]["viewerHasVoted"]
    assert not (await ask(query, {"id": poll.id}, as_=PEOPLE.official))["poll"]["viewerHasVoted"]
    assert await announced(storage) == []
    before = await contents(storage)
    async with storage.writing() as work:
        await put_polls(work, [ROW], OPTIONS, PARTICIPATIONS, [])
    assert await contents(storage) == before
