"""Tries a profile on its application: logs in, opens each stream, reads a little, says what does not fit, and where.

Decided here: what is looked at and what deserves a remark. How it is read is the run's own code: nothing is written.
"""

from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import datetime

from playwright.async_api import Error

from sincro_scraper.browser.evidence import Evidence
from sincro_scraper.browser.session import Session
from sincro_scraper.documents import DocumentError
from sincro_scraper.errors import ProfilePath, ScraperError, SessionExpired
from sincro_scraper.job import Job
from sincro_scraper.masking import Masker
from sincro_scraper.profile.paging import MorePaging, NextPaging, NoPaging
from sincro_scraper.profile.streams import StreamSpec
from sincro_scraper.profile.yaml_source import Place, Source
from sincro_scraper.progress import Reporter
from sincro_scraper.reading.extraction import Cells, PageOfRows
from sincro_scraper.reading.headings import HEADING
from sincro_scraper.reading.pace import Pacer
from sincro_scraper.reading.transports import Transports
from sincro_scraper.reading.typing import CellProblem, RowTyper, TypedRow
from sincro_scraper.stopwatch import Stopwatch

PAGES = 2
"""Pages that are read of each stream: the second one shows that paging works."""
ROWS = 5
"""Rows that are shown."""
_PROBLEMS = 12


@dataclass(frozen=True)
class Remark:
    """Something about the profile. An error makes the check fail; others are advice."""

    place: Place | None
    path: str
    message: str
    error: bool = True


@dataclass(frozen=True)
class Unread:
    """A text that does not parse."""

    text: str

    def __str__(self) -> str:
        return f"?? {self.text}"


@dataclass
class StreamReport:
    """What was seen of one stream."""

    name: str
    columns: list[str]
    rows: list[tuple[object, ...]] = field(default_factory=list)
    """The first rows as they would be stored; of those that do not parse the texts, as Unread."""
    read: int = 0
    pages: int = 0
    total: int | None = None
    remarks: list[Remark] = field(default_factory=list)


