"""What identity holds of people, table by table: what is not theirs to keep goes with them."""

from typing import Any

from modules.identity.accounts.tables import EmailChangeRow, TokenRow
from modules.identity.clients.tables import ApiClientRow
from modules.identity.municipalities.tables import PlatformAdministratorRow
from modules.identity.openid.tables import IdentityRow, OpenidStartRow
from modules.identity.organisations.tables import DecisionRow, MembershipRow
from modules.identity.organisations.tables import VerificationRow as OrganisationVerificationRow
from modules.identity.passkeys.tables import PasskeyChallengeRow, PasskeyRow
from modules.identity.personal.erasing import parting
from modules.identity.personal.tables import ExportRow
from modules.identity.profile.tables import InterestRow
from modules.identity.tables import AccountRow, PersonRow, RoleRow, SessionRow
from modules.identity.totp.tables import RecoveryCodeRow, TotpRow
from modules.identity.verification.tables import (
    DocumentRow,
    VerificationAttemptRow,
    VerificationRequestRow,
    VerificationRow,
)
from modules.kernel.personal import Personal, Trace
from modules.kernel.tables import col


def _of(column: Any, file: str, shows: str, told: str, **more: Any) -> Trace:
    return Trace(column=col(column), file=file, shows=tuple(shows.split()), told=told, **more)


def _hidden(column: Any, told: str) -> Trace:
    return Trace(column=col(column), told=told)


_PERSON = _of(
    PersonRow.id,
    "person",
    "id name about avatar locale municipality_id joined_at",
    "What everybody sees of you, and the language of your letters.",
    stays="What somebody contributed stays, and has to be somebody's: of a person without a name.",
    emptied={"name": "", "search_text": "", "about": "", "avatar": None, "locale": "uk", "municipality_id": None},
)
_INTERESTS = _of(InterestRow.person_id, "interests", "interest position", "What you care about, as you order it.")
_ACCOUNT = (
    _of(AccountRow.person_id, "account", "email email_confirmed_at", "How you sign in."),
    _of(
        EmailChangeRow.person_id, "email_change", "email is_left is_taken expires_at", "The address that you asked for."
    ),
    _hidden(TokenRow.subject_id, "Links in letters to you: a hash of each is kept for a day at most."),
    _of(
        SessionRow.person_id,
        "sessions",
        "id device created_at last_used_at expires_at",
        "Where you are signed in, or were when it ended by itself.",
    ),
    _of(IdentityRow.person_id, "identities", "provider issuer subject linked_at", "With whom you may sign in."),
    _hidden(OpenidStartRow.person_id, "That you left for a provider to link it: for ten minutes."),
    _of(
        PasskeyRow.person_id, "passkeys", "name created_at used_at", "Keys that open your account: their public halves."
    ),
    _hidden(PasskeyChallengeRow.person_id, "What a device of yours was asked to sign: for five minutes."),
    _of(
        TotpRow.person_id, "second_step", "confirmed_at", "Since when signing in takes a code; its secret is not told."
    ),
    _hidden(RecoveryCodeRow.person_id, "Hashes of your recovery codes."),
    _of(
        ApiClientRow.person_id,
        "api_clients",
        "name prefix scopes hourly_budget created_at last_used_at",
        "Keys for partner applications that you answer for.",
    ),
    _hidden(ExportRow.person_id, "That you asked for your data: for ten minutes."),
)
_OFFICES = (
    _of(RoleRow.person_id, "roles", "municipality_id role", "What you do in municipalities."),
    _of(PlatformAdministratorRow.person_id, "platform_administration", "since", "That you administer the platform."),
)
_ORGANISATIONS = (
    _of(MembershipRow.person_id, "memberships", "organisation_id role joined_at", "What you belong to, or asked to."),
    _of(
        OrganisationVerificationRow.requested_by,
        "organisation_verifications",
        "id organisation_id edrpou representative_name representative_position evidence requested_at state",
        "What you told a municipality of an organisation, to have it verified.",
        stays="It says of the organisation that it was verified, or was not.",
        emptied={"representative_name": "", "representative_position": "", "evidence": ""},
    ),
    _of(
        DecisionRow.decided_by,
        "organisation_decisions",
        "verification_id organisation_id verdict reason decided_at",
        "What you decided on organisations, as an official.",
        stays="It is the municipality's decision.",
    ),
)
_RESIDENCE = (
    _of(
        VerificationRow.person_id,
        "residence",
        "municipality_id level method district verified_at expires_at",
        "Of which municipality you are a verified resident.",
    ),
    _of(
        DocumentRow.person_id,
        "documents",
        "municipality_id",
        "Where a document of yours is known, by a hash that tells nothing: a second account cannot use it.",
    ),
    _of(
        VerificationRequestRow.person_id,
        "residence_request",
        "municipality_id method document_type address requested_at printed_at expires_at",
        "What you wait for, to be verified as a resident.",
    ),
    _of(
        VerificationAttemptRow.person_id,
        "residence_attempts",
        "municipality_id status wrong failures failed_at locked_until",
        "How your last attempt to be verified as a resident went.",
    ),
)

PERSONAL = Personal((*_ACCOUNT, *_OFFICES, *_ORGANISATIONS, *_RESIDENCE, _INTERESTS, _PERSON), parting)
