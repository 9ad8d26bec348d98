"""What is private to a municipality, or to a person in it, stands behind the second wall."""

from alembic import op

from modules.kernel import walls
from modules.kernel.policy import Role

revision = "identity_0011"
down_revision = "identity_0009"
branch_labels = None
depends_on = None

_OWN, _SYSTEM = walls.is_person("person_id"), walls.is_system()
_OFFICIAL = walls.has_role(Role.OFFICIAL, "municipality_id")
_ASKED = f"{_OWN} or {_OFFICIAL} or {_SYSTEM}"


def _organisations(table: str, by: str) -> str:
    """Whoever leads the organisation, who decides in its municipality, and whose word it is."""
    own = f"own.organisation_id = {table}.organisation_id and {walls.is_person('own.person_id')}"
    leads = f"exists (select from identity_membership as own where {own} and own.role in ('creator', 'admin'))"
    return f"{leads} or {walls.is_person(by)} or {_OFFICIAL} or {_SYSTEM}"


_WALLS = {
    "identity_verification_request": {"all": _ASKED},
    "identity_document": {"all": _ASKED},
    "identity_verification_attempt": {"all": f"{_OWN} or {_SYSTEM}"},
    "identity_census": {
        "select": f"{walls.is_named('record_hash')} or {_OFFICIAL} or {_SYSTEM}",
        "insert": f"{_OFFICIAL} or {_SYSTEM}",
        "update": f"{_OFFICIAL} or {_SYSTEM}",
        "delete": f"{_OFFICIAL} or {_SYSTEM}",
    },
    "identity_organisation_verification": {"all": _organisations("identity_organisation_verification", "requested_by")},
    "identity_organisation_decision": {"all": _organisations("identity_organisation_decision", "decided_by")},
}


def upgrade() -> None:
    _run(walls.raised)


def downgrade() -> None:
    _run(walls.torn_down)


def _run(statements: walls.Statements) -> None:
    if op.get_bind().dialect.name == "postgresql":
        for table, policies in _WALLS.items():
            for statement in statements(table, **policies):
                op.execute(statement)
