"""The coming days: quiet hours and the change of summer time, in the zone of the schedule."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from sincro_contract.resources.sync_schedule import QuietHours
from sincro_dashboard.views.preview import held_until, preview
from tests.unit.dashboard.fake_cluster import NOW
from tests.unit.dashboard.objects import schedule, source, stamp

ROME = ZoneInfo("Europe/Rome")
NIGHT = [QuietHours(start="00:00", end="06:00")]
ACROSS = [QuietHours(start="22:00", end="06:00")]


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("hours", "due", "at"),
    [
        (NIGHT, "2026-03-10T12:00", "2026-03-10T12:00"),
        (NIGHT, "2026-03-10T23:00", "2026-03-11T05:00"),  # midnight in Rome
        (NIGHT, "2026-03-11T05:00", "2026-03-11T05:00"),  # six o'clock in Rome: over
        (ACROSS, "2026-03-10T21:00", "2026-03-11T05:00"),
        (ACROSS, "2026-03-11T01:00", "2026-03-11T05:00"),
        (NIGHT, "2026-03-29T00:30", "2026-03-29T04:00"),  # the night that loses an hour
        (NIGHT, "2026-10-24T23:30", "2026-10-25T05:00"),  # the night that gains one
        ([QuietHours(start="18:00", end="24:00")], "2026-03-10T18:00", "2026-03-10T23:00"),
    ],
)
def test_what_falls_into_quiet_hours_waits_for_their_end(hours: list[QuietHours], due: str, at: str) -> None:
    assert held_until(utc(due), hours, ROME) == utc(at)


def runs_of(found: Any) -> list[tuple[str, str, str, bool]]:
    return [(run.schedule, run.mode.value, run.at.isoformat(), run.expected) for run in found.runs]


def test_runs_follow_the_interval_from_the_next_one_on() -> None:
    plan = schedule(
        quietHours=[],
        delta={"every": "12h"},
        full={"every": "24h"},
        status={"next": {"delta": "2026-03-10T10:00:00Z", "full": "2026-03-10T20:00:00Z"}},
    )
    assert runs_of(preview([(plan, source())], NOW, 1)) == [
        ("acme-customers", "Delta", "2026-03-10T10:00:00+00:00", False),
        ("acme-customers", "Full", "2026-03-10T20:00:00+00:00", False),
        ("acme-customers", "Delta", "2026-03-10T22:00:00+00:00", True),
    ]


def test_the_interval_that_holds_now_counts() -> None:
    plan = schedule(
        quietHours=[],
        full=None,
        delta={"every": "12h"},
        status={"next": {"delta": stamp(NOW)}, "effectiveInterval": {"interval": "6h", "reason": "quiet"}},
    )
    assert len(preview([(plan, source())], NOW, 1).runs) == 4


def test_runs_that_quiet_hours_push_together_are_one() -> None:
    plan = schedule(full=None, delta={"every": "1h"}, status={"next": {"delta": "2026-03-10T20:30:00Z"}})
    found = preview([(plan, source())], NOW, 1)
    at = [run.at.isoformat() for run in found.runs]
    assert at == [
        "2026-03-10T20:30:00+00:00",
        "2026-03-10T21:30:00+00:00",
        "2026-03-10T22:30:00+00:00",
        "2026-03-11T05:00:00+00:00",
        "2026-03-11T05:30:00+00:00",
        "2026-03-11T06:30:00+00:00",
        "2026-03-11T07:30:00+00:00",
        "2026-03-11T08:30:00+00:00",
    ]
    assert found.runs[3].delayed_from == utc("2026-03-10T23:30")


@pytest.mark.parametrize(
    ("plan", "of"),
    [
        (schedule(suspend=True, status={"next": {"delta": stamp(NOW)}}), source()),
        (schedule(status={"next": {"delta": stamp(NOW)}}), source(paused=True)),
        (schedule(), source()),
    ],
)
def test_what_is_held_or_not_planned_has_no_coming_days(plan: dict[str, Any], of: dict[str, Any]) -> None:
    assert preview([(plan, of)], NOW, 7).runs == []
