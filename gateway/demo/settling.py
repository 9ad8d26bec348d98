"""What people of the demo have done with the platform: by the actions that everybody else does it by."""

from dataclasses import asdict
from uuid import UUID

from gateway.demo.shapes import Association, Claim, Demo
from gateway.wiring import (
    asked_by_identity,
    identity_imports,
    municipality_actions,
    organisation_actions,
    residence_actions,
    residence_requests,
    vouching_actions,
)
from modules.kernel.policy import Role, Viewer
from modules.kernel.storage import Work

_VERIFIED, *_ = vouching_actions.VERDICTS


class Settling:
    """Acts of the demo's people, whose keys are `people`, in one transaction."""

    def __init__(self, work: Work, demo: Demo, people: tuple[UUID, ...], secrets: asked_by_identity.Secrets) -> None:
        self._work, self._demo, self._people, self._secrets = work, demo, people, secrets
        self._codes = [place.code for place in demo.municipalities]

    async def municipalities(self) -> None:
        """Let the tenants take part, as who administers the platform does."""
        keeper = self._people[self._demo.platform_administrator]
        await municipality_actions.make_platform_administrator(self._work, keeper)
        viewer = Viewer(keeper, is_platform_administrator=True)
        for place in self._demo.municipalities:
            if place.settings is not None:
                told = asdict(place.settings)
                settings = told | {
                    "verification_handlers": [identity_imports.Method(name) for name in told.pop("handlers")]
                }
                await municipality_actions.configure_municipality(
                    self._work, viewer, place.code, is_active=True, settings=settings
                )

    async def residents(self) -> None:
        """Let people show where they live, and officials look."""
        for resident in self._demo.residents:
            code = self._codes[self._demo.people[resident.person].municipality]
            outcome = await residence_actions.request_verification(
                self._work,
                Viewer(self._people[resident.person]),
                self._secrets,
                municipality_id=code,
                method=identity_imports.Method(resident.method),
                given=identity_imports.tidy_given(
                    identity_imports.DocumentType.ID_CARD,
                    resident.document_number,
                    resident.date_of_birth,
                    resident.postal_code,
                ),
            )
            if resident.official is not None and outcome.request_id is not None:
                await residence_requests.confirm(
                    self._work,
                    self._official(resident.official, code),
                    self._secrets,
                    request_id=outcome.request_id,
                    document_number=resident.document_number,
                )

    async def associations(self) -> None:
        """Found organisations, let people in, and have one vouched for."""
        for association in self._demo.associations:
            founder, code = Viewer(self._people[association.founder]), self._codes[association.municipality]
            made = await organisation_actions.create_organisation(
                self._work,
                founder,
                municipality_id=code,
                name=association.name,
                about=association.about,
                website=association.website,
            )
            await self._join(association, founder, made)
            if association.claim is not None:
                await self._vouch(association.claim, founder, made, code)

    async def _join(self, association: Association, founder: Viewer, organisation_id: UUID) -> None:
        for at in (*association.members, *association.candidates):
            person_id = self._people[at]
            await organisation_actions.request_membership(self._work, Viewer(person_id), organisation_id)
            if at in association.members:
                await organisation_actions.answer_membership(
                    self._work, founder, organisation_id, person_id, is_accepted=True
                )

    async def _vouch(self, claim: Claim, founder: Viewer, organisation_id: UUID, code: str) -> None:
        told = vouching_actions.Claim(claim.edrpou, claim.representative, claim.position, claim.evidence)
        request_id = await vouching_actions.request_verification(self._work, founder, organisation_id, told)
        if claim.official is not None:
            official = self._official(claim.official, code)
            await vouching_actions.decide_verification(
                self._work, official, request_id, _VERIFIED, "Витяг відповідає реєстру."
            )

    def _official(self, person: int, code: str) -> Viewer:
        return Viewer(self._people[person], roles=frozenset({(Role.OFFICIAL, code)}))
