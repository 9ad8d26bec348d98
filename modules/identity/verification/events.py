"""What verification announces, to whoever remembers what somebody may do."""

from modules.identity.events import OfPerson


class ResidenceVerified(OfPerson):
    """A person was verified as a resident: anew, at another level, or of another municipality."""


class ResidenceEnded(OfPerson):
    """A person is a verified resident no more: takes part elsewhere."""
