"""Password hashes: argon2 in two threads of its own, so that the loop stays free and the memory bounded."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from functools import cache
from threading import get_native_id
from typing import TypeVar
from weakref import WeakKeyDictionary

from pwdlib import PasswordHash

T = TypeVar("T")

PLACES = 2
_hasher = PasswordHash.recommended()


def _give_way() -> None:
    """Each hash has four threads more, all of them as this one: let them have the time that nobody else wants, or the loop
    would get a ninth of a core. On Linux a thread has a niceness of its own."""
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, get_native_id(), 19)


_threads = ThreadPoolExecutor(max_workers=PLACES, thread_name_prefix="argon2", initializer=_give_way)
_places: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = WeakKeyDictionary()


@asynccontextmanager
async def place() -> AsyncIterator[None]:
    """One of the places in which a password is looked at, as long as the block runs; others wait for theirs."""
    loop = asyncio.get_running_loop()
    if loop not in _places:
        _places[loop] = asyncio.Semaphore(PLACES)
    async with _places[loop]:
        yield


async def hashed(password: str) -> str:
    async with place():
        return await _apart(_hash, password)


async def verified(password: str, password_hash: str | None) -> tuple[bool, str | None]:
    """Whether the password is the hashed one, and its hash by today's parameters where that is made by older ones.

    To ask in a `place`. Without a hash it takes as long and is False: nobody learns who has an account.
    """
    return await _apart(_verify, password, password_hash)


async def _apart(work: Callable[..., T], *given: str | None) -> T:
    return await asyncio.get_running_loop().run_in_executor(_threads, work, *given)


def _hash(password: str) -> str:
    return _hasher.hash(password)


def _verify(password: str, password_hash: str | None) -> tuple[bool, str | None]:
    is_right, fresh = _hasher.verify_and_update(password, password_hash or _nobodys())
    return (is_right, fresh) if password_hash is not None else (False, None)


@cache
def _nobodys() -> str:
    return _hasher.hash("the password of nobody")
