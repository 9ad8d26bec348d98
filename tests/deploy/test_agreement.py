"""The files of deploy/ agree with each other, and with the code that they start."""

import re
import shutil
import subprocess
from configparser import ConfigParser
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]
from uvicorn import Config

from gateway.http.health import TIMEOUT
from gateway.live.streams import HEARTBEAT
from gateway.serving import options
from gateway.settings import Settings

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
KNOWN = {f"SPILNO_{name.upper()}" for name in Settings.model_fields}
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
MEGABYTE = 2**20


def read(name: str) -> str:
    return (DEPLOY / name).read_text()


def directives(name: str, directive: str) -> list[str]:
    """What comes after a directive of nginx, wherever in a file."""
    return re.findall(rf"^\s*{directive}\s+([^;]+);", read(name), re.MULTILINE)


def only(name: str, directive: str) -> str:
    (found,) = directives(name, directive)
    return found


def gateways(name: str, group: str) -> set[str]:
    """The addresses of a group."""
    (block,) = re.findall(rf"^upstream {group} {{(.+?)^}}", read(name), re.MULTILINE | re.DOTALL)
    return set(re.findall(r"^\s*server (\S+)", block, re.MULTILINE))


def seconds(text: str) -> float:
    return float(text.removesuffix("s"))


def unit(path: Path) -> dict[str, list[str]]:
    """The values of its section Service, by name; those that may be given several times are lists."""
    found: dict[str, list[str]] = {}
    for line in path.read_text().partition("[Service]")[2].partition("[Install]")[0].splitlines():
        name, sign, value = line.partition("=")
        if sign and not line.startswith("#"):
            found.setdefault(name, []).append(value)
    return found


@pytest.fixture
def compose() -> Any:
    return yaml.safe_load(read("compose.yaml"))


@pytest.fixture
def environment_file() -> dict[str, str]:
    lines = [line for line in read("systemd/spilno.env.example").splitlines() if line and not line.startswith("#")]
    return dict(line.split("=", 1) for line in lines)


@pytest.mark.parametrize("path", [*DEPLOY.rglob("*.*"), DEPLOY / "Dockerfile", ROOT / "README.md"], ids=str)
def test_every_variable_is_one_that_the_settings_know(path: Path) -> None:
    if path.is_file():
        assert set(re.findall(r"\bSPILNO_[A-Z_]+\b", path.read_text())) <= KNOWN


