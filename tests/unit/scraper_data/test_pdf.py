"""Tables out of PDFs: every layout that `printing` knows, cell for cell, and everything that is not a table."""

import contextlib
import itertools
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sincro_contract.exit_codes import ErrorClass
from sincro_scraper.documents import (
    DocumentError,
    DocumentLimits,
    HeadersNotFound,
    PdfLayout,
    TableReading,
    TextRow,
    read_pdf_table,
)
from sincro_scraper.localisation import locale_named
from tests.unit.scraper_data.printing import PrintedColumn, Style, print_table, print_tables

IT = locale_named("it-IT")
COLUMNS = (
    PrintedColumn("Codice", 40),
    PrintedColumn("Ragione sociale", 110),
    PrintedColumn("Indirizzo", 100),
    PrintedColumn("Cliente dal", 48, "center"),
    PrintedColumn("Saldo €", 60, "right"),
    PrintedColumn("Attivo", 28),
)
HEADERS = tuple(column.header for column in COLUMNS)
NAMES = ("Bar Centrale", "L'Officina dell'Età S.r.l.", "Consorzio per la Tutela dei Prodotti Tipici dell'Appennino", "")
ROWS = [
    (
        f"C{number:04d}",
        NAMES[number % 4],
        ""
        if number % 5 == 0
        else f"Via Garibaldi, {number} Scala B - Piano 3° 20100 Milano (MI)"[: 20 + number % 40].strip(),
        f"{1 + number % 28:02d}/11/2026" if number % 3 else "",
        f"{number * 37 % 5000}.{number % 1000:03d},{number % 100:02d}" if number % 7 else "-0,05",
        "Sì" if number % 2 else "No",
    )
    for number in range(1, 90)
]


def read(data: bytes, headers: Sequence[str] = HEADERS, layout: PdfLayout | None = None) -> TableReading:
    return read_pdf_table(data, headers, IT, layout)


def cells(data: bytes, headers: Sequence[str] = HEADERS, layout: PdfLayout | None = None) -> list[tuple[str, ...]]:
    return [row.cells for row in read(data, headers, layout)]


STYLES = {
    f"{rulings}-{'middle' if middle else 'top'}-{emit}": Style(
        rulings=rulings, middle=middle, emit=emit, row_gap=4.0 if middle or rulings == "none" else 2.0
    )
    for rulings, middle, emit in itertools.product(
        ("none", "lines", "grid", "path", "zebra", "frame"), (False, True), ("line", "word", "character")
    )
}


@pytest.mark.parametrize("style", STYLES.values(), ids=STYLES)
def test_every_cell_of_every_layout(style: Style) -> None:
    assert cells(print_table(COLUMNS, ROWS, style)) == ROWS


@pytest.mark.parametrize("rulings", ["none", "lines", "grid", "path", "zebra", "frame"])
@pytest.mark.parametrize("body_height", [60.0, 100.0, 333.0])
def test_rows_that_break_over_pages(rulings: str, body_height: float) -> None:
    style = Style(rulings=rulings, breaks_rows=True, body_height=body_height)
    assert cells(print_table(COLUMNS, ROWS, style)) == ROWS


@pytest.mark.parametrize("rotation", [90, 180, 270])
@pytest.mark.parametrize("rulings", ["none", "lines", "path"])
def test_turned_pages_are_read_as_they_are_seen(rotation: int, rulings: str) -> None:
    assert cells(print_table(COLUMNS, ROWS, Style(rotation=rotation, rulings=rulings, row_gap=2.0))) == ROWS


def test_headers_on_the_first_page_only() -> None:
    reading = read(print_table(COLUMNS, ROWS, Style(repeats_header=False, title="")))
    assert [row.cells for row in reading] == ROWS
    assert (reading.tables, reading.pages) == (1, 4)


