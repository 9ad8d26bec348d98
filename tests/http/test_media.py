"""Which media type a client gets for what it says it takes."""

import pytest

from gateway.http.media import GRAPHQL_RESPONSE, HTML, JSON, negotiated

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        (None, JSON),
        ("", JSON),
        ("*/*", JSON),
        ("application/*", JSON),
        ("application/json", JSON),
        ("Application/JSON; charset=utf-8", JSON),
        ("application/graphql-response+json", GRAPHQL_RESPONSE),
        ("application/graphql-response+json, application/json", GRAPHQL_RESPONSE),
        ("application/json, application/graphql-response+json", GRAPHQL_RESPONSE),
        ("application/graphql-response+json; charset=utf-8, application/json; charset=utf-8", GRAPHQL_RESPONSE),
        ("application/graphql-response+json;q=0.5, application/json", JSON),
        ("application/graphql-response+json;q=0, */*", JSON),
        ("application/json;q=0, */*", GRAPHQL_RESPONSE),
        ("image/png, */*;q=0.1", JSON),
        ("application/json;q=nonsense", JSON),
        ("application/json;q=0.000", None),
        ("image/png", None),
        (BROWSER, HTML),
        ("text/html;q=0.1, application/json", JSON),
        (",;,;q=", None),
    ],
)
def test_negotiation(accept: str | None, chosen: str | None) -> None:
    assert negotiated(accept, (GRAPHQL_RESPONSE, JSON, HTML)) == chosen


def test_what_is_not_offered_is_not_chosen() -> None:
    assert negotiated(BROWSER, (GRAPHQL_RESPONSE, JSON)) == JSON
    assert negotiated("text/html", (GRAPHQL_RESPONSE, JSON)) is None
