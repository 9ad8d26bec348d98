"""`spilno user create`: accounts that can sign in, and what is refused."""

import os
import subprocess
import sys
from pathlib import Path
from typing import get_args
from uuid import UUID

import pytest

from gateway.commands.users import RoleName
from modules.identity import actions
from modules.identity.refusals import WrongCredentials
from modules.kernel.context import Client
from modules.kernel.policy import Role, Viewer
from modules.kernel.storage import Storage
from tests.commands.conftest import Spilno
from tests.contents import contents
from tests.people import KYIV

OLENA = ("--name", "Olena Bondar", "--email", "Olena@Example.org")
PASSWORD = "a long enough password"


async def signed_in(storage: Storage) -> Viewer:
    """Olena, as she asks after signing in."""
    person_id = await actions.recognise(storage, "olena@example.org", PASSWORD, Client())
    async with storage.writing() as work:
        started = await actions.start_session(work, person_id, Client())
    [session] = await actions.authenticate(storage, [started.token])
    assert session is not None
    return session.viewer


async def test_a_person_with_a_password_typed_twice(spilno: Spilno, storage: Storage) -> None:
    done = await spilno("user", "create", *OLENA, "--municipality", KYIV, stdin=f"{PASSWORD}\n{PASSWORD}\n")
    assert done.exit_code == 0, done.output
    assert PASSWORD not in done.output
    viewer = await signed_in(storage)
    assert viewer.person_id == UUID(hex=done.stdout.split("Person_")[1][:32])
    assert viewer.roles == frozenset()
    [told] = [row for row in (await contents(storage))["identity_person"] if "Olena Bondar" in row]
    assert f"'municipality_id': '{KYIV}'" in told


async def test_passwords_that_differ_are_asked_for_again(spilno: Spilno, storage: Storage) -> None:
    typed = f"one password here\nanother password\n{PASSWORD}\n{PASSWORD}\n"
    done = await spilno("user", "create", *OLENA, stdin=typed)
    assert done.exit_code == 0, done.output
    assert (await signed_in(storage)).person_id is not None


@pytest.mark.parametrize("role", get_args(RoleName))
async def test_a_role_from_the_start(spilno: Spilno, storage: Storage, role: str) -> None:
    words = ("--role", role, "--in", KYIV, "--password-stdin")
    done = await spilno("user", "create", *OLENA, *words, stdin=f"{PASSWORD}\n")
    assert done.exit_code == 0, done.output
    assert f"Olena Bondar <Olena@Example.org>, {role} in {KYIV}\n" in done.stdout
    assert (await signed_in(storage)).roles == {(Role(role), KYIV)}


async def test_who_administers_the_platform(spilno: Spilno, storage: Storage) -> None:
    done = await spilno("user", "create", *OLENA, "--platform-administrator", "--password-stdin", stdin=f"{PASSWORD}\n")
    assert done.exit_code == 0, done.output
    assert "Olena Bondar <Olena@Example.org>, platform administrator\n" in done.stdout
    assert (await signed_in(storage)).is_platform_administrator
    told = str((await contents(storage))["audit_act"])
    assert "'action': 'makePlatformAdministrator'" in told
    assert "Olena" not in told


def test_every_role_can_be_given() -> None:
    assert set(get_args(RoleName)) == {role.value for role in Role}


@pytest.mark.parametrize(
    ("words", "password", "told"),
    [
        (("--name", "O", "--email", "o@example.org"), PASSWORD, "A name has 2 to 100 printable characters."),
        (("--name", "Olena", "--email", "olena"), PASSWORD, "This is not an e-mail address."),
        (OLENA, "short", "A password has 10 to 200 characters."),
        (OLENA, "", "A password has 10 to 200 characters."),
        (OLENA, f"{PASSWORD}\nand another", "The password on stdin has more than one line."),
        ((*OLENA, "--municipality", "UA1"), PASSWORD, "There is no such municipality."),
        ((*OLENA, "--municipality", ""), PASSWORD, "There is no such municipality."),
        ((*OLENA, "--role", "moderator", "--in", "UA1"), PASSWORD, "There is no municipality with the code «UA1»."),
        ((*OLENA, "--role", "moderator", "--in", ""), PASSWORD, "There is no municipality with the code «»."),
        ((*OLENA, "--role", "moderator"), PASSWORD, "--role and --in go together: which role, and where."),
        ((*OLENA, "--in", KYIV), PASSWORD, "--role and --in go together: which role, and where."),
    ],
)
async def test_a_refusal_is_told_and_changes_nothing(
    spilno: Spilno, storage: Storage, words: tuple[str, ...], password: str, told: str
) -> None:
    before = await contents(storage)
    done = await spilno("user", "create", *words, "--password-stdin", stdin=password)
    assert (done.exit_code, done.stdout, done.stderr) == (1, "", f"{told}\n")
    assert await contents(storage) == before


