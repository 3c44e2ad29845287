"""A person's sync takes the slot of scheduled work."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from sincro_contract.exit_codes import ErrorClass
from sincro_contract.resources.sync_task import TaskState
from sincro_operator.planning.actions import StopJob, WriteTask
from sincro_operator.planning.model import Limits, Merged, Pending, Task
from tests.unit.planning.facts import (
    HOUR,
    MINUTE,
    NOW,
    events,
    job_of,
    launched,
    of_kind,
    plan_of,
    pod,
    pod_done,
    running,
    said_ok,
    schedule,
    scheduled,
    source,
    task,
    written,
)

ONE = Limits(max_concurrent=1)


def with_job(*tasks: Task) -> tuple[Any, ...]:
    """The tasks and their running Jobs."""
    return tuple(fact for one in tasks for fact in (one, job_of(one)))


def stopped(*facts: Any, **limits: Any) -> list[str]:
    """The tasks whose Jobs are stopped."""
    return [stop.job.task for stop in of_kind(plan_of(*facts, limits=Limits(**limits)), StopJob)]


def test_the_reason_is_written_before_the_job_is_stopped() -> None:
    victim = running(scheduled("victim"))
    plan = plan_of(source(), *with_job(victim), task("asked", type="orders"))
    about_it = [action for action in plan.actions if isinstance(action, WriteTask | StopJob)]
    write, stop = about_it[:2]
    assert isinstance(write, WriteTask)
    assert isinstance(stop, StopJob)
    last = write.status.attempts[-1]
    assert (last.error_class, last.ended_at) == (ErrorClass.PREEMPTED, None)
    assert last.message == "Made way for asked, which a person asked for."
    assert write.status.state is TaskState.RUNNING
    assert stop.job.task == "victim"


@pytest.mark.parametrize(
    ("victim", "asked", "limits"),
    [
        # The source is full.
        ({"type": "orders"}, {}, {}),
        # The same type of the same source runs (equal or not): what runs may have passed the page.
        ({}, {}, {}),
        # The type is full over the sources of the namespace.
        ({"source": "other"}, {}, {}),
        # Everything is full.
        ({"source": "other", "type": "orders"}, {}, {"max_concurrent": 1}),
    ],
)
def test_one_victim_in_the_scope_that_blocks(
    victim: dict[str, Any], asked: dict[str, Any], limits: dict[str, Any]
) -> None:
    limiting = schedule(max_concurrent=1, suspend=True)
    runs = running(scheduled("victim", **victim))
    assert stopped(source(), source("other"), limiting, *with_job(runs), task("asked", **asked), **limits) == ["victim"]


def test_nobody_is_stopped_where_a_slot_is_free() -> None:
    runs = running(scheduled("runs"))
    asked = task("asked", type="orders")
    assert stopped(source(max_concurrent=2), *with_job(runs), asked) == []
    assert launched(plan_of(source(max_concurrent=2), *with_job(runs), asked)) == ["asked"]


@pytest.mark.parametrize(
    "spared",
    [
        running(task("runs", type="orders")),
        replace(
            running(scheduled("runs", type="orders")),
            status=replace(running(scheduled("runs", type="orders")).status, merged=(Merged("carla", NOW, "joined"),)),
        ),
        # So aged that it would go first: 25 hours are 150 points.
        running(scheduled("runs", type="orders", created=NOW - 25 * HOUR)),
        # A write about it is under way: its turn comes with the answer.
        replace(running(scheduled("runs", type="orders")), pending=Pending.WRITE),
    ],
)
def test_who_is_not_stopped(spared: Task) -> None:
    assert stopped(source(), *with_job(spared), task("asked")) == []


@pytest.mark.parametrize("marked", [False, True])
def test_a_job_that_is_complete_is_not_stopped_for_its_pods_word_is_on_its_way(marked: bool) -> None:
    """Pods and Jobs are told of on watches of their own; deleting the Job would take the result with it."""
    runs = running(scheduled("runs", type="orders"))
    if marked:
        last = replace(runs.status.attempts[-1], error_class=ErrorClass.PREEMPTED, message="Made way for asked.")
        runs = replace(runs, status=replace(runs.status, attempts=(last,)))
    done = job_of(runs, (pod(),), complete=True, ended_at=NOW)
    assert stopped(source(), runs, done, task("asked")) == []
    said = job_of(runs, (pod_done(said_ok()),), complete=True, ended_at=NOW)
    assert written(plan_of(source(), runs, said, task("asked")), "runs").state is TaskState.SUCCEEDED


def test_scheduled_work_stops_nobody() -> None:
    runs = running(scheduled("runs", type="prices", priority=1))
    assert stopped(source(), *with_job(runs), scheduled("urgent", priority=100, created=NOW - 9 * HOUR)) == []


def test_the_least_valuable_goes() -> None:
    cheap = running(scheduled("cheap", type="prices", priority=20))
    dear = running(scheduled("dear", type="orders", priority=60))
    facts = (source(max_concurrent=2), *with_job(dear, cheap), task("asked"))
    assert stopped(*facts) == ["cheap"]
    aged = replace(cheap, created=NOW - 8 * HOUR)
    assert stopped(source(max_concurrent=2), *with_job(dear, aged), task("asked")) == ["dear"]


def test_of_equal_ones_the_one_that_loses_least() -> None:
    old = running(scheduled("old", type="prices", priority=50), since=NOW - 20 * MINUTE)
    young = running(scheduled("young", type="orders", priority=50), since=NOW - MINUTE)
    assert stopped(source(max_concurrent=2), *with_job(old, young), task("asked")) == ["young"]


def test_one_victim_is_enough_and_none_is_stopped_in_vain() -> None:
    prices = running(scheduled("prices", type="prices", priority=20))
    orders = running(scheduled("orders", type="orders", priority=60))
    asked = task("asked")
    assert stopped(source(max_concurrent=2), *with_job(prices, orders), asked) == ["prices"]
    # Stopping in its own source would not help: another person holds the only slot of the type.
    limiting = schedule(max_concurrent=1, suspend=True)
    person = running(task("person", source="other"))
    facts = (source(), source("other"), limiting, *with_job(prices, person), asked)
    assert stopped(*facts) == []


def test_two_scopes_two_victims() -> None:
    limiting = schedule(max_concurrent=1, suspend=True)
    here = running(scheduled("here", type="orders"))
    there = running(scheduled("there", source="other"))
    facts = (source(), source("other"), limiting, *with_job(here, there), task("asked"))
    assert sorted(stopped(*facts)) == ["here", "there"]


def test_the_slot_is_held_until_the_victims_pods_are_gone() -> None:
    victim = running(scheduled("victim"))
    last = replace(victim.status.attempts[-1], error_class=ErrorClass.PREEMPTED, message="Made way for asked.")
    marked = replace(victim, status=replace(victim.status, attempts=(last,)))
    asked = task("asked", type="orders")
    ending = job_of(marked, (pod(deleting=True),), deleting=True, deleted_at=NOW)
    plan = plan_of(source(), marked, ending, asked)
    assert launched(plan) == []
    assert not of_kind(plan, StopJob)
    waiting = written(plan, "asked").waiting_for
    assert waiting is not None
    assert waiting.message == "erp allows 1 at a time: victim (being stopped)."
    gone = plan_of(source(), marked, asked)
    assert launched(gone) == ["asked"]
    (write,) = [write for write in of_kind(gone, WriteTask) if write.task.name.name == "victim"]
    assert (write.status.state, write.status.attempt) == (TaskState.QUEUED, 0), "it costs no attempt"
    assert events(write) == ["Preempted"]


def test_no_second_victim_while_the_first_is_going() -> None:
    victim = replace(running(scheduled("victim", type="orders")), pending=Pending.STOP)
    other = running(scheduled("other", type="prices"))
    facts = (source(max_concurrent=2), *with_job(victim, other), task("asked"))
    assert stopped(*facts) == []
    second = task("second", type="products")
    assert stopped(*facts, second) == ["other"], "but one for the second person"


def test_a_stop_that_was_written_and_never_sent_is_sent_again() -> None:
    """Killed between the two writes."""
    victim = running(scheduled("victim"))
    last = replace(victim.status.attempts[-1], error_class=ErrorClass.PREEMPTED, message="Made way for asked.")
    marked = replace(victim, status=replace(victim.status, attempts=(last,)))
    assert stopped(source(), *with_job(marked)) == ["victim"]


def test_a_victim_that_ended_well_all_the_same_has_ended_well() -> None:
    victim = running(scheduled("victim"))
    last = replace(victim.status.attempts[-1], error_class=ErrorClass.PREEMPTED, message="Made way for asked.")
    marked = replace(victim, status=replace(victim.status, attempts=(last,)))
    done = job_of(marked, (pod_done(said_ok(), deleting=True),), deleting=True)
    assert written(plan_of(source(), marked, done), "victim").state is TaskState.SUCCEEDED


def test_pods_that_do_not_go_are_removed_after_the_deadline() -> None:
    victim = running(scheduled("victim"))
    last = replace(victim.status.attempts[-1], error_class=ErrorClass.PREEMPTED, message="Made way for asked.")
    marked = replace(victim, status=replace(victim.status, attempts=(last,)))
    stuck = job_of(marked, (pod(deleting=True),), deleting=True, deleted_at=NOW)
    late = NOW + Limits().stop_deadline
    assert not of_kind(plan_of(source(), marked, stuck, now=late - timedelta(seconds=1)), StopJob)
    (stop,) = of_kind(plan_of(source(), marked, stuck, now=late), StopJob)
    assert stop.force


def test_a_victim_keeps_its_place() -> None:
    victim = running(scheduled("victim", created=NOW - HOUR))
    last = replace(victim.status.attempts[-1], error_class=ErrorClass.PREEMPTED, message="x")
    marked = replace(victim, status=replace(victim.status, attempts=(last,)))
    status = written(plan_of(source(), marked), "victim")
    back = replace(marked, status=status)
    younger = scheduled("younger", type="orders", priority=80, created=NOW - 30 * MINUTE)
    assert launched(plan_of(source(), back, younger)) == ["victim"]
