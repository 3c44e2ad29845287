"""Cron in local time: what a change of the clock does to a run."""

from datetime import datetime, timedelta

import pytest

from sincro_operator.planning import cron
from sincro_operator.planning.cron import CronInvalid
from tests.unit.planning.facts import utc

ROME = "Europe/Rome"
SPRING = utc(2026, 3, 29)  # 02:00 -> 03:00 local, at 01:00 UTC
AUTUMN = utc(2026, 10, 25)  # 03:00 -> 02:00 local, at 01:00 UTC


def runs(expression: str, start: datetime, end: datetime, zone: str = ROME) -> list[str]:
    """All runs in (start, end], as `dd hh:mm` in UTC."""
    found, instant = [], start
    while (instant := cron.next_after(expression, zone, instant)) <= end:
        found.append(instant.strftime("%d %H:%M"))
    return found


@pytest.mark.parametrize(
    ("expression", "start", "end", "expected"),
    [
        # A local time that does not exist is the jump itself: not skipped.
        ("30 2 * * *", SPRING - timedelta(days=1), SPRING + timedelta(days=2), ["28 01:30", "29 01:00", "30 00:30"]),
        # Several times in the gap are the jump once: not doubled.
        ("*/20 2 * * *", SPRING, SPRING + timedelta(hours=12), ["29 01:00"]),
        ("0 3 * * *", SPRING, SPRING + timedelta(hours=12), ["29 01:00"]),
        ("0 2,3 * * *", SPRING, SPRING + timedelta(hours=12), ["29 01:00"]),
        # A local time that comes twice runs once, the first time.
        ("30 2 * * *", AUTUMN - timedelta(days=1), AUTUMN + timedelta(days=2), ["24 00:30", "25 00:30", "26 01:30"]),
        # Where every hour is named, the hour that comes twice is two hours.
        ("0 * * * *", utc(2026, 10, 24, 23), utc(2026, 10, 25, 2), ["25 00:00", "25 01:00", "25 02:00"]),
        ("*/30 * * * *", utc(2026, 10, 25), utc(2026, 10, 25, 2), ["25 00:30", "25 01:00", "25 01:30", "25 02:00"]),
        # No change of the clock near.
        ("0 7 * * 1-5", utc(2026, 6, 5), utc(2026, 6, 9), ["05 05:00", "08 05:00"]),
        ("15 10 20 * *", utc(2026, 6, 2), utc(2026, 7, 2), ["20 08:15"]),
    ],
)
def test_no_run_is_skipped_or_doubled(expression: str, start: datetime, end: datetime, expected: list[str]) -> None:
    assert runs(expression, start, end) == expected


def test_the_gap_is_half_an_hour_on_lord_howe() -> None:
    # 2026-10-04 02:00 -> 02:30 local, at 2026-10-03 15:30 UTC
    found = runs("15 2 * * *", utc(2026, 10, 3), utc(2026, 10, 5), "Australia/Lord_Howe")
    assert found == ["03 15:30", "04 15:15"]


@pytest.mark.parametrize("expression", ["30 2 * * *", "*/30 * * * *", "0 */2 * * *", "5 4 * * 0"])
@pytest.mark.parametrize("around", [SPRING, AUTUMN, utc(2026, 6, 1)])
def test_backwards_is_forwards_reversed(expression: str, around: datetime) -> None:
    start, end = around - timedelta(days=8), around + timedelta(days=8)
    forwards, instant = [], start
    while (instant := cron.next_after(expression, ROME, instant)) <= end:
        forwards.append(instant)
    backwards, instant = [], end
    while (instant := cron.last_until(expression, ROME, instant)) > start:
        backwards.append(instant)
        instant -= timedelta(microseconds=1)
    assert forwards == backwards[::-1]


def test_the_instant_itself_belongs_to_the_past() -> None:
    seven = utc(2026, 6, 1, 5)
    assert cron.last_until("0 7 * * *", ROME, seven) == seven
    assert cron.next_after("0 7 * * *", ROME, seven) == utc(2026, 6, 2, 5)
    assert cron.next_after("0 7 * * *", ROME, seven - timedelta(milliseconds=1)) == seven


@pytest.mark.parametrize(
    ("expression", "zone", "said"),
    [
        ("61 * * * *", ROME, "cannot be read"),
        ("0 0 30 2 *", ROME, "never comes"),
        ("* * * * * *", ROME, "five fields"),
        ("@daily", ROME, "five fields"),
        ("R * * * *", ROME, "without H or R"),
        ("H H * * *", ROME, "without H or R"),
        ("", ROME, "five fields"),
        ("0 7 * * *", "Europe/Atlantis", "not known"),
        ("0 7 * * *", "", "not known"),
        ("0 7 * * *", "../etc/passwd", "not known"),
    ],
)
def test_what_cannot_be_read_says_why(expression: str, zone: str, said: str) -> None:
    with pytest.raises(CronInvalid, match=said):
        cron.next_after(expression, zone, utc(2026, 6, 1))


def test_names_of_months_and_days_are_not_mistaken_for_chance() -> None:
    assert cron.next_after("0 7 * mar thu", ROME, utc(2026, 1, 1)) == utc(2026, 3, 5, 6)
    assert cron.next_after("0 7 * * fri", ROME, utc(2026, 6, 1)) == utc(2026, 6, 5, 5)
