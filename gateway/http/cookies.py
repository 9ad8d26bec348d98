"""The session that a browser keeps in a cookie: how it is set, and whose requests it counts for."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from starlette.requests import cookie_parser

from gateway.http.exchange import Incoming
from modules.kernel import clock

STRANGE = (
    "The cookie of a session counts for the pages of this site and those in SPILNO_ALLOWED_ORIGINS. "
    "Ask without it, or with `Authorization: Bearer <token>`."
)
Head = Mapping[bytes, bytes]


class Cookies:
    """`is_secure`: it travels by HTTPS alone, and is this host's alone (`__Host-`). `origins` are those of pages elsewhere that
    may use it; "*" names none: what everybody may read is one thing, in whose name another."""

    def __init__(self, origins: Collection[str] = (), *, is_secure: bool = True) -> None:
        self.name = b"__Host-spilno" if is_secure else b"spilno"
        self._scheme = b"https" if is_secure else b"http"
        self._pages = frozenset() if "*" in origins else frozenset(each.lower().encode() for each in origins)
        # Lax: pages that are written by a server know who followed a link to them. It is not what keeps forged requests
        # out, `are_home` does: pages of neighbours (blog.spilno.example) are the same site, and not the same origin.
        self._always = b"; Path=/; HttpOnly; SameSite=Lax" + (b"; Secure" if is_secure else b"")

    def token(self, head: Head) -> str | None:
        """What the cookie of a request holds; None without one."""
        given = head.get(b"cookie")
        if given is None or self.name not in given:
            return None
        return cookie_parser(given.decode("latin-1")).get(self.name.decode()) or None

    def are_home(self, head: Head, *, is_harmless: bool) -> bool:
        """Whether a page asks that may use the cookie, by what the browser says of it and pages cannot.

        Who says nothing of it is an old browser at its own site or no browser at all: a question that changes nothing
        (`is_harmless`) is let pass, since no other page reads its answer.
        """
        origin, site = head.get(b"origin"), head.get(b"sec-fetch-site")
        if origin is None:
            return site in (b"same-origin", b"none") or (site is None and is_harmless)
        own = b"%s://%s" % (self._scheme, head.get(b"host", b"").lower())
        return site == b"same-origin" or origin.lower() in self._pages or (site is None and origin.lower() == own)

    def kept(self, token: str, expires_at: datetime) -> bytes:
        """The header's value that sets it."""
        seconds = max(0, int((expires_at - clock.now()).total_seconds()))
        return b"%s=%s; Max-Age=%d%s" % (self.name, token.encode(), seconds, self._always)

    @property
    def gone(self) -> bytes:
        """The header's value that takes it away."""
        return b"%s=; Max-Age=0%s" % (self.name, self._always)


@dataclass(frozen=True, slots=True)
class Jar:
    """The cookie of one request, and what its reply says of it: a `SessionCookie` of the kernel."""

    cookies: Cookies
    incoming: Incoming
    is_asking: bool

    @property
    def may_be_set(self) -> bool:
        return self.cookies.are_home(self.incoming.headers, is_harmless=False)

    def keep(self, token: str, expires_at: datetime) -> None:
        self.incoming.set_cookie = self.cookies.kept(token, expires_at)

    def forget(self) -> None:
        if self.is_asking:
            self.incoming.set_cookie = self.cookies.gone
