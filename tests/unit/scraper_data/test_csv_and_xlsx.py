"""CSV and XLSX exports: what is read, what typed cells become, and files that are not what they should be."""

import contextlib
import io
import re
import zipfile
from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sincro_contract.exit_codes import ErrorClass
from sincro_scraper.documents import (
    CellForm,
    DocumentError,
    DocumentLimits,
    HeadersNotFound,
    TextRow,
    read_csv_table,
    read_xlsx_table,
)
from sincro_scraper.localisation import DatePattern, ParserOptions, ValueKind, locale_named, parser_for

IT, US = locale_named("it-IT"), locale_named("en-US")
HEADERS = ("Codice", "Ragione sociale", "Saldo")


def csv_cells(text: str, headers: Sequence[str] = HEADERS, **options: object) -> list[tuple[str, ...]]:
    return [row.cells for row in read_csv_table(text.encode(), headers, **options)]  # type: ignore[arg-type]


class TestCsv:
    def test_rows_with_what_makes_csv_hard(self) -> None:
        text = (
            '\ufeffCodice;Ragione sociale;Saldo\r\nC1;"L\'Officina; di ""Ugo""";"1.234,56"\r\n'
            'C2;"due\nrighe";\r\n\r\nC3;  Età ;-0,05'
        )
        rows = list(read_csv_table(text.encode(), HEADERS))
        assert rows == [
            TextRow(("C1", 'L\'Officina; di "Ugo"', "1.234,56"), 1, 1),
            TextRow(("C2", "due\nrighe", ""), 1, 2),
            TextRow(("C3", "  Età ", "-0,05"), 1, 3),
        ]

    def test_other_columns_and_another_order(self) -> None:
        text = "A;SALDO;B;codice\n1;2;3;4\n"
        assert csv_cells(text, ("Codice", "Saldo")) == [("4", "2")]

    def test_separator_encoding_quote_and_lines_before_the_header(self) -> None:
        data = "Elenco clienti\nal 31/12\nCodice,Città\nC1,'Forlì, FC'\n".encode("cp1252")
        reading = read_csv_table(data, ("Città",), separator=",", encoding="cp1252", quote="'", skip_lines=2)
        assert [row.cells for row in reading] == [("Forlì, FC",)]

    def test_totals_lines_are_no_rows(self) -> None:
        text = "Codice;Ragione sociale;Saldo\nC1;a;1,00\nTotale record: 1;;1,00\n"
        reading = read_csv_table(text.encode(), HEADERS, totals=("totale",))
        assert [row.cells for row in reading] == [("C1", "a", "1,00")]
        assert [line.cells for line in reading.totals] == [("Totale record: 1", "", "1,00")]
        assert (reading.rows, reading.tables) == (1, 1)

    @pytest.mark.parametrize(
        ("line", "sums"),
        [
            ("Total;;3,00", True),
            ("TOTAL:;3 rows;3,00", True),
            ("Total rows: 3;;3,00 €", True),
            ("TotalEnergies;;3,00", False),
            ("Total Gas;Torino;3,00", False),
            ("C9;Total Gas;3,00", False),
        ],
    )
    def test_a_name_that_begins_like_a_total_is_a_row(self, line: str, sums: bool) -> None:
        text = f"Codice;Ragione sociale;Saldo\n{line}\n"
        assert csv_cells(text, totals=("Total",)) == ([] if sums else [tuple(line.split(";"))])

    def test_a_separator_after_the_last_cell_is_no_cell(self) -> None:
        assert csv_cells("Codice;Ragione sociale;Saldo\nC1;a;1,00;\n") == [("C1", "a", "1,00")]

    @pytest.mark.parametrize(
        ("text", "code", "transient"),
        [
            ("", "HeadersNotFound", False),
            ("Codice;Saldo\n", "HeadersNotFound", False),
            ("Codice,Ragione sociale,Saldo\nC1,a,1\n", "HeadersNotFound", False),
            ("Codice;Codice;Ragione sociale;Saldo\n", "HeaderAmbiguous", False),
            ("Codice;Ragione sociale;Saldo\nC1;a\n", "CsvRowWidth", False),
            ("Codice;Ragione sociale;Saldo\nC1;a;1;2\n", "CsvRowWidth", False),
            ("Codice;Ragione sociale;Saldo\nC1;a\nC2;b;2", "CsvRowWidth", False),
            ("Codice;Ragione sociale;Saldo\nC1;a;1\nC2;b", "CsvTruncated", True),
            ("Codice;Ragione sociale;Saldo\nC1;a;1\n<html>Sessione scaduta</html>", "CsvTruncated", True),
            ('Codice;Ragione sociale;Saldo\nC1;"a;1\n', "CsvMalformed", True),
            ('Codice;Ragione sociale;Saldo\nC1;"a"b;1\n', "CsvMalformed", True),
            ("<!DOCTYPE html><html>Sessione scaduta", "CsvMalformed", True),
            ("Codice;Ragione sociale;Saldo\nC1;" + "x" * 100_001 + ";1\n", "CsvTooLarge", False),
        ],
    )
    def test_what_is_no_such_table(self, text: str, code: str, transient: bool) -> None:
        with pytest.raises(DocumentError) as caught:
            csv_cells(text)
        assert caught.value.code == code
        assert caught.value.error_class is (ErrorClass.SOURCE_UNAVAILABLE if transient else ErrorClass.SCHEMA_DRIFT)

    @pytest.mark.parametrize(
        ("told", "written"),
        [("utf-8", "utf-8-sig"), ("UTF8", "utf-8-sig"), ("utf-8-sig", "utf-8"), ("utf-16", "utf-16")],
    )
    def test_a_mark_at_the_start_is_no_part_of_a_header(self, told: str, written: str) -> None:
        data = "Codice;N\nC1;a\n".encode(written)
        assert [row.cells for row in read_csv_table(data, ("Codice",), encoding=told)] == [("C1",)]

    def test_another_encoding_than_told(self) -> None:
        with pytest.raises(DocumentError, match="not in the encoding utf-8") as caught:
            list(read_csv_table("Codice;Città\nC1;Forlì\n".encode("cp1252"), ("Città",)))
        assert caught.value.code == "CsvEncoding"

    @pytest.mark.parametrize("options", [{"encoding": "utf-9"}, {"separator": ""}, {"separator": ";;"}, {"quote": ""}])
    def test_options_that_make_no_sense(self, options: dict[str, str]) -> None:
        with pytest.raises(ValueError, match=r"encoding|one character"):
            csv_cells("", HEADERS, **options)

    def test_limits(self) -> None:
        text = "Codice;Ragione sociale;Saldo\n" + "C1;a;1\n" * 20
        for limits in (DocumentLimits(bytes=50), DocumentLimits(rows=10)):
            with pytest.raises(DocumentError) as caught:
                csv_cells(text, limits=limits)
            assert caught.value.code == "CsvTooLarge"

    @given(st.binary(max_size=300))
    def test_whatever_comes_is_read_or_an_error(self, data: bytes) -> None:
        with contextlib.suppress(DocumentError):
            list(read_csv_table(b"Codice;Ragione sociale;Saldo\n" + data, HEADERS))


