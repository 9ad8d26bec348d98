"""Being verified by what a provider tells: a real one, whose claims and settings change."""

import dataclasses
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import structlog.testing

from modules.identity.openid.tables import IdentityRow
from modules.identity.ports import OpenidProviders, Vouching
from modules.identity.verification.tables import DocumentRow, VerificationAttemptRow
from modules.kernel import clock
from modules.kernel.policy import Viewer
from modules.kernel.storage import Storage
from modules.kernel.tables import pick
from tests.asking import Ask
from tests.civic.scenes import act
from tests.contents import contents, rows_of
from tests.identity import residence
from tests.identity.municipal import CONFIGURE
from tests.identity.provider import Provider, come_back, provider
from tests.identity.residence import badge, mine
from tests.identity.test_openid import Offered
from tests.people import BILA_TSERKVA, KYIV, PEOPLE, municipality_id

__all__ = ["provider"]

pytestmark = pytest.mark.usefixtures("signed_in")

REQUEST = """mutation($i: RequestVerificationInput!) { r: requestVerification(input: $i) { __typename ...R
  ... on VerificationRequested { status oidc { url state } } ... on InvalidInput { field } } }"""
FINISH = """mutation($i: FinishOidcInput!) { r: finishOidc(input: $i) { __typename ...R
  ... on OidcFinished { token viewer { verification { status level expiresAt } identities { provider } } }
  ... on VerificationFailed { status fields } } }"""
SCOPE = "openid profile email residence"
EID = Vouching(
    level=3,
    date_of_birth=("birthdate",),
    municipality=("municipality",),
    document_number=("document_number",),
    document_type="passport",
)
POST = Vouching(level=2, date_of_birth=("birthdate",), postal_code=("address", "postal_code"))
GOOD = {"birthdate": "1990-05-31", "municipality": KYIV, "document_number": residence.NUMBER}
Here = Callable[..., Ask]


@pytest.fixture
def here(ask: Ask, provider: Provider) -> Here:
    """The graph of an installation where providers vouch."""

    def made(vouches: Vouching | None = EID) -> Ask:
        offered = [provider.known_as(), provider.known_as("eid", title="Дія", scope=SCOPE, vouches=vouches)]
        return dataclasses.replace(ask, ports={**ask.ports, OpenidProviders: Offered(offered)})

    return made


async def begin(ask: Ask, as_: Viewer, place: str = KYIV, name: str | None = "eid") -> dict[str, Any]:
    told = {"municipalityId": municipality_id(place), "handler": "OIDC", "provider": name}
    return await act(ask, REQUEST, as_, **told)


async def verify(ask: Ask, as_: Viewer, login: str, place: str = KYIV) -> dict[str, Any]:
    """Begin, log in at the provider, come back."""
    begun = await begin(ask, as_, place)
    assert begun["status"] == "PENDING"
    back = await come_back(begun["oidc"]["url"], login)
    return await act(ask, FINISH, as_, state=back["state"], code=back["code"])


async def test_who_comes_back_is_verified_and_linked(here: Here, provider: Provider, storage: Storage) -> None:
    await provider.tell("olena", **GOOD)
    done = await verify(here(), PEOPLE.mira, "olena")

    assert done["__typename"] == "OidcFinished"
    assert (done["token"], done["viewer"]["identities"]) == (None, [{"provider": "eid"}])
    assert (done["viewer"]["verification"]["status"], done["viewer"]["verification"]["level"]) == ("OK", "CONFIRMED")
    assert await badge(here(), PEOPLE.mira) == "CONFIRMED"
    kept = str(await contents(storage))
    assert not [secret for secret in ("1990-05-31", "734518") if secret in kept]


async def test_a_document_is_one_accounts_whichever_way_it_is_shown(here: Here, provider: Provider) -> None:
    await provider.tell("olena", **GOOD)
    assert (await residence.request(here(), PEOPLE.taras, "FORM"))["status"] == "OK"

    assert (await verify(here(), PEOPLE.mira, "olena"))["code"] == "DOCUMENT_TAKEN"
    assert (await mine(here(), PEOPLE.mira))["wrongFields"] == ["DOCUMENT_NUMBER"]
    assert (await verify(here(), PEOPLE.taras, "olena"))["viewer"]["verification"]["level"] == "CONFIRMED"


async def test_an_identity_without_a_document_is_one_accounts_too(here: Here, provider: Provider) -> None:
    ask = here(dataclasses.replace(EID, document_number=None, document_type=None))
    await provider.tell("olena", **GOOD)
    assert (await verify(ask, PEOPLE.taras, "olena"))["__typename"] == "OidcFinished"
    assert (await verify(ask, PEOPLE.mira, "olena"))["code"] == "DOCUMENT_TAKEN"


