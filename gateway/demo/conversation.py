"""How people of the demo talk: each sentence is chosen for who speaks, to whom, and what was said before."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from gateway.demo import prose
from gateway.demo.shapes import Person

# What a sentence of the topic does in the talk -> how often a thread begins with it.
OPENING_MOVES = {"argument": 48, "questions": 16, "stories": 14, "ideas": 13, "facts": 9}
# When a topic has said it all, people still have something to say.
GENERAL = {
    "for": "support",
    "against": "doubt",
    "questions": "ask",
    "stories": "experience",
    "ideas": "support",
    "facts": "replies",
    "english": "support",
}
# How many times one sentence may come up in a debate: a story belongs to one person, an argument is shared.
ROUNDS = {"for": 3, "against": 3, "questions": 2, "stories": 1, "ideas": 1, "facts": 1, "english": 2}


@dataclass(frozen=True, slots=True)
class Line:
    """What was said: `move` is argument, questions, answer, official, stories, ideas, facts, thanks or short."""

    author: int
    move: str
    body: str
    depth: int


class Conversation:
    """One debate's talk. Endless when asked to be: then sentences of the topic come round again."""

    def __init__(
        self, people: Sequence[Person], debate_text: Mapping[str, Any], dice: Random, *, is_endless: bool = False
    ):
        self._people = people
        self._dice = dice
        self._language: str = debate_text["language"]
        self._favour: float = debate_text["favour"]
        self._stances: dict[int, str] = {}
        self._topic = {
            kind: _deck(sentences, dice, None if is_endless else ROUNDS[kind])
            for kind, sentences in debate_text["texts"].items()
        }
        is_about_works = debate_text.get("is_about_works", False)
        self._phrases = {language: _phrases(language, dice, is_about_works) for language in ("uk", "en")}

    def begin(self, author: int) -> Line:
        """A comment that answers nobody."""
        move = self._dice.choices(list(OPENING_MOVES), weights=list(OPENING_MOVES.values()))[0]
        sentences = [self._on_topic(author, move)]
        if self._dice.random() < 0.38:
            sentences.insert(0, self._phrase(author, "openings"))
        if move != "questions" and self._dice.random() < 0.4:
            sentences.append(self._on_topic(author, self._dice.choice(("argument", "argument", "questions"))))
        if self._dice.random() < 0.3:
            sentences.append(self._phrase(author, "closings"))
        return self._line(author, move, sentences, None)

    def reply(self, author: int, parent: Line) -> Line:
        """A comment that answers another: a question is answered, an answer thanked for, an argument weighed."""
        luck = self._dice.random()
        if parent.move == "questions":
            return self._answer(author, parent)
        if parent.move in ("answer", "official") and luck < 0.5:
            closing = [self._phrase(author, "closings")] if luck < 0.25 else []
            return self._line(author, "thanks", [self._phrase(author, "thanks"), *closing], parent)
        if luck < 0.1:
            return self._line(author, "short", [self._phrase(author, "short")], parent)
        if luck < 0.24:
            return self._line(author, "questions", [self._phrase(author, "ask")], parent)
        return self._weigh(author, parent)

    def official_reply(self, official: int, parent: Line) -> Line:
        """What the council's person says."""
        return self._line(official, "official", [self._phrase(official, "official")], parent)

    def quote(self, author: int, sentence: str, parent: Line | None) -> Line:
        """A sentence written for this place in the debate."""
        return self._line(author, "argument", [sentence], parent)

    def _answer(self, author: int, parent: Line) -> Line:
        sentences = [self._phrase(author, "answers")]
        sentences.append(
            self._on_topic(author, "facts") if self._dice.random() < 0.4 else self._phrase(author, "replies")
        )
        if self._dice.random() < 0.25:
            sentences.append(self._phrase(author, "experience"))
        return self._line(author, "answer", sentences, parent)

    def _weigh(self, author: int, parent: Line) -> Line:
        agrees = self._stance(author) == self._stance(parent.author)
        sentences = [self._phrase(author, "agree" if agrees else "disagree")]
        if self._dice.random() < 0.45:
            sentences.append(self._on_topic(author, self._dice.choice(("argument", "argument", "stories", "ideas"))))
        else:
            sentences.append(self._phrase(author, "support" if self._stance(author) == "for" else "doubt"))
        if self._dice.random() < 0.22:
            sentences.append(self._phrase(author, self._dice.choice(("experience", "closings", "closings"))))
        return self._line(author, "argument", sentences, parent)

    def _stance(self, person: int) -> str:
        """For or against, once and for the whole debate."""
        if person not in self._stances:
            self._stances[person] = "for" if self._dice.random() < self._favour else "against"
        return self._stances[person]

    def _on_topic(self, author: int, move: str) -> str:
        kind = self._stance(author) if move == "argument" else move
        if self._speaks(author) != self._language:
            kind = "english"
        return next(self._topic[kind], None) or self._phrase(author, GENERAL[kind])

    def _phrase(self, author: int, kind: str) -> str:
        return next(self._phrases[self._speaks(author)][kind])

    def _speaks(self, author: int) -> str:
        return "en" if self._people[author].locale == "en" else self._language

    def _line(self, author: int, move: str, sentences: list[str], parent: Line | None) -> Line:
        name = "" if parent is None else self._name_of(parent.author, self._speaks(author))
        is_woman = self._people[author].is_woman
        spoken = [prose.say(sentence, self._dice, is_woman=is_woman, name=name) for sentence in sentences]
        depth = 0 if parent is None else parent.depth + 1
        return Line(author, move, " ".join(dict.fromkeys(spoken)), depth)

    def _name_of(self, person: int, language: str) -> str:
        return self._people[person].english if language == "en" else self._people[person].vocative


def _phrases(language: str, dice: Random, is_about_works: bool) -> dict[str, Iterator[str]]:
    """Sentences for any debate, by kind; those about building and repairing only where something is built."""
    phrases = prose.read(f"phrases_{language}")
    of_works = {kind: phrases.get(f"{kind}_of_works", []) if is_about_works else [] for kind in phrases}
    return {kind: _deck(sentences + of_works[kind], dice, None) for kind, sentences in phrases.items()}


def _deck(sentences: Sequence[str], dice: Random, rounds: int | None) -> Iterator[str]:
    """The sentences in a shuffled order, again and again: `rounds` times, or for ever when it is None."""
    played = 0
    while sentences and (rounds is None or played < rounds):
        yield from dice.sample(sentences, k=len(sentences))
        played += 1
