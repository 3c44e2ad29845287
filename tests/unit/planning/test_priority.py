"""Who goes first."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sincro_operator.planning import priority
from sincro_operator.planning.actions import CreateTask
from sincro_operator.planning.model import Limits, Merged, Task, TaskStatus
from tests.unit.planning.facts import (
    HOUR,
    MINUTE,
    NOW,
    SECOND,
    launched,
    of_kind,
    plan_of,
    schedule,
    scheduled,
    source,
    task,
)

LIMITS = Limits()


def first(*tasks: Task, **limits: Any) -> str:
    """The one that starts when there is one slot."""
    (name,) = launched(plan_of(source(), source("other"), *tasks, limits=Limits(max_concurrent=1, **limits)))
    return name


@pytest.mark.parametrize(
    ("type_", "expected"),
    [("customers", 80), ("orders", 60), ("products", 40), ("prices", 20), ("invoices", 50)],
)
def test_the_default_by_type(type_: str, expected: int) -> None:
    plain = schedule(type_, type=type_)
    streams = frozenset({type_})
    (create,) = of_kind(plan_of(source(streams=streams), plain, now=NOW + MINUTE), CreateTask)
    assert create.priority == expected
    (create,) = of_kind(
        plan_of(source(streams=streams), schedule(type=type_, priority=7), now=NOW + MINUTE), CreateTask
    )
    assert create.priority == 7


def test_customers_then_orders_then_products_then_prices() -> None:
    tasks = [
        scheduled(type_, type=type_, priority=points)
        for type_, points in (("prices", 20), ("orders", 60), ("customers", 80), ("products", 40))
    ]
    order = launched(plan_of(source(max_concurrent=4), *tasks))
    assert order == ["customers", "orders", "products", "prices"]


def test_a_person_goes_before_everything_that_is_scheduled() -> None:
    assert first(scheduled("s", priority=100), task("p", priority=1, type="prices")) == "p"


def test_among_people_priority_then_age() -> None:
    a, b = task("a", priority=50), task("b", priority=60, type="orders")
    assert first(a, b) == "b"
    a, b = task("a", created=NOW), task("b", created=NOW - SECOND, type="orders")
    assert first(a, b) == "b"


def test_waiting_is_worth_points() -> None:
    low, high = scheduled("low", type="prices", priority=20, created=NOW - 10 * HOUR), scheduled("high", priority=80)
    assert first(low, high) == "high", "60 minutes each 6 points: 10 hours are 60 points, no more than equal"
    older = scheduled("low", type="prices", priority=20, created=NOW - 10 * HOUR - 20 * MINUTE)
    assert first(older, high) == "low"
    assert first(older, high, ageing=timedelta(0)) == "high", "without ageing priority alone counts"


def test_nothing_starves_behind_people() -> None:
    waited = scheduled("waited", priority=80, created=NOW - 21 * HOUR)
    asked = task("asked", type="orders", created=NOW)
    assert first(waited, asked) == "waited", "120 points are 20 hours"


def test_a_request_that_joined_counts_from_when_it_was_made() -> None:
    lifted = scheduled("lifted", created=NOW - HOUR)
    status = TaskStatus(merged=(Merged("anna", NOW, "x"),))
    assert priority.arrival(lifted, status) == NOW
    assert priority.arrival(task(created=NOW - HOUR), status) == NOW - HOUR
    assert priority.arrival(task(created=NOW - HOUR, not_before=NOW + HOUR), TaskStatus()) == NOW + HOUR


tasks = st.builds(
    lambda name, points, age, person: (task if person else scheduled)(
        name, priority=points, created=NOW - timedelta(seconds=age)
    ),
    st.text("abcdef", min_size=1, max_size=4),
    st.integers(1, 100),
    st.integers(0, 10**6),
    st.booleans(),
)


@given(tasks, tasks, st.integers(0, 10**6))
def test_the_order_of_two_tasks_never_changes_while_they_wait(a: Task, b: Task, later: int) -> None:
    """So a queue is sorted once. What people read agrees with it: more points, or the same and earlier."""
    ahead = priority.order(a, a.status, LIMITS) < priority.order(b, b.status, LIMITS)
    if priority.for_person(a, a.status) == priority.for_person(b, b.status):
        now = NOW + timedelta(seconds=later)
        mine, other = (priority.effective_priority(x, x.status, now, LIMITS) for x in (a, b))
        if mine > other + 1:
            assert ahead