class Check:
    """Tries one profile. `job` names any of its streams; all those in `names` are tried in one session."""

    def __init__(
        self,
        job: Job,
        source: Source,
        reporter: Reporter,
        clock: Callable[[], datetime],
        watch: Stopwatch,
        masker: Masker,
    ):
        self._job = job
        self._source = source
        pacer = Pacer(job.profile.manners, job.spec.time_zone, clock)
        self._session = Session(job.spec, job.profile, job.credentials, job.locale, pacer, clock, watch, reporter)
        if job.evidence is not None:
            self._session.evidence = Evidence(masker, job.credentials.secrets(), clock)

    async def evidence(self) -> list[str]:
        """Keep what the browser shows now, once, where that was asked for; the paths of the files."""
        visit, evidence, place = self._session.open_visit, self._session.evidence, self._job.evidence
        if visit is None or evidence is None or place is None:
            return []
        self._session.evidence = None
        return await place.keep(await evidence.collect(visit.page))

    async def login(self) -> Remark | None:
        """Log in; what went wrong, if anything."""
        try:
            await self._session.visit()
        except (ScraperError, Error) as error:
            return self._remark(error, ("login",))
        return None

    async def stream(self, name: str) -> StreamReport:
        """Read the beginning of one stream."""
        stream = self._job.profile.streams[name]
        report = StreamReport(name, list(stream.all_columns))
        transports = Transports(self._session, name, stream, self._job.locale)
        pages: list[PageOfRows] = []
        try:
            await self._some_pages(transports, pages)
        except (ScraperError, DocumentError, Error) as error:
            report.remarks.append(self._remark(error, ("streams", name)))
            if isinstance(error, SessionExpired):
                self._session.logged_in = False
        self._judge(stream, transports, pages, report)
        return report

    async def leave(self) -> None:
        """Log out and close."""
        await self._session.leave()

    async def _some_pages(self, transports: Transports, pages: list[PageOfRows]) -> None:
        async with aclosing(transports.pages(None)) as read:
            async for page in read:
                pages.append(page)
                if len(pages) >= PAGES:
                    return

    def _judge(self, stream: StreamSpec, transports: Transports, pages: list[PageOfRows], report: StreamReport) -> None:
        typer = RowTyper(
            stream.all_columns,
            stream.key,
            stream.blank,
            locale=self._job.locale,
            time_zone=self._job.spec.time_zone,
            json=transports.json,
        )
        report.pages = len(pages)
        report.total = next((page.total for page in pages if page.total is not None), None)
        keys: dict[TypedRow, tuple[int, int]] = {}
        told: set[str] = set()
        for number, page in enumerate(pages, start=1):
            for index, cells in enumerate(page.rows, start=1):
                report.read += 1
                problems = typer.problems(cells)
                for problem in problems:
                    if problem.column not in told and len(told) < _PROBLEMS:
                        told.add(problem.column)
                        report.remarks.append(self._cell(report.name, problem, number, index))
                row = typer.type_row(cells)
                if len(report.rows) < ROWS:
                    report.rows.append(_as_shown(report.columns, cells, row, problems))
                if isinstance(row, CellProblem):
                    continue
                before = keys.setdefault(typer.key_of(row), (number, index))
                if before != (number, index) and "key" not in told:
                    told.add("key")
                    message = f"page {number}, row {index} has the key of page {before[0]}, row {before[1]}"
                    report.remarks.append(self._at(("streams", report.name, "key"), message))
        self._advise(stream, pages, report)

    def _advise(self, stream: StreamSpec, pages: list[PageOfRows], report: StreamReport) -> None:
        name = report.name
        if not pages:
            return
        if not report.read:
            report.remarks.append(self._at(("streams", name), "the list has no rows", error=False))
        for index, column in enumerate(stream.all_columns):
            if report.read and all(row[index] in (None, "") for page in pages for row in page.rows):
                where = self._column(stream, name, column)
                report.remarks.append(self._at(where, f"{column}: empty in all {report.read} rows", error=False))
        if stream.total is None:
            advice = "no total: whether everything was read cannot be proven by number"
            report.remarks.append(self._at(("streams", name), advice, error=False))
        elif report.total is None and report.read:
            message = "the declared total was not found"
            report.remarks.append(self._at(("streams", name, "total"), message))
        if isinstance(stream.paging, NextPaging | MorePaging) and len(pages) == 1:
            message = f"nothing like {stream.paging.click!r} can be clicked: the list ends after its first page"
            report.remarks.append(self._at(("streams", name, "paging"), message, error=False))
        rest = report.total - report.read if report.total is not None else 0
        if rest > 0 and len(pages) == 1:
            message = f"the list declares {report.total} rows, its only page has {report.read}"
            advice = f"{message}: {_paging_advice(stream)}"
            report.remarks.append(self._at(("streams", name, "paging"), advice))

    def _cell(self, name: str, problem: CellProblem, page: int, row: int) -> Remark:
        stream = self._job.profile.streams[name]
        where = self._column(stream, name, problem.column)
        return self._at(where, f"page {page}, row {row}: {problem}")

    def _column(self, stream: StreamSpec, name: str, column: str) -> ProfilePath:
        below = ("columns", column) if column in stream.columns else ("detail", "columns", column)
        return ("streams", name, *below)

    def _remark(self, error: Exception, where: ProfilePath) -> Remark:
        if isinstance(error, ScraperError):
            return self._at(self._resolved(error.place, where), f"{error.code}: {error.message}")
        return self._at(where, str(error).splitlines()[0])

    def _resolved(self, place: ProfilePath, where: ProfilePath) -> ProfilePath:
        """An error's place as a path from the profile's top."""
        if not place:
            return where
        if place[0] == HEADING and len(where) > 1:
            stream = self._job.profile.streams[str(where[1])]
            for name, column in stream.columns.items():
                if column.header == place[1]:
                    return (*where, "columns", name)
            return where
        return place if place[0] in ("login", "logout", "streams") else (*where, *place)

    def _at(self, path: ProfilePath, message: str, *, error: bool = True) -> Remark:
        words = ""
        for part in path:
            words += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if words else part
        return Remark(self._source.place(path), words, message, error)


def _as_shown(
    names: list[str], cells: Cells, row: TypedRow | CellProblem, problems: list[CellProblem]
) -> tuple[object, ...]:
    """A typed row; of one that does not parse the texts, those marked that are the reason."""
    if not isinstance(row, CellProblem):
        return row
    wrong = {problem.column for problem in problems}
    texts = ["" if text is None else str(text) for text in cells]
    return tuple(Unread(text) if name in wrong else text for name, text in zip(names, texts, strict=False))


def _paging_advice(stream: StreamSpec) -> str:
    if isinstance(stream.paging, NoPaging):
        return "say with paging how to reach the others"
    return f"paging by {stream.paging.by} did not lead to a second page"
