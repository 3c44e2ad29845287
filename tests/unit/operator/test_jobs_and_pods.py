"""How pods belong to Jobs, and how long what is gone stays."""

from datetime import UTC, datetime, timedelta

import pytest

from sincro_operator.cluster.cache import Cache
from sincro_operator.planning.actions import StopJob
from sincro_operator.planning.model import Job, Name
from sincro_operator.planning.planner import plan
from sincro_operator.planning.snapshot import Snapshot
from tests.unit.operator import objects

J1 = Name("acme", "t1-1")
RUNNING = {
    "phase": "Running",
    "containerStatuses": [{"name": "scraper", "state": {"running": {"startedAt": "2026-03-23T08:00:00Z"}}}],
}
ENDED = {
    "phase": "Succeeded",
    "containerStatuses": [
        {"name": "scraper", "state": {"terminated": {"exitCode": 0, "finishedAt": "2026-03-23T08:01:00Z"}}}
    ],
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


def job(cache: Cache) -> Job:
    found = cache.snapshot.job(J1)
    assert found is not None
    return found


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
    assert job(cache).task_uid == "uid-t1"
    cache.pods.upsert(objects.pod(version=5, status=ENDED))
    assert cache.snapshot.job(J1) is None


@pytest.mark.parametrize("after_a_restart", [False, True])
def test_a_job_that_is_gone_is_being_deleted_where_its_pods_are(cache: Cache, after_a_restart: bool) -> None:
    """Nobody but the pods can be asked to end, and whoever deleted the Job may have left them running."""
    if not after_a_restart:
        cache.jobs.upsert(objects.job(version=2))
    cache.pods.upsert(objects.pod(version=3, status=RUNNING))
    if not after_a_restart:
        cache.jobs.delete(objects.job(version=4))
    assert (job(cache).uid, job(cache).deleting, job(cache).deleted_at) == ("", False, None)
    over = {"deletionTimestamp": "2026-03-23T08:00:40Z"}
    cache.pods.upsert(objects.pod(version=5, status=RUNNING, metadata=over))
    assert (job(cache).uid, job(cache).deleting) == ("", True)
    assert job(cache).deleted_at == datetime(2026, 3, 23, 8, 0, 40, tzinfo=UTC)


@pytest.mark.parametrize("task_is_there", [True, False])
def test_the_pod_of_a_job_that_is_gone_is_stopped_and_at_last_by_force(cache: Cache, task_is_there: bool) -> None:
    """`kubectl delete job --cascade=orphan`, and a node that never answers: no slot is held for ever."""

    def stops(now: datetime) -> list[tuple[bool, bool]]:
        return [(one.force, bool(one.job.uid)) for one in plan(cache.snapshot, now).actions if isinstance(one, StopJob)]

    now = datetime(2026, 3, 23, 8, 1, tzinfo=UTC)
    if task_is_there:
        attempt = {"number": 1, "job": "t1-1", "startedAt": "2026-03-23T08:00:00Z", "class": "Cancelled"}
        status = {"state": "Running", "job": "t1-1", "launches": 1, "attempt": 1, "attempts": [attempt]}
        cache.tasks.upsert(objects.task(version=1, spec={"cancel": True}, status=status))
    cache.jobs.upsert(objects.job(version=2))
    cache.pods.upsert(objects.pod(version=3, status=RUNNING))
    cache.jobs.delete(objects.job(version=4))
    assert stops(now) == [(False, False)]
    over = {"deletionTimestamp": "2026-03-23T08:01:10Z"}
    cache.pods.upsert(objects.pod(version=5, status=RUNNING, metadata=over))
    assert stops(now) == []
    assert stops(now + timedelta(minutes=3)) == [(True, False)]


def test_a_job_that_is_gone_with_an_ended_pod_is_gone(cache: Cache) -> None:
    cache.jobs.upsert(objects.job(version=2))
    cache.pods.upsert(objects.pod(version=3, status=ENDED))
    cache.jobs.delete(objects.job(version=4))
    assert cache.snapshot.job(J1) is None


def test_after_a_restart_a_pod_alone_is_enough_to_hold_the_slot(cache: Cache) -> None:
    cache.pods.upsert(objects.pod(version=3, status=RUNNING))
    assert (job(cache).uid, job(cache).source, job(cache).type) == ("", "erp", "customers")
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
