"""SPILNO_OIDC: with whom people may sign in."""

import json
from typing import Any

import pytest
from pydantic import ValidationError

from gateway.modules import MODULES
from gateway.settings import Settings
from gateway.wiring import asked_by_identity, ports
from modules.identity.verification.terms import DocumentType

GIVEN = {
    "name": "id",
    "issuer": "https://id.example",
    "client_id": "spilno",
    "client_secret": "not to be seen",
    "redirect_uri": "https://spilno.example/back",
}


def read(monkeypatch: pytest.MonkeyPatch, *given: Any) -> Settings:
    monkeypatch.setenv("SPILNO_OIDC", json.dumps(given))
    return Settings()


def test_providers_are_what_the_settings_name(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = read(monkeypatch, GIVEN, {**GIVEN, "name": "other", "title": "Other", "scope": "openid"})
    first, second = ports(MODULES, settings)[asked_by_identity.OpenidProviders].all()

    assert (first.name, first.title, first.scope) == ("id", "id", "openid profile email")
    assert (second.name, second.title, second.scope) == ("other", "Other", "openid")
    assert first.client_secret == "not to be seen"
    assert "not to be seen" not in f"{settings!r} {first!r}"
    assert list(ports(MODULES)[asked_by_identity.OpenidProviders].all()) == []


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"issuer": "http://id.example"}, "https"),
        ({"redirect_uri": "javascript:alert(1)"}, "https"),
        ({"issuer": "http://localhost.example"}, "https"),
        ({"name": "A name"}, "name"),
        ({"secret": "?"}, "secret"),
    ],
)
def test_what_cannot_be_is_named(monkeypatch: pytest.MonkeyPatch, changed: dict[str, str], why: str) -> None:
    with pytest.raises(ValidationError, match=why) as error:
        read(monkeypatch, {**GIVEN, **changed})
    assert "not to be seen" not in str(error.value)


def test_what_a_provider_vouches_with_is_named_by_its_claims(monkeypatch: pytest.MonkeyPatch) -> None:
    given = {
        "level": "confirmed",
        "postal_code": ["address", "postal_code"],
        "municipality": "https://id.example/place",
    }
    settings = read(monkeypatch, {**GIVEN, "vouches": given}, {**GIVEN, "name": "other"})
    first, second = ports(MODULES, settings)[asked_by_identity.OpenidProviders].all()

    assert first.vouches == asked_by_identity.Vouching(
        level=3,
        date_of_birth=("birthdate",),
        municipality=("https://id.example/place",),
        postal_code=("address", "postal_code"),
    )
    assert first.vouches.names == {"birthdate", "address", "https://id.example/place"}
    assert second.vouches is None


@pytest.mark.parametrize("kind", DocumentType)
def test_a_number_is_of_a_document_that_people_are_verified_with(
    monkeypatch: pytest.MonkeyPatch, kind: DocumentType
) -> None:
    given = {"municipality": "place", "document_number": "number", "document_type": kind.value}
    [provider] = ports(MODULES, read(monkeypatch, {**GIVEN, "vouches": given}))[asked_by_identity.OpenidProviders].all()
    assert (provider.vouches.document_type, provider.vouches.level) == (kind.value, 2)


@pytest.mark.parametrize(
    ("vouches", "why"),
    [
        ({}, "name the claim `municipality` or `postal_code`"),
        ({"municipality": "place", "document_type": "passport"}, "without `document_number`"),
        ({"municipality": "place", "document_number": "number", "document_type": "licence"}, "document_type"),
        ({"municipality": []}, "municipality"),
        ({"municipality": "place", "level": 3}, "level"),
        ({"municipality": "place", "age": "age"}, "age"),
    ],
)
def test_vouching_that_cannot_be_is_named(monkeypatch: pytest.MonkeyPatch, vouches: Any, why: str) -> None:
    with pytest.raises(ValidationError, match=why) as error:
        read(monkeypatch, {**GIVEN, "vouches": vouches})
    assert "not to be seen" not in str(error.value)


def test_a_name_is_one_providers(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValidationError, match="the same name") as error:
        read(monkeypatch, GIVEN, GIVEN)
    assert "not to be seen" not in str(error.value)


def test_a_provider_on_this_machine_needs_no_tls(monkeypatch: pytest.MonkeyPatch) -> None:
    [provider] = read(monkeypatch, {**GIVEN, "issuer": "http://127.0.0.1:9000"}).oidc
    assert provider.issuer == "http://127.0.0.1:9000"
