"""What a schedule owes: one run per instant, whatever happens in between."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from sincro_contract.resources.sync_schedule import MissedRuns
from sincro_contract.resources.sync_task import TaskState
from sincro_contract.run import Mode
from sincro_operator.planning import cadence, spread
from sincro_operator.planning.actions import CreateTask, WriteSchedule
from sincro_operator.planning.model import Cadence, Pending, Schedule, ScheduleStatus, Task
from sincro_operator.planning.planner import Planner
from sincro_operator.planning.snapshot import Snapshot
from tests.unit.planning.facts import (
    HOUR,
    MINUTE,
    NOW,
    SECOND,
    ended,
    events,
    of_kind,
    plan_of,
    schedule,
    scheduled,
    source,
    task,
    utc,
)

OFFSET = spread.offset(schedule())


def known(plain: Schedule, **status: Any) -> Schedule:
    """The schedule, looked at before: its first run was due when it was made."""
    zone = plain.time_zone or "Europe/Rome"
    mark = cadence.fingerprint(plain.full, plain.delta, zone)
    defaults: dict[str, Any] = {
        "last_due_delta": NOW + OFFSET,
        "anchor": plain.created,
        "cadence_hash": mark,
        "observed_generation": plain.generation,
        "interval": plain.delta.every if plain.delta else None,
        "interval_reason": "As spec.delta.every says" if plain.delta and plain.delta.every else "",
    }
    return replace(plain, status=ScheduleStatus(**(defaults | status)))


def made(*facts: Any, now: datetime) -> list[tuple[Mode, datetime]]:
    """The runs that are made now: which mode, and for which instant."""
    return [(create.mode, create.due) for create in of_kind(plan_of(source(), *facts, now=now), CreateTask)]


def note(*facts: Any, now: datetime) -> WriteSchedule:
    """The write of the one schedule."""
    (write,) = of_kind(plan_of(source(), *facts, now=now), WriteSchedule)
    return write


def run_of(plain: Schedule, due: datetime, mode: Mode = Mode.DELTA, **changes: Any) -> Task:
    """The task that this schedule made for an instant, ended well."""
    return ended(
        scheduled(
            f"{plain.name.name}-{due:%H%M%S}", schedule=plain.name.name, due=due, created=due, mode=mode, **changes
        ),
        at=due + MINUTE,
    )


# ---------------------------------------------------------------- every


def test_the_first_run_is_due_when_the_schedule_is_made() -> None:
    assert made(schedule(), now=NOW + OFFSET - SECOND) == []
    assert made(schedule(), now=NOW + OFFSET) == [(Mode.DELTA, NOW + OFFSET)]


def test_every_counts_from_the_last_run_that_was_due() -> None:
    last = NOW + OFFSET
    plain = known(schedule())
    assert made(plain, now=last + HOUR - SECOND) == []
    assert made(plain, now=last + HOUR) == [(Mode.DELTA, last + HOUR)]
    late = last + HOUR + 7 * SECOND
    assert made(plain, now=late) == [(Mode.DELTA, last + HOUR)], "keyed by its instant, not by when it was noticed"


def test_a_run_that_was_made_is_settled_before_its_status_is_written() -> None:
    """Create-then-crash before status."""
    last = NOW + OFFSET
    plain = known(schedule())
    assert made(plain, run_of(plain, last + HOUR), now=last + HOUR + SECOND) == []
    assert made(plain, run_of(plain, last + HOUR), now=last + 2 * HOUR) == [(Mode.DELTA, last + 2 * HOUR)]


def test_the_name_is_a_function_of_schedule_cadence_and_instant() -> None:
    """Stale cache double create: the second create meets the first one's name."""
    facts = (source(), known(schedule()))
    now = NOW + OFFSET + HOUR
    first, later = (of_kind(plan_of(*facts, now=at), CreateTask)[0] for at in (now, now + 3 * SECOND))
    assert first.name == later.name
    assert first.name.name == f"customers-delta-{now:%Y%m%d-%H%M%S}"


def test_a_clock_that_is_set_back_doubles_nothing() -> None:
    last = NOW + OFFSET
    plain = known(schedule())
    snapshot = Snapshot([source(), plain, run_of(plain, last + HOUR)])
    planner = Planner(snapshot)
    for now in (last + HOUR + MINUTE, last + 30 * MINUTE, last - 5 * HOUR, last + HOUR, last + HOUR + 59 * MINUTE):
        assert not of_kind(planner.plan(now), CreateTask)
    assert of_kind(planner.plan(last + 2 * HOUR), CreateTask)[0].due == last + 2 * HOUR


