"""One run from start to end: plan, launch, log in, read, prove, log out, load. Composition only.

What each step decides stands in its own module; here is their order, and that every way out logs out and closes.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from time import monotonic

from playwright.async_api import Error

from sincro_contract.durations import parse_duration
from sincro_contract.result import Counts, RunResult
from sincro_contract.run import Mode
from sincro_scraper.browser.evidence import Evidence
from sincro_scraper.browser.kept_session import seal, unseal
from sincro_scraper.browser.session import Session
from sincro_scraper.documents import DocumentError
from sincro_scraper.errors import ScraperError, SessionExpired, Terminated, TimedOut
from sincro_scraper.job import Job
from sincro_scraper.load import LoadCounts, LoadError, LoadOptions, Target, open_target
from sincro_scraper.masking import Masker
from sincro_scraper.progress import Reporter
from sincro_scraper.reading.extraction import PageOfRows
from sincro_scraper.reading.intake import Intake
from sincro_scraper.reading.pace import Pacer
from sincro_scraper.reading.plan import PROBE, READ_AT, VALUE, ReadPlan, columns_hash, may_skip, plan_read
from sincro_scraper.reading.probe import probe_mark
from sincro_scraper.reading.reader import StreamReading
from sincro_scraper.reading.spool import Spool
from sincro_scraper.reading.transports import Transports
from sincro_scraper.reading.typing import RowTyper
from sincro_scraper.stopwatch import Stopwatch
from sincro_scraper.tables import guard_of, table_of
from sincro_scraper.writing import ask, load

log = logging.getLogger(__name__)


def utc_now() -> datetime:
    """The moment, aware."""
    return datetime.now(UTC)


@dataclass
class Run:
    """One run of one job. `execute` once."""

    job: Job
    reporter: Reporter
    clock: Callable[[], datetime] = utc_now
    masker: Masker = field(default_factory=lambda: Masker([]))
    watch: Stopwatch = field(default_factory=lambda: Stopwatch(monotonic))
    session: Session = field(init=False)
    transports: Transports = field(init=False)
    artifacts: list[str] = field(default_factory=list)
    _intake: Intake | None = None

    def __post_init__(self) -> None:
        job = self.job
        pacer = Pacer(job.profile.manners, job.spec.time_zone, self.clock)
        self.session = Session(
            job.spec, job.profile, job.credentials, job.locale, pacer, self.clock, self.watch, self.reporter
        )
        if job.evidence is not None:
            self.session.evidence = Evidence(self.masker, job.secrets, self.clock)
        self.transports = Transports(self.session, job.spec.type, job.stream, job.locale)

    async def execute(self) -> RunResult:
        """Do it. Raises ScraperError (Terminated when cancelled, TimedOut in the end), LoadError, DocumentError."""
        seconds = self.job.spec.timeout_seconds
        try:
            async with asyncio.timeout(seconds):
                return await self._with_target()
        except TimeoutError:
            raise TimedOut(f"the run took longer than its {seconds} seconds") from None
        except asyncio.CancelledError:
            raise Terminated("the run was asked to stop; nothing was written") from None

    async def _with_target(self) -> RunResult:
        target = await ask(lambda: open_target(self.job.database_url))
        try:
            await self._resume(target)
            return await self._read_and_load(target)
        except (ScraperError, DocumentError, Error):
            evidence = await self._collect_evidence()
            await self._forget_session(target)
            # Logged out first: what is written or sent now takes its time, and the source counts sessions.
            await asyncio.shield(self.session.leave())
            if evidence and self.job.evidence is not None:
                self.artifacts = await self.job.evidence.keep(evidence)
            raise
        finally:
            await asyncio.shield(self.session.leave())
            target.close()

    async def _read_and_load(self, target: Target) -> RunResult:
        spec, stream = self.job.spec, self.job.stream
        started, began = self.clock(), self.watch.clock()
        state = await ask(lambda: target.state(spec.source, spec.type))
        known = state.watermark if state else None
        mark = columns_hash(stream, locale=self.job.locale.tag, time_zone=spec.time_zone)
        same = state is None or state.profile_hash == mark
        plan = plan_read(spec.mode, stream, known, same_columns=same, time_zone=spec.time_zone)
        probed = await self._probe(plan)
        if may_skip(plan, known, probed, asked=spec.probe, same_columns=same):
            return RunResult(
                mode=plan.mode,
                skipped="the probe saw what it saw at the last read",
                phases=self.watch.phases,
                duration_ms=round((self.watch.clock() - began) * 1000),
            )
        with Spool() as spool:
            intake = await self._read(plan, spool)
            await self._leave_early(target)
            options = LoadOptions(
                source=spec.source,
                stream=spec.type,
                now=self.clock(),
                task_id=spec.task.name,
                profile_hash=mark,
                dry_run=spec.dry_run,
                guard=guard_of(stream),
                confirm_deletions=spec.confirm_deletions,
                deletes=stream.deletions != "never",
                watermark=lambda: watermark_after(intake, started, known, plan, probed),
                quarantine=intake.quarantine,
                samples=20 if spec.dry_run else 0,
            )
            await self.reporter.phase("load")
            with self.watch.phase("load"):
                counts = await load(target, table_of(spec.type, stream), spool, plan.mode, options)
        return self._result(plan, intake, counts, began)

    async def _collect_evidence(self) -> list[tuple[str, bytes]]:
        """What the browser shows now, before it is closed; a database's failure finds it closed already."""
        visit = self.session.open_visit
        if self.session.evidence is None or visit is None:
            return []
        return await self.session.evidence.collect(visit.page)

    async def _probe(self, plan: ReadPlan) -> str | None:
        if self.job.stream.probe is None or plan.mode is Mode.FORCE:
            return None
        try:
            return await probe_mark(self.transports, self.job.stream)
        except SessionExpired:
            await self.session.log_in_again()
            return await probe_mark(self.transports, self.job.stream)

    async def _read(self, plan: ReadPlan, spool: Spool) -> Intake:
        spec, stream = self.job.spec, self.job.stream
        typer = RowTyper(
            stream.all_columns,
            stream.key,
            stream.blank,
            locale=self.job.locale,
            time_zone=spec.time_zone,
            json=self.transports.json,
        )

        def open_pages() -> AsyncGenerator[PageOfRows, None]:
            return self.transports.pages(plan.since)

        def new_intake() -> Intake:
            self._intake = Intake(stream, typer, spool, spec.time_zone, plan.since)
            return self._intake

        reading = StreamReading(open_pages, new_intake, self.session.log_in_again, self._on_rows)
        await self.transports.prepare()
        await self.reporter.phase("read")
        with self.watch.phase("read"):
            intake = await reading.read()
        await self.reporter.phase("check")
        return intake

    async def _on_rows(self, current: int, total: int | None) -> None:
        await self.reporter.rows(current, total)
        if self.session.evidence is not None:
            await self.session.evidence.page_read()

    @property
    def counts(self) -> Counts | None:
        """How far the reading came, for a run that fails."""
        if self._intake is None:
            return None
        ledger = self._intake.ledger
        return Counts(
            read=ledger.rows,
            quarantined=len(self._intake.quarantine),
            declared=ledger.last_total,
            pages=ledger.pages,
            bytes=self.transports.bytes,
        )

    @property
    def _keep(self) -> timedelta | None:
        """How long a session is kept for the next run; None: not at all."""
        login = self.job.profile.login
        if self.job.session_key is None or login is None or login.keep is None:
            return None
        return parse_duration(login.keep)

    async def _resume(self, target: Target) -> None:
        key, keep = self.job.session_key, self._keep
        if key is None or keep is None:
            return
        spec = self.job.spec
        blob = await ask(lambda: target.load_session(spec.source))
        user = self.job.credentials.username
        kept = unseal(blob, key, self.clock(), keep, username=user, base_url=spec.base_url)
        if kept is not None:
            self.session.resume(kept)

    async def _forget_session(self, target: Target) -> None:
        """What is logged out below must not be begun with next time."""
        if self._keep is not None and self.session.open_visit is not None:
            with contextlib.suppress(LoadError):
                await ask(lambda: target.drop_session(self.job.spec.source))

    async def _leave_early(self, target: Target) -> None:
        """The source's session ends before the database is written: it is the scarcer of the two."""
        key, source, now = self.job.session_key, self.job.spec.source, self.clock()
        with self.watch.phase("logout"):
            kept = await self.session.to_keep() if self._keep is not None else None
            if kept is not None and key is not None:
                blob = seal(kept, key, now)
                await ask(lambda: target.save_session(source, blob, now))
            await asyncio.shield(self.session.leave(keep=kept is not None))

    def _result(self, plan: ReadPlan, intake: Intake, counts: LoadCounts, began: float) -> RunResult:
        ledger = intake.ledger
        return RunResult(
            created=counts.created,
            updated=counts.updated,
            unchanged=counts.unchanged,
            deleted=counts.deleted,
            read=ledger.rows,
            quarantined=len(intake.quarantine),
            declared=ledger.last_total,
            pages=ledger.pages,
            bytes=self.transports.bytes,
            duration_ms=round((self.watch.clock() - began) * 1000),
            mode=plan.mode,
            mode_reason=plan.reason,
            dry_run=self.job.spec.dry_run,
            phases=self.watch.phases,
        )


def watermark_after(
    intake: Intake, started: datetime, known: Mapping[str, object] | None, plan: ReadPlan, probed: str | None
) -> dict[str, object]:
    """What the next run starts from. A delta that saw no change keeps the value of the one before."""
    value = intake.newest.isoformat() if intake.newest else None
    before = known.get(VALUE) if known and plan.since is not None else None
    if before is not None and (value is None or datetime.fromisoformat(str(before)) > datetime.fromisoformat(value)):
        value = str(before)
    mark: dict[str, object] = {READ_AT: started.isoformat()}
    if value is not None:
        mark[VALUE] = value
    if probed is not None:
        mark[PROBE] = probed
    return mark
