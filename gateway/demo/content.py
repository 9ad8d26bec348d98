"""The demo data: invented people of three municipalities, their organisations, debates, comments, polls and ballots."""

from datetime import datetime

from gateway.demo import associations, debates, organisations, people, polls, reactions, residents, threads
from gateway.demo.shapes import Demo


def build(now: datetime) -> Demo:
    """The same for the same `now`, which must be aware; every time in it is counted from there."""
    if now.tzinfo is None:
        raise ValueError("The demo is built for an aware time, for example datetime.now(UTC).")
    everybody = people.people(now)
    places, roles = people.municipalities(), people.roles()
    opened = debates.debates(everybody, now)
    living = residents.residents(places, everybody, roles, now)
    written = threads.comments(everybody, roles, opened, now)
    return Demo(
        municipalities=places,
        people=everybody,
        roles=roles,
        logins=people.logins(),
        platform_administrator=people.platform_administrator(),
        residents=living,
        associations=associations.associations(everybody, roles, now),
        organisations=organisations.organisations(),
        debates=opened,
        comments=written,
        reactions=reactions.reactions(everybody, opened, written, now),
        polls=polls.polls(opened, now),
        ballots=polls.ballots(everybody, living, opened, now),
        live_debate=debates.live(),
        live_poll=polls.live(),
    )