def test_where_each_row_stood() -> None:
    reading = read(print_table(COLUMNS, ROWS, Style(breaks_rows=True)))
    rows = list(reading)
    assert rows[0] == TextRow(ROWS[0], page=1, row=1)
    assert [row.row for row in rows if row.page == 2] == list(range(1, sum(row.page == 2 for row in rows) + 1))
    assert [row.page for row in rows] == sorted(row.page for row in rows)
    assert (reading.rows, reading.pages, reading.tables) == (len(ROWS), rows[-1].page, 1)


def test_some_columns_in_another_order() -> None:
    wanted = ("Saldo €", "Codice", "Indirizzo")
    assert cells(print_table(COLUMNS, ROWS, Style()), wanted, PdfLayout(anchors=("Codice",))) == [
        (row[4], row[0], row[2]) for row in ROWS
    ]


def test_headers_are_compared_without_case_and_spaces() -> None:
    wanted = ("CODICE", " ragione   SOCIALE ")
    assert cells(print_table(COLUMNS, ROWS, Style()), wanted) == [row[:2] for row in ROWS]


def test_narrow_columns_with_wide_headers_and_wide_numbers() -> None:
    columns = (
        PrintedColumn("N.", 14, "right"),
        PrintedColumn("Fuori produzione dal", 44),
        PrintedColumn("Descrizione articolo", 90),
        PrintedColumn("Q.tà minima", 40, "right"),
        PrintedColumn("U.M.", 20, "center"),
    )
    rows = [
        (str(n), "31/12/2026" if n % 2 else "", "vite M8 x 40 inox" if n % 3 else "", f"{n}.000.000", "pz")
        for n in range(1, 60)
    ]
    headers = tuple(column.header for column in columns)
    for style in (Style(padding=1.0), Style(padding=1.2, rulings="grid", row_gap=2.0), Style(padding=1.0, emit="word")):
        assert cells(print_table(columns, rows, style), headers) == rows


def test_a_table_of_one_row() -> None:
    assert cells(print_table(COLUMNS, ROWS[2:3], Style())) == ROWS[2:3]
    assert cells(print_table(COLUMNS, ROWS[2:3], Style(rulings="frame"))) == ROWS[2:3]


def test_an_empty_table() -> None:
    reading = read(print_table(COLUMNS, [], Style()))
    assert list(reading) == []
    assert (reading.tables, reading.pages) == (1, 1)


@pytest.mark.parametrize("text", ["Nessun dato da visualizzare", "No data", "Keine Daten vorhanden"])
def test_an_empty_table_that_says_so(text: str) -> None:
    wide = (PrintedColumn("Codice", 140), *COLUMNS[1:])
    assert cells(print_table(wide, [(text, "", "", "", "", "")], Style())) == []


class TestJoiners:
    ROW = ("C0001", "Alfa Beta Gamma Delta Epsilon Zeta", "Via Garibaldi 12 20100 Milano Italia", "", "", "")

    def test_lines_may_be_the_values_own(self) -> None:
        layout = PdfLayout(joiners={"Ragione Sociale": "\n"})
        ((_, name, address, *_),) = cells(print_table(COLUMNS, [self.ROW], Style()), HEADERS, layout)
        assert name.split() == self.ROW[1].split()
        assert name.count("\n") >= 1
        assert address == self.ROW[2]

    def test_an_unknown_header_in_the_layout_is_refused(self) -> None:
        with pytest.raises(ValueError, match="'Nome', which is none of the headers"):
            read(print_table(COLUMNS, [self.ROW], Style()), HEADERS, PdfLayout(joiners={"Nome": ""}))


