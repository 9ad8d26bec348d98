"""Keys of an installation: the same in every process, another for each purpose, beside the database and never in it."""

import stat
import subprocess
import sys
from pathlib import Path

import pytest

from gateway.keyring import keyring
from gateway.modules import MODULES
from gateway.settings import Settings
from gateway.wiring import asked_by_identity, ports

PROCESS = """
import sys
from gateway.keyring import keyring
from gateway.settings import Settings
print("ready", flush=True)
sys.stdin.readline()
print(keyring(Settings(database_url=sys.argv[1])).key("purpose").hex())
"""


def embedded(folder: Path) -> Settings:
    return Settings(database_url=f"sqlite+aiosqlite:///{folder / 'spilno.db'}")


def test_the_secret_of_the_settings_makes_the_keys(tmp_path: Path) -> None:
    url = "postgresql+asyncpg://db/spilno"
    settings, other = (Settings(database_url=url, secret_key=letter * 32) for letter in "ab")

    assert keyring(settings).key("one") == keyring(settings).key("one")
    assert len({keyring(each).key(purpose) for each in (settings, other) for purpose in ("one", "two")}) == 4
    assert len(keyring(settings).key("one")) == 32
    assert ports(MODULES, settings)[asked_by_identity.Secrets].key("one") == keyring(settings).key("one")
    with pytest.raises(RuntimeError, match="SPILNO_SECRET_KEY"):
        keyring(Settings(database_url=url)).key("one")


def test_the_embedded_default_keeps_a_secret_of_its_own(tmp_path: Path) -> None:
    key = keyring(embedded(tmp_path)).key("one")

    assert [path.name for path in tmp_path.iterdir()] == ["spilno.db.key"]
    assert stat.S_IMODE((tmp_path / "spilno.db.key").stat().st_mode) == 0o600
    assert keyring(embedded(tmp_path)).key("one") == key


def test_processes_that_start_at_once_agree(tmp_path: Path) -> None:
    started = [
        subprocess.Popen(
            [sys.executable, "-c", PROCESS, embedded(tmp_path).database_url],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    for each in started:
        assert each.stdout is not None
        assert each.stdout.readline() == "ready\n"
    for each in started:
        assert each.stdin is not None
        each.stdin.write("go\n")
        each.stdin.flush()

    assert len({each.communicate()[0] for each in started}) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["spilno.db.key"]
