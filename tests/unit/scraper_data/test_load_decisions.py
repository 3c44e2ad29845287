"""What loading decides without a database: specifications, the guard, how a table has to change, errors and URLs."""

from pathlib import Path

import pytest

from sincro_contract.exit_codes import ErrorClass
from sincro_scraper.load import (
    AccessRejected,
    Column,
    ColumnType,
    DeletionGuard,
    DuplicateKey,
    TableMismatch,
    TableSpec,
    UnusableDatabaseUrl,
    open_target,
)
from sincro_scraper.load.postgresql.types import DIALECT
from sincro_scraper.load.shape import Evolution, FoundColumn, FoundTable, evolution
from sincro_scraper.load.specification import CHANGED_AT

CODE, NAME = Column("code", ColumnType.TEXT), Column("name", ColumnType.TEXT)
SPEC = TableSpec("customers", (CODE, NAME), ("code",))
OURS = FoundColumn(CHANGED_AT, "timestamp with time zone", not_null=True)


def found(*columns: FoundColumn, keys: tuple[tuple[str, ...], ...] = (("code",),)) -> FoundTable:
    return FoundTable((*columns, OURS), keys)


@pytest.mark.parametrize(
    ("name", "columns", "key", "said"),
    [
        ("t", (), ("code",), "at least one column and a key"),
        ("t", (CODE,), (), "at least one column and a key"),
        ("t", (CODE, CODE), ("code",), "column 'code' twice"),
        ("t", (CODE,), ("code", "code"), "key column 'code' twice"),
        ("t", (CODE,), ("name",), "which is no column"),
        ("", (CODE,), ("code",), "cannot name"),
        ("è" * 32, (CODE,), ("code",), "63 bytes"),
        ("a\nb", (CODE,), ("code",), "control"),
        ("_sincro_t", (CODE,), ("code",), "Sincro's own"),
        ("t", (CODE, Column(CHANGED_AT, ColumnType.DATETIME)), ("code",), "Sincro's own"),
    ],
)
def test_what_is_no_table(name: str, columns: tuple[Column, ...], key: tuple[str, ...], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        TableSpec(name, columns, key)


@pytest.mark.parametrize(
    ("missing", "total", "read", "trips"),
    [
        (0, 0, 0, False),
        (0, 100, 100, False),
        (20, 100, 80, False),
        (21, 100, 79, True),
        (9, 10, 1, False),
        (10, 10, 5, True),
        (1, 1, 0, True),
        (9, 9, 0, True),
    ],
)
def test_the_guard(missing: int, total: int, read: int, trips: bool) -> None:
    assert DeletionGuard(ratio=0.2, minimum=10).trips(missing=missing, total=total, read=read) is trips


@pytest.mark.parametrize(
    ("table", "change"),
    [
        (found(FoundColumn("code", "text"), FoundColumn("name", "text")), Evolution()),
        (found(FoundColumn("code", "text")), Evolution(added=(NAME,))),
        (
            found(FoundColumn("code", "text"), FoundColumn("name", "character varying(40)")),
            Evolution(widened=(("name", "text"),)),
        ),
        (found(FoundColumn("code", "text"), FoundColumn("name", "bigint")), Evolution(widened=(("name", "text"),))),
        (found(FoundColumn("code", "text"), FoundColumn("name", "text"), keys=()), Evolution(adds_key=True)),
        (
            FoundTable((FoundColumn("code", "text"), FoundColumn("name", "text")), (("code",),)),
            Evolution(adds_changed_at=True),
        ),
        (found(FoundColumn("code", "text"), FoundColumn("name", "text"), FoundColumn("note", "text")), Evolution()),
        (
            found(
                FoundColumn("code", "text"),
                FoundColumn("name", "text"),
                FoundColumn("site", "text", not_null=True, has_default=True),
            ),
            Evolution(),
        ),
    ],
)
def test_what_has_to_change(table: FoundTable, change: Evolution) -> None:
    assert evolution(SPEC, table, DIALECT) == change
    assert change.nothing == (change == Evolution())


@pytest.mark.parametrize(
    ("table", "column"),
    [
        (found(FoundColumn("code", "text"), FoundColumn("name", "real")), "name"),
        (found(FoundColumn("code", "character(10)"), FoundColumn("name", "text")), "code"),
        (found(FoundColumn("code", "text"), FoundColumn("name", "text", generated=True)), "name"),
        (found(FoundColumn("name", "text")), "code"),
        (
            found(FoundColumn("code", "text"), FoundColumn("name", "text"), FoundColumn("x", "text", not_null=True)),
            "x",
        ),
    ],
)
def test_what_cannot_change_without_loss_names_the_column(table: FoundTable, column: str) -> None:
    with pytest.raises(TableMismatch) as caught:
        evolution(SPEC, table, DIALECT)
    assert (caught.value.column, caught.value.table) == (column, "customers")


def test_a_new_table_may_have_other_types_and_another_key() -> None:
    table = found(FoundColumn("code", "text"), FoundColumn("name", "real"), keys=())
    assert evolution(SPEC, table, DIALECT, rebuild=True) == Evolution(retyped=(("name", "text"),), adds_key=True)


def test_duplicates_know_whether_another_attempt_helps() -> None:
    moved = DuplicateKey("customers", 2, [{"code": "C1"}], identical=True)
    wrong = DuplicateKey("customers", 2, [{"code": "C1"}], identical=False)
    assert (moved.error_class, wrong.error_class) == (ErrorClass.SOURCE_UNAVAILABLE, ErrorClass.CONFIG_INVALID)
    assert (moved.code, "code=C1" in str(moved)) == ("DuplicateKey", True)


@pytest.mark.parametrize("url", ["", "customers.db", "mysql://u:secret@h/d", "sqlite://x", "sqlite:///"])
def test_urls_of_no_database(url: str) -> None:
    with pytest.raises(UnusableDatabaseUrl) as caught:
        open_target(url)
    assert "secret" not in str(caught.value)


def test_sqlite_files_that_cannot_be(tmp_path: Path) -> None:
    with pytest.raises(AccessRejected, match="no folder"):
        open_target(f"sqlite:///{tmp_path}/missing/out.db")
    (tmp_path / "text.db").write_text("this is no database, and long enough to be looked at " * 40)
    with pytest.raises(UnusableDatabaseUrl, match="no SQLite database"):
        open_target(f"sqlite:///{tmp_path}/text.db")