class TestTotals:
    def test_they_are_no_rows(self) -> None:
        last = ("Totale", "", "", "", "1.234.567,89", "")
        for rulings in ("none", "lines", "grid"):
            reading = read(print_table(COLUMNS, ROWS, Style(last=last, rulings=rulings)))
            assert [row.cells for row in reading] == ROWS
            (line,) = reading.totals
            assert (line.text, line.cells) == ("Totale 1.234.567,89", last)

    def test_the_number_of_rows_that_the_file_declares(self) -> None:
        style = Style(last=("Totale record: 1.089", "", "", "", "", ""))
        reading = read(print_table(COLUMNS, ROWS, style), HEADERS, PdfLayout(declared=r"Totale record: (\S+)"))
        assert len(list(reading)) == len(ROWS)
        assert reading.declared_total == 1089

    def test_a_declared_number_in_another_locale_is_refused(self) -> None:
        style = Style(title="Totale record: 1,089")
        with pytest.raises(DocumentError, match="declared number"):
            cells(print_table(COLUMNS, ROWS, style), HEADERS, PdfLayout(declared=r"Totale record: (\S+)"))

    def test_a_row_whose_first_word_is_total_stays_a_row(self) -> None:
        columns = (
            PrintedColumn("Ragione sociale", 120),
            PrintedColumn("Città", 80),
            PrintedColumn("Saldo", 60, "right"),
        )
        rows = [
            ("Total Energia S.p.A.", "Milano", "1,00"),
            ("Totale Servizi", "Bari", ""),
            ("Bar Centrale", "", "2,00"),
        ]
        assert cells(print_table(columns, rows, Style()), [column.header for column in columns]) == rows

    def test_a_line_of_a_cell_that_begins_with_total_stays_in_the_cell(self) -> None:
        columns = (PrintedColumn("Codice", 60), PrintedColumn("Note", 50), PrintedColumn("Saldo", 60, "right"))
        rows = [("C1", "importo e scadenza totale 30 giorni", "1,00"), ("C2", "provvisorio totale", "2,00")]
        assert cells(print_table(columns, rows, Style()), [column.header for column in columns]) == rows


class TestPageNumbers:
    @pytest.mark.parametrize("footer", ["", "Pagina {page} di {pages}", "{page}"])
    @pytest.mark.parametrize("repeats", [True, False])
    @pytest.mark.parametrize("height", [100.0, 200.0, 400.0])
    def test_rows_of_mere_digits_at_the_edge_of_a_page_stay_rows(
        self, footer: str, repeats: bool, height: float
    ) -> None:
        rows = [(str(1000 + number),) for number in range(90)]
        style = Style(footer=footer, body_height=height, repeats_header=repeats, title="" if not repeats else "Codici")
        assert cells(print_table([PrintedColumn("Codice", 40)], rows, style), ["Codice"]) == rows

    @pytest.mark.parametrize("align", ["left", "right"])
    def test_so_does_a_row_of_which_only_the_code_is_filled(self, align: str) -> None:
        columns = (PrintedColumn("Codice", 40, align), PrintedColumn("Nome", 60))
        rows = [(str(1000 + number), "" if number % 10 == 9 else "Rossi") for number in range(90)]
        assert cells(print_table(columns, rows, Style(footer="")), ["Codice", "Nome"]) == rows


class TestSeveralTables:
    def test_one_after_the_other(self) -> None:
        reading = read(print_tables([(COLUMNS, ROWS[:50]), (tuple(COLUMNS), ROWS[50:])], Style()))
        assert [row.cells for row in reading] == ROWS
        assert reading.tables == 1  # with the same headers at the top of a page it is one table that goes on

    def test_one_under_the_other_on_a_page(self) -> None:
        narrow = tuple(replace(column, width=column.width * 1.2) for column in COLUMNS)
        data = print_tables([(COLUMNS, ROWS[:8]), (narrow, ROWS[8:14])], Style(), same_page=True)
        reading = read(data)
        rows = list(reading)
        assert [row.cells for row in rows] == ROWS[:14]
        assert ([row.table for row in rows], reading.tables) == ([1] * 8 + [2] * 6, 2)

    def test_what_follows_the_end_is_left_out(self) -> None:
        other = (PrintedColumn("Riepilogo IVA", 80), PrintedColumn("Imposta", 60, "right"))
        data = print_tables([(COLUMNS, ROWS[:5]), (other, [("22%", "5,00")])], Style(), same_page=True)
        assert cells(data, HEADERS, PdfLayout(ends=("Riepilogo IVA .*",))) == ROWS[:5]