async def test_a_number_of_the_providers_own_is_one_accounts(here: Here, provider: Provider, storage: Storage) -> None:
    ask = here(dataclasses.replace(EID, document_type=None))
    for login in ("olena", "olenas-second-account"):
        await provider.tell(login, **{**GOOD, "document_number": "3184710691"})
    assert (await verify(ask, PEOPLE.taras, "olena"))["__typename"] == "OidcFinished"
    assert (await verify(ask, PEOPLE.mira, "olenas-second-account"))["code"] == "DOCUMENT_TAKEN"
    assert len(await rows_of(storage, pick(DocumentRow, "person_id"))) == 1


@pytest.mark.parametrize(
    ("claims", "status", "fields"),
    [
        ({"birthdate": "2015-05-31"}, "UNAUTHORIZED", ["DATE_OF_BIRTH"]),
        ({"municipality": BILA_TSERKVA}, "UNAUTHORIZED", ["MUNICIPALITY"]),
        ({"municipality": "Київ"}, "UNAUTHORIZED", ["MUNICIPALITY"]),
        ({"municipality": None}, "INCOMPLETE", ["MUNICIPALITY"]),
        ({"birthdate": None, "document_number": 734518}, "INCOMPLETE", ["DOCUMENT_NUMBER", "DATE_OF_BIRTH"]),
        ({"birthdate": "31.05.1990"}, "INCOMPLETE", ["DATE_OF_BIRTH"]),
    ],
)
async def test_what_does_not_fit_or_is_not_told_is_named(
    here: Here, provider: Provider, storage: Storage, claims: Any, status: str, fields: list[str]
) -> None:
    told = {name: value for name, value in {**GOOD, **claims}.items() if value is not None}
    await provider.tell("olena", **told)

    with structlog.testing.capture_logs() as logged:
        refused = await verify(here(), PEOPLE.mira, "olena")

    assert (refused["code"], refused["status"], refused["fields"]) == ("VERIFICATION_FAILED", status, fields)
    tells_too_little = [each for each in logged if each["event"] == "provider_tells_too_little"]
    if status == "INCOMPLETE":
        assert refused["message"] == "Дія does not tell all that is needed to verify you."
        [warned] = tells_too_little
        assert (warned["provider"], warned["fields"]) == ("eid", [each.lower() for each in fields])
    else:
        assert tells_too_little == []
    assert await badge(here(), PEOPLE.mira) == "REGISTERED"
    assert await rows_of(storage, pick(IdentityRow, "id")) == [], "who was not verified is not linked either"
    [tried] = await rows_of(storage, pick(VerificationAttemptRow, "failures"))
    assert tried["failures"] == (status == "UNAUTHORIZED")


async def test_a_place_that_lies_in_the_municipality_is_in_it(here: Here, provider: Provider) -> None:
    await provider.tell("olena", **{**GOOD, "municipality": BILA_TSERKVA})
    oblast = "UA32000000000030281"
    assert (await verify(here(), PEOPLE.mira, "olena", oblast))["__typename"] == "OidcFinished"


async def test_a_postal_code_vouches_where_the_municipality_says_which_are_its_own(
    here: Here, provider: Provider
) -> None:
    ask = here(POST)
    await provider.tell("olena", birthdate="1990-05-31", address={"postal_code": "01001"})
    assert (await verify(ask, PEOPLE.mira, "olena"))["fields"] == ["POSTAL_CODE"]

    rules = {"handlers": ["OIDC"], "postalCodes": ["01000-01999"]}
    given = {"municipalityId": municipality_id(), "isActive": True, "verification": rules}
    assert (await act(ask, CONFIGURE, PEOPLE.platform_administrator, **given))["__typename"] == "MunicipalityConfigured"
    assert (await verify(ask, PEOPLE.mira, "olena"))["viewer"]["verification"]["level"] == "RESIDENT"
    await provider.tell("petro", birthdate="1990-05-31", address={"postal_code": "09100"})
    assert (await verify(ask, PEOPLE.taras, "petro"))["fields"] == ["POSTAL_CODE"]


async def test_what_the_id_token_says_goes_first_and_a_forged_one_says_nothing(here: Here, provider: Provider) -> None:
    await provider.tell("olena", **GOOD)
    await provider.tamper(municipality=BILA_TSERKVA)
    assert (await verify(here(), PEOPLE.mira, "olena"))["fields"] == ["MUNICIPALITY"]
    await provider.tell("olena", **{**GOOD, "municipality": BILA_TSERKVA})
    await provider.tamper(forge=True, municipality=KYIV)
    assert (await verify(here(), PEOPLE.mira, "olena"))["code"] == "OIDC_REFUSED"


async def test_userinfo_is_asked_for_what_the_id_token_leaves_out(here: Here, provider: Provider) -> None:
    await provider.tell("olena", **GOOD)
    await provider.tamper(name="Олена", email="olena@example.org")
    assert (await verify(here(), PEOPLE.mira, "olena"))["__typename"] == "OidcFinished"


