"""Documents that no generator would write, and that somebody will send: (document, variables, operation)."""

from typing import Any

from tests.execution.sameness import quarter
from tests.execution.sameness.drawing import Case
from tests.people import KYIV

_IDS = quarter.known().ids
DEBATE, OTHER, COMMENT, ANSWER = _IDS["Debate"][1], _IDS["Debate"][4], _IDS["Comment"][1], _IDS["Comment"][13]
POLL, PERSON, PLACE, ENTITY = _IDS["Poll"][1], _IDS["Person"][0], _IDS["Municipality"][0], _IDS["LegalEntity"][0]
ALL = [next(iter(ids)) for ids in _IDS.values()]
NO_ONE = f"Debate_{0:032x}"


def nested(depth: int) -> str:
    return f'{{ municipality(code: "{KYIV}") {"{ parent " * (depth - 2)}{{ name }}{" }" * (depth - 2)} }}'


def chain(links: int) -> str:
    """Each fragment spreads the next one twice."""
    spread = " ".join(f"fragment F{n} on Debate {{ ...F{n + 1} ...F{n + 1} }}" for n in range(links))
    return f'{{ debate(id: "{DEBATE}") {{ ...F0 }} }} {spread} fragment F{links} on Debate {{ title }}'


def deep_fragments(levels: int) -> str:
    """Each fragment goes one field deeper, with a field before and one after."""
    spread = " ".join(f"fragment F{n} on Comment {{ id parent {{ ...F{n + 1} }} depth }}" for n in range(levels))
    return f'{{ node(id: "{ANSWER}") {{ ...F0 }} }} {spread} fragment F{levels} on Comment {{ body }}'


