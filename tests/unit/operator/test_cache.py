"""The cache: what is under way, what is known beside an object, and who is told."""

from dataclasses import replace

import pytest

from sincro_operator.cluster.cache import Cache
from sincro_operator.cluster.checks import Check
from sincro_operator.cluster.facts import LaunchSettings
from sincro_operator.planning.model import Name, Pending, Task
from sincro_operator.planning.snapshot import Snapshot
from tests.unit.operator import objects

T1 = Name("acme", "t1")


@pytest.fixture
def cache() -> Cache:
    return Cache(Snapshot(), lambda: None)


def held(cache: Cache) -> Task:
    task = cache.snapshot.task(T1)
    assert task is not None
    return task


# ---------------------------------------------------------------- writes under way


def test_what_is_under_way_survives_events_and_ends_with_its_answer(cache: Cache) -> None:
    cache.tasks.upsert(objects.task(version=5))
    cache.begin(held(cache), Pending.LAUNCH)
    cache.tasks.upsert(objects.task(version=6, spec={"cancel": True}))
    assert held(cache).pending is Pending.LAUNCH
    cache.end(held(cache))
    assert held(cache).pending is None


def test_what_is_under_way_belongs_to_the_object_not_to_its_name(cache: Cache) -> None:
    cache.tasks.upsert(objects.task(version=5))
    first = held(cache)
    cache.begin(first, Pending.WRITE)
    cache.tasks.delete(objects.task(version=6))
    cache.tasks.upsert(objects.task(version=7, uid="uid-new"))
    assert held(cache).pending is None
    cache.end(first)
    assert held(cache).uid == "uid-new"


def test_an_equal_spelling_counts_as_written_unless_something_newer_is_held(cache: Cache) -> None:
    cache.schedules.upsert(objects.schedule(version=5))
    fact = cache.snapshot.schedule(Name("acme", "customers"))
    assert fact is not None
    planned = replace(fact, status=replace(fact.status, skipped=9))
    cache.accept(planned)
    assert cache.snapshot.schedule(fact.name) == planned
    cache.schedules.upsert(objects.schedule(version=6))
    cache.accept(planned)
    now_held = cache.snapshot.schedule(fact.name)
    assert now_held is not None
    assert now_held.status.skipped == 0


# ---------------------------------------------------------------- sources


def test_what_preflight_found_stays_with_the_source(cache: Cache) -> None:
    name = Name("acme", "erp")
    cache.checks.put(name, Check(streams=frozenset({"customers"}), profile_hash="h"))
    cache.sources.upsert(objects.source(version=2))
    cache.sources.upsert(objects.source(version=3, spec={"paused": True}))
    source = cache.snapshot.source(name)
    assert source is not None
    assert (source.streams, source.profile_hash, source.problem) == (frozenset({"customers"}), "h", None)


def test_a_refused_job_is_the_sources_problem_until_it_changes(cache: Cache) -> None:
    name = Name("acme", "erp")
    cache.sources.upsert(objects.source(version=2))
    source = cache.snapshot.source(name)
    assert source is not None
    cache.checks.reject(source, "spec.template: invalid")
    rejected = cache.snapshot.source(name)
    assert rejected is not None
    assert rejected.problem == ("JobRejected", "spec.template: invalid")
    cache.sources.upsert(objects.source(version=3, metadata={"generation": 2}))
    changed = cache.snapshot.source(name)
    assert changed is not None
    assert changed.problem is None


def test_preflight_hears_of_new_references_only(cache: Cache) -> None:
    heard: list[Name] = []
    cache.source_changed = heard.append
    cache.sources.upsert(objects.source(version=2))
    cache.sources.upsert(objects.source(version=3, spec={"paused": True}))
    cache.sources.upsert(objects.source(version=4, spec={"profile": {"name": "other"}}))
    assert len(heard) == 2
    source = cache.snapshot.source(Name("acme", "erp"))
    assert source is not None
    assert isinstance(source.launch, LaunchSettings)
    assert source.launch.profile == "other"


def test_the_times_of_conditions_are_remembered(cache: Cache) -> None:
    condition = {"type": "Ready", "status": "True", "reason": "x", "lastTransitionTime": "2026-03-23T07:00:00Z"}
    cache.sources.upsert(objects.source(version=2, status={"conditions": [condition]}))
    assert cache.transitions("uid-erp") == (("Ready", "True", "2026-03-23T07:00:00Z"),)
    cache.sources.delete(objects.source(version=3))
    assert cache.transitions("uid-erp") == ()
