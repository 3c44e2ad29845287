"""The adaptive interval: the estimate, its bounds, and what it is fed with."""

import math
import random
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sincro_contract.result import RunResult
from sincro_contract.run import Mode
from sincro_operator.planning import adaptive, due
from sincro_operator.planning.actions import WriteSchedule
from sincro_operator.planning.model import Cadence, Rate, ScheduleStatus, Task
from tests.unit.planning.facts import (
    HOUR,
    MINUTE,
    NOW,
    SECOND,
    ended,
    of_kind,
    plan_of,
    running,
    schedule,
    scheduled,
    source,
)

BOUNDS = (5 * MINUTE, 4 * HOUR)
ADAPTIVE = schedule(adaptive=BOUNDS, suspend=True)


def learned(changes_per_hour: float, visits: int, every: timedelta, seed: int = 1) -> Rate:
    """The memory after visits of a table that changes like this, at random."""
    roll, rate, at = random.Random(seed), None, NOW
    for _ in range(visits):
        at += every
        expected, found, product = math.exp(-changes_per_hour * (every / HOUR)), 0, roll.random()
        while product > expected:
            found, product = found + 1, product * roll.random()
        rate = adaptive.observe(rate, at, changes=found, first_watch=every)
    assert rate is not None
    return rate


@pytest.mark.parametrize("pace", [0.5, 1, 2, 6])
@pytest.mark.parametrize("every", [20 * MINUTE, 2 * HOUR])
def test_the_estimate_finds_the_rate(pace: float, every: timedelta) -> None:
    estimates = [adaptive.changes_per_hour(learned(pace, 50, every, seed)) for seed in range(200)]
    known = [one for one in estimates if one is not None]
    assert sum(known) / len(known) == pytest.approx(pace, rel=0.15)


def test_a_bulk_import_is_one_event() -> None:
    rate = adaptive.observe(None, NOW, changes=10_000, first_watch=HOUR)
    assert adaptive.changes_per_hour(rate) == adaptive.COUNTED


def test_many_changes_at_the_longest_interval_shorten_it_at_once() -> None:
    asleep = learned(0, 50, 4 * HOUR)
    assert adaptive.interval(asleep, BOUNDS, HOUR)[0] == BOUNDS[1]
    assert asleep.updated_at is not None
    awake = adaptive.observe(asleep, asleep.updated_at + 4 * HOUR, changes=20, first_watch=HOUR)
    assert adaptive.interval(awake, BOUNDS, HOUR)[0] < HOUR


@given(st.floats(0, 1e6), st.floats(0, 1e6), st.floats(0, 1e9), st.integers(1, 10**6), st.integers(0, 10**6))
def test_it_stays_within_its_bounds(seen: float, changed: float, hours: float, low: int, more: int) -> None:
    bounds = (timedelta(seconds=low), timedelta(seconds=low + more))
    interval, reason = adaptive.interval(Rate(seen, changed, hours, NOW), bounds, HOUR)
    assert bounds[0] <= interval <= bounds[1]
    assert reason


@pytest.mark.parametrize(
    ("pace", "every", "said"),
    [
        (60, 5 * MINUTE, "as often as spec.adaptive allows"),
        (0, HOUR, "About 0 changes a day in the last 5 syncs: as rarely as spec.adaptive allows"),
        (1, HOUR, "a change is as likely as not"),
    ],
)
def test_it_says_why(pace: float, every: timedelta, said: str) -> None:
    assert said in adaptive.interval(learned(pace, 100, every), BOUNDS, HOUR)[1]


def test_before_anything_is_known_it_starts_where_the_schedule_says() -> None:
    assert adaptive.interval(None, BOUNDS, HOUR) == (
        HOUR,
        "Nothing is known yet about how often the data changes",
    )
    assert adaptive.interval(None, BOUNDS, SECOND)[0] == BOUNDS[0]


def test_old_visits_fade() -> None:
    rate = learned(20, 100, 30 * MINUTE)
    at = rate.updated_at or NOW
    for visit in range(40):
        rate = adaptive.observe(rate, at + (visit + 1) * HOUR, changes=0, first_watch=HOUR)
    assert adaptive.interval(rate, BOUNDS, HOUR)[0] == BOUNDS[1]


# ---------------------------------------------------------------- in the schedule


def visit(name: str, at: timedelta, **counts: Any) -> Task:
    """A sync that ended well so long after now."""
    result = RunResult(mode=Mode.DELTA, **counts)
    return ended(running(scheduled(name)), at=NOW + at, result=result)


def status_of(*facts: Any, plain: Any = ADAPTIVE) -> ScheduleStatus:
    """The schedule's status that follows."""
    (write,) = of_kind(plan_of(source(), plain, *facts, now=NOW + 9 * HOUR), WriteSchedule)
    return write.status


def test_visits_are_counted_once_whoever_made_them() -> None:
    mine = visit("a", HOUR, updated=1)
    asked = replace(visit("b", 2 * HOUR), schedule=None)
    status = status_of(mine, asked)
    assert status.rate is not None
    assert status.rate.updated_at == NOW + 2 * HOUR
    assert status.rate.observations == pytest.approx(1.8)
    assert status.rate.changed == pytest.approx(0.8)
    again = plan_of(source(), replace(ADAPTIVE, status=status), mine, asked, now=NOW + 9 * HOUR)
    assert not of_kind(again, WriteSchedule)


@pytest.mark.parametrize("changes", [{"dry_run": True}, {"type": "orders"}])
def test_what_says_nothing_is_not_counted(changes: dict[str, Any]) -> None:
    assert status_of(replace(visit("a", HOUR, updated=1), **changes)).rate is None


def test_a_probe_that_found_nothing_is_a_visit() -> None:
    status = status_of(visit("a", HOUR, skipped="the list has not changed"))
    assert status.rate is not None
    assert (status.rate.observations, status.rate.changed) == (1, 0)


def test_the_next_run_follows_the_learned_interval() -> None:
    known = ScheduleStatus(interval=2 * HOUR, last_due_delta=NOW, anchor=NOW)
    plain = replace(ADAPTIVE, status=known)
    standing = due.standing(plain, [], "Europe/Rome", NOW)
    (_, start) = due.upcoming(standing, plain, Mode.DELTA, NOW)
    assert start == NOW + 2 * HOUR
    beyond = replace(plain, status=replace(known, interval=99 * HOUR))
    standing = due.standing(beyond, [], "Europe/Rome", NOW)
    assert due.upcoming(standing, beyond, Mode.DELTA, NOW)[1] == NOW + 4 * HOUR, "the bounds are those of now"


def test_a_schedule_that_is_not_adaptive_says_so() -> None:
    status = status_of(plain=schedule(suspend=True))
    assert (status.interval, status.interval_reason, status.rate) == (HOUR, "As spec.delta.every says", None)
    status = status_of(plain=schedule(suspend=True, delta=Cadence(cron="0 7 * * *")))
    assert (status.interval, status.interval_reason) == (None, "")
