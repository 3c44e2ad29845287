"""The planner never raises and always says the same, whatever the facts are."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sincro_operator.planning.model import Job, Schedule, Source, Task
from sincro_operator.planning.planner import Planner, plan
from sincro_operator.planning.preview import preview
from sincro_operator.planning.snapshot import Snapshot
from tests.unit.planning.facts import NOW
from tests.unit.planning.odd_facts import Fact, Odd

seeds = st.integers(0, 2**32)


@pytest.mark.thorough
@settings(max_examples=200, deadline=None)
@given(seeds, st.timedeltas(min_value=-NOW.resolution * 10**12, max_value=NOW.resolution * 10**12))
def test_any_facts_have_a_plan_and_always_the_same(seed, shift) -> None:  # type: ignore[no-untyped-def]
    odd = Odd(seed)
    snapshot, limits, now = Snapshot(odd.facts()), odd.limits(), NOW + shift
    first = plan(snapshot, now, limits)
    assert plan(snapshot, now, limits) == first
    assert Planner(snapshot, limits).plan(now).actions == first.actions


def drop(snapshot: Snapshot, fact: Fact) -> None:
    """The fact is gone."""
    match fact:
        case Task():
            snapshot.drop_task(fact.name)
        case Job():
            snapshot.drop_job(fact.name)
        case Schedule():
            snapshot.drop_schedule(fact.name)
        case Source():
            snapshot.drop_source(fact.name)


@pytest.mark.parametrize("seed", range(150))
def test_facts_come_and_go_in_any_order_and_leave_nothing_behind(seed: int) -> None:
    odd = Odd(seed)
    known, snapshot = odd.facts(), Snapshot()
    planner = Planner(snapshot)
    for fact in known:
        snapshot.put(fact)
        planner.plan(NOW)
    random.Random(seed).shuffle(known)
    for fact in known:
        drop(snapshot, fact)
        assert planner.plan(NOW).actions == plan(snapshot, NOW).actions
    assert snapshot.shards == {}
    assert planner.plan(NOW).actions == ()


def test_a_preview_of_odd_sources_and_schedules_ends() -> None:
    for seed in range(20):
        odd = Odd(seed)
        preview([odd.source(), odd.source()], NOW, 1)
