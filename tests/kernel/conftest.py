"""A context over debates of known length."""

import pytest

from modules.kernel.context import Context
from modules.kernel.storage import Storage
from tests.asking import Ask
from tests.kernel.debates import write_debates
from tests.people import PEOPLE


@pytest.fixture
async def context(storage: Storage, ask: Ask) -> Context:
    """Nobody asks, of the debates of `tests.kernel.debates`."""
    await write_debates(storage)
    return ask.context(PEOPLE.nobody)
