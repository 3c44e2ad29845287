"""What a run reads, waits and paces: the small pure decisions as tables."""

from datetime import UTC, datetime, time

import pytest

from sincro_contract.run import Mode
from sincro_scraper.errors import ConfigInvalid, SchemaDrift, ScraperError, SessionExpired, SourceUnavailable
from sincro_scraper.profile.model import MannerSpec
from sincro_scraper.reading.pace import Pacer, interval_at
from sincro_scraper.reading.patience import error_for_status, wait_before_retry
from sincro_scraper.reading.plan import ReadPlan, columns_hash, may_skip, plan_read
from tests.unit.scraper.profiles import stream_of

PLAIN = stream_of("open: /x\nkey: code\ncolumns: { code: Code }")
DELTA = stream_of(
    "open: /x\nkey: code\ncolumns: { code: Code, at: { header: At, type: datetime } }\n"
    "delta: { by: filter, open: /y, column: at, lag: 10m }"
)
MARK = {"readAt": "2026-01-02T08:00:00+00:00", "value": "2026-01-01T10:00:00+01:00"}
NO_VALUE = {"readAt": "2026-01-02T08:00:00+00:00"}
FUTURE = {"readAt": "2026-01-02T08:00:00+00:00", "value": "2099-01-01T00:00:00+00:00"}


@pytest.mark.parametrize(
    ("asked", "stream", "mark", "same", "mode", "since", "reason"),
    [
        (Mode.FULL, DELTA, MARK, True, Mode.FULL, None, None),
        (Mode.FORCE, DELTA, MARK, True, Mode.FORCE, None, None),
        (Mode.DELTA, PLAIN, MARK, True, Mode.FULL, None, "no delta"),
        (Mode.DELTA, DELTA, None, True, Mode.FULL, None, "no earlier read"),
        (Mode.DELTA, DELTA, {}, True, Mode.FULL, None, "no earlier read"),
        (Mode.DELTA, DELTA, MARK, False, Mode.FULL, None, "columns or key"),
        (Mode.DELTA, DELTA, MARK, True, Mode.DELTA, datetime(2026, 1, 1, 8, 50, tzinfo=UTC), None),
        (Mode.DELTA, DELTA, FUTURE, True, Mode.DELTA, datetime(2026, 1, 2, 7, 50, tzinfo=UTC), None),
        (
            Mode.DELTA,
            DELTA,
            {"readAt": MARK["readAt"]},
            True,
            Mode.DELTA,
            datetime(2026, 1, 2, 7, 50, tzinfo=UTC),
            None,
        ),
    ],
)
def test_the_mode_and_since_when(
    asked: Mode, stream: object, mark: dict[str, object], same: bool, mode: Mode, since: datetime, reason: str | None
) -> None:
    plan = plan_read(asked, stream, mark, same_columns=same, time_zone="Europe/Rome")  # type: ignore[arg-type]
    assert (plan.mode, plan.since) == (mode, since)
    assert (reason or "") in (plan.reason or "")
    assert (plan.reason is None) == (reason is None)


@pytest.mark.parametrize(
    ("read_at", "since"),
    [
        # The clocks of Rome go back at 01:00 UTC: a filter for changes since 02:45 would miss the second 02:10.
        ("2026-10-25T00:55:00+00:00", datetime(2026, 10, 24, 23, 45, tzinfo=UTC)),
        ("2026-10-25T01:55:00+00:00", datetime(2026, 10, 25, 1, 45, tzinfo=UTC)),
        ("2026-10-25T00:05:00+00:00", datetime(2026, 10, 24, 23, 55, tzinfo=UTC)),
    ],
)
def test_since_reaches_back_before_an_hour_that_comes_twice(read_at: str, since: datetime) -> None:
    plan = plan_read(Mode.DELTA, DELTA, {"readAt": read_at}, same_columns=True, time_zone="Europe/Rome")
    assert plan.since == since


def mark_of(text: str, locale: str = "it-IT", time_zone: str = "Europe/Rome") -> str:
    return columns_hash(stream_of(text), locale=locale, time_zone=time_zone)


SAME = "open: /x\nkey: code\ncolumns: { code: Code }\n"


