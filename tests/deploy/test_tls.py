"""The site with TLS, with a certificate of a minute."""

import shutil
import ssl
import subprocess
from pathlib import Path

import httpx2
import pytest

from tests.deploy.proxies import nginx
from tests.deploy.stand_ins import OK, says, stand_in
from tests.servers import free_port

NEW = ("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1")
NAMED = ("-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost")


@pytest.fixture
def certificate(tmp_path: Path) -> dict[str, str]:
    """What the paths of the shipped site are to be replaced by."""
    if shutil.which("openssl") is None:
        pytest.skip("needs openssl on PATH: this test makes a certificate")
    here = {"fullchain.pem": tmp_path / "chain.pem", "privkey.pem": tmp_path / "key.pem"}
    places = ("-out", str(here["fullchain.pem"]), "-keyout", str(here["privkey.pem"]))
    subprocess.run([*NEW, *NAMED, *places], check=True, capture_output=True, timeout=60)
    return {f"/etc/letsencrypt/live/spilno.example/{name}": str(path) for name, path in here.items()}


async def test_the_graph_is_reached_by_tls_and_all_else_is_sent_there(certificate: dict[str, str]) -> None:
    port = free_port()
    more = {**certificate, "listen 443 ": f"listen 127.0.0.1:{port} "}
    trusted = ssl.create_default_context(cafile=certificate["/etc/letsencrypt/live/spilno.example/fullchain.pem"])
    async with stand_in(says(OK)) as one:
        with nginx(one.address, one.address, "site-tls.conf", more) as proxy:
            async with httpx2.AsyncClient(verify=trusted, timeout=20) as client:
                answer = await client.post(f"https://localhost:{port}/graphql", content=b"{}")
                assert (answer.status_code, answer.content) == (200, b"{}")
                assert answer.headers["strict-transport-security"] == "max-age=31536000"
                moved = await client.get(f"http://{proxy.address}/graphql?query=q", headers={"host": "spilno.example"})
    assert (moved.status_code, moved.headers["location"]) == (301, "https://spilno.example/graphql")
    (seen,) = one.seen
    assert seen.headers["x-forwarded-proto"] == "https"
    assert seen.headers["host"] == f"localhost:{port}"


@pytest.mark.parametrize("site", ["site.conf", "site-tls.conf"])
def test_answers_for_a_certificate_are_found(site: str, certificate: dict[str, str]) -> None:
    tls = {} if site == "site.conf" else {**certificate, "listen 443 ": f"listen 127.0.0.1:{free_port()} "}
    nobody = f"127.0.0.1:{free_port()}"
    with nginx(nobody, nobody, site, tls) as proxy:
        folder = proxy.folder / "acme/.well-known/acme-challenge"
        folder.mkdir(parents=True)
        (folder / "token").write_text("answer")
        answer = httpx2.get(f"http://{proxy.address}/.well-known/acme-challenge/token", timeout=20)
    assert (answer.status_code, answer.text) == (200, "answer")
