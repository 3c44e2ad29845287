"""The cache: which version is newer, what a lost deletion is, how pods belong to Jobs, what is under way."""

from dataclasses import replace

import pytest

from sincro_operator.cluster.cache import Cache, Check
from sincro_operator.cluster.facts import LaunchSettings
from sincro_operator.planning.model import Job, Name, Pending, Task
from sincro_operator.planning.snapshot import Snapshot
from tests.unit.operator import objects

T1 = Name("acme", "t1")
J1 = Name("acme", "t1-1")
RUNNING = {"phase": "Running", "containerStatuses": [{"state": {"running": {"startedAt": "2026-03-23T08:00:00Z"}}}]}
ENDED = {
    "phase": "Succeeded",
    "containerStatuses": [{"state": {"terminated": {"exitCode": 0, "finishedAt": "2026-03-23T08:01:00Z"}}}],
}


class Woken:
    def __init__(self) -> None:
        self.times = 0

    def __call__(self) -> None:
        self.times += 1


@pytest.fixture
def woken() -> Woken:
    return Woken()


@pytest.fixture
def cache(woken: Woken) -> Cache:
    return Cache(Snapshot(), woken)


def held(cache: Cache) -> Task:
    task = cache.snapshot.task(T1)
    assert task is not None
    return task


def job(cache: Cache) -> Job:
    found = cache.snapshot.job(J1)
    assert found is not None
    return found


# ---------------------------------------------------------------- versions


def test_a_newer_version_replaces_an_older_one_and_wakes(cache: Cache, woken: Woken) -> None:
    cache.tasks.upsert(objects.task(version=5))
    cache.tasks.upsert(objects.task(version=6, spec={"cancel": True}))
    assert held(cache).cancel is True
    assert woken.times == 2


def test_a_stale_event_never_overwrites_the_answer_of_our_own_write(cache: Cache, woken: Woken) -> None:
    cache.tasks.upsert(objects.task(version=7, status={"state": "Running"}))
    cache.tasks.upsert(objects.task(version=5))
    cache.tasks.upsert(objects.task(version=7))
    assert held(cache).status.state.value == "Running"
    assert woken.times == 1


def test_versions_are_numbers_not_texts(cache: Cache) -> None:
    cache.tasks.upsert(objects.task(version=99))
    cache.tasks.upsert(objects.task(version=100, spec={"cancel": True}))
    assert held(cache).cancel is True


def test_a_late_answer_does_not_bring_a_deleted_object_back(cache: Cache) -> None:
    cache.tasks.upsert(objects.task(version=5))
    cache.tasks.delete(objects.task(version=8))
    cache.tasks.upsert(objects.task(version=7))
    assert cache.snapshot.task(T1) is None


def test_an_object_of_the_same_name_made_after_the_deletion_is_another_one(cache: Cache) -> None:
    cache.tasks.upsert(objects.task(version=5))
    cache.tasks.delete(objects.task(version=8))
    cache.tasks.upsert(objects.task(version=9, uid="uid-new"))
    assert held(cache).uid == "uid-new"


def test_the_deletion_of_its_predecessor_does_not_touch_a_recreated_object(cache: Cache) -> None:
    cache.tasks.upsert(objects.task(version=9, uid="uid-new"))
    cache.tasks.delete(objects.task(version=8))
    assert held(cache).uid == "uid-new"


def test_a_relist_shows_deletions_that_were_lost(cache: Cache) -> None:
    cache.tasks.upsert(objects.task("t1", version=5))
    cache.tasks.upsert(objects.task("t2", uid="uid-t2", version=6))
    cache.tasks.retain(None, {Name("acme", "t2")}, "10")
    assert [task.name.name for task in cache.snapshot.tasks()] == ["t2"]


def test_a_relist_spares_what_was_written_after_it(cache: Cache) -> None:
    cache.tasks.upsert(objects.task("t1", version=12))
    cache.tasks.retain(None, set(), "10")
    assert held(cache).name == T1


