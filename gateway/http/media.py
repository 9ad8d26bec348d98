"""Which media type an answer is written in: `Accept`, weighed."""

from functools import lru_cache

JSON = "application/json"
GRAPHQL_RESPONSE = "application/graphql-response+json"
HTML = "text/html"


@lru_cache(maxsize=256)
def negotiated(accept: str | None, offered: tuple[str, ...]) -> str | None:
    """The one of the offered types that the client prefers; None when it takes none of them.

    A client that names the GraphQL media type understands its status codes and gets it; one that takes anything, or
    says nothing, gets plain JSON.
    """
    if not accept or not accept.strip():
        return JSON
    ranges = [_range(part) for part in accept.split(",")[:100]]
    best = max((_preference(media, ranges) for media in offered), default=None)
    return best[-1] if best and best[0] > 0 else None


def _preference(media: str, ranges: list[tuple[str, float]]) -> tuple[float, int, int, str]:
    """Sorts the offered types: weight, how exactly it was named, which of equals, and the type itself."""
    matches = [
        (exactness, weight)
        for exactness, name in ((3, media), (2, f"{media.split('/')[0]}/*"), (1, "*/*"))
        for named, weight in ranges
        if named == name
    ]
    exactness, weight = max(matches, default=(0, 0.0))
    rising = (HTML, JSON, GRAPHQL_RESPONSE) if exactness == 3 else (HTML, GRAPHQL_RESPONSE, JSON)
    return weight, exactness, rising.index(media), media


def _range(part: str) -> tuple[str, float]:
    name, *parameters = (piece.strip().lower() for piece in part.split(";"))
    weight = next((parameter[2:] for parameter in parameters if parameter.startswith("q=")), "1")
    try:
        return name, max(0.0, min(float(weight), 1.0))
    except ValueError:  # not a number: as if it were not there
        return name, 1.0
