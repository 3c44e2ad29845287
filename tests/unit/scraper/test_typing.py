"""Texts and JSON values -> typed values, or the cell that does not parse."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from sincro_scraper.localisation import locale_named
from sincro_scraper.profile.columns import ColumnSpec
from sincro_scraper.reading.typing import CellProblem, RowTyper

ROME = ZoneInfo("Europe/Rome")


def typer(columns: dict[str, dict[str, Any]], *, json: bool = False, blank: tuple[str, ...] = ()) -> RowTyper:
    place = "field" if json else "header"
    specs = {name: ColumnSpec.model_validate({place: name, **column}) for name, column in columns.items()}
    return RowTyper(specs, ["k"], blank, locale=locale_named("it-IT"), time_zone="Europe/Rome", json=json)


def one(column: dict[str, Any], cell: Any, *, json: bool = False) -> Any:
    row = typer({"k": {}, "v": column}, json=json).type_row(("1", cell))
    return row if isinstance(row, CellProblem) else row[1]


@pytest.mark.parametrize(
    ("column", "cell", "value"),
    [
        ({}, "a\nb", "a\nb"),
        ({}, None, None),
        ({"type": "integer"}, "1.234", 1234),
        ({"type": "decimal"}, "1.234,50", Decimal("1234.50")),
        ({"type": "decimal", "locale": "en-US"}, "1,234.50", Decimal("1234.50")),
        ({"type": "money"}, "€ -12,00", Decimal("-12.00")),
        ({"type": "percent"}, "22,5%", Decimal("22.5")),
        ({"type": "date"}, "31/12/2026", date(2026, 12, 31)),
        ({"type": "date", "format": "yyyy-MM-dd"}, "2026-12-31", date(2026, 12, 31)),
        ({"type": "datetime"}, "31/12/2026 14:30", datetime(2026, 12, 31, 14, 30, tzinfo=ROME)),
        ({"type": "boolean"}, "Sì", True),
        ({"type": "boolean", "values": {"✓": True, "✗": False}}, "✗", False),
        ({"type": "enum", "values": ["Aperto"]}, "Aperto", "Aperto"),
        ({"type": "enum", "values": {"In  corso": "open"}}, "In corso", "open"),
        ({"type": "integer", "pattern": r"n\. (\d+)"}, "Ordine n. 12 del", 12),
        ({"pattern": "x(.*)"}, "x", None),
    ],
)
def test_a_text_becomes_a_value(column: dict[str, Any], cell: str | None, value: object) -> None:
    assert one(column, cell) == value


@pytest.mark.parametrize(
    ("column", "cell", "expected"),
    [
        ({"type": "integer"}, "1,5", "integer"),
        ({"type": "decimal"}, "1,234.56", "decimal"),
        ({"type": "date"}, "2026-12-31", "date"),
        ({"type": "date"}, "31/02/2026", "date"),
        ({"type": "boolean"}, "forse", "yes or no"),
        ({"type": "enum", "values": ["Aperto", "Chiuso"]}, "aperto", "one of 'Aperto', 'Chiuso'"),
        ({"pattern": r"n\. (\d+)"}, "nessuno", "a text that matches"),
        ({"required": True}, None, "a value (required)"),
        ({"required": True}, "", "a value (required)"),
    ],
)
def test_a_text_that_is_no_value_is_a_problem(column: dict[str, Any], cell: str | None, expected: str) -> None:
    problem = one(column, cell)
    assert isinstance(problem, CellProblem)
    assert problem.column == "v"
    assert problem.found == (cell or "")


@pytest.mark.parametrize(
    ("column", "cell", "value"),
    [
        ({"type": "integer"}, 12, 12),
        ({"type": "integer"}, Decimal("12.0"), 12),
        ({"type": "decimal"}, 12, Decimal(12)),
        ({"type": "decimal"}, Decimal("0.1"), Decimal("0.1")),
        ({"type": "decimal", "locale": "en-US"}, "1234.5", Decimal("1234.5")),
        ({"type": "decimal"}, "1234,5", Decimal("1234.5")),
        ({"type": "boolean"}, True, True),
        ({"type": "boolean"}, 0, False),
        ({"type": "date"}, "2026-12-31", date(2026, 12, 31)),
        ({"type": "date"}, "2026-12-31T23:30:00Z", date(2027, 1, 1)),
        ({"type": "datetime"}, "2026-12-31T14:30:00Z", datetime(2026, 12, 31, 14, 30, tzinfo=UTC)),
        ({"type": "datetime"}, "2026-12-31T14:30:00", datetime(2026, 12, 31, 14, 30, tzinfo=ROME)),
        ({"type": "datetime"}, "31/12/2026 14:30", datetime(2026, 12, 31, 14, 30, tzinfo=ROME)),
        ({"type": "enum", "values": {"1": "open"}}, 1, "open"),
        ({}, 12, "12"),
        ({}, True, "true"),
    ],
)
def test_a_json_value_is_checked(column: dict[str, Any], cell: object, value: object) -> None:
    assert one(column, cell, json=True) == value


@pytest.mark.parametrize(
    ("column", "cell"),
    [
        ({"type": "integer"}, Decimal("1.5")),
        ({"type": "integer"}, True),
        ({"type": "date"}, 20261231),
        ({"type": "boolean"}, 2),
        ({"type": "decimal"}, "1.234"),
        ({"type": "decimal"}, "1,234"),
        ({"type": "datetime"}, "2026-12-31T99:00:00"),
    ],
)
def test_a_json_value_of_another_type_is_a_problem(column: dict[str, Any], cell: object) -> None:
    assert isinstance(one(column, cell, json=True), CellProblem)


def test_texts_that_mean_nothing() -> None:
    row = typer({"k": {}, "v": {"type": "integer"}}, blank=("-", "n.d.")).type_row(("1", "n.d."))
    assert row == ("1", None)


def test_all_problems_of_a_row() -> None:
    columns = {"k": {}, "a": {"type": "integer"}, "b": {"type": "date"}, "c": {}}
    problems = typer(columns).problems((None, "x", "y", None))
    assert [problem.column for problem in problems] == ["k", "a", "b"]


def test_keys_of_rows_that_do_not_parse() -> None:
    subject = typer({"k": {"type": "integer"}, "v": {"type": "date"}})
    assert subject.key_of_texts(("7", "?")) == (7,)
    assert subject.key_of_texts(("x", "?")) is None
    assert subject.key_of_texts((None, "?")) is None


def test_white_space_is_an_empty_cell_whatever_the_file_pads_with() -> None:
    padded = typer({"k": {}, "v": {}, "day": {"type": "date"}}, blank=("-",))
    assert padded.type_row(("1", "   ", "\u00a0 ")) == ("1", None, None)
    assert padded.type_row(("1", " - ", "31/12/2026 ")) == ("1", None, date(2026, 12, 31))
    problem = padded.type_row(("  ", "x", None))
    assert isinstance(problem, CellProblem)
    assert (problem.column, problem.expected) == ("k", "a value (required)")
    assert padded.key_of_texts((" ", "x", None)) is None


@pytest.mark.parametrize(
    ("kind", "cell"),
    [
        # The clocks of Rome went from 02:00 to 03:00; a text that is read by the locale's grammar is refused as well.
        ("datetime", "2026-03-29T02:30:00"),
        ("date", "2026-02-30"),
        ("integer", Decimal("1e999999999")),
    ],
)
def test_json_is_read_as_strictly(kind: str, cell: object) -> None:
    assert isinstance(one({"type": kind}, cell, json=True), CellProblem)


@pytest.mark.parametrize(
    ("zone", "cell", "day"),
    [
        ("America/New_York", "2026-12-31T00:00:00Z", None),
        ("America/New_York", "2026-12-31T05:00:00Z", date(2026, 12, 31)),
        ("America/New_York", "2026-12-31T00:00:00", date(2026, 12, 31)),
        ("Europe/Rome", "2026-12-31T00:00:00Z", date(2026, 12, 31)),
        ("Europe/Rome", "2026-12-30T23:00:00Z", date(2026, 12, 31)),
    ],
)
def test_a_day_that_json_writes_as_an_instant(zone: str, cell: str, day: date | None) -> None:
    """Midnight of UTC may be a mere date, or the evening before: where these differ, nothing is guessed."""
    specs = {"d": ColumnSpec.model_validate({"field": "d", "type": "date"})}
    row = RowTyper(specs, ["d"], (), locale=locale_named("it-IT"), time_zone=zone, json=True).type_row((cell,))
    assert row == (day,) if day else isinstance(row, CellProblem)