def test_a_relist_of_one_namespace_says_nothing_of_another(cache: Cache) -> None:
    cache.tasks.upsert(objects.task("t1", version=5))
    cache.tasks.retain("other", set(), "10")
    assert held(cache).name == T1


def test_after_a_restored_backup_older_versions_are_newer(cache: Cache) -> None:
    cache.tasks.upsert(objects.task(version=500))
    cache.tasks.rewind(None)
    cache.tasks.upsert(objects.task(version=3, spec={"cancel": True}))
    assert held(cache).cancel is True


def test_tombstones_do_not_grow_for_ever(cache: Cache) -> None:
    for number in range(25_000):
        cache.tasks.forget(Name("acme", f"t{number}"), number)
    assert len(cache.tasks._gone) <= 20_000


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


# ---------------------------------------------------------------- Jobs and pods


def test_pods_are_joined_to_their_job_in_either_order(cache: Cache) -> None:
    cache.pods.upsert(objects.pod(version=3, status=RUNNING))
    cache.jobs.upsert(objects.job(version=2))
    assert [pod.phase for pod in job(cache).pods] == ["Running"]
    cache.pods.upsert(objects.pod(version=4, status=ENDED))
    assert [pod.exit_code for pod in job(cache).pods] == [0]
    cache.pods.delete(objects.pod(version=5))
    assert job(cache).pods == ()


def test_a_job_that_is_gone_stays_while_its_pod_holds_the_slot(cache: Cache) -> None:
    cache.jobs.upsert(objects.job(version=2))
    cache.pods.upsert(objects.pod(version=3, status=RUNNING))
    cache.jobs.delete(objects.job(version=4))
    assert job(cache).deleting is True
    assert job(cache).task_uid == "uid-t1"
    cache.pods.upsert(objects.pod(version=5, status=ENDED))
    assert cache.snapshot.job(J1) is None


def test_a_job_that_is_gone_with_an_ended_pod_is_gone(cache: Cache) -> None:
    cache.jobs.upsert(objects.job(version=2))
    cache.pods.upsert(objects.pod(version=3, status=ENDED))
    cache.jobs.delete(objects.job(version=4))
    assert cache.snapshot.job(J1) is None


def test_after_a_restart_a_pod_alone_is_enough_to_hold_the_slot(cache: Cache) -> None:
    cache.pods.upsert(objects.pod(version=3, status=RUNNING))
    assert (job(cache).deleting, job(cache).source, job(cache).type) == (True, "erp", "customers")
    cache.pods.delete(objects.pod(version=4))
    assert cache.snapshot.job(J1) is None


def run_of(version: int, state: str = "Running", **status: object) -> dict[str, object]:
    """The task whose Job j1 is."""
    return objects.task(version=version, status={"state": state, "job": "t1-1", "launches": 1} | status)


def test_an_end_and_a_removal_that_arrive_together_are_kept_until_the_task_says_how_it_ended(cache: Cache) -> None:
    cache.tasks.upsert(run_of(2))
    cache.jobs.upsert(objects.job(version=3))
    cache.pods.upsert(objects.pod(version=4, status=RUNNING))
    cache.pods.upsert(objects.pod(version=5, status=ENDED))
    cache.pods.delete(objects.pod(version=6, status=ENDED))
    cache.jobs.delete(objects.job(version=7))
    assert [pod.exit_code for pod in job(cache).pods] == [0]
    cache.tasks.upsert(run_of(8, "Succeeded"))
    assert cache.snapshot.job(J1) is None


@pytest.mark.parametrize("job_first", [True, False])
def test_an_end_that_only_the_removal_tells_of_is_taken_in(cache: Cache, job_first: bool) -> None:
    cache.tasks.upsert(run_of(2))
    cache.jobs.upsert(objects.job(version=3))
    cache.pods.upsert(objects.pod(version=4, status=RUNNING))
    if job_first:
        cache.jobs.delete(objects.job(version=5))
    cache.pods.delete(objects.pod(version=6, status=ENDED))
    if not job_first:
        cache.jobs.delete(objects.job(version=7))
    assert [pod.exit_code for pod in job(cache).pods] == [0]
    cache.tasks.delete(run_of(8))
    assert cache.snapshot.job(J1) is None


