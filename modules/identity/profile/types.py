"""Graph types of what only the person sees of a profile."""

import strawberry

from modules.kernel.fields import column


@strawberry.type(description="How the platform treats the person; only this person sees it.")
class PersonalSettings:
    locale: str = column("Language of letters: `uk` or `en`.")