def test_a_task_of_an_older_namesake_settles_nothing() -> None:
    """Recreated object of the same name."""
    before = run_of(schedule(), NOW + OFFSET)
    again = schedule(created=NOW + 2 * MINUTE, uid="another")
    offset = spread.offset(again)
    assert made(again, before, now=NOW + 2 * MINUTE + offset) == [(Mode.DELTA, NOW + 2 * MINUTE + offset)]


# ---------------------------------------------------------------- a run whose task somebody deletes


@pytest.mark.parametrize("state", [TaskState.QUEUED, TaskState.RUNNING, TaskState.SUCCEEDED])
@pytest.mark.parametrize("mode", [Mode.DELTA, Mode.FULL])
def test_a_run_whose_task_is_deleted_is_not_made_again(mode: Mode, state: TaskState) -> None:
    """In its first minute the schedule's status does not speak of it yet; then the status does, at once."""
    last = NOW + OFFSET
    plain = known(schedule(full=Cadence(every=HOUR)), last_due_full=last)
    due = last + HOUR
    run = run_of(plain, due, mode)
    run = replace(run, status=replace(run.status, state=state))
    snapshot = Snapshot([source(), plain, run])
    planner = Planner(snapshot)
    planner.plan(due + SECOND)
    snapshot.drop_task(run.name)
    plan = planner.plan(due + 2 * SECOND)
    other = Mode.FULL if mode is Mode.DELTA else None
    assert [create.mode for create in of_kind(plan, CreateTask)] == [other] * (other is not None)
    if other is None:
        (write,) = of_kind(plan, WriteSchedule)
        assert write.status.last_due_full == due
        snapshot.put(replace(plain, status=write.status))
        assert not of_kind(planner.plan(due + 3 * SECOND), CreateTask)
        assert of_kind(planner.plan(due + HOUR), CreateTask)[0].due == due + HOUR


@pytest.mark.parametrize("first", ["the schedule", "its task"])
def test_a_schedule_that_is_deleted_makes_nothing_before_that_is_seen_and_its_namesake_owes_anew(first: str) -> None:
    """Schedules and tasks are told of on watches of their own: the tasks may be seen to go before what made them."""
    plain = known(schedule())
    due = NOW + OFFSET + HOUR
    run = run_of(plain, due)
    snapshot = Snapshot([source(), plain, run])
    planner = Planner(snapshot)
    planner.plan(due + SECOND)
    if first == "its task":
        snapshot.drop_task(run.name)
        assert not of_kind(planner.plan(due + 2 * SECOND), CreateTask)
        snapshot.drop_schedule(plain.name)
    else:
        snapshot.drop_schedule(plain.name)
        snapshot.drop_task(run.name)
    assert not of_kind(planner.plan(due + 3 * SECOND), CreateTask)
    again = schedule(created=due, uid="another")
    snapshot.put(again)
    (create,) = of_kind(planner.plan(due + MINUTE), CreateTask)
    assert (create.schedule.uid, create.due) == ("another", due + spread.offset(again))


def test_a_namesake_that_is_seen_before_the_deletion_owes_anew() -> None:
    """A list instead of a watch shows the new schedule in the place of the old one."""
    plain = known(schedule())
    due = NOW + OFFSET + HOUR
    run = run_of(plain, due)
    snapshot = Snapshot([source(), plain, run])
    snapshot.drop_task(run.name)
    assert snapshot.removed(plain.name) == (run,)
    snapshot.put(schedule(created=due, uid="another"))
    assert snapshot.removed(plain.name) == ()


def test_what_the_status_speaks_of_is_not_remembered() -> None:
    """Pruning costs no memory."""
    plain = known(schedule())
    run = run_of(plain, NOW + OFFSET)
    snapshot = Snapshot([source(), plain, run])
    snapshot.drop_task(run.name)
    assert snapshot.removed(plain.name) == ()


# ---------------------------------------------------------------- missed runs