def test_the_environment_file_is_what_the_server_takes(
    environment_file: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment_file.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("SPILNO_SECRET_KEY", "x" * 32)
    settings = Settings()
    settings.require_secret()
    config = Config("gateway.app:from_environment", **options(settings))
    assert config.forwarded_allow_ips == environment_file["FORWARDED_ALLOW_IPS"]
    assert settings.live_connections < int(unit(DEPLOY / "systemd/spilno@.service")["LimitNOFILE"][0])


def test_units_wait_for_what_the_server_takes_to_end(environment_file: dict[str, str]) -> None:
    settings = Settings(live_drain=float(environment_file["SPILNO_LIVE_DRAIN"]))
    graceful, service = options(settings)["timeout_graceful_shutdown"], unit(DEPLOY / "systemd/spilno@.service")
    assert int(service["TimeoutStopSec"][0]) > 2 * graceful
    assert service["KillSignal"] == ["SIGTERM"]
    asked_again = re.findall(r"fail_timeout=(\d+)s", read("nginx/spilno/gateways.conf"))
    assert int(service["ExecStartPost"][1].split()[-1]) > max(map(int, asked_again))


@pytest.mark.parametrize("path", UNITS, ids=lambda path: str(path.name))
def test_units_are_what_systemd_takes(path: Path, tmp_path: Path) -> None:
    parser = ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read(path)
    assert {"Unit", "Service"} <= set(parser.sections())
    assert parser["Service"]["EnvironmentFile"] == "/etc/spilno/spilno.env"
    verify = shutil.which("systemd-analyze")
    if verify is None:
        return
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/spilno").symlink_to("/bin/true")
    (tmp_path / path.name).write_text(path.read_text().replace("/opt/spilno/", f"{tmp_path}/"))
    done = subprocess.run(
        [verify, "verify", str(tmp_path / path.name)], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_units_give_up_what_they_do_not_need() -> None:
    for path in UNITS:
        service = unit(path)
        assert service["DynamicUser"] == service["NoNewPrivileges"] == service["ProtectHome"] == ["yes"]
        assert (service["ProtectSystem"], service["CapabilityBoundingSet"]) == (["strict"], [""])


@pytest.mark.parametrize("name", ["nginx/spilno/gateways.conf", "nginx/compose/gateways.conf"])
def test_both_groups_have_the_same_gateways(name: str) -> None:
    assert gateways(name, "queries") == gateways(name, "live")
    assert len(gateways(name, "live")) == 2


def test_nginx_and_uvicorn_agree() -> None:
    config = Config("gateway.app:from_environment", **options(Settings()))
    assert config.ws_ping_interval is not None
    assert config.ws_ping_timeout is not None
    for name in ("nginx/spilno/gateways.conf", "nginx/compose/gateways.conf"):
        assert seconds(only(name, "keepalive_timeout")) < config.timeout_keep_alive, "nginx closes first"
    silence = max(map(seconds, directives("nginx/spilno/graph.conf", "proxy_read_timeout")))
    assert silence > 2 * max(config.ws_ping_interval + config.ws_ping_timeout, HEARTBEAT)
    assert only("nginx/nginx.conf", "client_max_body_size") == "1m"
    assert options(Settings())["ws_max_size"] == MEGABYTE
    per_address = Settings().live_connections_per_address
    assert only("nginx/spilno/graph.conf", "limit_conn") == f"addresses {per_address}"


def test_nginx_may_open_what_it_promises_to_take(compose: Any) -> None:
    files = int(only("nginx/nginx.conf", "worker_rlimit_nofile"))
    assert files > int(only("nginx/nginx.conf", "worker_connections"))
    assert files <= compose["services"]["nginx"]["ulimits"]["nofile"]
    assert Settings().live_connections < compose["services"]["gateway-1"]["ulimits"]["nofile"]


def test_backlogs_and_ports_are_what_the_kernel_gives() -> None:
    kernel = dict(re.findall(r"^(\S+) = (.+)$", read("sysctl.conf"), re.MULTILINE))
    first_free = int(kernel["net.ipv4.ip_local_port_range"].split()[0])
    assert all(int(each.split(":")[1]) < first_free for each in gateways("nginx/spilno/gateways.conf", "live"))
    backlog = int(re.findall(r"backlog=(\d+)", read("nginx/spilno/site.conf"))[0])
    assert int(kernel["net.core.somaxconn"]) >= max(backlog, Config("gateway.app:from_environment").backlog)


def test_compose_reaches_its_gateways(compose: Any) -> None:
    """The image's port at the addresses that nginx knows, all within one network; nginx alone is believed."""
    services = compose["services"]
    (subnet,) = compose["networks"]["inside"]["ipam"]["config"]
    command = re.findall(r'^CMD \["serve", "--host", "0.0.0.0", "--port", "(\d+)"\]$', read("Dockerfile"), re.MULTILINE)
    addresses = {name: each["networks"]["inside"]["ipv4_address"] for name, each in services.items() if _fixed(each)}
    assert {f"{addresses[name]}:{command[0]}" for name in ("gateway-1", "gateway-2")} == gateways(
        "nginx/compose/gateways.conf", "live"
    )
    for address in addresses.values():
        assert ip_address(address) in ip_network(subnet["subnet"])
        assert ip_address(address) not in ip_network(subnet["ip_range"]), "it is given to nobody else"
    for name in ("gateway-1", "gateway-2"):
        assert services[name]["environment"]["FORWARDED_ALLOW_IPS"] == addresses["nginx"]
    assert [port.split(":")[1] for port in services["nginx"]["ports"]] == directives(
        "nginx/spilno/site.conf", "listen"
    )[0].split()[:1]


def _fixed(service: Any) -> bool:
    return isinstance(service["networks"], dict)


def test_compose_starts_in_order_and_stops_in_peace(compose: Any) -> None:
    services = compose["services"]
    for name in ("gateway-1", "gateway-2"):
        gateway = services[name]
        assert seconds(gateway["stop_grace_period"]) > options(Settings())["timeout_graceful_shutdown"]
        assert gateway["depends_on"]["migrate"]["condition"] == "service_completed_successfully"
        assert gateway["read_only"]
    assert services["migrate"]["command"] == ["migrate"]
    for source in (volume.split(":")[0] for volume in services["nginx"]["volumes"]):
        assert (DEPLOY / source).exists()
    for each in services.values():
        assert set(each.get("depends_on", {})) <= set(services)


def test_compose_gives_settings_that_the_server_takes(compose: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in compose["services"]["gateway-1"]["environment"].items():
        shown = re.sub(r"\$\{(\w+):\?[^}]*\}", "x" * 32, re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", value))
        monkeypatch.setenv(name, shown)
    settings = Settings()
    settings.require_secret()
    assert settings.database_url == f"postgresql+asyncpg://spilno:{'x' * 32}@postgres/spilno"
    assert settings.bus_url == "redis://redis:6379/0"


def test_the_image_is_healthy_when_it_is_ready() -> None:
    text = read("Dockerfile")
    asked = re.findall(r"HEALTHCHECK .*--timeout=(\d+)s.*\\\n.*http://127\.0\.0\.1:(\d+)(/\w+)'", text)
    assert asked == [("5", "8000", "/readyz")]
    assert float(asked[0][0]) > 2 * TIMEOUT, "it waits for the checks"
    assert text.index("USER spilno") < text.index("ENTRYPOINT")
    shipped = {line[1:] for line in read("Dockerfile.dockerignore").splitlines() if line.startswith("!")}
    copied = {name for line in re.findall(r"^COPY (?!--)(.+)$", text, re.MULTILINE) for name in line.split()[:-1]}
    assert copied == shipped
    assert all((ROOT / name).exists() for name in copied)


def test_the_readme_tells_of_every_directive() -> None:
    """Of each that is set somewhere in nginx's files, but for what only names or closes things."""
    text, told = "".join(path.read_text() for path in (DEPLOY / "nginx").rglob("*.conf")), read("README.md")
    set_here = set(re.findall(r"^\s*([a-z_]+)\s[^{]*;", text, re.MULTILINE))
    assert {name for name in set_here if f"`{name}" not in told} == set()