def test_a_pod_that_went_before_its_job_is_kept_and_then_forgotten(cache: Cache) -> None:
    cache.tasks.upsert(run_of(2))
    cache.jobs.upsert(objects.job(version=3))
    cache.pods.upsert(objects.pod(version=4, status=ENDED))
    cache.pods.delete(objects.pod(version=5, status=ENDED))
    assert [pod.exit_code for pod in job(cache).pods] == [0]
    cache.tasks.upsert(run_of(6, "Succeeded"))
    assert job(cache).pods == ()
    cache.jobs.delete(objects.job(version=7))
    assert cache.snapshot.job(J1) is None


def test_a_pod_that_a_restored_backup_brings_back_is_no_longer_one_that_is_gone(cache: Cache) -> None:
    cache.tasks.upsert(run_of(2))
    cache.jobs.upsert(objects.job(version=3))
    cache.pods.upsert(objects.pod(version=5, status=ENDED))
    cache.pods.delete(objects.pod(version=6, status=ENDED))
    cache.pods.rewind(None)
    cache.pods.upsert(objects.pod(version=4, status=RUNNING))
    cache.tasks.upsert(run_of(8, "Cancelled"))
    assert [pod.phase for pod in job(cache).pods] == ["Running"]


def test_a_job_made_right_before_a_crash_is_kept_too_and_one_of_an_earlier_launch_is_not(cache: Cache) -> None:
    cache.tasks.upsert(objects.task(version=2))
    complete = {"conditions": [{"type": "Complete", "status": "True"}]}
    cache.jobs.upsert(objects.job(version=3, status=complete))
    cache.jobs.delete(objects.job(version=4, status=complete))
    assert job(cache).complete
    cache.tasks.upsert(objects.task(version=5, status={"state": "Running", "job": "t1-2", "launches": 2}))
    assert cache.snapshot.job(J1) is None


def test_a_job_that_is_gone_without_an_end_is_gone(cache: Cache) -> None:
    cache.tasks.upsert(run_of(2))
    cache.jobs.upsert(objects.job(version=3))
    cache.jobs.delete(objects.job(version=4))
    assert cache.snapshot.job(J1) is None


def test_a_job_seen_after_its_pod_takes_the_remnants_place(cache: Cache) -> None:
    cache.pods.upsert(objects.pod(version=3, status=RUNNING))
    cache.jobs.upsert(objects.job(version=2))
    assert (job(cache).deleting, job(cache).uid) == (False, "uid-j1")


def test_what_says_nothing_new_wakes_nobody(cache: Cache, woken: Woken) -> None:
    cache.jobs.upsert(objects.job(version=2))
    cache.pods.upsert(objects.pod(version=3, status=RUNNING))
    before = woken.times
    cache.jobs.upsert(objects.job(version=4, status={"active": 1, "startTime": "2026-03-23T08:00:00Z"}))
    cache.pods.upsert(objects.pod(version=5, status=RUNNING | {"podIP": "10.0.0.1"}))
    assert woken.times == before
    cache.pods.upsert(objects.pod(version=6, status=ENDED))
    assert woken.times == before + 1


def test_pods_of_nobody_are_ignored(cache: Cache) -> None:
    stray = objects.pod(version=3)
    stray["metadata"]["labels"] = {}
    cache.pods.upsert(stray)
    cache.pods.delete(stray | {"metadata": stray["metadata"] | {"resourceVersion": "4"}})
    assert list(cache.snapshot.jobs()) == []


# ---------------------------------------------------------------- sources


def test_what_preflight_found_stays_with_the_source(cache: Cache) -> None:
    name = Name("acme", "erp")
    cache.set_check(name, Check(streams=frozenset({"customers"}), profile_hash="h"))
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
    cache.reject(source, "spec.template: invalid")
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
