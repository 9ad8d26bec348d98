"""Who asks in tests: two municipalities, and people with and without roles in them."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from modules.identity import opaque
from modules.identity.municipalities.tables import PlatformAdministratorRow
from modules.identity.recent import RECENT
from modules.identity.tables import Category, MunicipalityRow, PersonRow, RoleRow, SessionRow
from modules.kernel import clock, keys
from modules.kernel.policy import NOBODY, Role, Viewer
from modules.kernel.search import searchable
from modules.kernel.storage import Storage

KYIV, BILA_TSERKVA = "UA80000000000093317", "UA32020010000093088"
BEGAN = datetime(2026, 5, 1, 9, 0, tzinfo=UTC)
LATER = (clock.now() + timedelta(days=365)).isoformat()  # a moment that no test lives to see

_PLACES = (
    ("UA32000000000030281", None, Category.OBLAST, "Київська"),
    ("UA32020000000057002", "UA32000000000030281", Category.RAION, "Білоцерківський"),
    (BILA_TSERKVA, "UA32020000000057002", Category.HROMADA, "Білоцерківська"),
    (KYIV, None, Category.SPECIAL_CITY, "Київ"),
)


def _viewer(number: int, role: Role | None = None, municipality: str = KYIV, *, platform: bool = False) -> Viewer:
    roles = frozenset({(role, municipality)}) if role else frozenset()
    return Viewer(UUID(int=number), UUID(int=1000 + number), roles, platform)


@dataclass(frozen=True)
class People:
    """Viewers by what they may do; all roles are in Kyiv but for those of the foreign ones."""

    nobody: Viewer
    mira: Viewer
    taras: Viewer
    moderator: Viewer
    official: Viewer
    foreign_moderator: Viewer
    foreign_official: Viewer
    administrator: Viewer
    foreign_administrator: Viewer
    platform_administrator: Viewer


PEOPLE = People(
    nobody=NOBODY,
    mira=_viewer(1),
    taras=_viewer(2),
    moderator=_viewer(3, Role.MODERATOR),
    official=_viewer(4, Role.OFFICIAL),
    foreign_moderator=_viewer(5, Role.MODERATOR, BILA_TSERKVA),
    foreign_official=_viewer(6, Role.OFFICIAL, BILA_TSERKVA),
    administrator=_viewer(7, Role.ADMINISTRATOR),
    foreign_administrator=_viewer(8, Role.ADMINISTRATOR, BILA_TSERKVA),
    platform_administrator=_viewer(9, platform=True),
)


def municipality_id(code: str = KYIV) -> str:
    """The global id of a municipality."""
    return keys.encode("Municipality", code)


def person_id(viewer: Viewer) -> str:
    """The global id of a person."""
    assert viewer.person_id is not None
    return keys.encode("Person", viewer.person_id)


async def settle(storage: Storage, crowd: int = 0) -> list[Viewer]:
    """Write the municipalities, the people and `crowd` more citizens; the viewers of the crowd."""
    named = {name: viewer for name, viewer in vars(PEOPLE).items() if viewer.person_id}
    many = [_viewer(100 + number) for number in range(crowd)]
    people = [
        *((name.capitalize(), viewer) for name, viewer in named.items()),
        *((f"Citizen {place}", viewer) for place, viewer in enumerate(many)),
    ]
    places = [
        {"id": code, "parent_id": parent, "category": category, "name": name, "search_text": searchable(name)}
        for code, parent, category, name in _PLACES
    ]
    rows = [
        {
            "id": viewer.person_id,
            "name": name,
            "about": "",
            "locale": "uk",
            "municipality_id": KYIV,
            "joined_at": BEGAN,
            "search_text": searchable(name),
        }
        for name, viewer in people
    ]
    roles = [
        {"person_id": viewer.person_id, "municipality_id": code, "role": role}
        for viewer in named.values()
        for role, code in viewer.roles
    ]
    platform = {"person_id": PEOPLE.platform_administrator.person_id, "since": BEGAN}
    async with storage.writing() as work:
        await work.put(MunicipalityRow, places)
        await work.put(PersonRow, rows)
        await work.put(RoleRow, roles, key=("person_id", "municipality_id"))
        await work.put(PlatformAdministratorRow, [platform], key=("person_id",))
    return many


async def sign_in(storage: Storage, *late: Viewer) -> None:
    """Give everybody with a name the session that they ask with: begun just now, of the `late` ones too long ago for what is
    asked of who has just signed in."""
    now = clock.now()
    rows = [
        {
            "id": viewer.session_id,
            "person_id": viewer.person_id,
            "token_hash": opaque.digest(str(viewer.session_id)),
            "device": "",
            "created_at": now - RECENT if viewer in late else now,
            "last_used_at": now,
            "expires_at": now + timedelta(days=1),
        }
        for viewer in vars(PEOPLE).values()
        if viewer.person_id
    ]
    async with storage.writing() as work:
        await work.put(SessionRow, rows)
