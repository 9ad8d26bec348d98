"""Graph types of a municipality's settings: over rows that its batch has grouped."""

import strawberry

from modules.identity.verification.terms import Method
from modules.kernel.fields import column


@strawberry.type(description="What a person needs to be verified as a resident.")
class VerificationSettings:
    handlers: list[Method] = column("How residence can be proved here; none when it cannot.")
    minimum_age: int = column("From which age, in years.")
    postal_codes: list[str] = column("Postal codes of residents, `09100` or `09100-09199`; any when there are none.")


@strawberry.type(description="How what people write is moderated: for those who moderate.")
class ModerationSettings:
    hide_after_reports: int | None = column("After how many reports something is hidden by itself; null for never.")


@strawberry.type(description="How the municipality looks.")
class Branding:
    name: str | None = column("The name to show, null for that of the codifier.")
    colour: str | None = column("Its colour, `#0057b7`; null for the platform's.")
    logo_url: str | None = column("Where its logo is, null when it has none.")


@strawberry.type(description="How a municipality takes part.")
class MunicipalitySettings:
    languages: list[str] = column("Languages that it speaks, as codes of ISO 639; the first is its own.")
    verification: VerificationSettings = column("What a person needs to be verified as a resident.")
    moderation: ModerationSettings | None = column("How it is moderated; null for who does not moderate there.")
    branding: Branding = column("How it looks.")
