"""From the profile's words to the target's: which table a stream fills, and what its guard lets go. Pure."""

from sincro_scraper.load import Column, ColumnType, DeletionGuard, TableSpec
from sincro_scraper.profile.columns import Kind
from sincro_scraper.profile.streams import StreamSpec

_TYPES = {kind: ColumnType(kind.value) for kind in Kind if kind is not Kind.ENUM} | {Kind.ENUM: ColumnType.TEXT}


def table_of(name: str, stream: StreamSpec) -> TableSpec:
    """The stream's table: its columns in the profile's order, the list's first, then those of the detail pages."""
    columns = tuple(
        Column(column_name, _TYPES[column.type], column.required or column_name in stream.key)
        for column_name, column in stream.all_columns.items()
    )
    return TableSpec(stream.table or name, columns, stream.key)


def guard_of(stream: StreamSpec) -> DeletionGuard:
    """The stream's deletion guard."""
    if stream.deletions == "never":
        return DeletionGuard()
    return DeletionGuard(ratio=stream.deletions.max_ratio, minimum=stream.deletions.min_count)
