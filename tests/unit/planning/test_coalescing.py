"""Requests that are one."""

from dataclasses import replace
from typing import Any

import pytest

from sincro_contract.exit_codes import ErrorClass
from sincro_contract.resources.sync_task import TaskState, TriggeredBy
from sincro_contract.run import Mode
from sincro_operator.planning.actions import WriteTask
from sincro_operator.planning.model import Limits, Merged, Pending, Task, TaskError
from tests.unit.planning.facts import (
    HOUR,
    MINUTE,
    NOW,
    SECOND,
    ended,
    events,
    job_of,
    launched,
    of_kind,
    plan_of,
    running,
    schedule,
    scheduled,
    source,
    task,
    written,
)

FULLY_BOOKED = Limits(max_concurrent=0)
"""Nothing starts: what is queued stays queued."""


def states(*facts: Any, limits: Limits = FULLY_BOOKED) -> dict[str, tuple[TaskState, str | None]]:
    """The tasks that end, how, and what superseded them."""
    writes = of_kind(plan_of(source(), *facts, limits=limits), WriteTask)
    ends = [write for write in writes if write.status.state.final]
    return {write.task.name.name: (write.status.state, write.status.superseded_by) for write in ends}


def test_an_equal_request_joins_the_one_that_is_queued() -> None:
    waiting = scheduled("waiting", created=NOW - MINUTE)
    asked = task("asked", requested_by="anna")
    plan = plan_of(source(), waiting, asked, limits=FULLY_BOOKED)
    joined, host = written(plan, "asked"), written(plan, "waiting")
    assert (joined.state, joined.superseded_by, joined.completed_at) == (TaskState.SUPERSEDED, "waiting", NOW)
    assert host.merged == (Merged("anna", NOW, "asked"),)
    assert host.effective_priority == 100
    (write,) = [write for write in of_kind(plan, WriteTask) if write.task.name.name == "asked"]
    assert events(write) == ["Superseded"]


def test_the_host_is_a_persons_from_then_on() -> None:
    waiting = scheduled("waiting", created=NOW - MINUTE, type="prices", priority=20)
    host = replace(waiting, status=replace(waiting.status, merged=(Merged("anna", NOW, "asked"),)), status_known=True)
    other = scheduled("other", created=NOW - 5 * HOUR, priority=80)
    assert launched(plan_of(source(), other, waiting)) == ["other"]
    assert launched(plan_of(source(), other, host)) == ["waiting"]


@pytest.mark.parametrize(
    "different",
    [
        {"type": "orders"},
        {"dry_run": True},
        {"confirm_deletions": True},
        {"not_before": NOW + HOUR},
        {"source": "other"},
    ],
)
def test_requests_that_differ_do_not_join(different: dict[str, Any]) -> None:
    first, second = task("first", created=NOW - MINUTE), task("second", **different)
    assert states(source("other"), first, second) == {}


def test_two_scheduled_ones_of_one_kind_are_one() -> None:
    """Two schedules of one type, or a create that was doubled under another instant."""
    first = scheduled("first", created=NOW - MINUTE)
    second = scheduled("second", schedule="another")
    assert states(first, second) == {"second": (TaskState.SUPERSEDED, "first")}


def test_a_full_supersedes_a_queued_delta_and_a_force_both() -> None:
    delta, full = scheduled("delta", created=NOW - MINUTE), scheduled("full", mode=Mode.FULL)
    assert states(delta, full)["delta"] == (TaskState.SUPERSEDED, "full")
    force = task("force", mode=Mode.FORCE)
    found = states(delta, full, force)
    assert found["delta"][0] is TaskState.SUPERSEDED
    assert found["full"] == (TaskState.SUPERSEDED, "force")


def test_a_persons_short_sync_does_not_wait_for_a_scheduled_full() -> None:
    full, asked = scheduled("full", mode=Mode.FULL, created=NOW - MINUTE), task("asked")
    assert states(full, asked) == {}
    assert launched(plan_of(source(), full, asked)) == ["asked"]
    by_person = task("full", mode=Mode.FULL, created=NOW - MINUTE)
    assert states(by_person, asked)["asked"] == (TaskState.SUPERSEDED, "full")