def book(*rows: Sequence[object], formats: dict[str, str] | None = None, title: str = "Clienti") -> bytes:
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    sheet.title = title
    for row in rows:
        sheet.append(list(row))
    for place, number_format in (formats or {}).items():
        sheet[place].number_format = number_format
    buffer = io.BytesIO()
    workbook.save(buffer)
    return buffer.getvalue()


class TestXlsx:
    @pytest.mark.parametrize(
        ("value", "number_format", "kind", "text", "parsed"),
        [
            ("00123", None, "text", "00123", "00123"),
            (1234, None, "integer", "1234", 1234),
            (8001234567890, None, "text", "8001234567890", "8001234567890"),
            (1234.0, None, "integer", "1234", 1234),
            (-1234.5, None, "decimal", "-1234,5", Decimal("-1234.5")),
            (0.1 + 0.2, None, "decimal", "0,3", Decimal("0.3")),
            (1e-7, None, "decimal", "0,0000001", Decimal("1E-7")),
            (1e20, None, "decimal", "100000000000000000000", Decimal(10**20)),
            (1234.5, "#,##0.00 €", "money", "1234,5", Decimal("1234.5")),
            (0.225, "0.0%", "percent", "22,5%", Decimal("22.5")),
            (date(2026, 12, 31), None, "date", "31/12/2026", date(2026, 12, 31)),
            (datetime(2026, 12, 31, 14, 30), "dd/mm/yyyy", "date", "31/12/2026", date(2026, 12, 31)),  # noqa: DTZ001
            (datetime(2026, 12, 31, 14, 30, 5), None, "datetime", "31/12/2026 14:30:05", None),  # noqa: DTZ001
            (True, None, "boolean", "Sì", True),
            (False, None, "boolean", "No", False),
            (time(14, 30), None, "text", "14:30:00", "14:30:00"),
            (None, None, "text", "", ""),
        ],
    )
    def test_typed_cells_become_the_text_that_is_read_back(
        self, value: object, number_format: str | None, kind: str, text: str, parsed: object
    ) -> None:
        data = book(("Codice", "Valore"), ("C1", value), formats={"B2": number_format} if number_format else None)
        ((_, found),) = [row.cells for row in read_xlsx_table(data, ("Codice", "Valore"), IT)]
        assert found == text
        if parsed is not None:
            assert parser_for(ValueKind(kind), IT)(found) == parsed

    def test_in_another_locale(self) -> None:
        data = book(("Code", "Value", "Date", "Open"), ("C1", 1234.5, date(2026, 12, 31), True))
        assert [row.cells for row in read_xlsx_table(data, ("Value", "Date", "Open"), US)] == [
            ("1234.5", "12/31/2026", "Yes")
        ]

    def test_titles_before_empty_rows_between_and_totals_after(self) -> None:
        data = book(
            ("Elenco clienti",), (), ("Codice", None, "Saldo"), ("C1", "x", 1), (), ("C2",), ("Totale", None, 1)
        )
        reading = read_xlsx_table(data, ("saldo", "codice"), IT, totals=("Totale",))
        assert list(reading) == [TextRow(("1", "C1"), 1, 1), TextRow(("", "C2"), 1, 3)]
        assert [line.cells for line in reading.totals] == [("1", "Totale")]

    def test_a_sheet_by_name_or_number(self) -> None:
        workbook = openpyxl.Workbook()
        workbook.active.append(["x"])
        workbook.create_sheet("Clienti").append(["Codice"])
        workbook["Clienti"].append(["C1"])
        buffer = io.BytesIO()
        workbook.save(buffer)
        for sheet in ("Clienti", 2):
            reading = read_xlsx_table(buffer.getvalue(), ("Codice",), IT, sheet=sheet)
            assert [row.cells for row in reading] == [("C1",)]
        for missing in ("Ordini", 0, 3):
            with pytest.raises(DocumentError, match="Sheet, Clienti"):
                read_xlsx_table(buffer.getvalue(), ("Codice",), IT, sheet=missing)

    @pytest.mark.parametrize(
        ("make", "code"),
        [
            (lambda: b"", "XlsxMalformed"),
            (lambda: b"<html>Sessione scaduta</html>", "XlsxMalformed"),
            (lambda: book(("Codice",))[:-200], "XlsxMalformed"),
            (lambda: book(("Codice",))[: len(book(("Codice",))) // 2], "XlsxMalformed"),
            (lambda: _zip({"a.txt": b"x"}), "XlsxMalformed"),
            (lambda: book(("Codice",), ("=1/0",)), "XlsxNotCalculated"),
            (lambda: book(("A", "Codice"), ("x", "=A2"), ("y", "=A3")), "XlsxNotCalculated"),
            (lambda: book(("Codici",), ("C1",)), "HeadersNotFound"),
            (lambda: book(("Codice", "codice"), ("C1", "C2")), "HeaderAmbiguous"),
            (lambda: book(("Codice",), (timedelta(hours=30),)), "XlsxCellType"),
            (lambda: book(("Codice",), ("#N/A",)), "XlsxErrorValue"),
        ],
    )
    def test_what_is_no_such_table(self, make: Callable[[], bytes], code: str) -> None:
        with pytest.raises(DocumentError) as caught:
            list(read_xlsx_table(make(), ("Codice",), IT))
        assert caught.value.code == code

    def test_formulas_count_with_their_result_and_matter_only_where_they_are_read(self) -> None:
        data = _changed_sheet(
            book(("Codice", "Saldo", "Nota"), ("C1", "=1+2", "=A2"), ("Totale", "=B2", None)),
            (rb"(<f>1\+2</f>)(?:<v ?/>|<v></v>)", rb"\1<v>3</v>"),
        )
        rows = [row.cells for row in read_xlsx_table(data, ("Codice", "Saldo"), IT, totals=("Totale",))]
        assert rows == [("C1", "3")]

    def test_a_formula_whose_result_is_the_empty_text_is_an_empty_cell(self) -> None:
        data = _changed_sheet(book(("Codice", "Nota"), ("C1", "=A2")), (rb'<c r="B2"', rb'<c r="B2" t="str"'))
        assert [row.cells for row in read_xlsx_table(data, ("Codice", "Nota"), IT)] == [("C1", "")]

    @pytest.mark.parametrize("size", [b"A1", b"A1:B2", b"A1:A1048576", b"A1:XFD1"])
    def test_what_a_sheet_says_about_its_size_is_not_believed(self, size: bytes) -> None:
        rows = [(f"C{number}", str(number)) for number in range(5)]
        data = _changed_sheet(book(("Codice", "Saldo"), *rows), (rb'ref="[^"]*"', b'ref="' + size + b'"'))
        assert [row.cells for row in read_xlsx_table(data, ("Codice", "Saldo"), IT)] == rows

    @pytest.mark.parametrize(
        ("value", "form", "kind", "column", "parsed"),
        [
            (1.234, CellForm(US), "decimal", {"locale": "en-US"}, Decimal("1.234")),
            (date(2026, 12, 11), CellForm(US), "date", {"locale": "en-US"}, date(2026, 12, 11)),
            (date(2026, 12, 11), CellForm(US, DatePattern.of("dd/MM/yyyy")), "date", {}, date(2026, 12, 11)),
            (date(2026, 12, 11), CellForm(IT, DatePattern.of("MM/dd/yy")), "date", {}, date(2026, 12, 11)),
            (date(2026, 12, 11), CellForm(IT, DatePattern.of("d MMMM yyyy")), "date", {}, date(2026, 12, 11)),
            (date(2026, 12, 11), CellForm(IT, DatePattern.of("iso")), "date", {}, date(2026, 12, 11)),
            (184, CellForm(IT, padded=True), "text", {"number_format": "00000"}, "00184"),
            (184, CellForm(IT), "integer", {"number_format": "00000"}, 184),
        ],
    )
    def test_typed_cells_are_written_as_their_own_column_reads(
        self, value: object, form: CellForm, kind: str, column: dict[str, str], parsed: object
    ) -> None:
        """A column in another locale, or with a format of its own, would read the source's form as another value."""
        number_format = column.get("number_format")
        data = book(("Codice", "Valore"), ("C1", value), formats={"B2": number_format} if number_format else None)
        reading = read_xlsx_table(data, ("Codice", "Valore"), IT, forms=[CellForm(IT), form])
        ((_, found),) = [row.cells for row in reading]
        options = ParserOptions(pattern=form.pattern.text if form.pattern else None)
        assert parser_for(ValueKind(kind), form.locale, options)(found) == parsed

    def test_a_year_that_two_digits_do_not_say(self) -> None:
        data = book(("Codice",), (date(1965, 1, 1),))
        with pytest.raises(DocumentError, match="two digits"):
            list(read_xlsx_table(data, ("Codice",), IT, forms=[CellForm(IT, DatePattern.of("dd/MM/yy"))]))

    def test_headers_show_what_was_found(self) -> None:
        with pytest.raises(HeadersNotFound) as caught:
            list(read_xlsx_table(book((), ("Codice", "Nome"), ("C1", "a")), ("Codice", "Ragione sociale"), IT))
        assert (caught.value.expected, caught.value.found) == (("Codice", "Ragione sociale"), ("Codice", "Nome"))

    def test_limits_and_bombs(self) -> None:
        data = book(("Codice",), *[("C1",)] * 20)
        for limits in (DocumentLimits(bytes=100), DocumentLimits(rows=10), DocumentLimits(cell_characters=1)):
            with pytest.raises(DocumentError) as caught:
                list(read_xlsx_table(data, ("Codice",), IT, limits=limits))
            assert caught.value.code == "XlsxTooLarge"
        bomb = _zip({"xl/worksheets/sheet1.xml": b"\0" * 50_000_000})
        with pytest.raises(DocumentError, match="unpacks to"):
            read_xlsx_table(bomb, ("Codice",), IT, limits=DocumentLimits(bytes=1_000_000))

    @settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(st.data())
    def test_damaged_bytes_never_do_worse_than_an_error(self, data: st.DataObject) -> None:
        damaged = bytearray(_WHOLE)
        for _ in range(data.draw(st.integers(1, 6))):
            start = data.draw(st.integers(0, len(damaged) - 1))
            damaged[start : start + data.draw(st.integers(0, 50))] = data.draw(st.binary(max_size=50))
        with contextlib.suppress(DocumentError):
            list(read_xlsx_table(bytes(damaged), ("Codice", "Saldo"), IT))

    @settings(max_examples=60, deadline=None)
    @given(st.binary(max_size=400))
    def test_damaged_xml_never_does_worse_than_an_error(self, data: bytes) -> None:
        with zipfile.ZipFile(io.BytesIO(_WHOLE)) as archive:
            parts = {name: archive.read(name) for name in archive.namelist()}
        sheet = parts["xl/worksheets/sheet1.xml"]
        parts["xl/worksheets/sheet1.xml"] = sheet[: len(sheet) // 2] + data + sheet[len(sheet) // 2 :]
        with contextlib.suppress(DocumentError):
            list(read_xlsx_table(_zip(parts), ("Codice", "Saldo"), IT))


def _changed_sheet(data: bytes, *changes: tuple[bytes, bytes]) -> bytes:
    """The file with its sheet's XML changed; every pattern has to be there."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    for pattern, text in changes:
        parts["xl/worksheets/sheet1.xml"], count = re.subn(pattern, text, parts["xl/worksheets/sheet1.xml"])
        assert count, pattern
    return _zip(parts)


def _zip(parts: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return buffer.getvalue()


_WHOLE = book(("Codice", "Saldo"), *[(f"C{number}", number / 7) for number in range(30)])