DOCUMENTS: list[tuple[str, dict[str, Any], str | None]] = [
    *((text, {}, None) for text in (
        # the root
        "{ __typename }",
        "query { kind: __typename __typename a: __typename @skip(if: true) }",
        "{ viewer { __typename } viewer { email } viewer { person { id } } viewer { person { name } } }",
        "{ ... on Query { ... on Query { viewer { email } } } ...Q } fragment Q on Query { viewer { roles { role } } ...P } fragment P on Query { viewer { sessions { id } } }",
        f'{{ b: debate(id: "{DEBATE}") {{ id }} a: debate(id: "{OTHER}") {{ id }} c: debate(id: "{DEBATE}") {{ title }} }}',
        f'{{ debate(id: "{DEBATE}") {{ id }} polls(first: 0) {{ totalCount }} debate(id: "{DEBATE}") {{ title }} }}',
        # everything skipped
        "{ viewer @skip(if: true) { email } }",
        "{ viewer { email @skip(if: true) } }",
        "{ viewer @include(if: false) { email } viewer @include(if: true) { person { id } } }",
        f'{{ debate(id: "{DEBATE}") {{ ... @skip(if: true) {{ title }} }} }}',
        f'{{ debate(id: "{DEBATE}") {{ ...F @include(if: false) title }} }} fragment F on Debate {{ body title }}',
        f'{{ debate(id: "{DEBATE}") {{ title @skip(if: true) body title @include(if: true) }} }}',
        f'{{ debate(id: "{DEBATE}") {{ title @skip(if: false) @include(if: false) id @include(if: true) @skip(if: false) }} }}',
        "{ debates(first: 3) { edges { cursor @skip(if: true) } } }",
        "{ debates(first: 3) { edges { node @skip(if: true) { id } } pageInfo { endCursor @skip(if: true) } } }",
        "{ debates(first: 3) { edges {} pageInfo {} } viewer {} }",
        f'{{ debate(id: "{DEBATE}") {{ comments(first: 2) {{ edges {{ ... @include(if: false) {{ cursor }} }} }} polls {{ id @skip(if: true) }} }} }}',
        # fragments on interfaces and types
        f'{{ node(id: "{DEBATE}") {{ ... on Node {{ id ... on Debate {{ title ... on Node {{ id }} }} ... on Poll {{ title }} }} }} }}',
        f'{{ node(id: "{DEBATE}") {{ ... on Poll {{ title }} }} }}',
        f'{{ node(id: "{DEBATE}") {{ ... on Debate {{ x: title }} ... on Poll {{ x: title }} ... on Person {{ x: name }} }} }}',
        f'{{ node(id: "{COMMENT}") {{ ...N ...C }} }} fragment N on Node {{ id ...C }} fragment C on Comment {{ author {{ name }} ...A }} fragment A on Comment {{ author {{ id about }} }}',
        f'{{ debate(id: "{DEBATE}") {{ ...N id }} }} fragment N on Node {{ __typename ... on Debate {{ openedBy {{ id }} }} ... on Person {{ name }} }}',
        # order of keys: the first place where a name stands counts
        f'{{ debate(id: "{DEBATE}") {{ ... on Node {{ id }} title ... on Debate {{ body id title state }} id }} }}',
        f'{{ debate(id: "{DEBATE}") {{ body: title title: body state }} }}',
        f'{{ debate(id: "{DEBATE}") {{ id: title title: id }} }}',
        f'{{ debate(id: "{DEBATE}") {{ municipality {{ name }} title municipality {{ code name id }} openedBy {{ id }} municipality {{ parent {{ id }} }} }} }}',
        # keys only, keys that name nothing
        f'{{ debate(id: "{DEBATE}") {{ municipality {{ id __typename }} openedBy {{ __typename }} }} }}',
        f'{{ debate(id: "{NO_ONE}") {{ id }} poll(id: "{POLL}") {{ debate {{ id }} openedBy {{ id }} }} }}',
        "{ debates(first: 20) { edges { node { municipality { id } openedBy { id } } } } }",
        "{ debates(first: 20) { edges { node { municipality { id name } openedBy { id name } } } } }",
        "{ polls(first: 20) { edges { node { debate { id title openedBy { name municipality { name parent { name } } } } } } } }",
        # lists that are empty
        "{ debates(first: 0) { edges { node { id } cursor } pageInfo { startCursor endCursor hasNextPage hasPreviousPage } totalCount } }",
        '{ debates(search: "nothing at all") { edges { node { id comments { totalCount } } } pageInfo { endCursor } totalCount } }',
        f'{{ poll(id: "{_IDS["Poll"][0]}") {{ options {{ id }} tally {{ options {{ votes }} total version }} ballotCount }} }}',
        "{ nodes(ids: []) { id } }",
        '{ nodes(ids: "Debate_1") { id } }',
        "{ debates(filter: {}) { totalCount } a: debates(filter: null, after: null) { totalCount } }",
        "{ debates(first: 3) { pageInfo { ...P } pageInfo { ...P endCursor } } } fragment P on PageInfo { hasNextPage __typename }",
        # pages of pages
        "{ municipalities(first: 5) { edges { node { debates(first: 2) { totalCount edges { node { comments(first: 1, orderBy: NEWEST) { totalCount edges { node { replies(first: 1) { edges { node { body } } } } } } } } } } } } }",
        f'{{ debate(id: "{DEBATE}") {{ a: comments(first: 1) {{ edges {{ cursor }} }} b: comments(first: 2, orderBy: NEWEST) {{ edges {{ cursor node {{ depth }} }} }} comments {{ totalCount }} }} }}',
        # refusals, at the root and below, beside what is answered
        '{ debate(id: "Poll_1") { id } viewer { email } legalEntity(edrpou: "12") { id } }',
        '{ legalEntity(edrpou: "12") { id } debate(id: "no id") { id } a: debate(id: "") { id } }',
        "{ debates(first: -1) { totalCount } polls(first: 1) { totalCount } }",
        f'{{ debate(id: "{DEBATE}") {{ title comments(after: "forged") {{ totalCount }} body }} }}',
        f'{{ a: debate(id: "{DEBATE}") {{ comments(after: "forged") {{ totalCount }} polls {{ tally {{ total }} }} }} b: debate(id: "{DEBATE}") {{ title }} }}',
        '{ municipality(code: "\\u00e9") { name } a: municipality(code: "") { name } }',
        # introspection beside data
        f'{{ __schema {{ queryType {{ name }} }} debate(id: "{DEBATE}") {{ __typename title }} __type(name: "Debate") {{ kind }} }}',
        '{ __type(name: "Nothing") { name } }',
        # depth
        nested(15),
        nested(16),
        deep_fragments(10),
        *(chain(links) for links in (1, 8, 22)),
        # what is not valid
        "{ nothing }", "{", "", "query A { __typename } query A { __typename }", "mutation { signOut { __typename } }",
        "subscription { pollTally(pollId: 1) { total } }",
    )),
    # variables
    ("query ($id: ID!) { debate(id: $id) { title } }", {"id": DEBATE}, None),
    ("query ($id: ID!) { debate(id: $id) { title } }", {}, None),
    ("query ($id: ID!) { debate(id: $id) { title } }", {"id": None}, None),
    ("query ($id: ID!) { debate(id: $id) { title } }", {"id": 7}, None),
    ("query ($id: ID!) { debate(id: $id) { title } }", {"id": [DEBATE], "more": 1}, None),
    ("query ($first: Int = 2) { debates(first: $first) { edges { node { id } } } }", {}, None),
    ("query ($first: Int = 2) { debates(first: $first) { edges { node { id } } } }", {"first": None}, None),
    ("query ($first: Int) { debates(first: $first) { edges { node { id } } } viewer { email } }", {"first": None}, None),
    ("query ($first: Int) { debates(first: $first) { edges { node { id } } } }", {}, None),
    ("query ($first: Int) { debates(first: $first) { totalCount } }", {"first": 1.0}, None),
    ("query ($first: Int) { debates(first: $first) { totalCount } }", {"first": True}, None),
    ("query ($first: Int) { debates(first: $first) { totalCount } }", {"first": "1"}, None),
    ("query ($first: Int) { debates(first: $first) { totalCount } }", {"first": 101}, None),
    ("query ($f: DebateFilter) { debates(filter: $f) { totalCount } }", {"f": {"state": "OPEN"}}, None),
    ("query ($f: DebateFilter) { debates(filter: $f) { totalCount } }", {"f": {"state": "open"}}, None),
    ("query ($f: DebateFilter) { debates(filter: $f) { totalCount } }", {"f": {"unknown": 1}}, None),
    ("query ($f: DebateFilter) { debates(filter: $f) { totalCount } }", {"f": {"municipalityId": None}}, None),
    ("query ($s: DebateState) { debates(filter: {state: $s}) { totalCount } }", {}, None),
    ("query ($s: DebateState = CLOSED, $m: ID) { debates(filter: {state: $s, municipalityId: $m}) { totalCount } }", {"m": PLACE}, None),
    ("query ($a: ID!, $b: ID = null) { nodes(ids: [$a, $a]) { id } }", {"a": DEBATE}, None),
    ("query ($ids: [ID!]!) { nodes(ids: $ids) { __typename ... on Debate { title } ... on Poll { title } id } }", {"ids": [*ALL, NO_ONE, "nonsense", *ALL]}, None),
    ("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", {"ids": DEBATE}, None),
    ("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", {"ids": [DEBATE, None]}, None),
    ("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", {"ids": [DEBATE] * 101}, None),
    *(
        (f'query ($on: Boolean{mark}) {{ debate(id: "{DEBATE}") {{ title @include(if: $on) body @skip(if: $on) ... @include(if: $on) {{ state }} }} }}', given, None)
        for mark in ("!", "! = true", "! = false")
        for given in ({"on": True}, {"on": False}, {}, {"on": None}, {"on": "true"})
    ),
    *(
        (f'query ($o: CommentOrder) {{ debate(id: "{DEBATE}") {{ comments(orderBy: $o, first: 2) {{ edges {{ node {{ id }} }} }} }} }}', given, None)
        for given in ({"o": "NEWEST"}, {"o": None}, {}, {"o": "newest"})
    ),
    # several operations
    ("query A { viewer { email } } query B { __typename }", {}, "A"),
    ("query A { viewer { email } } query B { __typename }", {}, "B"),
    ("query A { viewer { email } } query B { __typename }", {}, None),
    ("query A { viewer { email } } query B { __typename }", {}, "C"),
    ("query A($id: ID!) { debate(id: $id) { ...F } } query B { viewer { person { id } } } fragment F on Debate { title }", {"id": DEBATE}, "A"),
    ("query A($id: ID!) { debate(id: $id) { ...F } } query B { viewer { person { id } } } fragment F on Debate { title }", {"id": DEBATE}, "B"),
    ("mutation A { signOut { __typename } } query B { viewer { email } }", {}, "A"),
    ("mutation A { signOut { __typename } } query B { viewer { email } }", {}, "B"),
]  # fmt: skip

CASES = [
    Case(f"nasty document {number}", text, variables, operation)
    for number, (text, variables, operation) in enumerate(DOCUMENTS)
]
