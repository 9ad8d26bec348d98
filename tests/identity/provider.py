"""A real OpenID provider on 127.0.0.1, and somebody's browser at its login form."""

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import httpx2
import pytest

from modules.identity.ports import OpenidProvider
from tests.node_packages import FOLDER, require_node_modules

BACK = "http://127.0.0.1:1/back"  # nobody listens: who is sent there has arrived


@dataclass(frozen=True)
class Provider:
    issuer: str

    def known_as(self, name: str = "provider", **changed: Any) -> OpenidProvider:
        """As our settings know it."""
        told: dict[str, Any] = {
            "title": "The provider",
            "issuer": self.issuer,
            "client_id": "spilno",
            "client_secret": "secret-of-spilno",
            "redirect_uri": BACK,
            "scope": "openid profile email",
        }
        return OpenidProvider(name=name, **{**told, **changed})

    async def tell(self, login: str, **claims: Any) -> None:
        """It tells this of somebody from now on, beside who they are."""
        await self._told("tell", {"login": login, "claims": claims})

    async def rotate(self) -> None:
        """A new key, and the old one gone."""
        await self._told("rotate", {})

    async def tamper(self, *, forge: bool = False, **claims: Any) -> None:
        """The next ID token says this."""
        await self._told("tamper", {"claims": claims, "forge": forge})

    async def _told(self, what: str, body: Any) -> None:
        async with httpx2.AsyncClient(verify=False) as control:
            (await control.post(f"{self.issuer}/of-the-test/{what}", json=body)).raise_for_status()


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    """One that runs while a file of tests does."""
    require_node_modules()
    command = ["node", "openid_provider.mjs", BACK]
    with subprocess.Popen(command, cwd=FOLDER, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        try:
            issuer = process.stdout.readline().strip()
            assert issuer, process.stderr.read()
            yield Provider(issuer)
        finally:
            process.terminate()


async def come_back(url: str, login: str, **changed: str) -> dict[str, str]:
    """Log in at the provider and agree; what the browser is sent back with. `changed` are parameters of the URL."""
    parts = urlsplit(url)
    asked = urlunsplit(parts._replace(query=urlencode({**dict(parse_qsl(parts.query)), **changed})))
    async with httpx2.AsyncClient(timeout=20, verify=False) as browser:
        answer = await browser.get(asked)
        for _ in range(12):
            if answer.status_code == 200:
                prompt = "login" if 'value="login"' in answer.text else "consent"
                form = {"prompt": prompt, "login": login, "password": "any"}
                answer = await browser.post(answer.url, data=form)
                continue
            target = str(answer.url.join(answer.headers["location"]))
            if target.startswith(BACK):
                return dict(parse_qsl(urlsplit(target).query))
            answer = await browser.get(target)
    raise AssertionError(f"{login} was sent around in a circle")
