"""What leaves the program: masked texts, errors with class and fingerprint, progress records."""

import asyncio
import io
import json
import logging
import zipfile
from urllib.parse import quote, quote_plus

import pytest

from sincro_contract.exit_codes import ErrorClass
from sincro_contract.progress import ProgressRecord
from sincro_contract.run import RunSpec, TaskReference
from sincro_scraper.browser.evidence import masked_zip
from sincro_scraper.browser.keeping import make_room
from sincro_scraper.documents import DocumentError
from sincro_scraper.errors import (
    ConfigInvalid,
    CredentialsRejected,
    GuardTripped,
    SchemaDrift,
    ScraperError,
    SourceUnavailable,
    Terminated,
    TimedOut,
    UnstableList,
)
from sincro_scraper.failure import exit_code_of, run_error
from sincro_scraper.load import DatabaseUnavailable, DeletionGuardTripped
from sincro_scraper.logs import JsonLines, Masked
from sincro_scraper.masking import MASK, Masker
from sincro_scraper.progress import RedisSink, Reporter, TerminalSink, bar

SECRET = 'D\'Angelo&<1> è"lì" +%'


@pytest.mark.parametrize(
    "text",
    [
        *(SECRET, quote(SECRET), quote_plus(SECRET), quote(SECRET, safe=""), json.dumps({"p": SECRET})),
        *(json.dumps({"p": SECRET}, ensure_ascii=False), json.dumps(json.dumps({"p": SECRET}))),
    ],
)
def test_no_spelling_of_a_secret_passes(text: str) -> None:
    masked = Masker([SECRET]).text(f"before {text} after")
    assert "Angelo" not in masked
    assert MASK in masked
    assert masked.startswith("before ")
    assert masked.endswith(" after")


def test_a_log_line_is_masked_whatever_is_in_it() -> None:
    record = logging.makeLogRecord({"msg": "event", "deep": {"list": [f"x {SECRET}"]}})
    line = Masked(JsonLines({"task": "a/b"}), Masker([SECRET])).format(record)
    assert json.loads(line) == {
        "time": json.loads(line)["time"],
        "level": "info",
        "event": "event",
        "task": "a/b",
        "deep": {"list": [f"x {MASK}"]},
    } | {"level": json.loads(line)["level"]}


def test_archives_are_masked_entry_by_entry() -> None:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("trace.network", json.dumps({"post": SECRET}))
    with zipfile.ZipFile(io.BytesIO(masked_zip(data.getvalue(), Masker([SECRET])))) as masked:
        assert json.loads(masked.read("trace.network")) == {"post": MASK}


def test_old_evidence_makes_room(tmp_path: "object") -> None:
    import os
    from pathlib import Path

    folder = Path(str(tmp_path))
    for age, name in enumerate(["new", "middle", "old"]):
        (folder / name).mkdir()
        (folder / name / "trace.zip").write_bytes(b"x" * 100)
        os.utime(folder / name, (1_000_000 - age, 1_000_000 - age))
    make_room(folder, 250)
    assert sorted(path.name for path in folder.iterdir()) == ["middle", "new"]
    make_room(folder / "missing", 0)


ERRORS = [
    (ConfigInvalid("x"), ErrorClass.CONFIG_INVALID, 20),
    (CredentialsRejected("x"), ErrorClass.CREDENTIALS_REJECTED, 21),
    (SchemaDrift("x"), ErrorClass.SCHEMA_DRIFT, 23),
    (GuardTripped("x"), ErrorClass.GUARD_TRIPPED, 24),
    (DeletionGuardTripped("items", 5, 6), ErrorClass.GUARD_TRIPPED, 24),
    (SourceUnavailable("x", retry_after_seconds=9), ErrorClass.SOURCE_UNAVAILABLE, 30),
    (UnstableList("x"), ErrorClass.SOURCE_UNAVAILABLE, 30),
    (
        DocumentError("x", code="PdfTruncated", error_class=ErrorClass.SOURCE_UNAVAILABLE),
        ErrorClass.SOURCE_UNAVAILABLE,
        30,
    ),
    (DatabaseUnavailable("x"), ErrorClass.DATABASE_UNAVAILABLE, 31),
    (TimedOut("x"), ErrorClass.TIMEOUT, 1),
    (Terminated("x"), ErrorClass.DISRUPTED, 143),
    (RuntimeError("x"), ErrorClass.UNKNOWN, 1),
]


