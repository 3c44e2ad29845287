"""The files: every row is in them, in the reader's format."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterator
from xml.etree import ElementTree

import pypdfium2
import pytest

from demo_erp.fields import LISTS, Kind, ListName
from demo_erp.locales import ITALIAN
from demo_erp.misbehaviour import Misbehaviour
from demo_erp.pdf import measure
from demo_erp.print_layout import wrapped
from demo_erp.store import Query, Store
from demo_erp.views import whole
from tests.unit.demo_erp.reader import ENGLISH, SMALL, Reader, an_erp, by_key, canonical, true_rows

ELENCO = {name: LISTS[name].page.removesuffix(".aspx") for name in ListName}
SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


async def _file(name: ListName, form: str, language: str = "it-IT", query: str = "") -> bytes:
    reader = Reader(an_erp()[0], language)
    await reader.login()
    answer = await reader.get(f"/Esporta.aspx?elenco={ELENCO[name]}&formato={form}{query}")
    assert answer.status_code == 200
    assert f'filename="{ELENCO[name]}_20260302.{form}"' in answer.headers["content-disposition"]
    return answer.content


def _pages(content: bytes) -> list[str]:
    with pypdfium2.PdfDocument(content) as document:
        texts = []
        for page in document:
            text = page.get_textpage()
            texts.append(text.get_text_bounded().replace("\r\n", "\n"))
            text.close()
            page.close()
        return texts


def _squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


def _sheet_rows(content: bytes) -> Iterator[dict[str, str]]:
    """Rows of the one sheet, by column letter."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        sheet = ElementTree.fromstring(archive.read("xl/worksheets/sheet1.xml"))  # noqa: S314 - our own
    for row in sheet.iter(f"{SHEET}row"):
        yield {(cell.get("r") or "")[0]: "".join(cell.itertext()) for cell in row}


@pytest.mark.parametrize("name", ListName)
async def test_the_pdf_has_every_cell_of_every_row(name: ListName) -> None:
    pages = _pages(await _file(name, "pdf"))
    spec = LISTS[name]
    # what heads and foots each page stands between the lines of rows that go on over the break
    body = _squeezed(
        "\n".join(re.sub(r"\A.*?modifica\n|\nPagina \d+ di \d+\s*\Z", "", p, flags=re.DOTALL) for p in pages)
    )
    view = whole(Store(SMALL), name, ITALIAN, Query(), Misbehaviour())
    for texts in view.texts():
        for text, field in zip(texts, spec.fields, strict=True):
            if "\n" in text or len(text) > 30 or field.kind is Kind.DATETIME:
                assert all(_squeezed(word) in body for word in re.split(r"\s", text))
            else:
                assert _squeezed(text) in body


@pytest.mark.parametrize("name", ListName)
async def test_the_pdf_repeats_headings_and_numbers_pages(name: ListName) -> None:
    pages = _pages(await _file(name, "pdf"))
    assert len(pages) > 1
    for number, text in enumerate(pages, start=1):
        assert f"Pagina {number} di {len(pages)}" in text
        assert text.startswith(LISTS[name].title)
        assert "Stampato il 02/03/2026 09:30:00" in text
        for field in LISTS[name].fields:
            assert _squeezed(field.header) in _squeezed(text)
    assert f"Totale record: {SMALL.rows(name)}" in pages[-1]
    assert not any("Totale record" in text for text in pages[:-1])


async def test_rows_go_on_over_a_page_break() -> None:
    pages = _pages(await _file(ListName.CUSTOMERS, "pdf"))
    last_lines = [page.split("Pagina")[0].strip().splitlines()[-1] for page in pages[:-1]]
    first_lines = [page.split("modifica\n", 1)[1].splitlines()[0] for page in pages[1:]]
    assert any(not re.match(r"\d{6} ", line) for line in first_lines), (last_lines, first_lines)


