"""The first tables."""

import sqlalchemy as sa
from alembic import op

from modules.kernel.search import index_words

revision = "identity_0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "identity_municipality",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("parent_id", sa.String(), nullable=True),
        sa.Column(
            "category",
            sa.Enum(
                "O",
                "K",
                "P",
                "H",
                "M",
                "X",
                "C",
                "B",
                name="category",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("search_text", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["parent_id"],
            ["identity_municipality.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("identity_municipality_name", "identity_municipality", ["name", "id"], unique=False)
    op.create_index("identity_municipality_parent", "identity_municipality", ["parent_id", "name", "id"], unique=False)
    op.create_table(
        "identity_person",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("about", sa.String(), nullable=False),
        sa.Column("locale", sa.String(2), nullable=False),
        sa.Column("municipality_id", sa.String(), nullable=True),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["municipality_id"],
            ["identity_municipality.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("identity_person_joined", "identity_person", ["joined_at", "id"], unique=False)
    op.create_index(op.f("ix_identity_person_municipality_id"), "identity_person", ["municipality_id"], unique=False)
    op.create_table(
        "identity_account",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("password_hash", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["identity_person.id"],
        ),
        sa.PrimaryKeyConstraint("person_id"),
        sa.UniqueConstraint("email"),
    )
    op.create_table(
        "identity_role",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("municipality_id", sa.String(), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "moderator",
                "official",
                "administrator",
                name="role",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["municipality_id"],
            ["identity_municipality.id"],
        ),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["identity_person.id"],
        ),
        sa.PrimaryKeyConstraint("person_id", "municipality_id"),
    )
    op.create_table(
        "identity_session",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("device", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["identity_person.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("token_hash"),
    )
    op.create_index(op.f("ix_identity_session_person_id"), "identity_session", ["person_id"], unique=False)
    index_words(op, "identity_municipality")


def downgrade() -> None:
    op.drop_index(op.f("ix_identity_session_person_id"), table_name="identity_session")
    op.drop_table("identity_session")
    op.drop_table("identity_role")
    op.drop_table("identity_account")
    op.drop_index(op.f("ix_identity_person_municipality_id"), table_name="identity_person")
    op.drop_index("identity_person_joined", table_name="identity_person")
    op.drop_table("identity_person")
    op.drop_index("identity_municipality_parent", table_name="identity_municipality")
    op.drop_index("identity_municipality_name", table_name="identity_municipality")
    op.drop_table("identity_municipality")
