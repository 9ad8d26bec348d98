"""The texts of the demo, and the small markup that lets one sentence be said in many ways.

`<a|b|>` is one of the alternatives, `{5-20}` a number between, `{100-300/50}` one in steps,
`[він сказав/вона сказала]` agrees with the one who speaks, `{name}` is the one spoken to.
"""

import json
import re
from functools import cache
from importlib.resources import files
from random import Random
from typing import Any

_ALTERNATIVES = re.compile(r"<([^<>]*)>")
_NUMBER = re.compile(r"\{(\d+)-(\d+)(?:/(\d+))?\}")
_GENDER = re.compile(r"\[([^/\[\]]+)/([^/\[\]]+)\]")
_SPACES = re.compile(r" {2,}")


@cache
def read(name: str) -> Any:
    """The content of `texts/<name>.json`, shared between callers: do not change it."""
    return json.loads(files(__package__).joinpath("texts", f"{name}.json").read_text(encoding="utf-8"))


@cache
def names(folder: str) -> tuple[str, ...]:
    """What `read` can read in a folder of the texts, sorted."""
    found = files(__package__).joinpath("texts", folder).iterdir()
    return tuple(sorted(f"{folder}/{file.name.removesuffix('.json')}" for file in found))


def say(sentence: str, dice: Random, *, is_woman: bool, name: str = "") -> str:
    """The sentence with every choice made, beginning with a capital letter."""
    spoken = _ALTERNATIVES.sub(lambda found: dice.choice(found[1].split("|")), sentence)
    spoken = _NUMBER.sub(lambda found: _number(found, dice), spoken)
    spoken = _GENDER.sub(lambda found: found[2] if is_woman else found[1], spoken)
    spoken = _SPACES.sub(" ", spoken.replace("{name}", name)).strip()
    return spoken[:1].upper() + spoken[1:]


def _number(found: re.Match[str], dice: Random) -> str:
    first, last, step = int(found[1]), int(found[2]), int(found[3] or 1)
    return str(dice.randrange(first, last + 1, step))