def test_lines_of_an_address_and_words_are_never_broken() -> None:
    store = Store(SMALL)
    for name in ListName:
        view = whole(store, name, ITALIAN, Query(), Misbehaviour())
        for texts in view.texts():
            lines = wrapped(texts, [field.width for field in view.spec.fields], measure)
            for text, field, printed in zip(texts, view.spec.fields, lines, strict=True):
                joined = "\n" if field.kind is Kind.MULTILINE else " "
                assert joined.join(printed) == text


async def test_the_pdf_sums_up() -> None:
    reader = Reader(an_erp()[0])
    rows = true_rows(reader.erp, ListName.ORDERS)
    cents = sum(int(str(row["total"]).replace(".", "")) for row in rows)
    shown = f"{cents // 100:,}".replace(",", ".") + f",{cents % 100:02d}"
    assert shown in _pages(await _file(ListName.ORDERS, "pdf"))[-1]


async def test_the_english_pdf_is_english() -> None:
    pages = _pages(await _file(ListName.CUSTOMERS, "pdf", ENGLISH))
    assert f"Page 1 of {len(pages)}" in pages[0]
    assert "Stampato il 03/02/2026 09:30:00 AM" in pages[0]
    assert re.search(r"\d,\d{3}\.\d{2}", pages[0])
    assert not re.search(r"\d\.\d{3},\d{2}", pages[0])


@pytest.mark.parametrize("name", ListName)
async def test_the_csv_is_the_truth(name: ListName) -> None:
    content = await _file(name, "csv")
    assert content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";"))
    erp, _ = an_erp()
    assert by_key(name, [canonical(name, row) for row in rows]) == true_rows(erp, name)


@pytest.mark.parametrize("name", ListName)
async def test_the_sheet_is_the_truth(name: ListName) -> None:
    heading, *rows = _sheet_rows(await _file(name, "xlsx"))
    assert list(heading.values()) == [field.header for field in LISTS[name].fields]
    read = [{header: row.get(letter, "") for letter, header in heading.items()} for row in rows]
    erp, _ = an_erp()
    assert by_key(name, [canonical(name, row) for row in read]) == true_rows(erp, name)


async def test_english_tables_are_english() -> None:
    content = (await _file(ListName.PRICES, "csv", ENGLISH)).decode("utf-8-sig")
    first = next(csv.DictReader(io.StringIO(content, newline="")))
    assert re.fullmatch(r"-?[\d,]*\d\.\d{4}", first["Prezzo unitario"])
    _, row, *_ = _sheet_rows(await _file(ListName.PRICES, "xlsx", ENGLISH))
    assert row["D"] == first["Prezzo unitario"]


@pytest.mark.parametrize("form", ["csv", "xlsx", "pdf"])
async def test_files_keep_filter_and_order(form: str) -> None:
    content = await _file(ListName.CUSTOMERS, form, query="&modificati_dal=01/01/2025&ordina=Codice&verso=desc")
    erp, _ = an_erp()
    wanted = [str(row["code"]) for row in true_rows(erp, ListName.CUSTOMERS) if str(row["changed_at"]) >= "2025"][::-1]
    if form == "pdf":
        found = re.findall(r"^01\d{4}(?= )", "\n".join(_pages(content)), re.MULTILINE)
    elif form == "csv":
        found = [row["Codice"] for row in csv.DictReader(io.StringIO(content.decode("utf-8-sig")), delimiter=";")]
    else:
        found = [row["A"] for row in _sheet_rows(content)][1:]
    assert 0 < len(wanted) < 130
    assert found == wanted


@pytest.mark.parametrize(
    "query",
    ["elenco=Clienti&formato=doc", "elenco=Fornitori&formato=pdf", "elenco=Clienti&formato=csv&modificati_dal=x"],
)
async def test_other_files_are_refused(query: str) -> None:
    reader = Reader(an_erp()[0])
    await reader.login()
    assert (await reader.get(f"/Esporta.aspx?{query}")).status_code == 400