@pytest.mark.parametrize(
    ("changes", "late", "expected"),
    [
        ({}, timedelta(0), True),
        ({}, 30 * MINUTE, True),
        ({"missed_runs": MissedRuns.SKIP}, 50 * SECOND, True),
        ({"missed_runs": MissedRuns.SKIP}, 2 * MINUTE, False),
        ({"starting_deadline": 5 * MINUTE}, 5 * MINUTE, True),
        ({"starting_deadline": 5 * MINUTE}, 6 * MINUTE, False),
        ({"starting_deadline": 5 * MINUTE, "missed_runs": MissedRuns.SKIP}, 4 * MINUTE, True),
        ({"starting_deadline": 5 * MINUTE, "missed_runs": MissedRuns.SKIP}, 6 * MINUTE, False),
    ],
)
def test_a_late_run(changes: dict[str, Any], late: timedelta, expected: bool) -> None:
    due = NOW + OFFSET + HOUR
    plain = known(schedule(**changes))
    assert bool(made(plain, now=due + late)) is expected
    if not expected:
        write = note(plain, now=due + late)
        assert write.status.skipped == 1
        assert write.status.last_due_delta == due
        assert write.status.last_skip_reason is not None
        assert "late" in write.status.last_skip_reason
        assert events(write) == ["RunSkipped"]


def test_however_many_were_missed_one_is_owed_and_the_rest_is_recorded() -> None:
    last = NOW + OFFSET
    plain = known(schedule())
    now = last + 5 * HOUR + MINUTE
    assert made(plain, now=now) == [], "the record comes first: it would be lost in a crash after the create"
    write = note(plain, now=now)
    assert write.status.skipped == 4
    assert write.status.last_due_delta == last + 4 * HOUR
    recorded = replace(plain, status=write.status)
    assert made(recorded, now=now) == [(Mode.DELTA, last + 5 * HOUR)]


def test_long_suspended_owes_at_most_what_missed_runs_says() -> None:
    last = NOW + OFFSET
    now = last + 48 * HOUR + 10 * MINUTE
    suspended = known(schedule(suspend=True, suspended_by="anna", suspend_reason="new ERP"))
    assert made(suspended, now=now) == []
    assert note(suspended, now=now).status.suspended == (
        True,
        "Suspended",
        "The schedule customers is suspended by anna: new ERP.",
    )
    resumed = known(schedule(), last_due_delta=last + 47 * HOUR)
    assert made(resumed, now=now) == [(Mode.DELTA, last + 48 * HOUR)]
    skipping = known(schedule(missed_runs=MissedRuns.SKIP), last_due_delta=last + 47 * HOUR)
    assert made(skipping, now=now) == []
    assert made(replace(skipping, status=note(skipping, now=now).status), now=last + 49 * HOUR) == [
        (Mode.DELTA, last + 49 * HOUR)
    ]


# ---------------------------------------------------------------- edits


def test_an_edited_interval_goes_on_from_the_last_run() -> None:
    last = NOW + OFFSET
    slower = replace(known(schedule()), delta=Cadence(every=3 * HOUR), generation=2)
    assert made(slower, now=last + 2 * HOUR) == []
    assert made(slower, now=last + 3 * HOUR) == [(Mode.DELTA, last + 3 * HOUR)]
    faster = replace(known(schedule(delta=Cadence(every=3 * HOUR))), delta=Cadence(every=HOUR), generation=2)
    assert made(faster, now=last + 90 * MINUTE) == [(Mode.DELTA, last + HOUR)], "one at once, not all"


def test_an_edited_cron_promises_nothing_before_the_edit() -> None:
    evening = known(schedule(delta=Cadence(cron="0 23 * * *")), last_due_delta=NOW - 13 * HOUR)
    edited = replace(evening, delta=Cadence(cron="0 6 * * *"), generation=2)  # 6:00 was four UTC, six hours ago
    assert made(edited, now=NOW) == []
    write = note(edited, now=NOW)
    assert write.status.anchor == NOW
    after = replace(edited, status=write.status)
    tomorrow = utc(2026, 6, 2, 4) + spread.offset(edited)
    assert write.status.next_delta == tomorrow
    assert made(after, now=tomorrow) == [(Mode.DELTA, tomorrow)]


def test_a_new_time_zone_is_an_edit_of_cron_alone() -> None:
    daily = known(schedule(delta=Cadence(cron="0 9 * * *")), last_due_delta=NOW - 3 * HOUR)
    moved = replace(daily, time_zone="Asia/Tokyo", generation=2)
    assert made(moved, now=NOW) == []
    assert note(moved, now=NOW).status.next_delta == utc(2026, 6, 2, 0) + spread.offset(moved)


