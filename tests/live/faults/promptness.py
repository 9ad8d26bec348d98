"""I5 and I14: how long after its commit an event is heard."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from math import ceil
from statistics import median
from typing import Literal

from tests.live.faults.history import Fact, Heard, History, Outage, Stream
from tests.live.faults.violations import Limits, Violation

Weather = Literal["clear", "bus down", "unhinted"]
WEATHERS: tuple[Weather, ...] = ("clear", "bus down", "unhinted")
AFTERWARDS = 4.0  # seconds in which hints are looked for when they should be back
FEWEST = 20  # deliveries that a percentile may be told of


@dataclass(frozen=True, slots=True)
class Delivery:
    fact: Fact
    heard: Heard
    stream: Stream

    @property
    def seconds(self) -> float:
        return self.heard.at - self.fact.at


def late(history: History, limits: Limits) -> Iterator[Violation]:
    """I5, I14."""
    measured = expected(history, limits)
    return chain(
        percentile(in_weather(history, measured, "clear"), "clear", limits.clear),
        percentile(in_weather(history, measured, "bus down"), "bus down", limits.bus_down),
        percentile(in_weather(history, measured, "unhinted"), "unhinted", limits.bus_down),
        unhinted(history, measured, limits),
    )


def expected(history: History, limits: Limits) -> list[Delivery]:
    """Deliveries to subscriptions that had had time to catch up."""
    found = []
    for stream in history.streams:
        facts = history.log.get(stream.topic, {})
        for heard in stream.heard:
            fact = facts.get(heard.update.seq)
            if heard.update.resync is None and fact is not None and fact.at > stream.began + limits.settled:
                found.append(Delivery(fact, heard, stream))
    return found


def in_weather(history: History, measured: Sequence[Delivery], weather: Weather) -> list[Delivery]:
    """Those with no fault from commit to delivery, or with the bus down and nothing else; apart from them those for which
    there was no hint: only the poll could find them."""
    return [delivery for delivery in measured if _weather(history, delivery) == weather]


def _weather(history: History, delivery: Delivery) -> Weather | None:
    disturbing = _disturbing(history.outages, delivery)
    if any(outage.part != "bus" for outage in disturbing):
        return None
    if delivery.fact.entity in history.silent:
        return "unhinted"
    return "bus down" if disturbing else "clear"


def percentile(measured: Sequence[Delivery], weather: Weather, allowed: float) -> Iterator[Violation]:
    """I5: nearly all are heard in time."""
    worst = ranked(measured, 0.99)
    if len(measured) >= FEWEST and worst and worst.seconds > allowed:
        told = f"p99 is {worst.seconds:.3f} s of {len(measured)} deliveries, {weather}; allowed are {allowed:.3f}"
        yield Violation("I5", worst.heard.at, told, worst.stream)


def ranked(measured: Sequence[Delivery], share: float) -> Delivery | None:
    """The delivery at a percentile, None without any."""
    slower = sorted(measured, key=lambda each: each.seconds)
    return slower[ceil(share * len(slower)) - 1] if slower else None


def unhinted(history: History, measured: Sequence[Delivery], limits: Limits) -> Iterator[Violation]:
    """I14: once Redis has been back for a while, servers hear of each other's commits by hints, not by the poll."""
    written = {write.comment: write.server for write in history.writes}
    foreign = [each for each in measured if written.get(each.fact.entity, each.stream.server) != each.stream.server]
    for outage in history.outages:
        if not outage.kind.startswith("redis"):
            continue
        first = outage.back + limits.bus_resumes
        others = [each for each in history.outages if each is not outage]
        after = [each for each in foreign if first < each.fact.at < first + AFTERWARDS]
        seconds = [each.seconds for each in after if not _disturbing(others, each)]
        if len(seconds) >= FEWEST and median(seconds) > limits.hinted:
            told = f"{limits.bus_resumes} s after {outage.kind} what other servers wrote takes {median(seconds):.3f} s"
            yield Violation("I14", first, told, after[0].stream)


def _disturbing(outages: Sequence[Outage], delivery: Delivery) -> list[Outage]:
    return [outage for outage in outages if outage.overlaps(delivery.fact.at, delivery.heard.at)]
