"""Each action becomes calls that may be repeated after any crash, and whose answers are in the cache at once."""

import asyncio
from dataclasses import dataclass, field, replace

import pytest

from sincro_contract.resources.sync_task import TaskState
from sincro_contract.run import Mode
from sincro_operator.cluster.api import EVENTS, JOBS, PODS, SOURCES, TASKS, Conflict, Invalid, NotFound
from sincro_operator.cluster.job import build_job
from sincro_operator.cluster.writes import ArchiveUnavailable, NotOurs
from sincro_operator.planning.actions import (
    ArchiveTask,
    CreateTask,
    EventNote,
    LaunchJob,
    PruneTask,
    StopJob,
    WriteSchedule,
    WriteSource,
    WriteTask,
)
from sincro_operator.planning.model import Name, SourceStatus, Task, TaskStatus
from tests.simulation.virtual_time import START, simulate
from tests.unit.operator import objects
from tests.unit.operator.cluster_in_memory import NAMESPACE, Bench

RUNNING = TaskStatus(state=TaskState.RUNNING, attempt=1, launches=1, job="t1-1", started_at=START)
DONE = replace(RUNNING, state=TaskState.SUCCEEDED, completed_at=START)


def launch(bench: Bench, task: Task) -> LaunchJob:
    return LaunchJob(
        task, bench.source(), Name(NAMESPACE, "t1-1"), 1, 1, Mode.DELTA, RUNNING, EventNote("Started", "m")
    )


@dataclass
class FakeArchive:
    away: bool = False
    rows: list[tuple[str, TaskStatus]] = field(default_factory=list)

    async def store(self, task: Task, status: TaskStatus) -> None:
        if self.away:
            raise ArchiveUnavailable("away")
        self.rows.append((task.uid, status))


def test_a_launch_makes_the_job_then_says_so() -> None:
    async def story() -> None:
        bench = Bench()
        action = launch(bench, bench.task())
        order: list[str] = []
        bench.api.on_write = lambda verb, resource, _name: order.append(f"{verb} {resource.plural}")
        await bench.writes.carry_out(action)
        assert order == ["create jobs", "patch synctasks"]
        held = bench.held(action.task)
        assert (held.status.state, held.status.job, held.status_known) == (TaskState.RUNNING, "t1-1", True)
        job = bench.cache.snapshot.job(action.job)
        assert job is not None
        assert job.task_uid == held.uid

    simulate(story())


def test_a_launch_that_was_interrupted_adopts_its_job() -> None:
    async def story() -> None:
        bench = Bench()
        action = launch(bench, bench.task())
        made = bench.server.create(JOBS, NAMESPACE, build_job(action, bench.writes._jobs))
        await bench.writes.carry_out(action)
        assert len(bench.server.objects(JOBS)) == 1
        job = bench.cache.snapshot.job(action.job)
        assert job is not None
        assert job.uid == made["metadata"]["uid"]
        assert bench.held(action.task).status.state is TaskState.RUNNING

    simulate(story())


def test_a_job_of_somebody_else_is_not_adopted() -> None:
    async def story() -> None:
        bench = Bench()
        action = launch(bench, bench.task())
        foreign = build_job(action, bench.writes._jobs)
        foreign["metadata"]["ownerReferences"][0]["uid"] = "another"
        bench.server.create(JOBS, NAMESPACE, foreign)
        with pytest.raises(NotOurs, match="t1-1"):
            await bench.writes.carry_out(action)
        assert bench.held(action.task).status_known is False

    simulate(story())


def test_a_job_that_is_refused_for_good_becomes_the_sources_problem() -> None:
    async def story() -> None:
        bench = Bench()
        action = launch(bench, bench.task())

        async def refuse(*_args: object) -> dict[str, object]:
            raise Invalid("resources.limits: Invalid value", status=422)

        bench.api.create = refuse  # type: ignore[assignment]
        with pytest.raises(Invalid):
            await bench.writes.carry_out(action)
        source = bench.cache.snapshot.source(action.source.name)
        assert source is not None
        assert source.problem == ("JobRejected", "resources.limits: Invalid value")

    simulate(story())


def test_a_status_is_written_on_the_version_it_was_planned_on() -> None:
    async def story() -> None:
        bench = Bench()
        task = bench.task()
        bench.server.patch(TASKS, task.name, {"spec": {"cancel": True}})
        with pytest.raises(Conflict):
            await bench.writes.carry_out(WriteTask(task, DONE))
        assert bench.held(task).cancel is True
        assert bench.server.get(TASKS, task.name).get("status") is None

    simulate(story())


def test_a_status_of_a_task_that_is_gone_forgets_it() -> None:
    async def story() -> None:
        bench = Bench()
        task = bench.task()
        bench.server.delete(TASKS, task.name)
        with pytest.raises(NotFound):
            await bench.writes.carry_out(WriteTask(task, DONE))
        assert bench.cache.snapshot.task(task.name) is None

    simulate(story())


