"""Slots: who starts, and what holds a task back."""

from dataclasses import replace
from typing import Any

import pytest

from sincro_contract.run import Mode
from sincro_operator.planning.actions import LaunchJob, WriteTask
from sincro_operator.planning.model import Limits, Pending, Pod
from tests.unit.planning.facts import (
    HOUR,
    MINUTE,
    NOW,
    SECOND,
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
)

ORDERS = scheduled("orders", type="orders", priority=60)


def test_a_task_that_can_start_at_once_is_launched_without_another_write() -> None:
    plan = plan_of(source(), task())
    (launch,) = of_kind(plan, LaunchJob)
    assert not of_kind(plan, WriteTask)
    assert (launch.launch, launch.attempt, launch.mode) == (1, 1, Mode.DELTA)
    assert launch.job.name.startswith("t1-")
    assert launch.status.job == launch.job.name
    assert launch.status.started_at == NOW


def test_one_running_sync_per_source_and_type() -> None:
    runs = running(scheduled("runs"))
    other = scheduled("other", schedule="another")
    plan = plan_of(source(max_concurrent=9), runs, job_of(runs), other, ORDERS)
    assert launched(plan) == ["orders"]


def test_the_sources_limit() -> None:
    tasks = [scheduled(type_, type=type_) for type_ in ("customers", "orders", "prices")]
    assert len(launched(plan_of(source(max_concurrent=1), *tasks))) == 1
    assert len(launched(plan_of(source(max_concurrent=2), *tasks))) == 2
    assert len(launched(plan_of(source(max_concurrent=9), *tasks))) == 3


def test_the_types_limit_spans_the_sources_of_a_namespace() -> None:
    names = ("a", "b", "c")
    tasks = [scheduled(name, source=name) for name in names]
    facts = [*(source(name) for name in names), *tasks]
    assert len(launched(plan_of(*facts))) == 3
    limiting = schedule(max_concurrent=2, suspend=True)
    assert len(launched(plan_of(*facts, source(), limiting))) == 2
    smaller = schedule("other", max_concurrent=1, suspend=True)
    assert len(launched(plan_of(*facts, source(), limiting, smaller))) == 1, "the smallest stated one holds"
    elsewhere = replace(limiting, name=limiting.name._replace(namespace="elsewhere"))
    assert len(launched(plan_of(*facts, source(), elsewhere))) == 3


def test_the_operators_limit() -> None:
    tasks = [scheduled(name, source=name) for name in "abcde"]
    sources = [source(name) for name in "abcde"]
    assert len(launched(plan_of(*sources, *tasks, limits=Limits(max_concurrent=3)))) == 3


RUNS = running(scheduled("runs"))


@pytest.mark.parametrize(
    ("pods", "changes", "taken"),
    [
        ((), {}, True),
        ((pod(),), {}, True),
        ((pod(phase="Pending", started_at=None),), {}, True),
        # The container has ended: the slot is free before the Job says so.
        ((pod_done(said_ok()),), {}, False),
        ((pod_done(said_ok()),), {"complete": True}, False),
        ((pod_done(code=1),), {}, False),
        # A pod that is being deleted holds it until its container is gone: nothing overlaps with it.
        ((pod(deleting=True),), {"deleting": True}, True),
        ((pod(deleting=True),), {"failed": True}, True),
        ((pod_done(code=143, deleting=True),), {"deleting": True}, False),
        # A Job that is being deleted and whose pods were never seen may still have made one.
        ((), {"deleting": True}, True),
        ((), {"failed": True}, False),
        # The node is gone, the pod is not.
        ((pod(phase="Unknown"),), {"deleting": True}, True),
    ],
)
def test_when_a_slot_is_free_again(pods: tuple[Pod, ...], changes: dict[str, Any], taken: bool) -> None:
    urgent = replace(ORDERS, priority=99)
    plan = plan_of(source(), RUNS, job_of(RUNS, pods, **changes), urgent)
    assert (launched(plan) == []) is taken


def test_a_job_whose_task_is_gone_still_holds_its_slot() -> None:
    """Deleted mid-run, or recreated under the same name."""
    left = job_of(RUNS, deleting=True)
    assert launched(plan_of(source(), left, ORDERS)) == []
    again = scheduled("runs", uid="another")
    assert launched(plan_of(source(max_concurrent=2), left, again)) == [], "its source and type stand on the Job"
    assert launched(plan_of(source(max_concurrent=2), left, again, ORDERS)) == ["orders"]


def test_a_launch_under_way_holds_its_slot() -> None:
    under_way = scheduled("under-way", pending=Pending.LAUNCH)
    assert launched(plan_of(source(), under_way, ORDERS)) == []


def test_a_restart_with_everything_in_flight_rebuilds_the_slots_first() -> None:
    """Jobs are the truth: a task whose status was never written holds the slot of its Job."""
    unwritten = scheduled("unwritten")
    plan = plan_of(source(), unwritten, job_of(running(scheduled("unwritten"))), ORDERS)
    assert launched(plan) == []
    (write,) = of_kind(plan, WriteTask)
    assert (write.task.name.name, write.status.launches, write.status.attempt) == ("unwritten", 1, 1)


def test_nobody_takes_the_place_of_one_that_is_being_written() -> None:
    better = scheduled("better", priority=90, pending=Pending.WRITE)
    assert launched(plan_of(source(), better, ORDERS)) == []
    assert launched(plan_of(source(max_concurrent=2), better, ORDERS)) == ["orders"]


def test_a_lower_limit_stops_nobody_and_admits_nobody() -> None:
    first, second = running(scheduled("first")), running(scheduled("second", type="prices"))
    plan = plan_of(source(max_concurrent=1), first, job_of(first), second, job_of(second), ORDERS)
    assert launched(plan) == []


def test_not_before() -> None:
    later = task(not_before=NOW + HOUR)
    plan = plan_of(source(), later)
    assert launched(plan) == []
    assert plan_of(source(), later, now=NOW + 59 * MINUTE).wake_at == NOW + HOUR
    assert launched(plan_of(source(), later, now=NOW + HOUR)) == ["t1"]


def test_a_scheduled_sync_does_not_take_the_slot_that_a_person_was_promised() -> None:
    """Two free for one moment: one belongs to the person whose source is just being cleared."""
    victim = replace(running(scheduled("victim", source="a")), pending=Pending.STOP)
    asked = task("asked", source="a", type="orders")
    others = [scheduled(name, source=name, created=NOW - MINUTE) for name in "bc"]
    facts = (source("a"), source("b"), source("c"), victim, job_of(victim), asked, *others)
    assert launched(plan_of(*facts, limits=Limits(max_concurrent=2))) == ["b"]
    cleared = (source("a"), source("b"), source("c"), asked, *others)
    assert launched(plan_of(*cleared, limits=Limits(max_concurrent=1))) == ["asked"]


def test_the_queue_moves_on_in_the_same_second() -> None:
    """A sync that finishes in the second in which it starts."""
    done = running(scheduled("done"))
    ended = job_of(done, (pod_done(said_ok(), after=0 * SECOND),))
    plan = plan_of(source(), done, ended, ORDERS)
    assert launched(plan) == ["orders"]
    (write,) = of_kind(plan, WriteTask)
    assert write.status.state.value == "Succeeded"
