"""The CSV and XLSX exports: the texts of a view, formats and all, as such programs write them."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator
from xml.sax.saxutils import escape

from demo_erp.views import View

_TYPES = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    '<Override PartName="/xl/workbook.xml"'
    ' ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
    '<Override PartName="/xl/worksheets/sheet1.xml"'
    ' ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>'
    "</Types>"
)
_RELATION = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/{kind}"'
    ' Target="{target}"/></Relationships>'
)
_BOOK = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    ' xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">'
    '<sheets><sheet name="{name}" sheetId="1" r:id="rId1"/></sheets></workbook>'
)
_SHEET = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
)


def comma_separated(view: View) -> bytes:
    """UTF-8 with a byte order mark; semicolons for Italian readers, whose decimals have commas; lines end in CR LF."""
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=view.locale.csv_delimiter, lineterminator="\r\n").writerows(_rows(view))
    return text.getvalue().encode("utf-8-sig")


def workbook(view: View) -> bytes:
    """One sheet, every cell a text in the reader's format; empty cells are left out."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=4) as archive:
        archive.writestr("[Content_Types].xml", _TYPES)
        archive.writestr("_rels/.rels", _RELATION.format(kind="officeDocument", target="xl/workbook.xml"))
        archive.writestr("xl/workbook.xml", _BOOK.format(name=escape(view.spec.page.removesuffix(".aspx"))))
        archive.writestr(
            "xl/_rels/workbook.xml.rels", _RELATION.format(kind="worksheet", target="worksheets/sheet1.xml")
        )
        with archive.open("xl/worksheets/sheet1.xml", "w") as sheet:
            sheet.write(_SHEET.encode())
            for place, row in enumerate(_rows(view), start=1):
                sheet.write(_sheet_row(place, row).encode())
            sheet.write(b"</sheetData></worksheet>")
    return buffer.getvalue()


def _rows(view: View) -> Iterator[list[str]]:
    yield [column.header for column in view.spec.fields]
    yield from view.texts()


def _sheet_row(place: int, row: Iterable[str]) -> str:
    cells = (
        f'<c r="{chr(ord("A") + column)}{place}" t="inlineStr"><is><t xml:space="preserve">{escape(text)}</t></is></c>'
        for column, text in enumerate(row)
        if text
    )
    return f'<row r="{place}">{"".join(cells)}</row>'
