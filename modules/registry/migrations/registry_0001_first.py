"""The first tables."""

import sqlalchemy as sa
from alembic import op

from modules.kernel.search import index_words

revision = "registry_0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "registry_legal_entity",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("edrpou", sa.String(8), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("short_name", sa.String(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "party",
                "party_branch",
                "civic_organisation",
                "charity",
                "trade_union",
                "religious_organisation",
                "cooperative",
                "condominium",
                "council",
                "authority",
                "utility",
                "kindergarten",
                "school",
                "university",
                "library",
                "museum",
                "culture_house",
                "sports_club",
                "hospital",
                "social_service",
                "media",
                "company",
                "branch",
                "other",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("region", sa.String(), nullable=False),
        sa.Column("municipality_id", sa.String(40), nullable=True),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("is_verified", sa.Boolean(), nullable=False),
        sa.Column("search_text", sa.String(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["parent_id"],
            ["registry_legal_entity.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("edrpou"),
    )
    op.create_index("registry_legal_entity_kind", "registry_legal_entity", ["kind", "name", "id"], unique=False)
    op.create_index(
        "registry_legal_entity_municipality", "registry_legal_entity", ["municipality_id", "name", "id"], unique=False
    )
    op.create_index("registry_legal_entity_name", "registry_legal_entity", ["name", "id"], unique=False)
    op.create_index("registry_legal_entity_parent", "registry_legal_entity", ["parent_id", "name", "id"], unique=False)
    op.create_index("registry_legal_entity_updated", "registry_legal_entity", ["updated_at", "id"], unique=False)
    index_words(op, "registry_legal_entity")


def downgrade() -> None:
    op.drop_index("registry_legal_entity_updated", table_name="registry_legal_entity")
    op.drop_index("registry_legal_entity_parent", table_name="registry_legal_entity")
    op.drop_index("registry_legal_entity_name", table_name="registry_legal_entity")
    op.drop_index("registry_legal_entity_municipality", table_name="registry_legal_entity")
    op.drop_index("registry_legal_entity_kind", table_name="registry_legal_entity")
    op.drop_table("registry_legal_entity")