async def test_it_ends_and_is_renewed(here: Here, provider: Provider) -> None:
    await provider.tell("olena", **GOOD)
    first = (await verify(here(), PEOPLE.mira, "olena"))["viewer"]["verification"]["expiresAt"]
    with clock.frozen(clock.now() + timedelta(days=731)):
        assert (await mine(here(), PEOPLE.mira))["status"] == "EXPIRED"
    again = (await verify(here(), PEOPLE.mira, "olena"))["viewer"]["verification"]
    assert (again["status"], again["expiresAt"] > first) == ("OK", True)


async def test_a_higher_level_is_not_lowered(here: Here, provider: Provider, storage: Storage) -> None:
    await provider.tell("olena", **GOOD)
    assert (await verify(here(), PEOPLE.mira, "olena"))["__typename"] == "OidcFinished"
    lower = here(dataclasses.replace(EID, level=2))
    assert (await verify(lower, PEOPLE.mira, "olena"))["code"] == "ALREADY_VERIFIED"
    assert await badge(here(), PEOPLE.mira) == "CONFIRMED"


async def test_an_identity_that_is_anothers_verifies_nobody(here: Here, provider: Provider) -> None:
    other = dataclasses.replace(EID, document_number=None, document_type=None, level=2)
    await provider.tell("olena", **GOOD)
    assert (await verify(here(), PEOPLE.taras, "olena", KYIV))["__typename"] == "OidcFinished"
    assert (await verify(here(other), PEOPLE.mira, "olena"))["code"] == "IDENTITY_TAKEN"
    assert await badge(here(), PEOPLE.mira) == "REGISTERED"


async def test_who_signed_in_long_ago_links_nothing_by_it(here: Here, provider: Provider, storage: Storage) -> None:
    await provider.tell("olena", **GOOD)
    with clock.frozen(clock.now() + timedelta(hours=1)):
        begun = await begin(here(), PEOPLE.mira)
    back = await come_back(begun["oidc"]["url"], "olena")
    ended = await act(here(), FINISH, PEOPLE.mira, state=back["state"], code=back["code"])
    assert (ended["code"], await badge(here(), PEOPLE.mira)) == ("SIGN_IN_AGAIN", "REGISTERED")


async def test_what_one_began_nobody_else_ends(here: Here, provider: Provider, storage: Storage) -> None:
    await provider.tell("olena", **GOOD)
    back = await come_back((await begin(here(), PEOPLE.mira))["oidc"]["url"], "olena")
    for who in (PEOPLE.nobody, PEOPLE.taras):
        ended = await act(here(), FINISH, who, state=back["state"], code=back["code"])
        assert ended["code"] == "OIDC_REFUSED"
    assert await rows_of(storage, pick(DocumentRow, "person_id")) == []


async def test_only_what_is_offered_is_begun(here: Here, storage: Storage) -> None:
    before = await contents(storage)
    assert (await begin(here(), PEOPLE.nobody))["code"] == "NOT_SIGNED_IN"
    assert (await begin(here(), PEOPLE.mira, name="provider"))["field"] == "provider", "it vouches for nobody"
    assert (await begin(here(), PEOPLE.mira, name=None))["field"] == "provider"
    assert (await begin(here(None), PEOPLE.mira))["field"] == "handler", "nobody vouches"
    assert (await begin(here(), PEOPLE.mira, "UA00000000000000000"))["field"] == "municipalityId"
    assert await contents(storage) == before


async def test_what_is_offered_no_more_when_one_comes_back_is_refused(here: Here, provider: Provider) -> None:
    await provider.tell("olena", **GOOD)
    back = await come_back((await begin(here(), PEOPLE.mira))["oidc"]["url"], "olena")
    ended = await act(here(None), FINISH, PEOPLE.mira, state=back["state"], code=back["code"])
    assert ended["code"] == "OIDC_REFUSED"


async def test_wrong_tries_lock_this_way_too(here: Here, provider: Provider) -> None:
    await provider.tell("olena", **{**GOOD, "birthdate": "2015-05-31"})
    for _ in range(4):
        assert (await verify(here(), PEOPLE.mira, "olena"))["code"] == "VERIFICATION_FAILED"
    assert (await begin(here(), PEOPLE.mira))["code"] == "VERIFICATION_LOCKED"


async def test_the_ways_that_are_offered_name_the_provider(here: Here) -> None:
    query = "{ viewer { verification { handlers { handler level needs provider } } } }"
    offers = (await here()(query, as_=PEOPLE.mira))["viewer"]["verification"]["handlers"]
    eid = {"handler": "OIDC", "level": "CONFIRMED", "needs": [], "provider": "eid"}
    assert [each for each in offers if each["handler"] == "OIDC"] == [eid]
    assert {each["provider"] for each in offers if each["handler"] != "OIDC"} == {None}
