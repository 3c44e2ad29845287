"""The circuit breaker: a failing ERP is left alone, and no account is ever locked."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from sincro_contract.exit_codes import ErrorClass
from sincro_contract.resources.sync_task import TaskState
from sincro_operator.planning import circuit_breaker
from sincro_operator.planning.actions import CreateTask, LaunchJob, WriteSource
from sincro_operator.planning.circuit_breaker import CLOSED, HALF_OPEN, OPEN, REJECTED, EndOfAttempt
from sincro_operator.planning.model import Circuit, Source, Task, TaskError
from sincro_operator.planning.rehearsal import End, Rehearsal
from sincro_operator.planning.snapshot import Snapshot
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
    pod_done,
    running,
    said_error,
    schedule,
    scheduled,
    source,
    task,
    written,
)

ERP = source()
LATER = NOW + ERP.open_duration


def failure(error: ErrorClass = ErrorClass.SOURCE_UNAVAILABLE, at: datetime = NOW, **fields: Any) -> EndOfAttempt:
    """An end of an attempt."""
    return EndOfAttempt(at, TaskError(error, "no answer", **fields), "1-p1", NOW - HOUR)


def success(at: datetime = NOW, began: datetime = LATER) -> EndOfAttempt:
    """An end of an attempt that went well."""
    return EndOfAttempt(at, None, "1-p1", began)


def erp(circuit: Circuit, **changes: Any) -> Source:
    """The source with this circuit in its status."""
    return source(status=replace(ERP.status, circuit=circuit), **changes)


TRIPPED = circuit_breaker.fold(Circuit(), ERP, [failure()] * 5)
REFUSED = circuit_breaker.fold(Circuit(), ERP, [failure(ErrorClass.CREDENTIALS_REJECTED)])


# ---------------------------------------------------------------- opening and closing


@pytest.mark.parametrize(
    ("ends", "state", "failures"),
    [
        ([failure()] * 4, CLOSED, 4),
        ([failure()] * 5, OPEN, 5),
        ([failure()] * 4 + [success()] + [failure()] * 4, CLOSED, 4),
        ([failure(ErrorClass.SESSION_LOST), failure(ErrorClass.TIMEOUT)] * 2 + [failure(ErrorClass.UNKNOWN)], OPEN, 5),
        # What says nothing about the ERP neither counts nor clears.
        ([failure(ErrorClass.UNSCHEDULABLE), failure(ErrorClass.IMAGE_UNAVAILABLE)] * 9, CLOSED, 0),
        ([failure(ErrorClass.SCHEMA_DRIFT), failure(ErrorClass.OUT_OF_MEMORY)] * 9, CLOSED, 0),
        ([failure(ErrorClass.CREDENTIALS_REJECTED)], OPEN, 1),
        ([failure()] * 5 + [success()], CLOSED, 0),
        ([failure(ErrorClass.CREDENTIALS_REJECTED), success()], CLOSED, 0),
        # Logged in before the password was refused: it says nothing about the password.
        ([failure(ErrorClass.CREDENTIALS_REJECTED), success(LATER, began=NOW)], OPEN, 1),
        ([failure()] * 5 + [success(LATER, began=NOW)], CLOSED, 0),
    ],
)
def test_what_opens_and_closes_it(ends: list[Any], state: str, failures: int) -> None:
    circuit = circuit_breaker.fold(Circuit(), ERP, ends)
    assert (circuit.state, circuit.consecutive_failures) == (state, failures)


def test_it_stays_open_for_its_duration_or_as_long_as_the_source_asked() -> None:
    assert TRIPPED.retry_at == LATER
    asked = circuit_breaker.fold(Circuit(), ERP, [failure()] * 4 + [failure(retry_after=HOUR)])
    assert asked.retry_at == NOW + HOUR
    too_long = circuit_breaker.fold(Circuit(), ERP, [failure()] * 4 + [failure(retry_after=10_000 * HOUR)])
    assert too_long.retry_at == NOW + 24 * HOUR
    again = circuit_breaker.fold(TRIPPED, ERP, [failure(at=LATER)])
    assert (again.state, again.opened_at, again.retry_at) == (OPEN, NOW, LATER + ERP.open_duration)


def test_the_transition_is_written_with_an_event() -> None:
    failed = [running(scheduled(f"f{n}", type=type_)) for n, type_ in enumerate(("customers", "orders"))]
    status = replace(ERP.status, circuit=replace(Circuit(), consecutive_failures=4))
    lost = TaskError(ErrorClass.SOURCE_UNAVAILABLE, "no answer", at=NOW)
    retrying = replace(failed[0], status=replace(failed[0].status, state=TaskState.RETRYING, last_error=lost))
    (write,) = of_kind(plan_of(source(status=status), retrying), WriteSource)
    assert write.status.circuit.state == OPEN
    assert write.status.counted_until == NOW
    assert write.status.last_error == ("no answer", NOW, "customers", "SourceUnavailable")
    assert events(write) == ["CircuitOpened"]
    (write,) = of_kind(plan_of(erp(TRIPPED), ended(running(task()), at=NOW + SECOND)), WriteSource)
    assert write.status.circuit == Circuit()
    assert events(write) == ["CircuitClosed"]


def test_each_end_is_counted_once() -> None:
    lost = TaskError(ErrorClass.SOURCE_UNAVAILABLE, "no answer", at=NOW)
    one = running(scheduled())
    retrying = replace(one, status=replace(one.status, state=TaskState.RETRYING, last_error=lost))
    (write,) = of_kind(plan_of(ERP, retrying), WriteSource)
    assert write.status.circuit.consecutive_failures == 1
    counted = source(status=write.status)
    assert not [w for w in of_kind(plan_of(counted, retrying), WriteSource) if w.status.circuit != write.status.circuit]


def test_it_holds_before_it_is_written() -> None:
    """The next task must not start between the end of the last failure and the write of the circuit."""
    failed = running(scheduled("failed"))
    refused = job_of(failed, (pod_done(said_error(ErrorClass.CREDENTIALS_REJECTED, "wrong password"), 21),))
    plan = plan_of(ERP, failed, refused, scheduled("next", type="orders"), task("asked", type="prices"))
    assert launched(plan) == []


# ---------------------------------------------------------------- while it is open: transient failures


def test_scheduled_work_waits_and_a_persons_passes() -> None:
    facts = (erp(TRIPPED), scheduled("s", type="orders"), task("p"))
    assert launched(plan_of(*facts, now=NOW + MINUTE)) == ["p"]
    status = written(plan_of(erp(TRIPPED), scheduled("s", created=NOW - HOUR), now=NOW + MINUTE), "s")
    assert status.waiting_for is not None
    assert status.waiting_for.reason == "CircuitOpen"
    assert "SourceUnavailable" in status.waiting_for.message
    assert status.estimated_start == LATER


def test_a_due_run_is_deferred_until_it_may_try() -> None:
    facts = (erp(TRIPPED), schedule(created=NOW - MINUTE))
    assert not of_kind(plan_of(*facts, now=NOW + MINUTE), CreateTask)
    assert of_kind(plan_of(*facts, now=LATER), CreateTask)


def test_half_open_lets_one_through() -> None:
    waiting = [scheduled(type_, type=type_) for type_ in ("customers", "orders", "prices")]
    plan = plan_of(erp(TRIPPED, max_concurrent=9), *waiting, now=LATER)
    assert len(launched(plan)) == 1
    (write,) = of_kind(plan, WriteSource)
    assert write.status.circuit.state == HALF_OPEN
    probe = running(scheduled("probe", type="products"), since=LATER)
    half = erp(replace(TRIPPED, state=HALF_OPEN), max_concurrent=9)
    assert launched(plan_of(half, probe, job_of(probe), *waiting, now=LATER + SECOND)) == []


# ---------------------------------------------------------------- while it is open: rejected credentials


def test_nobody_passes_at_first_and_scheduled_work_never_by_itself() -> None:
    facts = (erp(REFUSED, max_concurrent=9), scheduled("s", type="orders"), task("p"))
    assert launched(plan_of(*facts, now=NOW + MINUTE)) == []
    assert launched(plan_of(*facts, now=LATER)) == ["p"], "one more login, because a person asks"
    assert launched(plan_of(facts[0], facts[1], now=NOW + 100 * HOUR)) == []
    status = written(plan_of(erp(REFUSED), task("p"), now=NOW + MINUTE), "p")
    assert status.waiting_for is not None
    assert "One more login is tried at 2026-06-01 10:05:00 UTC" in status.waiting_for.message


def test_after_a_second_rejection_nobody_passes_before_an_edit() -> None:
    twice = circuit_breaker.fold(REFUSED, ERP, [failure(ErrorClass.CREDENTIALS_REJECTED, at=LATER)])
    assert twice.rejections == 2
    plan = plan_of(erp(twice), task("p"), now=NOW + 100 * HOUR)
    assert launched(plan) == []
    waiting = written(plan, "p").waiting_for
    assert waiting is not None
    assert "before the SyncSource is edited, or paused and resumed" in waiting.message


@pytest.mark.parametrize("edit", [{"generation": 2}, {"profile_hash": "p2"}])
def test_an_edit_lets_one_login_through_for_anybody(edit: dict[str, Any]) -> None:
    twice = circuit_breaker.fold(REFUSED, ERP, [failure(ErrorClass.CREDENTIALS_REJECTED, at=LATER)])
    waiting = [scheduled(type_, type=type_) for type_ in ("customers", "orders")]
    assert len(launched(plan_of(erp(twice, max_concurrent=9, **edit), *waiting, now=NOW + MINUTE))) == 1


def test_a_source_that_was_edited_while_the_sync_ran_is_not_taken_for_tried() -> None:
    fixed = replace(ERP, generation=2)
    circuit = circuit_breaker.fold(Circuit(), fixed, [failure(ErrorClass.CREDENTIALS_REJECTED)])
    assert circuit.revision == "1-p1"
    assert circuit_breaker.passage(circuit, fixed, person=False, now=NOW) is circuit_breaker.Passage.PROBE


def test_later_transient_failures_do_not_soften_it() -> None:
    circuit = circuit_breaker.fold(REFUSED, ERP, [failure()] * 9)
    assert circuit.reason == REJECTED


@pytest.mark.parametrize("clicks_a_minute", [1, 6])
def test_a_wrong_password_is_tried_twice_in_a_week_of_clicks(clicks_a_minute: int) -> None:
    """Whatever people and schedules do, as long as nobody edits anything."""
    logins: list[datetime] = []

    def refuse(launch: LaunchJob) -> End:
        logins.append(rehearsal.now)
        return End(3 * SECOND, 21, said_error(ErrorClass.CREDENTIALS_REJECTED, "wrong password"))

    schedules = [schedule(type_, type=type_, delta=schedule().delta) for type_ in ("customers", "orders", "prices")]
    rehearsal = Rehearsal(Snapshot([source(max_concurrent=4), *schedules]), NOW, refuse)
    for click in range(40):
        asked: Task = task(f"click{click}", created=rehearsal.now, type=("customers", "orders")[click % 2])
        rehearsal.snapshot.put(asked)
        rehearsal.run(rehearsal.now + timedelta(seconds=60 / clicks_a_minute))
    rehearsal.run(NOW + 7 * 24 * HOUR)
    assert 1 <= len(logins) <= 2


def test_a_source_that_was_made_again_is_not_held_by_what_its_namesake_has_left() -> None:
    """Its generation is 1 again, and so was that of the refused login: an edit could not be told from none."""
    refused = TaskError(ErrorClass.CREDENTIALS_REJECTED, "no", at=NOW - HOUR)
    left = ended(running(task("left")), TaskState.DEAD_LETTERED, NOW - HOUR, last_error=refused)
    again = source(created=NOW - MINUTE)
    assert launched(plan_of(again, left, scheduled("s"))) == ["s"]
    assert launched(plan_of(source(), left, scheduled("s"))) == []
