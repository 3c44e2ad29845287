"""Quiet hours, across midnight and across changes of the clock."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from sincro_operator.planning import quiet_hours
from sincro_operator.planning.actions import CreateTask, WriteSchedule
from sincro_operator.planning.clock import NEVER
from sincro_operator.planning.model import Cadence, Limits, QuietHours, ScheduleStatus
from sincro_operator.planning.rehearsal import Rehearsal, succeed
from sincro_operator.planning.snapshot import Snapshot
from tests.unit.planning.facts import HOUR, MINUTE, launched, of_kind, plan_of, schedule, scheduled, source, task, utc

ROME = ZoneInfo("Europe/Rome")
NIGHT = (QuietHours(0, 360),)
ACROSS = (QuietHours(22 * 60, 6 * 60),)


@pytest.mark.parametrize(
    ("hours", "instant", "end"),
    [
        (NIGHT, utc(2026, 5, 31, 22), utc(2026, 6, 1, 4)),
        (NIGHT, utc(2026, 6, 1, 3, 59), utc(2026, 6, 1, 4)),
        (NIGHT, utc(2026, 6, 1, 4), None),
        (NIGHT, utc(2026, 5, 31, 21, 59), None),
        # Across midnight.
        (ACROSS, utc(2026, 6, 1, 20), utc(2026, 6, 2, 4)),
        (ACROSS, utc(2026, 6, 2, 1), utc(2026, 6, 2, 4)),
        (ACROSS, utc(2026, 6, 2, 4), None),
        # Stretches that touch are one.
        ((QuietHours(22 * 60, 24 * 60), QuietHours(0, 360)), utc(2026, 6, 1, 20), utc(2026, 6, 2, 4)),
        ((QuietHours(0, 120), QuietHours(60, 180)), utc(2026, 5, 31, 22), utc(2026, 6, 1, 1)),
        # Spring: the night has five hours, and an end that does not exist is the jump.
        (NIGHT, utc(2026, 3, 28, 23), utc(2026, 3, 29, 4)),
        ((QuietHours(0, 150),), utc(2026, 3, 29, 0), utc(2026, 3, 29, 1)),
        # Autumn: the night has seven hours, and an end that comes twice is the second one.
        (NIGHT, utc(2026, 10, 24, 22), utc(2026, 10, 25, 5)),
        ((QuietHours(0, 150),), utc(2026, 10, 25, 0, 45), utc(2026, 10, 25, 1, 30)),
        # All day long.
        ((QuietHours(0, 24 * 60),), utc(2026, 6, 1, 12), NEVER),
        ((QuietHours(600, 600),), utc(2026, 6, 1, 12), NEVER),
        ((), utc(2026, 6, 1, 1), None),
    ],
)
def test_when_they_end(hours: tuple[QuietHours, ...], instant: datetime, end: datetime | None) -> None:
    assert quiet_hours.ends(hours, ROME, instant) == end


def test_when_they_begin() -> None:
    assert quiet_hours.begins(NIGHT, ROME, utc(2026, 6, 1, 12)) == utc(2026, 6, 1, 22)
    assert quiet_hours.begins((), ROME, utc(2026, 6, 1, 12)) is None


def test_they_hold_in_the_schedules_zone() -> None:
    at_four_in_rome = utc(2026, 6, 1, 2)
    due = at_four_in_rome - MINUTE
    known = ScheduleStatus(last_due_delta=due - HOUR, observed_generation=1)
    quiet = schedule(created=due - 9 * HOUR, quiet_hours=NIGHT, status=known)
    assert not of_kind(plan_of(source(), quiet, now=at_four_in_rome), CreateTask)
    in_new_york = schedule(created=due - 9 * HOUR, quiet_hours=NIGHT, status=known, time_zone="America/New_York")
    assert of_kind(plan_of(source(), in_new_york, now=at_four_in_rome), CreateTask)


def test_runs_of_a_night_are_one_run_at_its_end() -> None:
    evening = utc(2026, 6, 1, 19, 30)
    made: list[tuple[datetime, datetime]] = []
    skipped: list[int] = []
    snapshot = Snapshot([source(), schedule(created=evening, delta=Cadence(every=HOUR), quiet_hours=ACROSS)])

    def seen(now: datetime, action: object) -> None:
        if isinstance(action, CreateTask):
            made.append((now, action.due))
        if isinstance(action, WriteSchedule):
            skipped.append(action.status.skipped)

    rehearsal = Rehearsal(snapshot, evening, lambda launch: succeed(launch, MINUTE), Limits(), seen)
    rehearsal.run(evening + 11 * HOUR)
    morning = utc(2026, 6, 2, 4)
    at_night = [now for now, _ in made if utc(2026, 6, 1, 20) <= now < morning]
    assert not at_night
    (first,) = [due for now, due in made if now == morning]
    assert morning - HOUR < first < morning, "the latest of the night's instants"
    assert [now - morning < 2 * HOUR for now, _ in made if now > morning] == [True, True]
    assert max(skipped) == 0, "by design, not an accident: nothing is counted as skipped"


def test_the_status_says_when_the_run_starts_and_why_so_late() -> None:
    noon = utc(2026, 6, 1, 20, 30)
    quiet = schedule(created=noon, delta=Cadence(cron="0 3 * * *"), quiet_hours=NIGHT)
    (write,) = of_kind(plan_of(source(), quiet, now=noon + MINUTE), WriteSchedule)
    assert write.status.next_delta == utc(2026, 6, 2, 4)
    assert write.status.ready[2].startswith("The Delta due at 2026-06-02 01:00:")
    assert "waits for the end of the quiet hours" in write.status.ready[2]


def test_a_queued_scheduled_sync_waits_and_a_persons_does_not() -> None:
    night = utc(2026, 6, 1, 1)
    facts = (source(max_concurrent=4), schedule(quiet_hours=NIGHT, created=night))
    waiting = scheduled(created=night - MINUTE, due=night - MINUTE)
    asked = task("asked", type="orders", created=night)
    plan = plan_of(*facts, waiting, asked, now=night)
    assert launched(plan) == ["asked"]
    later = plan_of(*facts, waiting, now=utc(2026, 6, 1, 4))
    assert launched(later) == ["s1"]


def test_the_planner_wakes_when_they_begin_for_what_is_still_queued() -> None:
    evening = utc(2026, 6, 1, 21, 58)
    busy = Limits(max_concurrent=0)
    plan = plan_of(
        source(),
        schedule(quiet_hours=NIGHT, created=evening - MINUTE),
        scheduled(created=evening, due=evening),
        now=evening + timedelta(seconds=40),
        limits=busy,
    )
    assert plan.wake_at is not None
    assert plan.wake_at <= utc(2026, 6, 1, 22)