def test_an_equal_status_is_not_written() -> None:
    async def story() -> None:
        bench = Bench()
        task = bench.task()
        await bench.writes.carry_out(WriteTask(task, RUNNING))
        writes, task = bench.api.writes, bench.held(task)
        await bench.writes.carry_out(WriteTask(task, task.status))
        assert bench.api.writes == writes

    simulate(story())


def test_a_field_that_is_over_leaves_the_status() -> None:
    async def story() -> None:
        bench = Bench()
        task = bench.task()
        await bench.writes.carry_out(WriteTask(task, replace(RUNNING, queue_position=4)))
        task = bench.held(task)
        await bench.writes.carry_out(WriteTask(task, replace(task.status, queue_position=None)))
        assert "queuePosition" not in bench.server.get(TASKS, task.name)["status"]

    simulate(story())


def test_live_progress_is_left_alone() -> None:
    async def story() -> None:
        bench = Bench()
        task = bench.task(objects.task(status={"state": "Running", "progress": {"current": 1, "total": 2}}))
        await bench.writes.carry_out(WriteTask(task, DONE))
        assert bench.server.get(TASKS, task.name)["status"]["progress"] == {"current": 1, "total": 2}

    simulate(story())


def test_a_final_status_carries_archived_in_one_write() -> None:
    async def story() -> None:
        archive = FakeArchive()
        bench = Bench(archive=archive)
        task = bench.task()
        await bench.writes.carry_out(WriteTask(task, DONE))
        assert bench.api.writes == 1
        assert bench.held(task).status.archived is True
        assert [(uid, status.state) for uid, status in archive.rows] == [(task.uid, TaskState.SUCCEEDED)]

    simulate(story())


def test_a_history_that_is_away_costs_the_archive_and_nothing_else() -> None:
    async def story() -> None:
        archive = FakeArchive(away=True)
        bench = Bench(archive=archive)
        task = bench.task()
        await bench.writes.carry_out(WriteTask(task, DONE))
        task = bench.held(task)
        assert (task.status.state, task.status.archived) == (TaskState.SUCCEEDED, False)
        with pytest.raises(ArchiveUnavailable):
            await bench.writes.carry_out(ArchiveTask(task, task.status))
        archive.away = False
        await bench.writes.carry_out(ArchiveTask(task, task.status))
        assert bench.held(task).status.archived is True

    simulate(story())


def test_a_stopped_job_waits_for_its_pods() -> None:
    async def story() -> None:
        bench = Bench()
        action = launch(bench, bench.task())
        await bench.writes.carry_out(action)
        job = bench.cache.snapshot.job(action.job)
        assert job is not None
        bench.server.create(
            PODS,
            NAMESPACE,
            objects.pod() | {"metadata": {"name": "p", "ownerReferences": [{"uid": job.uid}]}},
        )
        await bench.writes.carry_out(StopJob(job, "Preempted"))
        stopped = bench.cache.snapshot.job(action.job)
        assert stopped is not None
        assert stopped.deleting is True

    simulate(story())


def test_stopping_a_job_that_is_gone_or_another_one_is_done_already() -> None:
    async def story() -> None:
        bench = Bench()
        action = launch(bench, bench.task())
        await bench.writes.carry_out(action)
        job = bench.cache.snapshot.job(action.job)
        assert job is not None
        bench.server.delete(JOBS, job.name)
        other = build_job(action, bench.writes._jobs)
        bench.server.create(JOBS, NAMESPACE, other)
        await bench.writes.carry_out(StopJob(job, "Cancelled"))
        assert bench.server.find(JOBS, job.name) is not None
        bench.server.delete(JOBS, job.name)
        await bench.writes.carry_out(StopJob(job, "Cancelled"))
        assert bench.cache.snapshot.job(job.name) is None

    simulate(story())


def test_a_job_that_has_ended_well_unseen_is_not_deleted_with_its_result() -> None:
    """Told to stop it by a cache that is behind: it is taken in as it is, and stays when that is known."""

    async def story() -> None:
        bench = Bench()
        action = launch(bench, bench.task())
        await bench.writes.carry_out(action)
        job = bench.cache.snapshot.job(action.job)
        assert job is not None
        complete = {"status": {"conditions": [{"type": "Complete", "status": "True"}]}}
        bench.server.patch(JOBS, job.name, complete, "status")
        for _ in range(2):
            await bench.writes.carry_out(StopJob(job, "Preempted"))
            assert bench.server.get(JOBS, job.name)["metadata"].get("deletionTimestamp") is None
            seen = bench.cache.snapshot.job(job.name)
            assert seen is not None
            assert seen.complete

    simulate(story())