@pytest.mark.parametrize(("error", "error_class", "code"), ERRORS, ids=[type(e[0]).__name__ for e in ERRORS])
def test_every_error_has_its_class_and_code(error: Exception, error_class: ErrorClass, code: int) -> None:
    found = run_error(error, Masker([]))
    assert (found.error_class, exit_code_of(error)) == (error_class, code)
    assert found.retry_after_seconds == getattr(error, "retry_after_seconds", None)
    assert len(found.fingerprint) == 16


def test_messages_are_masked_and_cut() -> None:
    found = run_error(ScraperError(f"{SECRET} " + "x" * 2000), Masker([SECRET]))
    assert found.message.startswith(MASK)
    assert len(found.message) == 1024


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("page 3, row 7: found 'a'", "page 9, row 1: found 'b'", True),
        ("no heading 'Città'", "no heading 'Nome'", True),
        ("the page is too large", "the page is too small", False),
        ("first line\nmore", "first line\nother", True),
    ],
)
def test_equal_causes_have_equal_fingerprints(one: str, other: str, same: bool) -> None:
    assert (SchemaDrift(one).fingerprint == SchemaDrift(other).fingerprint) is same
    assert SchemaDrift(one).fingerprint != SourceUnavailable(one).fingerprint


SPEC = RunSpec(task=TaskReference(namespace="n", name="t"), source="erp", type="items", base_url="http://x", attempt=2)


class Collected:
    """A sink that keeps what it gets."""

    def __init__(self) -> None:
        self.records: list[ProgressRecord] = []
        self.closed = False

    async def write(self, record: ProgressRecord) -> None:
        self.records.append(record)

    async def close(self) -> None:
        self.closed = True


async def test_progress_at_most_once_a_second_at_phases_and_at_the_end() -> None:
    sink, seconds = Collected(), 0.0
    reporter = Reporter(SPEC, sink, now_ms=lambda: 1000 + int(seconds * 1000), clock=lambda: seconds)
    await reporter.phase("read")
    for step in range(1, 26):
        seconds = step / 10
        await reporter.rows(step, 50)
    await reporter.phase("load")
    await reporter.end(None)
    sent = [(r.phase, r.event.status.value, r.event.progress.current) for r in sink.records]
    assert sent == [
        *(("read", "running", 0), ("read", "running", 10), ("read", "running", 20)),
        *(("load", "running", 25), ("load", "completed", 25)),
    ]
    last = sink.records[-1]
    assert (last.namespace, last.source, last.attempt) == ("n", "erp", 2)
    assert (last.event.task_id, last.event.type, last.event.started_at, last.event.completed_at) == (
        "t",
        "items",
        1000,
        3500,
    )
    assert last.event.progress.percentage == 50.0
    assert sink.closed


async def test_redis_away_is_no_failure() -> None:
    reporter = Reporter(SPEC, RedisSink("redis://127.0.0.1:9/0"), now_ms=lambda: 0)
    async with asyncio.timeout(10):
        await reporter.phase("read")
        await reporter.end("broken")


async def test_a_terminal_without_cursor_gets_a_line_a_phase() -> None:
    out = io.StringIO()
    reporter = Reporter(SPEC, TerminalSink(out), now_ms=lambda: 0, clock=lambda: 0.0)
    await reporter.phase("read")
    await reporter.rows(5, 10)
    await reporter.end(None)
    assert out.getvalue().splitlines() == ["items: read", f"items: done   [{'#' * 14}{'.' * 14}] 5/10 rows"]


async def test_the_bar_without_a_total() -> None:
    sink = Collected()
    reporter = Reporter(SPEC, sink, now_ms=lambda: 0, clock=lambda: 0.0)
    await reporter.rows(7, None)
    await reporter.end("x")
    assert bar(sink.records[-1]) == "items: failed"
