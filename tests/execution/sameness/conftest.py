import gc
import warnings
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    """graphql-core leaves coroutines unawaited where a failing sibling made their answer superfluous.

    They end here and in silence: neither in another test, which would warn of them, nor wherever the collector happens to
    run (within a named tuple's `__new__` not even a warning can be told).
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "coroutine .* was never awaited", RuntimeWarning)
        gc.disable()
        yield
        gc.collect()
        gc.enable()
