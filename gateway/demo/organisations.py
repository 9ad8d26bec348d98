"""The legal entities of the demo: invented, with codes that no real organisation has been given."""

from gateway.demo import people, prose
from gateway.demo.shapes import Organisation


def organisations() -> tuple[Organisation, ...]:
    """In the order of the text, where a branch stands after the organisation that it belongs to."""
    entries = prose.read("organisations")
    positions = {entry["edrpou"]: position for position, entry in enumerate(entries)}
    municipalities = people.places()
    return tuple(
        Organisation(
            edrpou=entry["edrpou"],
            name=entry["name"],
            short_name=entry["short_name"],
            kind=entry["kind"],
            municipality=municipalities[entry["place"]],
            parent=positions[entry["parent"]] if entry["parent"] else None,
        )
        for entry in entries
    )
