"""What people say of themselves."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from modules.identity import rules as identity_rules
from modules.identity.accounts.rules import LOCALES
from modules.identity.actions import municipality_exists
from modules.identity.profile import policy, rules
from modules.identity.profile.tables import InterestRow
from modules.identity.tables import PersonRow
from modules.identity.verification import attempts
from modules.identity.verification.granting import end_elsewhere
from modules.kernel.policy import Viewer
from modules.kernel.refusals import InvalidInput, NotFound
from modules.kernel.search import searchable
from modules.kernel.storage import Row, Work
from modules.kernel.tables import col, pick

_PERSON = pick(PersonRow, "name", "about", "avatar", "locale", "municipality_id").where(
    col(PersonRow.erased_at).is_(None)
)


async def update_profile(work: Work, viewer: Viewer, told: Mapping[str, Any]) -> UUID:
    """Change what is told, by column or `interests`, None taking it away; the person's key. Whoever takes part elsewhere
    from now on is no verified resident of where they did before.

    Raises NotSignedIn, InvalidInput or NotFound.
    """
    person_id = policy.may_update_profile(viewer)
    tidy = {name: _TIDY[name](value) for name, value in told.items()}
    if tidy.get("municipality_id") is not None and not await municipality_exists(work, tidy["municipality_id"]):
        raise InvalidInput(field="municipalityId", message="There is no such municipality.")
    if "municipality_id" in tidy:
        await work.as_(viewer)
        await attempts.hold(work, person_id)  # in turn with whoever is verifying the person now
    person = await work.row(_PERSON.where(col(PersonRow.id) == person_id).with_for_update(key_share=True))
    if person is None:
        raise NotFound(message="There is no such person any more.")
    if "interests" in tidy:
        await put_interests(work, person_id, tidy.pop("interests"))
    await _change(work, person_id, person, tidy)
    return person_id


async def put_interests(work: Work, person_id: UUID, interests: Sequence[str]) -> None:
    """Write tidy interests in place of those that the person had."""
    await work.run(sa.delete(InterestRow).where(col(InterestRow.person_id) == person_id))
    rows = [
        {"person_id": person_id, "interest": interest, "position": position}
        for position, interest in enumerate(interests)
    ]
    if rows:
        await work.run(work.insert(InterestRow).values(rows))


async def _change(work: Work, person_id: UUID, before: Row, tidy: Mapping[str, Any]) -> None:
    changed = {name: value for name, value in tidy.items() if value != before[name]}
    if "name" in changed:
        changed["search_text"] = searchable(changed["name"])
    if changed:
        await work.run(sa.update(PersonRow).where(col(PersonRow.id) == person_id).values(changed))
    if "municipality_id" in changed:
        await end_elsewhere(work, person_id, changed["municipality_id"])


def _name(name: str | None) -> str:
    tidy = identity_rules.tidy_name(name or "")
    if tidy is None:
        raise InvalidInput(field="name", message="A name has 2 to 100 printable characters.")
    return tidy


def _about(about: str | None) -> str:
    tidy = rules.tidy_about(about or "")
    if tidy is None:
        raise InvalidInput(field="about", message=f"`about` has at most {rules.LONGEST_ABOUT:,} characters.")
    return tidy


def _avatar(avatar: str | None) -> str | None:
    tidy = (avatar or "").strip() or None
    if tidy is not None and not identity_rules.is_https(tidy, rules.LONGEST_AVATAR):
        raise InvalidInput(
            field="avatar",
            message=f"A picture is at an address that begins with https://, has up to {rules.LONGEST_AVATAR} characters "
            "and no name or password in it.",
        )
    return tidy


def _interests(interests: Sequence[str] | None) -> tuple[str, ...]:
    try:
        return rules.tidy_interests(interests or ())
    except rules.NotInterests as wrong:
        raise InvalidInput(field="interests", message=str(wrong)) from wrong


def _locale(locale: str | None) -> str:
    if locale not in LOCALES:
        raise InvalidInput(field="locale", message=f"The language is one of: {', '.join(LOCALES)}.")
    return locale


_TIDY: Mapping[str, Callable[[Any], Any]] = {
    "name": _name,
    "about": _about,
    "avatar": _avatar,
    "interests": _interests,
    "municipality_id": lambda code: code,
    "locale": _locale,
}
