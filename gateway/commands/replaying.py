"""What `spilno replay` does: old comments come again, each by the act of commenting."""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from gateway.commands.importing import put_authors
from gateway.commands.opening import everything
from gateway.commands.telling import OnProgress
from gateway.services import Services
from gateway.wiring import asked_by_civic, civic_actions, civic_imports, decide_madrid
from modules.kernel.policy import Viewer

WITHOUT_TEXT = "(sin texto)"  # a comment that is written has a text


@dataclass(frozen=True)
class Play:
    """One debate of an archive, with its comments in the order that they came in and who wrote them."""

    debate: civic_imports.Debate
    comments: Sequence[civic_imports.Comment]
    authors: Sequence[decide_madrid.Author]

    @property
    def lasts(self) -> float:
        """Seconds from the first comment to the last."""
        return self.since_first(self.comments[-1]) if self.comments else 0

    def since_first(self, comment: civic_imports.Comment) -> float:
        return (comment.created_at - self.comments[0].created_at).total_seconds()


@dataclass
class Played:
    """How far a replay has come; it can be stopped at any time."""

    comments: int = 0


def chosen(proposals: Path, comments: Path, municipality_id: str, proposal: str | None, limit: int | None) -> Play:
    """The proposal of that number, or the most discussed one. Raises BadFile, or LookupError when there is none."""
    archive = decide_madrid.read_decide_madrid(proposals, comments, municipality_id)
    if proposal is not None and proposal not in archive.proposals:
        raise LookupError(f"{proposals.name} has no proposal {proposal}.")
    count = Counter(comment.debate_id for comment in archive.comments)
    if not count:
        raise LookupError(f"{comments.name} has no comments.")
    key = count.most_common(1)[0][0] if proposal is None else archive.proposals[proposal]
    debate = next(debate for debate in archive.debates if debate.id == key)
    said = [comment for comment in archive.comments if comment.debate_id == key][:limit]
    wrote = {debate.opened_by, *(comment.author_id for comment in said)}
    return Play(debate, said, [author for author in archive.authors if author.id in wrote])


async def play(
    url: str | None,
    play_it: Play,
    speed: float,
    played: Played,
    *,
    on_start: Callable[[UUID], None],
    on_progress: OnProgress,
) -> None:
    """Open a debate, tell its key, and write each comment when its time has come. Raises Refusal when it was closed."""
    async with everything(url) as held:
        debate_id = await _open(held, play_it)
        on_start(debate_id)
        written: dict[UUID, UUID] = {}
        began = asyncio.get_running_loop().time()
        for comment in play_it.comments:
            due = began + play_it.since_first(comment) / speed
            await asyncio.sleep(due - asyncio.get_running_loop().time())
            written[comment.id] = await _write(held, debate_id, comment, written)
            played.comments += 1
            on_progress(played.comments, len(play_it.comments))


async def _open(held: Services, play_it: Play) -> UUID:
    debate, places = play_it.debate, held.ports[asked_by_civic.Municipalities]
    async with held.storage.writing() as work:
        await put_authors(work, play_it.authors, debate.municipality_id)
        return await civic_actions.start_debate(
            work,
            Viewer(person_id=debate.opened_by),
            places,
            municipality_id=debate.municipality_id,
            title=debate.title,
            body=debate.body or debate.title,
        )


async def _write(held: Services, debate_id: UUID, comment: civic_imports.Comment, written: dict[UUID, UUID]) -> UUID:
    async with held.storage.writing() as work:
        return await civic_actions.add_comment(
            work,
            Viewer(person_id=comment.author_id),
            debate_id=debate_id,
            parent_id=comment.parent_id and written[comment.parent_id],
            body=comment.body or WITHOUT_TEXT,
        )
