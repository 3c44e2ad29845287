"""What every target does alike: counts, deletions, guard, state, quarantine, evolution, dry runs, change log."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import psycopg
import pytest

from sincro_contract.exit_codes import ErrorClass
from sincro_contract.run import Mode
from sincro_scraper.load import (
    Column,
    ColumnType,
    DeletionGuard,
    DeletionGuardTripped,
    Difference,
    DuplicateKey,
    LoadCounts,
    LoadInterrupted,
    LoadPhase,
    Operation,
    QuarantinedRow,
    Row,
    RowRejected,
    TableMismatch,
    TableSpec,
    Target,
)
from tests.integration.load.customers import AFTERWARDS, LATER, NOW, OPTIONS, SPEC, document, row, rows


def execute(url: str, statement: str) -> list[tuple[object, ...]]:
    """What somebody else does to the database."""
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as file, file:
            return file.execute(statement).fetchall()
    with psycopg.connect(url) as connection:
        cursor = connection.execute(statement)  # type: ignore[call-overload]
        return list(cursor.fetchall()) if cursor.description else []


def _documents(target: Target) -> list[dict[str, object]]:
    return list(target.dump(SPEC))


def test_first_load_creates_every_row(target: Target) -> None:
    counts = target.load(SPEC, rows(range(100)), Mode.FULL, OPTIONS)
    assert counts == LoadCounts(read=100, created=100, total=100)
    assert _documents(target) == [document(row(number)) for number in range(100)]


@pytest.mark.parametrize("mode", list(Mode))
def test_second_load_of_the_same_rows_changes_nothing(target: Target, mode: Mode) -> None:
    target.load(SPEC, rows(range(100)), Mode.FULL, OPTIONS)
    counts = target.load(SPEC, rows(range(100)), mode, AFTERWARDS)
    assert counts == LoadCounts(read=100, unchanged=100, total=100, replaced=mode is Mode.FORCE)
    assert _documents(target) == [document(row(number)) for number in range(100)]


@pytest.mark.parametrize("mode", [Mode.FULL, Mode.FORCE])
def test_full_and_force_count_each_difference_once(target: Target, mode: Mode) -> None:
    target.load(SPEC, rows(range(100)), Mode.FULL, OPTIONS)
    changed = [row(n, name="nuovo") if n in (5, 6) else row(n) for n in range(3, 110)]
    counts = target.load(SPEC, changed, mode, AFTERWARDS)
    expected = LoadCounts(read=107, created=10, updated=2, unchanged=95, deleted=3, total=107)
    assert counts == replace(expected, replaced=mode is Mode.FORCE)
    assert _documents(target) == [document(values) for values in changed]


@pytest.mark.parametrize("mode", [Mode.FULL, Mode.FORCE])
def test_nothing_is_deleted_where_nothing_may_be(target: Target, mode: Mode) -> None:
    """`deletions: never`, whatever the mode; and it is no matter for the guard."""
    target.load(SPEC, rows(range(20)), Mode.FULL, OPTIONS)
    counts = target.load(SPEC, [row(3, name="nuovo"), row(50)], mode, replace(AFTERWARDS, deletes=False))
    assert counts == LoadCounts(read=2, created=1, updated=1, total=21, replaced=mode is Mode.FORCE)
    kept = [row(n, name="nuovo") if n == 3 else row(n) for n in (*range(20), 50)]
    assert _documents(target) == [document(values) for values in kept]
    state = target.state("erp", "customers")
    assert state is not None
    assert (state.last_full_at, state.row_count) == (LATER, 21)


def test_a_quarantine_does_not_grow_from_one_whole_read_to_the_next(target: Target, url: str) -> None:
    unread = QuarantinedRow(1, 2, "balance", "x", "an amount", {"code": "C0001"}, ("C0001",))
    for options in (OPTIONS, AFTERWARDS):
        target.load(SPEC, rows(range(3)), Mode.FULL, replace(options, deletes=False, quarantine=[unread]))
    assert execute(url, "SELECT count(*) FROM sincro_quarantine") == [(1,)]


def test_a_decimal_key_keeps_every_digit(target: Target) -> None:
    spec = TableSpec("lots", (Column("lot", ColumnType.DECIMAL),), ("lot",))
    lots = [Decimal("1234567890123456789012345678901"), Decimal("1234567890123456789012345678902"), Decimal("-0.50")]
    assert target.load(spec, [(lot,) for lot in lots], Mode.FULL, OPTIONS).created == 3
    found = {Decimal(str(one["lot"])) for one in target.dump(spec)}
    assert found == set(lots)
    again = [*lots[:2], Decimal("-0.5")]
    assert target.load(spec, [(lot,) for lot in again], Mode.FULL, AFTERWARDS).unchanged == 3


def test_delta_never_deletes(target: Target) -> None:
    target.load(SPEC, rows(range(10)), Mode.FULL, OPTIONS)
    counts = target.load(SPEC, [row(3), row(4, orders=None), row(50)], Mode.DELTA, AFTERWARDS)
    assert counts == LoadCounts(read=3, created=1, updated=1, unchanged=1, total=11)
    assert len(_documents(target)) == 11


@pytest.mark.parametrize(
    ("column", "before", "after"),
    [
        ("name", None, ""),
        ("name", "a", "A"),
        ("name", "e\u0301", "é"),
        ("name", "a", "a "),
        ("orders", None, 0),
        ("orders", 2**63 - 1, -(2**63)),
        ("balance", Decimal("0.10"), Decimal("0.11")),
        ("balance", Decimal("0"), None),
        ("balance", Decimal("12345678901234567890.123456789"), Decimal("12345678901234567890.123456788")),
        ("since", date(2026, 1, 1), date(1, 1, 1)),
        ("seen", datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, microsecond=1, tzinfo=UTC)),
        ("active", None, False),
        ("active", True, False),
    ],
)
def test_every_difference_of_value_is_an_update(target: Target, column: str, before: object, after: object) -> None:
    one, other = row(1, **{column: before}), row(1, **{column: after})  # type: ignore[arg-type]
    target.load(SPEC, [one], Mode.FULL, OPTIONS)
    assert target.load(SPEC, [other], Mode.FULL, AFTERWARDS).updated == 1
    assert _documents(target) == [document(other)]
    assert target.load(SPEC, [other], Mode.FULL, AFTERWARDS).unchanged == 1


@pytest.mark.parametrize(
    ("column", "one", "other"),
    [
        ("balance", Decimal("1.50"), Decimal("1.5")),
        ("balance", Decimal("1E+2"), Decimal("100.00")),
        ("seen", datetime(2026, 7, 1, 14, tzinfo=ZoneInfo("Europe/Rome")), datetime(2026, 7, 1, 12, tzinfo=UTC)),
    ],
)
def test_equal_values_written_differently_are_unchanged(
    target: Target, column: str, one: object, other: object
) -> None:
    target.load(SPEC, [row(1, **{column: one})], Mode.FULL, OPTIONS)  # type: ignore[arg-type]
    counts = target.load(SPEC, [row(1, **{column: other})], Mode.FULL, AFTERWARDS)  # type: ignore[arg-type]
    assert (counts.unchanged, counts.updated) == (1, 0)


def test_composite_keys(target: Target) -> None:
    spec = replace(SPEC, key=("orders", "code"))
    target.load(spec, [row(1), row(1, orders=2), row(2)], Mode.FULL, OPTIONS)
    counts = target.load(spec, [row(1), row(1, orders=2, name="x"), row(2, orders=1)], Mode.FULL, AFTERWARDS)
    assert (counts.created, counts.updated, counts.unchanged, counts.deleted) == (1, 1, 1, 1)


def test_a_table_of_nothing_but_its_key(target: Target) -> None:
    spec = TableSpec("tags", (Column("tag", ColumnType.TEXT),), ("tag",))
    target.load(spec, [("a",), ("b",)], Mode.FULL, OPTIONS)
    counts = target.load(spec, [("b",), ("c",)], Mode.FULL, replace(OPTIONS, guard=DeletionGuard(minimum=5)))
    assert counts == LoadCounts(read=2, created=1, unchanged=1, deleted=1, total=2)


def test_names_that_need_quotes(target: Target) -> None:
    spec = TableSpec(
        'ordini "vecchi"; drop', (Column("Cod. %s", ColumnType.TEXT), Column("select", ColumnType.TEXT)), ("Cod. %s",)
    )
    target.load(spec, [("a", "1"), ("b", "2")], Mode.FULL, OPTIONS)
    counts = target.load(spec, [("a", "1"), ("b", "3")], Mode.FORCE, replace(OPTIONS, change_log=True, samples=5))
    assert (counts.updated, counts.unchanged, counts.replaced) == (1, 1, True)
    assert list(target.dump(spec)) == [{"Cod. %s": "a", "select": "1"}, {"Cod. %s": "b", "select": "3"}]


class TestDuplicates:
    def test_identical_rows_are_worth_another_attempt(self, target: Target) -> None:
        with pytest.raises(DuplicateKey) as caught:
            target.load(SPEC, [*rows(range(10)), row(3), row(4)], Mode.FULL, OPTIONS)
        assert (caught.value.count, caught.value.identical) == (2, True)
        assert caught.value.examples == ({"code": "C0003"}, {"code": "C0004"})
        assert caught.value.error_class is ErrorClass.SOURCE_UNAVAILABLE
        assert target.state("erp", "customers") is None

    @pytest.mark.parametrize("mode", list(Mode))
    @pytest.mark.parametrize("dry_run", [False, True])
    def test_different_rows_of_one_key_are_a_wrong_key(self, target: Target, mode: Mode, dry_run: bool) -> None:
        target.load(SPEC, rows(range(5)), Mode.FULL, OPTIONS)
        with pytest.raises(DuplicateKey) as caught:
            target.load(SPEC, [*rows(range(5)), row(3, name="x")], mode, replace(AFTERWARDS, dry_run=dry_run))
        assert not caught.value.identical
        assert caught.value.error_class is ErrorClass.CONFIG_INVALID
        assert _documents(target) == [document(row(number)) for number in range(5)]


class TestGuard:
    @pytest.mark.parametrize("mode", [Mode.FULL, Mode.FORCE])
    @pytest.mark.parametrize("dry_run", [False, True])
    def test_too_many_missing_rows_change_nothing(self, target: Target, mode: Mode, dry_run: bool) -> None:
        target.load(SPEC, rows(range(100)), Mode.FULL, OPTIONS)
        changed = [row(number, name="x") for number in range(79)]
        with pytest.raises(DeletionGuardTripped) as caught:
            target.load(SPEC, changed, mode, replace(AFTERWARDS, dry_run=dry_run))
        assert (caught.value.missing, caught.value.total) == (21, 100)
        assert caught.value.error_class is ErrorClass.GUARD_TRIPPED
        assert _documents(target) == [document(row(number)) for number in range(100)]
        state = target.state("erp", "customers")
        assert state is not None
        assert state.last_load_at == NOW

    def test_as_many_as_the_ratio_are_deleted(self, target: Target) -> None:
        target.load(SPEC, rows(range(100)), Mode.FULL, OPTIONS)
        assert target.load(SPEC, rows(range(80)), Mode.FULL, AFTERWARDS).deleted == 20

    def test_few_rows_are_deleted_whatever_the_ratio(self, target: Target) -> None:
        target.load(SPEC, rows(range(10)), Mode.FULL, OPTIONS)
        assert target.load(SPEC, rows(range(1)), Mode.FULL, AFTERWARDS).deleted == 9

    @pytest.mark.parametrize("mode", [Mode.FULL, Mode.FORCE])
    def test_an_empty_read_of_a_table_with_rows_trips(self, target: Target, mode: Mode) -> None:
        target.load(SPEC, rows(range(2)), Mode.FULL, OPTIONS)
        with pytest.raises(DeletionGuardTripped):
            target.load(SPEC, [], mode, replace(AFTERWARDS, guard=DeletionGuard(ratio=1.0, minimum=1000)))
        assert len(_documents(target)) == 2

    def test_an_empty_read_of_an_empty_table_is_fine(self, target: Target) -> None:
        assert target.load(SPEC, [], Mode.FULL, OPTIONS) == LoadCounts()
        assert target.load(SPEC, [], Mode.FULL, AFTERWARDS) == LoadCounts()

    def test_an_empty_delta_is_fine(self, target: Target) -> None:
        target.load(SPEC, rows(range(2)), Mode.FULL, OPTIONS)
        assert target.load(SPEC, [], Mode.DELTA, AFTERWARDS) == LoadCounts(total=2)

    @pytest.mark.parametrize("mode", [Mode.FULL, Mode.FORCE])
    def test_a_persons_confirmation_lets_it_pass(self, target: Target, mode: Mode) -> None:
        target.load(SPEC, rows(range(100)), Mode.FULL, OPTIONS)
        counts = target.load(SPEC, [], mode, replace(AFTERWARDS, confirm_deletions=True))
        assert (counts.deleted, counts.total) == (100, 0)
        assert _documents(target) == []


class TestState:
    def test_it_is_what_the_last_load_left(self, target: Target) -> None:
        assert target.state("erp", "customers") is None
        target.load(
            SPEC, rows(range(3)), Mode.FULL, replace(OPTIONS, watermark=lambda: {"changed": "2026-11-24", "n": 3})
        )
        target.load(SPEC, [row(7)], Mode.DELTA, replace(AFTERWARDS, profile_hash="p2"))
        state = target.state("erp", "customers")
        assert state is not None
        assert state.watermark == {"changed": "2026-11-24", "n": 3}
        assert (state.profile_hash, state.row_count, state.table) == ("p2", 4, "public.customers")
        assert (state.last_full_at, state.last_load_at) == (NOW, LATER)
        assert target.state("erp", "orders") is None
        assert target.state("other", "customers") is None

    @pytest.mark.parametrize(
        "statement",
        ["DROP TABLE customers", "DELETE FROM customers", "DELETE FROM customers WHERE code = 'C0001'"],
    )
    def test_it_is_forgotten_where_the_table_has_lost_rows(self, target: Target, url: str, statement: str) -> None:
        """A delta would add what changed to what is left, and the table would look whole."""
        target.load(SPEC, rows(range(3)), Mode.FULL, OPTIONS)
        execute(url, "UPDATE customers SET name = 'x'")
        assert target.state("erp", "customers") is not None
        execute(url, statement)
        assert target.state("erp", "customers") is None

    def test_the_watermark_is_asked_for_after_the_last_row(self, target: Target) -> None:
        seen: list[str] = []

        def reading() -> Iterator[Row]:
            for number in range(3):
                seen.append("row")
                yield row(number)

        def watermark() -> dict[str, object]:
            seen.append("watermark")
            return {"rows": seen.count("row")}

        target.load(SPEC, reading(), Mode.FULL, replace(OPTIONS, watermark=watermark))
        assert seen == ["row", "row", "row", "watermark"]
        state = target.state("erp", "customers")
        assert state is not None
        assert state.watermark == {"rows": 3}

    def test_phases_are_told_in_order(self, target: Target) -> None:
        phases: list[LoadPhase] = []
        target.load(SPEC, rows(range(3)), Mode.FULL, replace(OPTIONS, on_phase=phases.append))
        assert phases == [LoadPhase.RECEIVE, LoadPhase.COMPARE, LoadPhase.WRITE, LoadPhase.COMMIT]


class TestFailure:
    def test_an_exception_of_the_reader_passes_and_leaves_everything(self, target: Target) -> None:
        target.load(SPEC, rows(range(3)), Mode.FULL, OPTIONS)

        def broken() -> Iterator[Row]:
            yield from rows(range(2000))
            raise ZeroDivisionError("the page was cut off")

        with pytest.raises(ZeroDivisionError, match="cut off"):
            target.load(SPEC, broken(), Mode.FULL, AFTERWARDS)
        assert _documents(target) == [document(row(number)) for number in range(3)]
        assert target.load(SPEC, rows(range(3)), Mode.FULL, AFTERWARDS).unchanged == 3

    def test_an_exception_of_the_watermark_passes_and_leaves_everything(self, target: Target) -> None:
        def incomplete() -> dict[str, object]:
            raise ArithmeticError("declared 4, read 3")

        with pytest.raises(ArithmeticError):
            target.load(SPEC, rows(range(3)), Mode.FULL, replace(OPTIONS, watermark=incomplete))
        assert target.state("erp", "customers") is None

    def test_interrupted_while_reading(self, target: Target) -> None:
        target.load(SPEC, rows(range(3)), Mode.FULL, OPTIONS)

        def reading() -> Iterator[Row]:
            for number in range(5000):
                if number == 2500:
                    target.interrupt()
                yield row(number)

        with pytest.raises(LoadInterrupted):
            target.load(SPEC, reading(), Mode.FULL, AFTERWARDS)
        assert len(_documents(target)) == 3
        assert target.load(SPEC, rows(range(3)), Mode.FULL, AFTERWARDS).unchanged == 3

    @pytest.mark.parametrize(
        ("values", "column", "said"),
        [
            (row(1, code=None), "code", "required"),
            (row(1, name="a\x00b"), "name", "cannot store|invalid byte sequence"),
            (row(1, name="a\ud800b"), "name", "cannot store"),
            (row(1, name=5), "name", "not a text"),
            (row(1, orders=2**63), "orders", "64 bits"),
            (row(1, orders=True), "orders", "whole number"),
            (row(1, orders="5"), "orders", "whole number"),
            (row(1, balance=Decimal("NaN")), "balance", "decimal"),
            (row(1, balance=Decimal("Infinity")), "balance", "decimal"),
            (row(1, balance=Decimal("1E+999999")), "balance", "digits"),
            (row(1, balance=5), "balance", "decimal"),
            (row(1, since=NOW), "since", "not a date"),
            (row(1, seen=datetime(2026, 1, 1)), "seen", "time zone"),  # noqa: DTZ001
            (row(1, active=1), "active", "boolean"),
            (row(1)[:-1], None, "6 values for 7 columns"),
        ],
    )
    def test_a_value_that_its_column_cannot_hold_is_named(
        self, target: Target, values: Row, column: str | None, said: str
    ) -> None:
        with pytest.raises(RowRejected, match=said) as caught:
            target.load(SPEC, [*rows(range(10, 310)), values, row(2)], Mode.FULL, OPTIONS)
        assert (caught.value.row, caught.value.column) == (301, column)
        assert caught.value.error_class is ErrorClass.SCHEMA_DRIFT
        assert target.state("erp", "customers") is None


class TestDryRun:
    def test_of_a_table_that_is_not_there(self, target: Target) -> None:
        counts = target.load(SPEC, rows(range(5)), Mode.FULL, replace(OPTIONS, dry_run=True, samples=2))
        assert replace(counts, samples=()) == LoadCounts(read=5, created=5, total=5)
        assert counts.samples == tuple(
            Difference(Operation.CREATED, {"code": f"C{n:04d}"}, None, document(row(n))) for n in range(2)
        )
        assert target.state("erp", "customers") is None
        assert target.load(SPEC, rows(range(5)), Mode.FULL, OPTIONS).created == 5

    @pytest.mark.parametrize("mode", [Mode.FULL, Mode.FORCE])
    def test_counts_what_a_real_one_would_and_writes_nothing(self, target: Target, mode: Mode) -> None:
        target.load(SPEC, rows(range(10)), Mode.FULL, OPTIONS)
        changed = [row(3), row(4, orders=99), row(77)]
        dry = target.load(SPEC, changed, mode, replace(AFTERWARDS, dry_run=True, samples=3, change_log=True))
        assert _documents(target) == [document(row(number)) for number in range(10)]
        state = target.state("erp", "customers")
        assert state is not None
        assert state.last_load_at == NOW
        by_operation = {operation: [s for s in dry.samples if s.operation is operation] for operation in Operation}
        assert by_operation[Operation.CREATED] == [
            Difference(Operation.CREATED, {"code": "C0077"}, None, document(row(77)))
        ]
        assert by_operation[Operation.UPDATED] == [
            Difference(Operation.UPDATED, {"code": "C0004"}, document(row(4)), document(row(4, orders=99)))
        ]
        assert len(by_operation[Operation.DELETED]) == 3
        assert all(sample.after is None for sample in by_operation[Operation.DELETED])
        real = target.load(SPEC, changed, mode, AFTERWARDS)
        assert replace(dry, samples=()) == real

    def test_of_columns_that_are_not_there_yet(self, target: Target) -> None:
        narrow = replace(SPEC, columns=SPEC.columns[:-2])
        target.load(narrow, [row(n)[:-2] for n in range(4)], Mode.FULL, OPTIONS)
        dry = target.load(SPEC, [row(0, seen=None), row(1)], Mode.DELTA, replace(AFTERWARDS, dry_run=True, samples=9))
        assert (dry.unchanged, dry.updated) == (1, 1)
        assert dry.samples[0].before == document(row(1)) | {"seen": None, "active": None}


class TestEvolution:
    def test_columns_are_added_and_filled(self, target: Target) -> None:
        narrow = replace(SPEC, columns=SPEC.columns[:-2])
        target.load(narrow, [row(n)[:-2] for n in range(4)], Mode.FULL, OPTIONS)
        counts = target.load(SPEC, [row(0), row(1)], Mode.DELTA, AFTERWARDS)
        assert counts.updated == 2
        assert _documents(target)[:2] == [document(row(0)), document(row(1))]
        assert _documents(target)[3] == document(row(3)) | {"seen": None, "active": None}

    @pytest.mark.parametrize("mode", list(Mode))
    def test_columns_that_left_the_profile_stay(self, target: Target, mode: Mode) -> None:
        target.load(SPEC, rows(range(4)), Mode.FULL, OPTIONS)
        narrow = replace(SPEC, columns=SPEC.columns[:-2])
        counts = target.load(narrow, [row(n)[:-2] for n in range(4)], mode, AFTERWARDS)
        assert counts.unchanged == 4
        assert _documents(target) == [document(row(number)) for number in range(4)]

    @pytest.mark.parametrize(
        ("before", "values", "after", "shown"),
        [
            (ColumnType.INTEGER, 5, ColumnType.DECIMAL, "5"),
            (ColumnType.INTEGER, 5, ColumnType.MONEY, "5"),
            (ColumnType.INTEGER, -(2**63), ColumnType.TEXT, "-9223372036854775808"),
            (ColumnType.DECIMAL, Decimal("1.50"), ColumnType.PERCENT, "1.50"),
            (ColumnType.DECIMAL, Decimal("1.50"), ColumnType.TEXT, "1.50"),
            (ColumnType.DATE, date(2026, 1, 31), ColumnType.TEXT, "2026-01-31"),
        ],
    )
    def test_types_are_widened_where_nothing_is_lost(
        self, target: Target, before: ColumnType, values: object, after: ColumnType, shown: str
    ) -> None:
        def spec(kind: ColumnType) -> TableSpec:
            return TableSpec("t", (Column("k", ColumnType.TEXT), Column("v", kind)), ("k",))

        target.load(spec(before), [("a", values)], Mode.FULL, OPTIONS)  # type: ignore[list-item]
        counts = target.load(spec(after), [("b", None)], Mode.DELTA, AFTERWARDS)
        assert (counts.created, counts.total) == (1, 2)
        assert list(target.dump(spec(after))) == [{"k": "a", "v": shown}, {"k": "b", "v": None}]

    @pytest.mark.parametrize(
        ("before", "after"),
        [
            (ColumnType.TEXT, ColumnType.INTEGER),
            (ColumnType.DECIMAL, ColumnType.INTEGER),
            (ColumnType.DATETIME, ColumnType.DATE),
            (ColumnType.DATE, ColumnType.DATETIME),
            (ColumnType.BOOLEAN, ColumnType.INTEGER),
        ],
    )
    @pytest.mark.parametrize("dry_run", [False, True])
    def test_a_type_that_would_lose_is_refused_before_reading(
        self, target: Target, before: ColumnType, after: ColumnType, dry_run: bool
    ) -> None:
        def spec(kind: ColumnType) -> TableSpec:
            return TableSpec("t", (Column("k", ColumnType.TEXT), Column("v", kind)), ("k",))

        never: Iterator[Row] = map(pytest.fail, ["a row was read"])
        target.load(spec(before), [("a", None)], Mode.FULL, OPTIONS)
        with pytest.raises(TableMismatch, match=r"column v .* run a Force") as caught:
            target.load(spec(after), never, Mode.FULL, replace(AFTERWARDS, dry_run=dry_run))
        assert (caught.value.table, caught.value.column) == ("t", "v")
        assert caught.value.error_class is ErrorClass.CONFIG_INVALID

    def test_force_builds_the_table_with_the_new_type(self, target: Target) -> None:
        old = TableSpec("t", (Column("k", ColumnType.TEXT), Column("v", ColumnType.TEXT)), ("k",))
        new = replace(old, columns=(Column("k", ColumnType.TEXT), Column("v", ColumnType.INTEGER)))
        target.load(old, [("a", "1"), ("b", "x"), ("c", "3")], Mode.FULL, OPTIONS)
        counts = target.load(new, [("a", 1), ("b", 2)], Mode.FORCE, AFTERWARDS)
        assert (counts.unchanged, counts.updated, counts.deleted, counts.replaced) == (1, 1, 1, True)
        assert list(target.dump(new)) == [{"k": "a", "v": 1}, {"k": "b", "v": 2}]

    def test_force_builds_the_table_with_another_key(self, target: Target) -> None:
        target.load(SPEC, rows(range(4)), Mode.FULL, OPTIONS)
        new = replace(SPEC, key=("code", "orders"))
        changed = [row(0), row(0, orders=7), row(1), row(2), row(3)]
        counts = target.load(new, changed, Mode.FORCE, AFTERWARDS)
        assert (counts.created, counts.unchanged, counts.deleted) == (1, 4, 0)
        assert len(list(target.dump(new))) == 5


class TestQuarantine:
    @staticmethod
    def _broken(number: int, *, known: bool = True) -> QuarantinedRow:
        return QuarantinedRow(
            page=1,
            row=number,
            column="balance",
            found="12.34\x00",
            expected="an amount such as 1.234,56",
            cells={"Codice": f"C{number:04d}", "Saldo": "12.34\x00"},
            key=(f"C{number:04d}",) if known else None,
        )

    @pytest.mark.parametrize("mode", [Mode.FULL, Mode.FORCE])
    def test_its_row_stays_as_it_was(self, target: Target, mode: Mode) -> None:
        target.load(SPEC, rows(range(5)), Mode.FULL, OPTIONS)
        quarantine = [self._broken(1), self._broken(99)]
        counts = target.load(SPEC, [row(0), row(2), row(3, orders=0)], mode, replace(AFTERWARDS, quarantine=quarantine))
        assert (counts.deleted, counts.updated, counts.quarantined, counts.withheld, counts.total) == (1, 1, 2, 0, 4)
        assert _documents(target) == [document(values) for values in (row(0), row(1), row(2), row(3, orders=0))]

    @pytest.mark.parametrize("mode", [Mode.FULL, Mode.FORCE])
    def test_no_row_is_deleted_while_a_key_is_unknown(self, target: Target, mode: Mode) -> None:
        target.load(SPEC, rows(range(5)), Mode.FULL, OPTIONS)
        quarantine = [self._broken(1), self._broken(2, known=False)]
        counts = target.load(SPEC, [row(0), row(3)], mode, replace(AFTERWARDS, quarantine=quarantine))
        assert (counts.deleted, counts.withheld, counts.total) == (0, 2, 5)
        assert _documents(target) == [document(row(number)) for number in range(5)]


class TestChangeLog:
    SPEC = TableSpec(
        "customers_changes",
        (
            Column("id", ColumnType.INTEGER),
            Column("operation", ColumnType.TEXT),
            Column("task_id", ColumnType.TEXT),
            Column("at", ColumnType.DATETIME),
        ),
        ("id",),
    )

    @pytest.mark.parametrize("mode", [Mode.FULL, Mode.FORCE])
    def test_one_line_a_difference(self, target: Target, mode: Mode) -> None:
        target.load(SPEC, rows(range(2)), Mode.FULL, replace(OPTIONS, change_log=True))
        target.load(SPEC, [row(0, orders=8), row(9)], mode, replace(AFTERWARDS, change_log=True))
        logged = sorted((line["task_id"], line["operation"], line["at"]) for line in target.dump(self.SPEC))
        before, after = "2026-11-24T08:00:00Z", "2026-11-24T09:00:00Z"
        assert logged == [
            ("task-1", "created", before),
            ("task-1", "created", before),
            ("task-2", "created", after),
            ("task-2", "deleted", after),
            ("task-2", "updated", after),
        ]

    def test_nothing_is_logged_of_rows_that_are_withheld(self, target: Target) -> None:
        target.load(SPEC, rows(range(2)), Mode.FULL, OPTIONS)
        unknown = QuarantinedRow(page=1, row=1, column="code", found="", expected="a text", cells={})
        options = replace(AFTERWARDS, change_log=True, quarantine=[unknown])
        target.load(SPEC, [row(0)], Mode.FULL, options)
        assert list(target.dump(self.SPEC)) == []


def test_sessions_are_kept_by_source(target: Target) -> None:
    assert target.load_session("erp") is None
    target.drop_session("erp")
    target.save_session("erp", b"\x00encrypted\xff", NOW)
    target.save_session("other", b"2", NOW)
    target.save_session("erp", b"3", LATER)
    assert (target.load_session("erp"), target.load_session("other")) == (b"3", b"2")
    target.drop_session("erp")
    assert (target.load_session("erp"), target.load_session("other")) == (None, b"2")


def test_dump_in_another_time_zone(target: Target) -> None:
    target.load(SPEC, [row(0)], Mode.FULL, OPTIONS)
    (shown,) = target.dump(SPEC, ZoneInfo("Europe/Rome"))
    assert shown["seen"] == "2026-11-24T09:00:00+01:00"
