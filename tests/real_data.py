"""Real input, which lies beside the repository on a developer's machine; `SPILNO_REAL_DATA` names another place."""

import os
from pathlib import Path

import pytest

_FOLDER = Path(os.environ.get("SPILNO_REAL_DATA") or Path(__file__).parents[2] / "shared" / "data")


def real_file(name: str) -> Path:
    """The path of a file like `katottg/katottg.csv`; without it the test is skipped."""
    path = _FOLDER / name
    if not path.is_file():
        pytest.skip(f"needs real data: {name} is not in {_FOLDER}; SPILNO_REAL_DATA names the folder")
    return path
