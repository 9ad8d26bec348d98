"""Password hashes: argon2 in two threads of its own, so that the loop stays free and the memory bounded."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from functools import cache

from pwdlib import PasswordHash

_hasher = PasswordHash.recommended()
_threads = ThreadPoolExecutor(max_workers=2, thread_name_prefix="argon2")


async def hashed(password: str) -> str:
    return await asyncio.get_running_loop().run_in_executor(_threads, _hasher.hash, password)


async def matches(password: str, password_hash: str | None) -> bool:
    """Whether the password is the hashed one. Without a hash it takes as long and is False: nobody learns who has an account."""
    return await asyncio.get_running_loop().run_in_executor(_threads, _verify, password, password_hash)


def _verify(password: str, password_hash: str | None) -> bool:
    return _hasher.verify(password, password_hash or _nobodys()) and password_hash is not None


@cache
def _nobodys() -> str:
    return _hasher.hash("the password of nobody")
