"""At which version the registers are, known in this process without asking the database."""

from gateway.live.feed import Feed
from gateway.live.tail import Tail
from modules.kernel.following import Log
from modules.kernel.registers import TOPIC


class Registers(Tail):
    """Follows the topic on which imports announce themselves, while it is open.

    What another process imported is known with the hint on the bus, or a second later with the feed's next look.
    """

    def __init__(self, log: Log, feed: Feed) -> None:
        super().__init__(TOPIC, log, feed)

    @property
    def version(self) -> str | None:
        """The same for the same content; None while it cannot be told: an import is being looked at, or the log is out
        of sight."""
        return f"{self.epoch}:{self.read}" if self.is_current else None
