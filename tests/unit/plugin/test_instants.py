from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from sincro_kubectl.instants import ago, ahead, clock, iso, parse_duration, parse_instant, span
from tests.unit.plugin.documents import NOW

ROME = ZoneInfo("Europe/Rome")


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-11-24T09:00:00Z", NOW),
        ("2026-11-24T10:00:00+01:00", NOW),
        ("2026-11-24T09:00:00.250000Z", NOW + timedelta(milliseconds=250)),
        ("2026-11-24", None),
        ("2026-13-24T09:00:00Z", None),
        ("0001-01-01T00:00:00+14:00", None),
        ("yesterday", None),
        (None, None),
        (1732438800, None),
        (["2026-11-24T09:00:00Z"], None),
    ],
)
def test_parse_instant(text: object, instant: datetime | None) -> None:
    assert parse_instant(text) == instant


@pytest.mark.parametrize(
    ("text", "duration"),
    [
        ("90s", timedelta(seconds=90)),
        ("1h30m", timedelta(minutes=90)),
        ("7d", timedelta(days=7)),
        ("250ms", timedelta(milliseconds=250)),
        ("1.5h", timedelta(minutes=90)),
    ],
)
def test_parse_duration(text: str, duration: timedelta) -> None:
    assert parse_duration(text) == duration


@pytest.mark.parametrize("text", ["", "1", "h", "-1h", "1h 30m", "1w", "999999999999d", "1hour"])
def test_what_is_no_duration(text: str) -> None:
    with pytest.raises(ValueError, match=r"duration|too long"):
        parse_duration(text)


@pytest.mark.parametrize(
    ("duration", "words"),
    [
        (timedelta(seconds=-5), "0s"),
        (timedelta(milliseconds=900), "0s"),
        (timedelta(seconds=45), "45s"),
        (timedelta(seconds=60), "1m"),
        (timedelta(seconds=200), "3m20s"),
        (timedelta(minutes=12, seconds=40), "12m"),
        (timedelta(hours=2, minutes=10), "2h10m"),
        (timedelta(hours=15, minutes=10), "15h"),
        (timedelta(days=3, hours=4), "3d4h"),
        (timedelta(days=400), "400d"),
    ],
)
def test_span(duration: timedelta, words: str) -> None:
    assert span(duration) == words


def test_ago_and_ahead() -> None:
    assert ago(None, NOW) == "never"
    assert ago(NOW - timedelta(minutes=3), NOW) == "3m ago"
    assert ago(NOW + timedelta(minutes=3), NOW) == "just now"  # the cluster's clock is ahead of ours
    assert ahead(NOW + timedelta(hours=2), NOW) == "in 2h"
    assert ahead(NOW - timedelta(hours=2), NOW) == "now"


@pytest.mark.parametrize(
    ("instant", "words"),
    [
        (datetime(2026, 11, 24, 13, 5, tzinfo=UTC), "14:05"),
        (datetime(2026, 11, 24, 23, 30, tzinfo=UTC), "Wed 25 Nov 00:30"),
        (datetime(2026, 8, 1, 10, 0, tzinfo=UTC), "Sat 01 Aug 12:00"),  # summer time then, winter time now
        (datetime(2025, 1, 1, 10, 0, tzinfo=UTC), "01 Jan 2025 11:00"),
    ],
)
def test_clock(instant: datetime, words: str) -> None:
    assert clock(instant, NOW, ROME) == words


def test_iso() -> None:
    assert iso(None) is None
    assert iso(datetime(2026, 11, 24, 10, 0, 0, 999, tzinfo=timezone(timedelta(hours=1)))) == "2026-11-24T09:00:00Z"
