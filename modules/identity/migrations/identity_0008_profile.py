"""Pictures and interests of people, and their names as search finds them."""

import sqlalchemy as sa
from alembic import op

from modules.kernel.search import index_words, searchable

revision = "identity_0008"
down_revision = "identity_0007"
branch_labels = None
depends_on = None

_people = sa.table(
    "identity_person", sa.column("id", sa.Uuid()), sa.column("name", sa.String()), sa.column("search_text", sa.String())
)


def upgrade() -> None:
    op.add_column("identity_person", sa.Column("avatar", sa.String(), nullable=True))
    op.add_column("identity_person", sa.Column("search_text", sa.String(), server_default="", nullable=False))
    _find()
    index_words(op, "identity_person")
    op.drop_index(op.f("ix_identity_person_municipality_id"), table_name="identity_person")
    op.create_index("identity_person_municipality", "identity_person", ["municipality_id", "name", "id"], unique=False)
    op.create_index("identity_person_name", "identity_person", ["name", "id"], unique=False)
    op.create_table(
        "identity_interest",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("interest", sa.String(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["identity_person.id"]),
        sa.PrimaryKeyConstraint("person_id", "interest"),
    )
    op.create_index("identity_interest_people", "identity_interest", ["interest", "person_id"], unique=False)


def downgrade() -> None:
    op.drop_index("identity_interest_people", table_name="identity_interest")
    op.drop_table("identity_interest")
    op.drop_index("identity_person_name", table_name="identity_person")
    op.drop_index("identity_person_municipality", table_name="identity_person")
    op.create_index(op.f("ix_identity_person_municipality_id"), "identity_person", ["municipality_id"], unique=False)
    op.drop_column("identity_person", "search_text")
    op.drop_column("identity_person", "avatar")


def _find() -> None:
    """Let people who are there already be found by their names."""
    connection = op.get_bind()
    known = connection.execute(sa.select(_people.c.id, _people.c.name)).all()
    found = [{"whose": key, "words": searchable(name)} for key, name in known]
    if found:
        own = _people.c.id == sa.bindparam("whose")
        connection.execute(sa.update(_people).where(own).values(search_text=sa.bindparam("words")), found)
