"""Municipalities that take part: who configures them, what is refused, what is shown to whom."""

from typing import Any

import pytest

from modules.identity.municipalities.rules import takes_postal_code
from modules.kernel.storage import Storage
from tests.asking import Ask
from tests.civic.scenes import act
from tests.contents import announced, contents
from tests.identity.municipal import CONFIGURE
from tests.people import KYIV, PEOPLE, municipality_id

ALL: dict[str, Any] = {
    "isActive": True,
    "languages": ["UK", "crh", "uk"],
    "verification": {"handlers": ["DESK", "CENSUS"], "minimumAge": 16, "postalCodes": ["01001 - 06999", "08000"]},
    "moderation": {"hideAfterReports": 3},
    "branding": {"name": " Місто  Київ ", "colour": "#0057B7", "logoUrl": "https://kyiv.example/logo.svg"},
}
SHOWN: dict[str, Any] = {
    "languages": ["uk", "crh"],
    "verification": {"handlers": ["DESK", "CENSUS"], "minimumAge": 16, "postalCodes": ["01001-06999", "08000"]},
    "moderation": {"hideAfterReports": 3},
    "branding": {"name": "Місто Київ", "colour": "#0057b7", "logoUrl": "https://kyiv.example/logo.svg"},
}
PAGE = """query($code: String!) { municipality(code: $code) { isActive settings { languages
  verification { handlers minimumAge postalCodes } moderation { hideAfterReports } branding { name colour logoUrl } } } }"""


async def configure(ask: Ask, who: str = "platform_administrator", code: str = KYIV, **input: Any) -> dict[str, Any]:
    return await act(ask, CONFIGURE, getattr(PEOPLE, who), municipalityId=municipality_id(code), **input)


async def page(ask: Ask, who: str = "nobody") -> Any:
    return (await ask(PAGE, {"code": KYIV}, as_=getattr(PEOPLE, who)))["municipality"]


async def test_a_municipality_takes_part_and_changes_a_setting_at_a_time(ask: Ask, storage: Storage) -> None:
    assert await page(ask) == {"isActive": False, "settings": None}
    done = await configure(ask, **ALL)
    assert done == {"__typename": "MunicipalityConfigured", "municipality": {"isActive": True, "settings": SHOWN}}
    assert await announced(storage, "registers") != [], "whoever remembers the list of municipalities is told"

    changed = await configure(ask, "administrator", verification={"minimumAge": 18}, branding={"logoUrl": ""})

    expected = SHOWN | {
        "verification": {**SHOWN["verification"], "minimumAge": 18},
        "branding": {**SHOWN["branding"], "logoUrl": None},
    }
    assert changed["municipality"]["settings"] == expected
    before = await contents(storage)
    await configure(ask, "administrator", verification={"minimumAge": 18}, moderation={})
    assert await contents(storage) == before, "nothing new is no news"


async def test_it_leaves_and_comes_back_with_its_settings(ask: Ask) -> None:
    await configure(ask, **ALL)
    left = await configure(ask, isActive=False, moderation={"hideAfterReports": 0})
    assert left["municipality"] == {"isActive": False, "settings": SHOWN | {"moderation": {"hideAfterReports": None}}}
    assert (await configure(ask, isActive=True))["municipality"]["isActive"] is True


@pytest.mark.parametrize("who", vars(PEOPLE))
async def test_after_how_many_reports_is_for_who_moderates(ask: Ask, who: str) -> None:
    await configure(ask, **ALL)
    reads = who in ("moderator", "official", "administrator", "platform_administrator")
    assert await page(ask, who) == {
        "isActive": True,
        "settings": SHOWN | {"moderation": {"hideAfterReports": 3} if reads else None},
    }


async def test_those_that_take_part_are_listed(ask: Ask) -> None:
    query = (
        "query($f: MunicipalityFilter) { municipalities(filter: $f) { totalCount edges { node { code isActive } } } }"
    )
    await configure(ask, **ALL)
    await configure(ask, code="UA32000000000030281", branding={"name": "Область"})

    found = {
        is_active: (await ask(query, {"f": {"isActive": is_active}}))["municipalities"] for is_active in (True, False)
    }

    assert found[True] == {"totalCount": 1, "edges": [{"node": {"code": KYIV, "isActive": True}}]}
    assert found[False]["totalCount"] == 3
    assert {edge["node"]["isActive"] for edge in found[False]["edges"]} == {False}


async def test_whether_it_takes_part_is_not_its_own_administrators_to_say(ask: Ask, storage: Storage) -> None:
    before = await contents(storage)
    refused = await configure(ask, "administrator", isActive=True, languages=["uk"])
    assert refused == {
        "__typename": "NotAllowed",
        "code": "NOT_ALLOWED",
        "message": "Only who administers the platform may do this.",
    }
    assert await contents(storage) == before


@pytest.mark.parametrize(
    ("field", "input"),
    [
        ("languages", {"languages": []}),
        ("languages", {"languages": ["uk", "xx"]}),
        ("verification.minimumAge", {"verification": {"minimumAge": 13}}),
        ("verification.minimumAge", {"verification": {"minimumAge": 101}}),
        ("verification.postalCodes", {"verification": {"postalCodes": ["0100"]}}),
        ("verification.postalCodes", {"verification": {"postalCodes": ["02000-01000"]}}),
        ("verification.postalCodes", {"verification": {"postalCodes": [f"{number:05}" for number in range(501)]}}),
        ("moderation.hideAfterReports", {"moderation": {"hideAfterReports": -1}}),
        ("moderation.hideAfterReports", {"moderation": {"hideAfterReports": 1001}}),
        ("branding.name", {"branding": {"name": "К" * 201}}),
        ("branding.name", {"branding": {"name": "К\u0007"}}),
        ("branding.colour", {"branding": {"colour": "blue"}}),
        ("branding.logoUrl", {"branding": {"logoUrl": "http://kyiv.example/logo.svg"}}),
        ("branding.logoUrl", {"branding": {"logoUrl": "javascript:alert(1)"}}),
        ("branding.logoUrl", {"branding": {"logoUrl": "https://a:b@kyiv.example/logo.svg"}}),
        ("branding.logoUrl", {"branding": {"logoUrl": "https://[kyiv"}}),
        ("municipalityId", {"municipalityId": "Person_00000000000000000000000000000001"}),
    ],
)
async def test_a_wrong_value_names_its_field_and_changes_nothing(
    ask: Ask, storage: Storage, field: str, input: dict[str, Any]
) -> None:
    before = await contents(storage)
    given = {"municipalityId": municipality_id(), "isActive": True} | input
    refused = await act(ask, CONFIGURE, PEOPLE.platform_administrator, **given)
    assert (refused["__typename"], refused["field"]) == ("InvalidInput", field)
    assert await contents(storage) == before


async def test_what_is_not_in_the_codifier_cannot_take_part(ask: Ask) -> None:
    assert (await configure(ask, code="UA00000000000000000", isActive=True))["__typename"] == "NotFound"


@pytest.mark.parametrize(
    ("ranges", "code", "taken"),
    [
        ((), "01001", True),
        (("01001-06999",), "01001", True),
        (("01001-06999",), "06999", True),
        (("01001-06999",), "07000", False),
        (("01001", "08000"), "08000", True),
        (("01001", "08000"), "08001", False),
    ],
)
def test_postal_codes_of_residents(ranges: tuple[str, ...], code: str, taken: bool) -> None:
    assert takes_postal_code(ranges, code) is taken