async def test_an_address_that_is_taken(spilno: Spilno, storage: Storage) -> None:
    await spilno("user", "create", *OLENA, "--password-stdin", stdin=PASSWORD)
    before = await contents(storage)
    done = await spilno("user", "create", *OLENA, "--password-stdin", stdin="the password of somebody else")
    assert (done.exit_code, done.stderr) == (1, "There is an account with this e-mail: sign in instead.\n")
    assert await contents(storage) == before
    with pytest.raises(WrongCredentials):
        await actions.recognise(storage, "olena@example.org", "the password of somebody else", Client())


async def test_an_unknown_role_names_those_that_there_are(spilno: Spilno) -> None:
    done = await spilno("user", "create", *OLENA, "--role", "king", "--in", KYIV, "--password-stdin", stdin=PASSWORD)
    assert done.exit_code == 2
    assert all(role in done.stderr for role in get_args(RoleName))


def test_a_real_process_makes_its_database(tmp_path: Path) -> None:
    environment = os.environ | {"SPILNO_DATABASE_URL": f"sqlite+aiosqlite:///{tmp_path / 'new.db'}"}
    command = [sys.executable, "-c", "from gateway.cli import app; app()", "user", "create", *OLENA, "--password-stdin"]
    first, second = (
        subprocess.run(
            command, env=environment, input=PASSWORD, capture_output=True, text=True, timeout=60, check=False
        )
        for _ in range(2)
    )
    assert (first.returncode, first.stderr) == (0, "")
    assert (second.returncode, second.stdout) == (1, "")
    assert second.stderr == "There is an account with this e-mail: sign in instead.\n"


async def test_a_person_is_erased_by_who_runs_the_installation(spilno: Spilno, storage: Storage) -> None:
    """Once; it is in the audit, and the last letter waits to be sent."""
    made = await spilno("user", "create", *OLENA, "--password-stdin", stdin=f"{PASSWORD}\n")
    person = f"Person_{made.stdout.split('Person_')[1][:32]}"

    kept = await spilno("user", "erase", person, stdin="n\n")
    assert kept.exit_code == 1
    assert (await signed_in(storage)).person_id is not None
    with pytest.raises(WrongCredentials):
        await actions.recognise(storage, "olena@example.org", "a wrong password", Client())
    done = await spilno("user", "erase", person, "--yes")
    assert (done.exit_code, done.stdout) == (0, f"{person} is erased.\n"), done.output

    found = await contents(storage)
    assert found["identity_failure"] == found["identity_account"] == []
    with pytest.raises(WrongCredentials):
        await signed_in(storage)
    assert "Olena" not in str(found)
    assert ["olena@example.org" in job for job in found["kernel_job"]].count(True) == 1
    assert "'action': 'erasePerson'" in str(found["audit_act"])
    again = await spilno("user", "erase", person, "--yes")
    assert again.exit_code == 1
    assert "There is no such person any more." in again.output


@pytest.mark.parametrize("id", ["Olena", "Debate_019a3c5e7f2b7c3d8e4f5a6b7c8d9e0f", "Person_1"])
async def test_what_is_no_person_is_not_erased(spilno: Spilno, id: str) -> None:
    done = await spilno("user", "erase", id, "--yes")
    assert done.exit_code != 0
    assert "is not the id of a person" in done.output