class TestWhatDoesNotFit:
    def test_a_renamed_header_shows_what_was_found(self) -> None:
        renamed = (*COLUMNS[:2], PrintedColumn("Sede legale", 100), *COLUMNS[3:])
        with pytest.raises(HeadersNotFound) as caught:
            cells(print_table(renamed, ROWS, Style()))
        assert caught.value.found == ("Codice", "Ragione sociale", "Sede legale", "Cliente dal", "Saldo €", "Attivo")
        assert (caught.value.error_class, caught.value.page) == (ErrorClass.SCHEMA_DRIFT, 1)

    @pytest.mark.parametrize("header", ["Codice articolo", "Vecchio Codice"])
    def test_a_longer_header_is_another_one(self, header: str) -> None:
        longer = (PrintedColumn(header, 70), *COLUMNS[1:])
        with pytest.raises(HeadersNotFound):
            cells(print_table(longer, ROWS, Style()))

    def test_a_header_renamed_on_a_later_page(self) -> None:
        renamed = (*COLUMNS[:4], PrintedColumn("Saldo $", 60, "right"), COLUMNS[5])
        data = print_tables([(COLUMNS, ROWS[:20]), (renamed, ROWS[20:])], Style())
        with pytest.raises(HeadersNotFound) as caught:
            cells(data)
        assert caught.value.page == 2

    def test_no_table_at_all(self) -> None:
        other = (PrintedColumn("Pippo", 80), PrintedColumn("Pluto", 60))
        with pytest.raises(HeadersNotFound) as caught:
            cells(print_table(other, [("a", "b")], Style()))
        assert caught.value.found == ()

    def test_a_note_among_the_rows_is_named(self) -> None:
        note = "Attenzione: i saldi dei clienti seguenti sono provvisori e non comprendono le fatture del mese in corso"
        columns = (PrintedColumn("Codice", 40), PrintedColumn("Saldo", 60, "right"), PrintedColumn("Note", 60))
        rows = [("C1", "1,00", "a"), ("C2", "2,00", "b"), ("C3", "3,00", "c")]
        wide = [rows[0], rows[1], (note, "", ""), rows[2]]
        # Printed without wrapping, over all columns.
        unwrapped = [PrintedColumn(column.header, column.width, column.align) for column in columns]
        data = print_table(unwrapped, [(row[0].replace(" ", "\u00a0"), *row[1:]) for row in wide], Style())
        with pytest.raises(DocumentError, match="Attenzione") as caught:
            cells(data, [column.header for column in columns])
        assert (caught.value.code, caught.value.page) == ("PdfColumnsOverlap", 1)
        layout = PdfLayout(ignored=("Attenzione: .*",))
        assert cells(data, [column.header for column in columns], layout) == rows

    def test_a_line_that_belongs_to_no_row_is_named(self) -> None:
        rows = [("", "senza codice", "", "", "", ""), *ROWS[:3]]
        with pytest.raises(DocumentError, match="'senza codice' has nothing under Codice") as caught:
            cells(print_table(COLUMNS, rows, Style(rulings="lines", row_gap=4.0)))
        assert caught.value.code == "PdfRowWithoutAnchor"

    def test_a_row_without_an_anchor_between_rulings_is_named(self) -> None:
        rows = [*ROWS[:3], ("", "senza codice", "", "", "", ""), *ROWS[3:9]]
        with pytest.raises(DocumentError, match="senza codice"):
            cells(print_table(COLUMNS, rows, Style(rulings="lines", row_gap=4.0)))


