"""Why is it not running: reason, place, estimate, and how often they are written."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from sincro_contract.resources.sync_task import TaskState
from sincro_operator.planning import explain
from sincro_operator.planning.actions import WriteTask
from sincro_operator.planning.explain import Wait
from sincro_operator.planning.model import Limits, SourceStatus, TaskStatus, TypeStatistics, WaitingFor
from sincro_operator.planning.planner import Planner
from sincro_operator.planning.rehearsal import Rehearsal, succeed
from sincro_operator.planning.snapshot import Snapshot
from tests.unit.planning.facts import (
    HOUR,
    MINUTE,
    NOW,
    SECOND,
    STREAMS,
    job_of,
    of_kind,
    plan_of,
    running,
    schedule,
    scheduled,
    source,
    task,
    written,
)

RUNS = running(task("runs"), since=NOW - MINUTE)
USUAL = SourceStatus(
    types=tuple(TypeStatistics(t, last_full=NOW - HOUR, average_duration=4 * MINUTE) for t in sorted(STREAMS)),
    observed_generation=1,
)


def why(*facts: Any, name: str = "t1", **limits: Any) -> tuple[str, str]:
    """Reason and message."""
    waiting = written(plan_of(*facts, limits=Limits(**limits)), name).waiting_for
    assert waiting is not None
    return waiting.reason, waiting.message


def test_its_type_runs_already() -> None:
    said = "customers of erp is being synced: runs since 2026-06-01 09:59:00 UTC."
    assert why(source(max_concurrent=9), RUNS, job_of(RUNS), task()) == ("TypeBusy", said)


def test_its_source_is_full() -> None:
    said = "erp allows 1 at a time: runs since 2026-06-01 09:59:00 UTC."
    assert why(source(), RUNS, job_of(RUNS), task(type="orders")) == ("SourceBusy", said)


def test_another_goes_first() -> None:
    first = task("first", created=NOW - MINUTE, dry_run=True)
    assert why(source(max_concurrent=2), first, task(), max_concurrent=0) == ("QueuedBehind", "first goes first.")


def test_its_type_is_full_over_all_sources() -> None:
    limiting = schedule(max_concurrent=1, suspend=True)
    facts = (source(), source("other"), limiting, RUNS, job_of(RUNS), task(source="other"))
    assert why(*facts) == (
        "TypeLimit",
        "At most 1 syncs of customers run at once: runs since 2026-06-01 09:59:00 UTC.",
    )


def test_the_operator_is_full() -> None:
    facts = (source(), source("other"), RUNS, job_of(RUNS), task(source="other"))
    assert why(*facts, max_concurrent=1) == ("GlobalLimit", "All 1 slots are taken.")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"streams": None}, "ProfileNotRead"),
        ({"streams": frozenset({"orders"})}, "UnknownStream"),
        ({"problem": ("ProfileInvalid", "line 3")}, "ProfileInvalid"),
        ({"deleting": True}, "SourceNotFound"),
    ],
)
def test_its_source_is_not_in_order(change: dict[str, Any], reason: str) -> None:
    assert why(source(**change), task())[0] == reason


def test_there_is_no_such_source() -> None:
    assert why(task(source="nobody")) == ("SourceNotFound", "There is no SyncSource nobody in this namespace.")


def test_the_estimate_follows_the_queue_of_the_source() -> None:
    queue = [task("a", type="orders", created=NOW - MINUTE), task("b", type="prices"), task("c", dry_run=True)]
    plan = plan_of(source(status=USUAL), RUNS, job_of(RUNS), *queue)
    first = NOW - MINUTE + 4 * MINUTE
    assert [written(plan, name).estimated_start for name in "abc"] == [first, first + 4 * MINUTE, first + 8 * MINUTE]
    assert [written(plan, name).queue_position for name in "abc"] == [1, 2, 3]


def test_no_guess_is_made_of_what_is_not_known() -> None:
    assert written(plan_of(source(), RUNS, job_of(RUNS), task(type="orders"))).estimated_start is None
    late = running(task("late"), since=NOW - HOUR)
    assert written(plan_of(source(status=USUAL), late, job_of(late), task(type="orders"))).estimated_start is None


def test_the_estimate_for_a_shared_slot() -> None:
    facts = (
        source(status=USUAL),
        source("other"),
        RUNS,
        job_of(RUNS),
        task(source="other"),
        task("t2", source="third"),
    )
    plan = plan_of(*facts, source("third"), limits=Limits(max_concurrent=1))
    assert written(plan, "t1").estimated_start == NOW + 3 * MINUTE
    assert written(plan, "t2").estimated_start is None
    assert (written(plan, "t1").queue_position, written(plan, "t2").queue_position) == (1, 2)


def test_deep_in_the_queue_nothing_is_counted() -> None:
    sources = [source(f"erp{n:02}") for n in range(15)]
    waiting = [task(f"w{n:02}", source=f"erp{n:02}", created=NOW - (20 - n) * SECOND) for n in range(15)]
    plan = plan_of(*sources, *waiting, limits=Limits(max_concurrent=0))
    positions = [written(plan, f"w{n:02}").queue_position for n in range(15)]
    assert positions == [*range(1, 11), None, None, None, None, None]
    assert written(plan, "w14").waiting_for == WaitingFor("QueuedBehind", "More than 10 syncs go first.", NOW)


# ---------------------------------------------------------------- how often


def telling(task_: Any, wait: Wait, now: datetime, changed: datetime | None, *, person: bool) -> bool:
    """Whether it is written."""
    return explain.tell(task_, task_.status, wait, now, changed, person=person).status is not None


WAIT = Wait("SourceBusy", "somebody", 1)
TOLD = replace(task(), status=TaskStatus(waiting_for=WaitingFor("SourceBusy", "somebody else", NOW)), status_known=True)


@pytest.mark.parametrize(
    ("known", "person", "age", "reason", "expected"),
    [
        (False, True, 0, "SourceBusy", True),
        (False, False, 29, "SourceBusy", False),
        (False, False, 30, "SourceBusy", True),
        (True, True, 0.9, "SourceBusy", False),
        (True, True, 1, "SourceBusy", True),
        (True, False, 59, "SourceBusy", False),
        (True, False, 60, "SourceBusy", True),
        (True, False, 4, "Paused", False),
        (True, False, 5, "Paused", True),
        (True, True, -3600, "Paused", True),
        (True, False, -3600, "SourceBusy", True),
    ],
)
def test_when_it_is_written(known: bool, person: bool, age: float, reason: str, expected: bool) -> None:
    one = TOLD if known else task()
    now = NOW + timedelta(seconds=age)
    assert telling(one, Wait(reason, "somebody"), now, NOW if known else None, person=person) is expected


def test_what_is_said_already_is_not_said_again() -> None:
    wait = Wait("SourceBusy", "somebody", 1, NOW + MINUTE)
    told = explain.told(TaskStatus(), wait, task(), NOW)
    one = replace(task(), status=told, status_known=True)
    assert not telling(one, wait, NOW + HOUR, None, person=True)
    nearly = Wait("SourceBusy", "somebody", 1, NOW + MINUTE + 10 * SECOND)
    assert not telling(one, nearly, NOW + HOUR, None, person=True), "an estimate within 15 seconds is the same"
    moved = Wait("SourceBusy", "somebody", 1, NOW + 2 * MINUTE)
    assert telling(one, moved, NOW + HOUR, None, person=True)


def test_since_is_when_the_reason_began() -> None:
    told = explain.told(TOLD.status, Wait("SourceBusy", "another"), task(), NOW + HOUR)
    assert told.waiting_for == WaitingFor("SourceBusy", "another", NOW)
    told = explain.told(TOLD.status, Wait("Paused", "x"), task(), NOW + HOUR)
    assert told.waiting_for == WaitingFor("Paused", "x", NOW + HOUR)


def test_every_wait_of_half_a_minute_has_a_reason() -> None:
    names = [f"erp{n}" for n in range(6)]
    waiting = [scheduled(f"w-{n}-{t}", source=n, type=t, created=NOW) for n in names for t in sorted(STREAMS)]
    snapshot = Snapshot([*(source(name) for name in names), *waiting])
    rehearsal = Rehearsal(snapshot, NOW, lambda launch: succeed(launch, 2 * MINUTE), Limits(max_concurrent=3))
    rehearsal.run(NOW + 31 * SECOND)
    mute = [one for one in snapshot.tasks() if one.status.state is TaskState.QUEUED and not one.status.waiting_for]
    assert mute == []


def test_positions_are_written_at_most_once_a_second() -> None:
    runs = running(scheduled("runs", type="prices", priority=100))
    people = [task(f"p{n}", type=t, created=NOW - n * SECOND) for n, t in enumerate(("customers", "orders"))]
    snapshot = Snapshot([source(), runs, job_of(runs), *people])
    planner = Planner(snapshot, Limits(max_concurrent=0))
    writes = 0
    for step in range(100):
        now = NOW + timedelta(milliseconds=50 * step)
        overtaking = task(f"o{step}", type="products", created=NOW - HOUR - step * SECOND, dry_run=bool(step % 2))
        snapshot.put(overtaking)
        for write in of_kind(planner.plan(now), WriteTask):
            writes += write.task.name.name == "p0"
            snapshot.put(replace(write.task, status=write.status, status_known=True))
    assert writes <= 6, "five seconds"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"streams": frozenset({"orders"})}, "UnknownStream"),
        ({"problem": ("ProfileNotFound", "ConfigMap p does not exist")}, "ProfileNotFound"),
        ({"paused": True}, None),
    ],
)
def test_what_only_a_person_can_mend_is_an_event_once(change: dict[str, Any], reason: str | None) -> None:
    waits = task("waits", type="customers")
    where = replace(source(), **change)
    first = [
        note.reason for write in of_kind(plan_of(where, waits), WriteTask) for note in write.events if note.warning
    ]
    assert first == ([] if reason is None else [reason])
    if reason is not None:
        held = replace(waits, status=written(plan_of(where, waits), "waits"), status_known=True)
        again = of_kind(plan_of(where, held, now=NOW + MINUTE), WriteTask)
        assert [note for write in again for note in write.events] == []
