"""How much in what time: as settings write it, and for which act."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from limits import parse

HOUR = 3600

# Which setting limits a root field of the mutation. Those that are not named are limited as `writes`.
ACTS: Mapping[str, str] = {
    "signIn": "sign_in",
    "signInWithPasskey": "sign_in",
    "startOidc": "sign_in",
    "finishOidc": "sign_in",
    "confirmTotp": "sign_in",
    "resetPassword": "sign_in",
    "eraseMe": "sign_in",
    "signUp": "sign_up",
    "confirmEmail": "sign_up",
    "requestPasswordReset": "sign_up",
    "requestVerification": "verification",
    "completeVerification": "verification",
    "requestOrganisationVerification": "verification",
    "exportMyData": "exports",
}
BY_ADDRESS = {"sign_in", "sign_up"}  # whoever asks; the others are by person, and by address for nobody


@dataclass(frozen=True, slots=True)
class Rate:
    """At most `amount` in each stretch of `seconds`, which begin by the clock."""

    amount: int
    seconds: int

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """`60/minute`, `100 per 2 hours`; None for an empty text: any number. Raises ValueError."""
        if not text.strip():
            return None
        item = parse(text)
        return cls(item.amount, item.get_expiry())


@dataclass(frozen=True)
class Rates:
    """None is any number. `person` and `address` are of the cost of operations, the others of acts."""

    person: Rate | None = None
    address: Rate | None = None
    sign_in: Rate | None = None
    sign_up: Rate | None = None
    verification: Rate | None = None
    exports: Rate | None = None
    writes: Rate | None = None

    def act(self, field: str) -> tuple[str, Rate | None]:
        """What a root field of the mutation is limited as."""
        name = ACTS.get(field, "writes")
        rate: Rate | None = getattr(self, name)
        return name, rate
