"""Which document a request means: by its text, by the id of a trusted document, or by the hash of one sent before."""

from collections import OrderedDict
from collections.abc import Mapping

from graphql import GraphQLError

from gateway.documents.manifest import HASH, BadManifest, hash_of
from gateway.execution.documents import Document
from gateway.execution.engine import Engine

NOT_FOUND = "PERSISTED_QUERY_NOT_FOUND"


class Store:
    """Finds documents; what cannot be had is a document with errors.

    `trusted` are texts by id. They are prepared here and stay; BadManifest when one is no document of this schema. With
    `only`, nothing else is run. Without it the hash of a text that came with it once means that text from then on
    (automatic persisted queries), in this process and until many others came.
    """

    def __init__(
        self, engine: Engine, trusted: Mapping[str, str] | None = None, *, only: bool = False, most: int = 1000
    ) -> None:
        self._prepare, self._only, self._learned = engine.prepare, only, Learned(most)
        self._by_text = {text: engine.documents.make(text) for text in (trusted or {}).values()}
        self._by_id = {name: self._by_text[text] for name, text in (trusted or {}).items()}
        wrong = [f"{name}: {document.errors[0]}" for name, document in self._by_id.items() if document.ast is None]
        if wrong:
            raise BadManifest("\n\n".join(["Not a document of this schema, or beyond its limits:", *wrong]))

    def find(self, text: str, id: str | None) -> Document:
        """The document of a request that has a text, an id (in its bare form) or both."""
        if self._only:
            return self._among_trusted(text, id)
        if id is None:
            return self._prepare(text)
        if text:
            return self._learn(text, id)
        known = self._by_id.get(id)
        if known is not None:
            return known
        learned = self._learned.get(id)
        return refusal("PersistedQueryNotFound", NOT_FOUND) if learned is None else self._prepare(learned)

    def _learn(self, text: str, id: str) -> Document:
        known = self._by_id.get(id)
        if known is not None and known is self._by_text.get(text):
            return known
        if hash_of(text) != id:
            return _mismatch(id)
        document = self._prepare(text)
        if document.ast is not None:
            self._learned.put(id, text)
        return document

    def _among_trusted(self, text: str, id: str | None) -> Document:
        known = self._by_text.get(text) if id is None else self._by_id.get(id)
        if known is None:
            code = "QUERY_NOT_IN_SAFELIST" if id is None else "PERSISTED_QUERY_NOT_IN_LIST"
            return refusal("Only trusted documents are run here, and this is none of them.", code)
        return _mismatch(id) if id is not None and text and self._by_text.get(text) is not known else known


class Learned:
    """Texts by their hash, those used last: at most `most`, and 1,000 characters for each."""

    def __init__(self, most: int) -> None:
        self._most, self._characters = most, 0
        self._texts: OrderedDict[str, str] = OrderedDict()

    def __len__(self) -> int:
        return len(self._texts)

    def get(self, hash: str) -> str | None:
        text = self._texts.get(hash)
        if text is not None:
            self._texts.move_to_end(hash)
        return text

    def put(self, hash: str, text: str) -> None:
        if hash not in self._texts:
            self._texts[hash] = text
            self._characters += len(text)
        self._texts.move_to_end(hash)
        while len(self._texts) > self._most or self._characters > self._most * 1_000:
            _, dropped = self._texts.popitem(last=False)
            self._characters -= len(dropped)


def is_not_found(document: Document) -> bool:
    """Whether the client is to send the text as well. Apollo's clients know this by the message and code of an HTTP 200:
    some of them look no further than any other status."""
    return document.ast is None and (document.errors[0].extensions or {}).get("code") == NOT_FOUND


def refusal(message: str, code: str) -> Document:
    """A new one each time: an error that is raised keeps what it passed through."""
    return Document(None, (GraphQLError(message, extensions={"code": code}),))


def _mismatch(id: str) -> Document:
    what = "the SHA-256" if HASH.fullmatch(id) else "an id"
    return refusal(f"The id that was sent is not {what} of the `query` that came with it.", "PERSISTED_QUERY_MISMATCH")
