"""What systemd is given names settings and commands that there are."""

from configparser import ConfigParser
from pathlib import Path

import pytest

from gateway.settings import Settings

FOLDER = Path(__file__).parents[2] / "deploy/systemd"


@pytest.mark.parametrize("unit", ["spilno@.service", "spilno-migrate.service"])
def test_a_unit_runs_a_command_with_the_environment(unit: str) -> None:
    parser = ConfigParser(interpolation=None, strict=True)
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    parser.read(FOLDER / unit)
    assert parser["Service"]["ExecStart"].split()[1] in ("serve", "migrate")
    assert parser["Service"]["EnvironmentFile"] == "/etc/spilno/spilno.env"


def test_every_variable_is_a_setting() -> None:
    lines = (FOLDER / "spilno.env.example").read_text().splitlines()
    named = {line.partition("=")[0] for line in lines if line and not line.startswith("#")}
    assert {name.removeprefix("SPILNO_").lower() for name in named if name.startswith("SPILNO_")} <= set(
        Settings.model_fields
    )
    assert {name for name in named if not name.startswith("SPILNO_")} == {"FORWARDED_ALLOW_IPS"}