def test_what_waits_for_another_attempt_is_taken_over() -> None:
    """Who asks now does not want to wait for a backoff."""
    failed = scheduled("failed", created=NOW - MINUTE)
    status = replace(
        failed.status,
        state=TaskState.RETRYING,
        attempt=1,
        launches=1,
        next_attempt_at=NOW + 10 * MINUTE,
        last_error=TaskError(ErrorClass.SESSION_LOST, "lost", at=NOW - SECOND),
    )
    failed = replace(failed, status=status, status_known=True)
    asked = task("asked")
    assert states(failed, asked)["failed"] == (TaskState.SUPERSEDED, "asked")
    assert launched(plan_of(source(), failed, asked)) == ["asked"]


def test_what_runs_is_not_joined() -> None:
    """The page that has just been edited may have been read already."""
    runs = running(task("runs"), since=NOW - MINUTE)
    asked = task("asked")
    plan = plan_of(source(), runs, job_of(runs), asked)
    status = written(plan, "asked")
    assert status.state is TaskState.QUEUED
    assert status.waiting_for is not None
    assert status.waiting_for.reason == "TypeBusy"
    assert "runs since 2026-06-01 09:59:00 UTC" in status.waiting_for.message


def test_a_scheduled_sync_that_a_later_one_has_covered_is_done() -> None:
    """Preempted by a person's sync of the same kind: when that has succeeded, there is nothing left to read."""
    victim = scheduled("victim", created=NOW - 5 * MINUTE)
    covered = ended(running(task("asked"), since=NOW - MINUTE))
    assert states(covered, victim)["victim"] == (TaskState.SUPERSEDED, "asked")
    earlier = ended(running(task("asked"), since=NOW - HOUR))
    failed = ended(running(task("asked"), since=NOW - MINUTE), TaskState.DEAD_LETTERED)
    for other in (earlier, failed, replace(covered, type="orders"), replace(covered, dry_run=True)):
        assert "victim" not in states(other, victim)


def test_who_joined_is_recorded_even_after_a_crash_between_the_two_writes() -> None:
    """The guest says whom it joined; the host's record is derived from that."""
    host = scheduled("host", created=NOW - MINUTE, priority=20)
    guest = ended(task("guest", requested_by="anna"), TaskState.SUPERSEDED, superseded_by="host")
    status = written(plan_of(source(), host, guest, limits=FULLY_BOOKED), "host")
    assert [one.requested_by for one in status.merged] == ["anna"]
    assert status.effective_priority == 100
    again = replace(host, status=status, status_known=True)
    assert "host" not in {
        write.task.name.name
        for write in of_kind(plan_of(source(), again, guest, limits=FULLY_BOOKED), WriteTask)
        if write.status.merged != status.merged
    }


def test_guests_of_a_guest_move_on_with_it() -> None:
    full = task("full", mode=Mode.FULL, requested_by="carla")
    middle = replace(
        ended(scheduled("middle"), TaskState.SUPERSEDED, superseded_by="full"),
    )
    guest = ended(task("guest", requested_by="anna"), TaskState.SUPERSEDED, superseded_by="middle")
    status = written(plan_of(source(), full, middle, guest, limits=FULLY_BOOKED), "full")
    assert [one.requested_by for one in status.merged] == ["anna"]


def test_the_record_is_bounded() -> None:
    host = task("host", created=NOW - MINUTE)
    guests = [task(f"guest{n:02}", created=NOW, requested_by=f"user{n}") for n in range(30)]
    plan = plan_of(source(), host, *guests, limits=FULLY_BOOKED)
    assert len(written(plan, "host").merged) == 16
    assert written(plan, "guest29").superseded_by == "host"


@pytest.mark.parametrize("pending", [Pending.WRITE, Pending.LAUNCH])
def test_while_the_host_is_being_written_the_guest_waits_and_does_not_start(pending: Pending) -> None:
    host = scheduled("host", created=NOW - MINUTE, pending=pending)
    plan = plan_of(source(), host, task("asked"))
    assert launched(plan) == []


def test_a_retry_by_a_person_counts_as_a_persons() -> None:
    waiting = scheduled("waiting", created=NOW - MINUTE)
    again = task("again", triggered_by=TriggeredBy.RETRY, retry_of="dead")
    assert states(waiting, again)["again"] == (TaskState.SUPERSEDED, "waiting")


def test_equal_requests_of_different_tasks_keep_their_dead_letters_apart() -> None:
    dead: Task = ended(task("dead"), TaskState.DEAD_LETTERED)
    assert launched(plan_of(source(), schedule(suspend=True), dead, task("asked"))) == ["asked"]