def test_a_job_of_which_something_else_was_not_seen_is_stopped_the_second_time() -> None:
    async def story() -> None:
        bench = Bench()
        action = launch(bench, bench.task())
        await bench.writes.carry_out(action)
        job = bench.cache.snapshot.job(action.job)
        assert job is not None
        bench.server.patch(JOBS, job.name, {"status": {"active": 1}}, "status")
        await bench.writes.carry_out(StopJob(job, "Preempted"))
        assert bench.server.find(JOBS, job.name) is not None
        await bench.writes.carry_out(StopJob(job, "Preempted"))
        assert bench.server.find(JOBS, job.name) is None

    simulate(story())


def test_a_forced_stop_removes_the_pods_of_a_lost_node() -> None:
    async def story() -> None:
        bench = Bench()
        action = launch(bench, bench.task())
        await bench.writes.carry_out(action)
        pod = bench.server.create(PODS, NAMESPACE, objects.pod())
        bench.cache.pods.upsert(pod)
        job = bench.cache.snapshot.job(action.job)
        assert job is not None
        await bench.writes.carry_out(StopJob(job, "Stuck", force=True))
        assert bench.server.objects(PODS) == []

    simulate(story())


def test_a_task_that_is_owed_is_made_once() -> None:
    async def story() -> None:
        bench = Bench()
        schedule = bench.schedule()
        action = CreateTask(schedule, Name(NAMESPACE, "customers-delta-1"), Mode.DELTA, START, 80)
        await bench.writes.carry_out(action)
        await bench.writes.carry_out(action)
        task = bench.cache.snapshot.task(action.name)
        assert task is not None
        assert (task.schedule, task.due, task.priority, task.source) == ("customers", START, 80, "erp")
        assert len(bench.server.objects(TASKS)) == 1

    simulate(story())


def test_a_task_of_the_same_name_that_a_person_made_is_not_taken_for_it() -> None:
    async def story() -> None:
        bench = Bench()
        schedule = bench.schedule()
        bench.task(objects.task("customers-delta-1"))
        with pytest.raises(NotOurs):
            await bench.writes.carry_out(
                CreateTask(schedule, Name(NAMESPACE, "customers-delta-1"), Mode.DELTA, START, 80)
            )

    simulate(story())


def test_the_first_status_of_a_schedule_and_a_source_is_whole() -> None:
    async def story() -> None:
        bench = Bench()
        schedule, source = bench.schedule(), bench.source()
        await bench.writes.carry_out(WriteSchedule(schedule, replace(schedule.status, skipped=1)))
        await bench.writes.carry_out(WriteSource(source, source.status))
        written = bench.server.get(SOURCES, source.name)["status"]
        assert [condition["type"] for condition in written["conditions"]] == ["Ready", "Paused", "CircuitClosed"]
        writes = bench.api.writes
        again = bench.cache.snapshot.source(source.name)
        assert again is not None
        await bench.writes.carry_out(WriteSource(again, again.status))
        await bench.writes.carry_out(WriteSource(again, replace(SourceStatus(queued=1), ready=again.status.ready)))
        assert bench.api.writes == writes + 1

    simulate(story())


def test_pruning_takes_this_very_task() -> None:
    async def story() -> None:
        bench = Bench()
        task = bench.task()
        bench.server.delete(TASKS, task.name)
        bench.server.create(TASKS, NAMESPACE, {"metadata": {"name": "t1"}, "spec": {}})
        await bench.writes.carry_out(PruneTask(task, "history"))
        assert bench.server.find(TASKS, task.name) is not None
        current = bench.held(task)
        assert current.uid != task.uid
        await bench.writes.carry_out(PruneTask(current, "history"))
        assert bench.server.find(TASKS, task.name) is None
        assert bench.cache.snapshot.task(task.name) is None

    simulate(story())


def test_our_finalizer_is_taken_off_and_others_stay() -> None:
    async def story() -> None:
        bench = Bench()
        task = bench.task(objects.task(metadata={"finalizers": ["sincro.dev/stop-run", "x/y"]}))
        await bench.writes.carry_out(WriteTask(task, DONE, release=True))
        assert bench.server.get(TASKS, task.name)["metadata"]["finalizers"] == ["x/y"]

    simulate(story())


def test_events_follow_the_write_that_they_are_about() -> None:
    async def story() -> None:
        bench = Bench()
        task = bench.task()
        await bench.writes.carry_out(WriteTask(task, DONE, (EventNote("Succeeded", "3 created"),)))
        runner = asyncio.ensure_future(bench.recorder.run())
        await bench.recorder.drain()
        runner.cancel()
        events = bench.server.objects(EVENTS)
        assert [(event["reason"], event["note"], event["type"]) for event in events] == [
            ("Succeeded", "3 created", "Normal")
        ]
        assert events[0]["regarding"]["uid"] == task.uid

    simulate(story())
