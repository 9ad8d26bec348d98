"""Who watches: people of the content, each with a session of their own."""

from bench.stage import Stage
from gateway.wiring import identity_actions
from modules.kernel.context import Client
from modules.kernel.storage import Storage


async def signed_in(stage: Stage) -> list[str]:
    """A token for each person."""
    storage = Storage(stage.database_url)
    try:
        async with storage.writing() as work:
            started = [
                await identity_actions.start_session(work, person.id, Client(agent="bench"))
                for person in stage.content.people
            ]
    finally:
        await storage.close()
    return [each.token for each in started]
