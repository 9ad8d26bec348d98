"""People, accounts, sessions, municipalities and roles."""

from pathlib import Path

from modules.identity.accounts.jobs import send_letter
from modules.identity.accounts.notices import LETTER
from modules.identity.accounts.ports import Mailer
from modules.identity.audit.relations import audit_events_by_id
from modules.identity.audit.types import AuditEvent
from modules.identity.organisations.ports import LegalEntities
from modules.identity.organisations.relations import organisations_by_id, verifications_by_id
from modules.identity.organisations.types import Organisation, OrganisationVerification
from modules.identity.personal.jobs import AGAIN, FAREWELL, erase_again, send_farewell
from modules.identity.personal.ports import Holders
from modules.identity.personal.traces import PERSONAL
from modules.identity.ports import OpenidProviders, Secrets, Site
from modules.identity.relations import municipalities_by_id, people_by_id
from modules.identity.roots import Mutation, Query
from modules.identity.tables import IdentityTable
from modules.identity.types import Municipality, Person
from modules.identity.verification.relations import requests_by_id
from modules.identity.verification.types import VerificationRequest
from modules.kernel.contract import Module

module = Module(
    name="identity",
    query=Query,
    mutation=Mutation,
    owns={
        Person: people_by_id,
        Municipality: municipalities_by_id,
        Organisation: organisations_by_id,
        OrganisationVerification: verifications_by_id,
        VerificationRequest: requests_by_id,
        AuditEvent: audit_events_by_id,
    },
    metadata=IdentityTable.metadata,
    migrations=Path(__file__).parent / "migrations",
    ports=(Holders, LegalEntities, Mailer, OpenidProviders, Secrets, Site),
    jobs={LETTER: send_letter, FAREWELL: send_farewell, AGAIN: erase_again},
    personal=PERSONAL,
)
