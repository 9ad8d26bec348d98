"""What civic holds of people: what they contributed, which stays."""

from modules.civic.tables import CommentRow, DebateRow, HiddenTextRow, ReactionRow
from modules.kernel.personal import Personal, Trace
from modules.kernel.tables import col

PERSONAL = Personal(
    (
        Trace(
            column=col(DebateRow.opened_by),
            told="Debates that you opened.",
            file="debates",
            shows=("id", "municipality_id", "title", "body", "organisation_id", "opens_at", "closes_at"),
            stays="Others have taken part in them: they stay, of a person without a name.",
        ),
        Trace(
            column=col(CommentRow.author_id),
            told="Comments that you wrote; the texts of those that a moderator hid are in a file of their own.",
            file="comments",
            shows=(
                *("id", "debate_id", "parent_id", "organisation_id", "body", "created_at"),
                *("support_count", "oppose_count", "hidden_at", "hidden_reason"),
            ),
            stays="Others have answered them: they stay, of a person without a name.",
        ),
        Trace(
            column=col(HiddenTextRow.author_id),
            told="What you wrote and a moderator hid.",
            file="hidden_texts",
            shows=("comment_id", "body"),
            stays="Moderators account for what they hid: it stays, of a person without a name.",
        ),
        Trace(
            column=col(CommentRow.hidden_by),
            told="Comments that you hid, as a moderator.",
            file="hidden_comments",
            shows=("id", "debate_id", "hidden_at", "hidden_reason"),
            stays="It is accounted for: a key without a name.",
        ),
        Trace(
            column=col(ReactionRow.person_id),
            told="Which comments you support or oppose.",
            file="reactions",
            shows=("comment_id", "kind"),
            stays="They are counted, of a person without a name.",
        ),
    )
)
