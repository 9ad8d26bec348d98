"""People with an account and a session, written to the database: signing up through the graph takes a letter."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import sqlalchemy as sa

from modules.identity import actions, module
from modules.kernel.context import Client, Context
from modules.kernel.jobs import jobs
from modules.kernel.storage import Storage

MIRA = {"name": "Mira", "email": "mira@example.org", "password": "a long password"}


async def joined(storage: Storage, *, agent: str = "", **changed: str) -> str:
    """The token of somebody new: MIRA, with what is changed of her."""
    newcomer = await actions.newcomer(**{**MIRA, **changed})
    async with storage.writing() as work:
        person_id = await actions.sign_up(work, newcomer)
        return (await actions.start_session(work, person_id, Client(agent=agent))).token


async def joined_at(url: str, *, agent: str = "", **changed: str) -> str:
    """The same, in the database of a server."""
    storage = Storage(url)
    try:
        return await joined(storage, agent=agent, **changed)
    finally:
        await storage.close()


def joined_apart(url: str, **changed: str) -> str:
    """The same, for who has no event loop or is in another's."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(lambda: asyncio.run(joined_at(url, **changed))).result()


async def deliver(context: Context) -> None:
    """Send the letters that wait, and do what else does, here and now."""
    async with context.storage.writing() as work:
        waiting = await work.rows(sa.delete(jobs).returning(jobs.c.kind, jobs.c.payload))
    for job in waiting:
        await module.jobs[job["kind"]](context, job["payload"])