class TestMalformed:
    WHOLE = print_table(COLUMNS, ROWS, Style())

    @pytest.mark.parametrize("percent", [0, 1, 10, 40, 60, 80, 95, 99])
    def test_a_truncated_file_is_an_error_whatever_is_left(self, percent: int) -> None:
        with pytest.raises(DocumentError) as caught:
            cells(self.WHOLE[: len(self.WHOLE) * percent // 100])
        assert caught.value.error_class is ErrorClass.SOURCE_UNAVAILABLE
        assert caught.value.code in ("PdfTruncated", "PdfMalformed")

    @pytest.mark.parametrize(
        "data", [b"", b"<html>Sessione scaduta</html>", b"PK\x03\x04", b"%PDF-1.4\n%%EOF", b"\0" * 5000]
    )
    def test_no_pdf(self, data: bytes) -> None:
        with pytest.raises(DocumentError) as caught:
            cells(data)
        assert caught.value.code == "PdfMalformed"

    def test_limits(self) -> None:
        for limits in (
            DocumentLimits(bytes=1000),
            DocumentLimits(pages=2),
            DocumentLimits(rows=10),
            DocumentLimits(cell_characters=3),
        ):
            with pytest.raises(DocumentError) as caught:
                list(read_pdf_table(self.WHOLE, HEADERS, IT, limits=limits))
            assert caught.value.code == "PdfTooLarge"

    @pytest.mark.parametrize("headers", [(), ("",), ("Codice", " ")])
    def test_no_headers(self, headers: tuple[str, ...]) -> None:
        with pytest.raises(ValueError, match="headers"):
            read(self.WHOLE, headers)

    def test_a_pattern_that_is_none(self) -> None:
        with pytest.raises(ValueError, match="regular expression"):
            read(self.WHOLE, HEADERS, PdfLayout(ends=("(",)))

    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(st.data())
    def test_damaged_bytes_never_do_worse_than_an_error(self, data: st.DataObject) -> None:
        damaged = bytearray(self.WHOLE)
        for _ in range(data.draw(st.integers(1, 12))):
            start = data.draw(st.integers(0, len(damaged) - 1))
            kind = data.draw(st.sampled_from(("flip", "cut", "zero", "repeat")))
            length = data.draw(st.integers(1, 400))
            if kind == "flip":
                damaged[start] ^= 1 << data.draw(st.integers(0, 7))
            elif kind == "cut":
                del damaged[start : start + length]
            elif kind == "zero":
                damaged[start : start + length] = b"\0" * len(damaged[start : start + length])
            else:
                damaged[start:start] = damaged[start : start + length]
        with contextlib.suppress(DocumentError):
            cells(bytes(damaged))


# Without €: pdfium and reportlab disagree about its width in Helvetica, which is not embedded, by half a space.
words = st.text(alphabet="abcdefghijklmnopqrstuvwxyzàèéìòùABCDEFG0123456789'.,&/()°-", min_size=1, max_size=9)
texts = st.lists(words, max_size=9).map(" ".join)


@pytest.mark.thorough
@settings(max_examples=600, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.tuples(st.from_regex(r"[A-Z][0-9]{3}", fullmatch=True), texts, texts, texts), min_size=1, max_size=25),
    st.builds(
        Style,
        rulings=st.sampled_from(["none", "lines", "grid", "path", "zebra"]),
        row_gap=st.sampled_from([0.0, 2.0, 6.0]),
        leading=st.sampled_from([9.0, 9.6, 12.0]),
        padding=st.sampled_from([2.0, 3.0, 6.0]),
        breaks_rows=st.booleans(),
        body_height=st.sampled_from([80.0, 200.0, 400.0]),
        emit=st.sampled_from(["line", "word"]),
    ),
    st.sampled_from(["left", "right", "center"]),
)
def test_any_text_in_any_layout(rows: list[tuple[str, ...]], style: Style, align: str) -> None:
    columns = (
        PrintedColumn("Codice", 40),
        PrintedColumn("Ragione sociale", 90),
        PrintedColumn("Valore", 90, align),
        PrintedColumn("Note", 120),
    )
    assert cells(print_table(columns, rows, style), ("Codice", "Ragione sociale", "Valore", "Note")) == rows
