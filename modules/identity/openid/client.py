"""OpenID Connect as its client: authorisation code with PKCE, state and nonce; ID tokens by the provider's keys.

Imported when somebody asks: it takes a third of a second.
"""

from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from functools import cache
from ssl import SSLContext
from typing import Any

import httpx2
from authlib.integrations.base_client import OAuthError
from authlib.integrations.httpx_client import AsyncOAuth2Client
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet

from modules.identity.openid.refusals import OidcRefused, ProviderAway
from modules.identity.ports import OpenidProvider
from modules.kernel import clock

# Signatures that only the provider can make: none by our own secret, and no `none`.
_ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "Ed25519", "EdDSA"]
_LEEWAY = 60  # seconds that clocks may differ
_PATIENCE = 10.0  # seconds


@dataclass(frozen=True)
class Told:
    """Who somebody is, as the provider says. `email` is one that it has verified; `claims` are those that were asked for."""

    subject: str
    name: str
    email: str | None
    claims: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass
class Client:
    """What is known of one provider: where it is asked, and its keys."""

    provider: OpenidProvider
    _where: Mapping[str, Any] = field(default_factory=dict)
    _keys: KeySet | None = None

    async def url(self, state: str, nonce: str, verifier: str) -> str:
        """Where to send somebody. Raises ProviderAway."""
        async with self._session() as session:
            where = await self._discovered(session)
            endpoint = where["authorization_endpoint"]
            url, _ = session.create_authorization_url(endpoint, state=state, nonce=nonce, code_verifier=verifier)
        return str(url)

    async def who(self, code: str, nonce: str, verifier: str, also: Set[str] = frozenset()) -> Told:
        """Who came back with this code, and what these claims of theirs are. Raises OidcRefused or ProviderAway."""
        async with self._session() as session:
            where = await self._discovered(session)
            try:
                answer = await session.fetch_token(where["token_endpoint"], code=code, code_verifier=verifier)
                claims = await self._claims(session, answer, nonce)
                if "userinfo_endpoint" in where and not {"name", "email", *also} <= set(claims):
                    claims = {**await self._more(session, where["userinfo_endpoint"], claims["sub"]), **claims}
            except httpx2.HTTPError:
                raise ProviderAway() from None
            except (OAuthError, JoseError, KeyError, ValueError) as error:
                # The cause goes to nobody: it may quote what is secret.
                raise OidcRefused() from error
        name = _text(claims, "name") or _text(claims, "preferred_username")
        asked = {each: claims[each] for each in also if each in claims}
        return Told(claims["sub"], name, _verified(claims), asked)

    async def _claims(self, session: Any, answer: Mapping[str, Any], nonce: str) -> Mapping[str, Any]:
        """Those of the ID token: of this provider, for us, for this sign-in, now. Raises JoseError, KeyError or ValueError."""
        token = await self._opened(session, answer["id_token"])
        rules: Any = {
            "iss": {"essential": True, "value": self.provider.issuer},
            "aud": {"essential": True, "value": self.provider.client_id},
            "sub": {"essential": True},
        }
        ours = {"nonce": nonce, "client_id": self.provider.client_id, "access_token": answer.get("access_token")}
        claims = CodeIDToken(token.claims, token.header, rules, ours)
        claims.validate(now=int(clock.now().timestamp()), leeway=_LEEWAY)
        if not isinstance(claims["sub"], str):
            raise ValueError("a subject is a text")
        return claims

    async def _opened(self, session: Any, token: str) -> jwt.Token:
        """The token by a key of the provider; its keys are asked for again when it names one that is not known."""
        if self._keys is not None:
            try:
                return jwt.decode(token, self._keys, algorithms=_ALGORITHMS)
            except InvalidKeyIdError:
                pass
        where = await self._discovered(session)
        self._keys = KeySet.import_key_set(await _get(session, where["jwks_uri"]))
        return jwt.decode(token, self._keys, algorithms=_ALGORITHMS)

    async def _more(self, session: Any, endpoint: str, subject: str) -> Mapping[str, Any]:
        """What the provider tells of the same person besides."""
        found = (await session.get(endpoint)).raise_for_status().json()
        if found["sub"] != subject:
            raise ValueError("the claims are another's")
        told: Mapping[str, Any] = found
        return told

    async def _discovered(self, session: Any) -> Mapping[str, Any]:
        if not self._where:
            where = await _get(session, f"{self.provider.issuer.rstrip('/')}/.well-known/openid-configuration")
            if where.get("issuer") != self.provider.issuer:
                raise ProviderAway()
            self._where = where
        return self._where

    def _session(self) -> Any:
        provider = self.provider
        return AsyncOAuth2Client(
            provider.client_id,
            provider.client_secret or None,
            scope=provider.scope,
            redirect_uri=provider.redirect_uri,
            code_challenge_method="S256",
            timeout=_PATIENCE,
            verify=_trusted(),
        )


@cache
def _trusted() -> SSLContext:
    """Read once: it takes longer than to ask."""
    return httpx2.create_ssl_context()


@cache
def client(provider: OpenidProvider) -> Client:
    """The one of this process."""
    return Client(provider)


async def _get(session: Any, url: str) -> Any:
    try:
        found = (await session.request("GET", url, withhold_token=True)).raise_for_status().json()
    except (httpx2.HTTPError, ValueError):
        raise ProviderAway() from None
    if not isinstance(found, dict):
        raise ProviderAway()
    return found


def _text(claims: Mapping[str, Any], name: str) -> str:
    value = claims.get(name)
    return value if isinstance(value, str) else ""


def _verified(claims: Mapping[str, Any]) -> str | None:
    return _text(claims, "email") or None if claims.get("email_verified") is True else None
