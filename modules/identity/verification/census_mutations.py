"""Root mutations of a municipality's census."""

from enum import Enum
from typing import Annotated

import strawberry

from modules.identity.ports import Secrets
from modules.identity.types import Municipality
from modules.identity.verification.census import COLUMNS, LONGEST, PREVIEWED, Census, read_census, replace_census
from modules.identity.verification.terms import DocumentType
from modules.kernel import keys
from modules.kernel.context import Info
from modules.kernel.refusals import InvalidInput, NotAllowed, NotSignedIn


@strawberry.enum(description="What to do with a census that was uploaded.")
class CensusMode(Enum):
    PREVIEW = strawberry.enum_value(
        "preview", description="Only tell what is in it, and what is wrong; change nothing."
    )
    REPLACE = strawberry.enum_value(
        "replace", description="Put it in the place of the one before: whole, or not at all when anything is wrong."
    )


@strawberry.input(description="The census of a municipality.")
class UploadCensusInput:
    municipality_id: strawberry.ID = strawberry.field(description="Whose census it is.")
    csv: str = strawberry.field(
        description=f"CSV with the columns `{', '.join(COLUMNS)}`, at most {LONGEST:,} characters. "
        "Types are `id_card`, `passport` and `residence_permit`; the district may be empty."
    )
    mode: CensusMode = strawberry.field(default=CensusMode.PREVIEW, description="What to do with it.")


@strawberry.type(description="A row of a census as it was understood.")
class CensusRow:
    line: int = strawberry.field(description="On which line it begins.")
    document_type: DocumentType = strawberry.field(description="What kind of document.")
    document_number: str = strawberry.field(description="The end of its number.")
    date_of_birth: str = strawberry.field(description="When the person was born.")
    postal_code: str = strawberry.field(description="Postal code of where the person lives.")
    district: str = strawberry.field(description="District of the municipality; may be empty.")


@strawberry.type(description="Something in a census that cannot be taken.")
class CensusProblem:
    line: int = strawberry.field(description="On which line; 0 for all of it.")
    field: str = strawberry.field(description="In which column; empty for the whole line.")
    reason: str = strawberry.field(description="Why.")


@strawberry.type(description="A census was read, and put in its place if that was asked for.")
class CensusUploaded:
    row_count: int = strawberry.field(description="How many rows it has.")
    problem_count: int = strawberry.field(description="How many things are wrong with it.")
    replaced_count: int | None = strawberry.field(
        description="How many rows the census before it had; null when nothing was replaced."
    )
    preview: list[CensusRow] = strawberry.field(description=f"The first {PREVIEWED} good rows.")
    problems: list[CensusProblem] = strawberry.field(description="All that is wrong, by line.")


UploadCensusResult = Annotated[
    CensusUploaded | NotSignedIn | NotAllowed | InvalidInput,
    strawberry.union("UploadCensusResult", description="What came of `uploadCensus`."),
]


@strawberry.type
class Mutation:
    @strawberry.mutation(
        description="Look at a census, or put it in the place of the one before: officials of the municipality may. "
        "Documents are kept as keyed hashes only."
    )
    async def upload_census(
        self, info: Info, input: Annotated[UploadCensusInput, strawberry.argument(description="The census.")]
    ) -> UploadCensusResult:
        code = keys.decode_code(Municipality, input.municipality_id, "municipalityId")
        viewer = info.context.viewer
        census = await read_census(viewer, info.context.port(Secrets), code, input.csv)
        if input.mode is CensusMode.PREVIEW:
            return _told(census, None)
        async with info.context.writing() as work:
            replaced = await replace_census(work, viewer, census)
        return _told(census, replaced)


def _told(census: Census, replaced: int | None) -> CensusUploaded:
    return CensusUploaded(
        row_count=census.rows,
        problem_count=len(census.problems),
        replaced_count=replaced,
        preview=[CensusRow(**vars(row)) for row in census.preview],
        problems=[CensusProblem(line=each.line, field=each.field, reason=each.reason) for each in census.problems],
    )
