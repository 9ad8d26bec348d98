"""What a person without a role is told."""

import pytest

from modules.kernel.policy import Role, require
from modules.kernel.refusals import NotAllowed
from tests.people import KYIV, PEOPLE


@pytest.mark.parametrize(
    ("role", "told"),
    [
        (Role.MODERATOR, "Only moderators of this municipality may do this."),
        (Role.OFFICIAL, "Only officials of this municipality may do this."),
        (Role.ADMINISTRATOR, "Only administrators of this municipality may do this."),
    ],
)
def test_who_may_is_told_in_good_grammar(role: Role, told: str) -> None:
    with pytest.raises(NotAllowed) as refused:
        require(PEOPLE.mira, role, KYIV)
    assert str(refused.value) == told
