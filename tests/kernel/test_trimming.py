"""Old events go, and what a topic still has is known."""

from datetime import timedelta
from uuid import UUID

from modules.kernel import clock
from modules.kernel.following import Head, Log
from modules.kernel.storage import Storage
from modules.kernel.trimming import trim
from tests.kernel.test_log import TOPIC, say

OTHER = f"room:{UUID(int=2).hex}"


async def test_events_of_before_a_moment_are_forgotten_and_the_others_kept(storage: Storage) -> None:
    log, now = Log(storage), clock.now()
    with clock.frozen(now - timedelta(days=40)):
        await say(storage, times=3)
        await say(storage, times=2, room=2)
    with clock.frozen(now - timedelta(days=20)):
        await say(storage, times=2)

    assert await trim(storage, now - timedelta(days=30)) == 5
    assert (await log.heads([TOPIC, OTHER])).by_topic == {TOPIC: Head(5, 3), OTHER: Head(2, 2)}
    assert [each.seq for each in (await log.read(TOPIC, 0)).events] == [4, 5]
    assert await trim(storage, now - timedelta(days=30)) == 0
    await say(storage, room=2)
    window = await log.read(OTHER, 2)
    assert ([each.seq for each in window.events], window.head) == ([3], Head(3, 2))