@pytest.mark.parametrize("more", ["paging: { by: page }", "total: of (\\d+)", "maxPages: 7", "deletions: never"])
def test_how_a_list_is_gone_through_does_not_change_what_the_table_holds(more: str) -> None:
    assert mark_of(SAME) == mark_of(SAME + more)


@pytest.mark.parametrize(
    "other",
    [
        SAME.replace("Code", "Kode"),
        SAME.replace("/x", "/x?all=1"),
        *(SAME + more for more in ("blank: ['-']", "table: other", "skip: tr.sum", "rows: tr.row")),
    ],
)
def test_what_decides_the_tables_content_does(other: str) -> None:
    assert mark_of(SAME) != mark_of(other)


def test_so_do_the_locale_and_the_time_zone() -> None:
    assert len({mark_of(SAME), mark_of(SAME, locale="en-US"), mark_of(SAME, time_zone="UTC")}) == 3


@pytest.mark.parametrize(
    ("mode", "known", "probed", "asked", "same", "skips"),
    [
        (Mode.FULL, {"probe": "p"}, "p", True, True, True),
        (Mode.DELTA, {"probe": "p"}, "p", True, True, True),
        (Mode.FORCE, {"probe": "p"}, "p", True, True, False),
        (Mode.FULL, {"probe": "p"}, "q", True, True, False),
        (Mode.FULL, {"probe": "p"}, "p", False, True, False),
        (Mode.FULL, {}, "p", True, True, False),
        (Mode.FULL, None, "p", True, True, False),
        (Mode.FULL, {}, None, True, True, False),
        # The same pages, but the profile makes something else of them: a new detail column, a mended format.
        (Mode.FULL, {"probe": "p"}, "p", True, False, False),
    ],
)
def test_when_the_probe_is_enough(
    mode: Mode, known: dict[str, object] | None, probed: str | None, asked: bool, same: bool, skips: bool
) -> None:
    assert may_skip(ReadPlan(mode), known, probed, asked=asked, same_columns=same) is skips


@pytest.mark.parametrize(
    ("attempt", "retries", "asked", "wait"),
    [
        *((1, 2, None, 0.5), (2, 2, None, 1.0), (3, 2, None, None), (1, 0, None, None)),
        *((1, 2, 3, 3.0), (1, 2, 15, 15.0), (1, 2, 16, None), (3, 2, 1, None), (1, 2, 0, 0.0)),
    ],
)
def test_how_long_to_wait(attempt: int, retries: int, asked: int | None, wait: float | None) -> None:
    assert wait_before_retry(attempt, retries, asked) == wait


@pytest.mark.parametrize(
    ("status", "error"),
    [
        *((200, None), (304, None), (401, SessionExpired), (403, ConfigInvalid), (404, SchemaDrift)),
        *((429, SourceUnavailable), (500, SourceUnavailable), (503, SourceUnavailable), (418, SourceUnavailable)),
    ],
)
def test_what_a_status_means(status: int, error: type[ScraperError] | None) -> None:
    found = error_for_status(status, "/x", 7)
    assert (type(found) if found else None) == error
    if status in (429, 503) and found:
        assert found.retry_after_seconds == 7


GENTLE = MannerSpec.model_validate(
    {"requestsPerSecond": 10, "gentle": {"start": "08:00", "end": "18:00", "requestsPerSecond": 2}}
)
NIGHT = MannerSpec.model_validate({"gentle": {"start": "22:00", "end": "06:00", "requestsPerSecond": 1}})


@pytest.mark.parametrize(
    ("manners", "at", "interval"),
    [
        *((MannerSpec(), time(12), 0.0), (GENTLE, time(7, 59), 0.1), (GENTLE, time(8), 0.5), (GENTLE, time(18), 0.1)),
        *((NIGHT, time(23), 1.0), (NIGHT, time(5, 59), 1.0), (NIGHT, time(6), 0.0)),
    ],
)
def test_the_distance_between_requests(manners: MannerSpec, at: time, interval: float) -> None:
    assert interval_at(manners, at) == interval


async def test_turns_keep_their_distance() -> None:
    now = datetime(2026, 1, 1, 3, tzinfo=UTC)
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(round(seconds, 3))

    pacer = Pacer(GENTLE, "Europe/Rome", lambda: now, sleep)
    for _ in range(4):
        await pacer.turn()
    assert waits == [0.1, 0.2, 0.3], "the clock stands still here, so each turn waits for all before it"
