"""Which requests the cookie of a session counts for, and how it is written."""

from datetime import UTC, datetime, timedelta

import pytest

from gateway.http.cookies import Cookies
from gateway.settings import Settings
from modules.kernel import clock

HOME, NEIGHBOUR, EVIL = "https://spilno.example", "https://blog.spilno.example", "https://evil.example"
NOW = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)


def head(**given: str | None) -> dict[bytes, bytes]:
    """A request to the site, with these headers."""
    named = {"host": "spilno.example", **given}
    return {name.replace("_", "-").encode(): value.encode() for name, value in named.items() if value is not None}


@pytest.mark.parametrize(
    ("origin", "site", "welcome"),
    [
        (HOME, "same-origin", True),
        (HOME, None, True),  # a browser that says no more
        ("HTTPS://Spilno.Example", None, True),
        (HOME, "cross-site", False),  # it knows better: a proxy has changed Host
        ("https://spilno.example:8443", None, False),
        ("http://spilno.example", None, False),  # whoever is on the way can write pages there
        ("http://spilno.example", "cross-site", False),
        ("https://page.example", "same-site", True),  # it is allowed
        ("https://page.example", "cross-site", True),
        ("https://page.example", None, True),
        (NEIGHBOUR, "same-site", False),
        (NEIGHBOUR, None, False),
        (EVIL, "cross-site", False),
        (EVIL, "none", False),
        (EVIL, None, False),
        ("null", "cross-site", False),
        ("null", None, False),
        ("", None, False),
        (None, "same-origin", True),
        (None, "none", True),  # somebody typed the address
        (None, "same-site", False),
        (None, "cross-site", False),
        (None, "nonsense", False),
    ],
)
@pytest.mark.parametrize("is_harmless", [False, True])
def test_pages_that_may_use_it(origin: str | None, site: str | None, welcome: bool, is_harmless: bool) -> None:
    cookies = Cookies(("https://page.example",))
    assert cookies.are_home(head(origin=origin, sec_fetch_site=site), is_harmless=is_harmless) is welcome


def test_who_says_nothing_may_ask_and_change_nothing() -> None:
    assert [Cookies().are_home(head(), is_harmless=harmless) for harmless in (True, False)] == [True, False]


def test_the_browser_tells_whose_page_it_is_when_a_proxy_has_changed_the_host() -> None:
    changed = head(host="gateway:8000", origin=HOME, sec_fetch_site="same-origin")
    assert Cookies().are_home(changed, is_harmless=False)
    assert not Cookies().are_home(head(host="gateway:8000", origin=HOME), is_harmless=False)


def test_every_page_may_ask_and_none_of_them_in_somebodys_name() -> None:
    cookies = Cookies(("*", "https://page.example"))
    for origin in (EVIL, "https://page.example", "*"):
        assert not cookies.are_home(head(origin=origin), is_harmless=True)


def test_at_home_on_the_own_machine() -> None:
    cookies = Cookies(is_secure=False)
    assert cookies.are_home(head(host="127.0.0.1:8000", origin="http://127.0.0.1:8000"), is_harmless=False)
    assert not cookies.are_home(head(host="127.0.0.1:8000", origin="http://127.0.0.1:5173"), is_harmless=False)


def test_it_is_this_hosts_alone_out_of_reach_of_scripts_and_ends_with_the_session() -> None:
    with clock.frozen(NOW):
        until = NOW + timedelta(days=30, seconds=0.9)
        assert Cookies().kept("abc-_", until) == (
            b"__Host-spilno=abc-_; Max-Age=2592000; Path=/; HttpOnly; SameSite=Lax; Secure"
        )
        assert Cookies(is_secure=False).kept("abc", until) == (
            b"spilno=abc; Max-Age=2592000; Path=/; HttpOnly; SameSite=Lax"
        )
        assert Cookies().kept("abc", NOW - timedelta(days=1)).split(b"; ")[1] == b"Max-Age=0"
    assert Cookies().gone == b"__Host-spilno=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax; Secure"


@pytest.mark.parametrize(
    ("sent", "token"),
    [
        ("__Host-spilno=abc", "abc"),
        ("theme=dark; __Host-spilno=abc-_; other=1", "abc-_"),
        ('__Host-spilno="abc"', "abc"),
        ("spilno=abc", None),
        ("x__Host-spilno=abc", None),
        ("__Host-spilno2=abc", None),
        ("__Host-spilno=", None),
        ("__Host-spilno", None),
        ("theme=__Host-spilno", None),
        (";;=;", None),
        ("", None),
        (None, None),
    ],
)
def test_the_token_in_a_request(sent: str | None, token: str | None) -> None:
    assert Cookies().token(head(cookie=sent)) == token


@pytest.mark.parametrize(
    ("public_url", "is_secure"),
    [
        ("https://spilno.example", True),
        ("https://127.0.0.1:8443", True),
        ("http://spilno.example", True),  # and so it is kept nowhere, rather than told to whoever is on the way
        ("http://127.0.0.1.evil.example", True),
        ("http://127.0.0.1:8000", False),
        ("http://localhost:5173", False),
        ("http://[::1]:8000", False),
    ],
)
def test_it_travels_in_the_clear_within_one_machine_alone(public_url: str, is_secure: bool) -> None:
    assert Settings(public_url=public_url).has_secure_cookies is is_secure