@pytest.mark.parametrize(
    "broken",
    [Cadence(cron="0 0 30 2 *"), Cadence(cron="nonsense"), Cadence(), Cadence(every=timedelta(0))],
)
def test_a_cadence_that_cannot_be_read_is_a_condition(broken: Cadence) -> None:
    plain = schedule(delta=broken)
    assert made(plain, now=NOW + 5 * HOUR) == []
    assert note(plain, now=NOW).status.ready[:2] == (False, "CadenceInvalid")


# ---------------------------------------------------------------- full and delta side by side


def test_a_due_full_supersedes_the_delta_of_the_same_instant() -> None:
    both = schedule(full=Cadence(every=24 * HOUR))
    due = NOW + spread.offset(both)
    assert made(both, now=due) == [(Mode.FULL, due)]
    done = run_of(both, due, Mode.FULL)
    assert made(both, done, now=due + MINUTE) == [], "the Full settled it, and nothing was skipped"
    assert made(both, done, now=due + HOUR) == [(Mode.DELTA, due + HOUR)]


def test_a_delta_that_is_due_while_the_full_runs_is_recorded_as_skipped() -> None:
    both = known(schedule(full=Cadence(every=24 * HOUR)), last_due_full=NOW + OFFSET)
    due = NOW + OFFSET + HOUR
    full = scheduled("full", mode=Mode.FULL, due=NOW + OFFSET, created=NOW + OFFSET)
    running = replace(full, status=replace(full.status, state=TaskState.RUNNING), status_known=True)
    assert made(both, running, now=due) == []
    write = note(both, running, now=due)
    assert write.status.skipped == 1
    assert write.status.last_skip_reason == "1 Delta run not made: full does the same"
    assert made(replace(both, status=write.status), running, now=due + MINUTE) == []


def test_a_full_is_made_even_while_a_delta_waits() -> None:
    both = known(schedule(full=Cadence(every=24 * HOUR)), last_due_full=NOW + OFFSET - 23 * HOUR)
    delta = scheduled("delta", due=NOW + OFFSET, created=NOW + OFFSET)
    assert made(both, delta, now=NOW + OFFSET + HOUR) == [(Mode.FULL, NOW + OFFSET + HOUR)]


def test_what_a_person_asked_for_already_does_the_due_run() -> None:
    due = NOW + OFFSET + HOUR
    plain = known(schedule())
    asked = task("asked", created=due - MINUTE)
    assert made(plain, asked, now=due) == []
    for other in (replace(asked, type="orders"), replace(asked, dry_run=True), replace(asked, cancel=True)):
        assert made(plain, other, now=due) == [(Mode.DELTA, due)]


# ---------------------------------------------------------------- when nothing may be made


@pytest.mark.parametrize(
    ("change", "reason", "ready"),
    [
        ({"paused": True, "paused_by": "bruno"}, "Paused", True),
        ({"problem": ("ProfileInvalid", "line 3: unknown step")}, "ProfileInvalid", False),
        ({"streams": frozenset({"orders"})}, "UnknownStream", False),
        ({"deleting": True}, "SourceNotFound", False),
    ],
)
def test_a_run_that_cannot_be_made_is_deferred(change: dict[str, Any], reason: str, ready: bool) -> None:
    due = NOW + OFFSET + HOUR
    plain = known(schedule())
    plan = plan_of(source(**change), plain, now=due)
    assert not of_kind(plan, CreateTask)
    (write,) = of_kind(plan, WriteSchedule)
    assert write.status.ready[:2] == (ready, reason)
    assert write.status.last_due_delta == NOW + OFFSET, "still owed"
    assert made(plain, now=due + 10 * MINUTE) == [(Mode.DELTA, due)]


def test_until_its_sources_profile_has_been_looked_at_a_schedule_is_left_as_it_is() -> None:
    due = NOW + OFFSET + HOUR
    plain = known(schedule())
    plan = plan_of(source(streams=None), plain, now=due)
    assert not of_kind(plan, CreateTask)
    assert not of_kind(plan, WriteSchedule)
    assert made(plain, now=due) == [(Mode.DELTA, due)], "still owed"


def test_without_its_source_a_schedule_waits() -> None:
    plan = plan_of(schedule(), now=NOW + HOUR)
    (write,) = of_kind(plan, WriteSchedule)
    assert write.status.ready == (False, "SourceNotFound", "There is no SyncSource erp in this namespace.")


def test_a_schedule_that_is_being_deleted_or_written_makes_nothing() -> None:
    assert made(schedule(deleting=True), now=NOW + HOUR) == []
    assert made(schedule(pending=Pending.WRITE), now=NOW + HOUR) == []
