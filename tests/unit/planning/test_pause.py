"""Pause of a source, suspension of a schedule."""

from sincro_operator.planning.actions import CreateTask, StopJob
from sincro_operator.planning.conditions import source_conditions
from tests.unit.planning.facts import (
    HOUR,
    MINUTE,
    NOW,
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

PAUSED = source(paused=True, paused_by="anna", pause_reason="stocktaking", max_concurrent=9)


def test_a_pause_holds_scheduled_work_and_lets_people_through() -> None:
    plan = plan_of(PAUSED, scheduled("s", created=NOW - HOUR), task("p", type="orders"))
    assert launched(plan) == ["p"]
    waiting = written(plan_of(PAUSED, scheduled("s", created=NOW - HOUR)), "s").waiting_for
    assert waiting is not None
    assert (waiting.reason, waiting.message) == ("Paused", "The source erp is paused by anna: stocktaking.")


def test_what_runs_goes_on() -> None:
    runs = running(scheduled("runs"))
    assert not of_kind(plan_of(PAUSED, runs, job_of(runs)), StopJob)


def test_a_pause_makes_no_runs_and_owes_one_at_its_end() -> None:
    plain = schedule()
    assert not of_kind(plan_of(PAUSED, plain, now=NOW + 2 * MINUTE), CreateTask)
    assert len(of_kind(plan_of(source(), plain, now=NOW + 2 * MINUTE), CreateTask)) == 1


def test_a_suspended_schedule_makes_no_runs_and_what_it_has_made_goes_on() -> None:
    suspended = schedule(suspend=True)
    plan = plan_of(source(), suspended, scheduled("made"), now=NOW + 2 * HOUR)
    assert not of_kind(plan, CreateTask)
    assert launched(plan) == ["made"]


def test_the_condition_says_who_and_why() -> None:
    (paused,) = [one for one in source_conditions(PAUSED, PAUSED.status) if one.type == "Paused"]
    assert paused.status == "True"
    assert paused.message == "Paused by anna: stocktaking. People's syncs still run."
    (active,) = [one for one in source_conditions(source(), source().status) if one.type == "Paused"]
    assert (active.status, active.reason) == ("False", "Active")
