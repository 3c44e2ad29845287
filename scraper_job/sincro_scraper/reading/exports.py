"""Transports `pdf`, `csv`, `xlsx`: the file that the application exports, fetched with the same session and language.

Decided here: how the file is come by, and in which pieces its rows are handed on. What a row of a file is, is decided
by the document readers.
"""

import asyncio
from collections.abc import AsyncGenerator, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from playwright.async_api import Download, Error
from playwright.async_api import TimeoutError as LiveTimeoutError

from sincro_scraper.browser.page_scripts import HTML_OF_PAGE
from sincro_scraper.browser.visit import Values, Visit
from sincro_scraper.documents import (
    CellForm,
    PdfLayout,
    TableReading,
    TextRow,
    read_csv_table,
    read_pdf_table,
    read_xlsx_table,
)
from sincro_scraper.errors import SchemaDrift, SourceUnavailable
from sincro_scraper.localisation import DatePattern, Locale, locale_named
from sincro_scraper.profile.columns import ColumnSpec, Kind
from sincro_scraper.profile.steps import Step
from sincro_scraper.profile.streams import ExportSpec, StreamSpec, Transport
from sincro_scraper.reading.extraction import PageOfRows, declared_total
from sincro_scraper.reading.fetching import Fetcher, Request
from sincro_scraper.reading.html import parse_html
from sincro_scraper.reading.http import raise_for_fetched

MAX_BYTES = 256 * 1024 * 1024
_PIECE = 500
_JOINERS = {"join": " ", "keep": "\n", "glue": ""}


class ExportPages:
    """The rows of one stream out of its exported file, in pieces that never span two pages of the file."""

    def __init__(
        self,
        visit: Visit,
        name: str,
        stream: StreamSpec,
        locale: Locale,
        values: Values,
        fetcher: Fetcher,
    ) -> None:
        if stream.export is None:
            raise SchemaDrift("the stream has no export", code="ExportUnknown")
        self._visit = visit
        self._name = name
        self._stream = stream
        self._spec: ExportSpec = stream.export
        self._locale = locale
        self._values = values
        self._fetcher = fetcher
        self.bytes = 0

    async def read(self, steps: Sequence[Step]) -> AsyncGenerator[PageOfRows, None]:
        """Open the list, fetch its file and give its rows. Raises ScraperError, DocumentError."""
        await self._visit.run(steps, self._values, ("streams", self._name, "open"))
        await self._visit.raise_for_page()
        await self._visit.raise_if_expired()
        total = await self._total_of_page()
        data = await self._file()
        self.bytes = len(data)
        reading = await asyncio.to_thread(lambda: self._reading(data))
        offsets: dict[int, int] = {}
        pieces = _pieces(reading)
        while piece := await asyncio.to_thread(next, pieces, None):
            number = piece[0].page
            offset = offsets.get(number, 0)
            offsets[number] = offset + len(piece)
            cells = tuple(tuple(text or None for text in row.cells) for row in piece)
            yield PageOfRows(cells, total, number=number, offset=offset)
        declared = reading.declared_total if reading.declared_total is not None else total
        if declared is None and self._stream.total is not None:
            message = "the declared total was found neither on the page nor in the file"
            raise SchemaDrift(message, code="TotalMissing")
        yield PageOfRows((), declared, number=max(offsets, default=1))

    async def _total_of_page(self) -> int | None:
        """What the page that offers the file declares."""
        if self._stream.total is None:
            return None
        answer = await self._visit.page.evaluate(HTML_OF_PAGE, self._visit.profile.manners.max_page_bytes)
        if not answer or "html" not in answer:
            return None
        return declared_total(parse_html(answer["html"]), self._stream.total, self._locale)

    async def _file(self) -> bytes:
        if self._spec.get is not None:
            address = self._visit.filled_address(self._spec.get, self._values)
            self._fetcher.adopt(await self._visit.cookies())
            answer = await self._fetcher.fetch(Request(address), limit=MAX_BYTES)
            if "html" in answer.content_type:
                raise_for_fetched(self._visit.profile, parse_html(answer.text), answer)
                message = f"{answer.url.partition('?')[0]} is an HTML page, not a file"
                raise SchemaDrift(message, code="NotAFile")
            return answer.data
        return await self._downloaded()

    async def _downloaded(self) -> bytes:
        timeout = self._visit.timeout.total_seconds() * 1000
        try:
            async with self._visit.page.expect_download(timeout=timeout) as coming:
                await self._visit.run(self._spec.steps, self._values, ("streams", self._name, "export", "steps"))
            download: Download = await coming.value
            path = Path(await download.path())
        except LiveTimeoutError:
            await self._visit.raise_for_page()
            await self._visit.raise_if_expired()
            message = "the last step of export started no download"
            raise SchemaDrift(message, code="NoDownload") from None
        except Error as error:
            reason = error.message.splitlines()[0][:200]
            raise SourceUnavailable(f"the download failed: {reason}", code="DownloadFailed") from error
        data = await asyncio.to_thread(_read_file, path)
        await download.delete()
        return data

    def _reading(self, data: bytes) -> TableReading:
        headers = [column.header or "" for column in self._stream.columns.values()]
        match self._stream.transport:
            case Transport.PDF:
                return read_pdf_table(data, headers, self._locale, self._layout())
            case Transport.CSV:
                return read_csv_table(
                    data,
                    headers,
                    separator=self._spec.delimiter or (";" if self._locale.decimal == "," else ","),
                    encoding=self._spec.encoding or "utf-8-sig",
                    skip_lines=self._spec.skip_lines,
                    totals=self._spec.totals,
                )
            case Transport.XLSX:
                sheet = self._spec.sheet or 1
                forms = [_form(column, self._locale) for column in self._stream.columns.values()]
                return read_xlsx_table(data, headers, self._locale, forms=forms, sheet=sheet, totals=self._spec.totals)
            case other:
                raise SchemaDrift(f"{other} is no kind of file", code="ExportUnknown")

    def _layout(self) -> PdfLayout:
        """Key columns are never empty, so a line without them goes on with the row above."""
        stream = self._stream
        anchors = tuple(stream.columns[name].header or "" for name in stream.key)
        pattern = stream.total.pattern if stream.total is not None and stream.total.at is None else None
        joiners = {c.header: _JOINERS[c.lines] for c in stream.columns.values() if c.header and c.lines != "join"}
        layout = PdfLayout(
            anchors=anchors, declared=pattern, ignored=self._spec.ignored, ends=self._spec.ends, joiners=joiners
        )
        return replace(layout, totals=self._spec.totals) if self._spec.totals else layout


def _form(column: ColumnSpec, locale: Locale) -> CellForm:
    """How a typed cell has to be written so that the column reads it back."""
    return CellForm(
        locale_named(column.locale) if column.locale else locale,
        DatePattern.of(column.format) if column.format else None,
        padded=column.type in (Kind.TEXT, Kind.ENUM),
    )


def _read_file(path: Path) -> bytes:
    if path.stat().st_size > MAX_BYTES:
        raise SourceUnavailable(f"the file is larger than {MAX_BYTES:,} bytes", code="PageTooLarge")
    return path.read_bytes()


def _pieces(rows: Iterator[TextRow]) -> Iterator[list[TextRow]]:
    """The rows in lists of bounded length, each of one page of the file."""
    piece: list[TextRow] = []
    for row in rows:
        if piece and (row.page != piece[0].page or len(piece) >= _PIECE):
            yield piece
            piece = []
        piece.append(row)
    if piece:
        yield piece
