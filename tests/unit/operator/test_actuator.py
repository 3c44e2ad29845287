"""Several objects at once, one action after another for each, and nothing planned twice while an answer is out."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from sincro_contract.resources.sync_task import TaskState
from sincro_contract.run import Mode
from sincro_operator.cluster.api import (
    JOBS,
    SCHEDULES,
    TASKS,
    ApiError,
    Denied,
    Invalid,
    ServerError,
    TooManyRequests,
    Uncertain,
    Unreachable,
)
from sincro_operator.planning.actions import Action, CreateTask, LaunchJob, StopJob, WriteSource, WriteTask
from sincro_operator.planning.model import Circuit, Name, Pending, Source, SourceStatus, Task, TaskStatus
from tests.simulation.virtual_time import START, simulate
from tests.unit.operator import objects
from tests.unit.operator.cluster_in_memory import NAMESPACE, Bench, eventually

QUEUED = TaskStatus(queued_at=START)
RUNNING = TaskStatus(state=TaskState.RUNNING, attempt=1, launches=1, job="t1-1", started_at=START)


@asynccontextmanager
async def at_work(bench: Bench) -> AsyncIterator[None]:
    runner = asyncio.ensure_future(bench.actuator.run())
    try:
        yield
    finally:
        runner.cancel()


def launch(bench: Bench, task: Task, source: Source | None = None) -> LaunchJob:
    job = Name(NAMESPACE, f"{task.name.name}-1")
    return LaunchJob(task, source or bench.source(), job, 1, 1, Mode.DELTA, replace(RUNNING, job=job.name))


def fail(bench: Bench, call: str, *errors: ApiError) -> None:
    """The first calls of this kind fail so; the later ones work."""
    real, left = getattr(bench.api, call), list(errors)

    async def wrapped(*args: object, **options: object) -> object:
        if left:
            await asyncio.sleep(0.001)
            raise left.pop(0)
        return await real(*args, **options)

    setattr(bench.api, call, wrapped)


def test_a_fact_is_pending_from_submission_to_answer() -> None:
    async def story() -> None:
        bench = Bench()
        action = launch(bench, bench.task())
        bench.actuator.submit([action])
        assert bench.held(action.task).pending is Pending.LAUNCH
        async with at_work(bench):
            await bench.actuator.drain()
        held = bench.held(action.task)
        assert (held.pending, held.status.state) == (None, TaskState.RUNNING)
        assert bench.cache.snapshot.job(action.job) is not None

    simulate(story())


def test_actions_about_one_object_keep_their_order() -> None:
    async def story() -> None:
        bench = Bench()
        action = launch(bench, bench.task())
        await bench.writes.carry_out(action)
        task, job = bench.held(action.task), bench.cache.snapshot.job(action.job)
        assert job is not None
        order: list[str] = []
        bench.api.on_write = lambda verb, resource, _name: order.append(f"{verb} {resource.plural}")
        cancelled = replace(task.status, state=TaskState.CANCELLED, completed_at=START)
        bench.actuator.submit([StopJob(job, "Cancelled"), WriteTask(task, cancelled)])
        assert bench.held(task).pending is Pending.STOP
        async with at_work(bench):
            await bench.actuator.drain()
        assert order == ["delete jobs", "patch synctasks"]

    simulate(story())


def test_objects_do_not_wait_for_one_another_and_workers_are_bounded() -> None:
    async def story() -> None:
        bench = Bench()
        bench.api.latency = 0
        tasks = [bench.task(objects.task(f"t{number}")) for number in range(12)]
        at_once, most = 0, 0
        real = bench.api.patch

        async def slow(*args: object, **options: object) -> object:
            nonlocal at_once, most
            at_once += 1
            most = max(most, at_once)
            await asyncio.sleep(1)
            at_once -= 1
            return await real(*args, **options)  # type: ignore[arg-type]

        bench.api.patch = slow  # type: ignore[assignment, method-assign]
        bench.actuator.submit([WriteTask(task, QUEUED) for task in tasks])
        async with at_work(bench):
            await bench.actuator.drain()
        assert most == 4
        assert asyncio.get_running_loop().time() == pytest.approx(3.0)

    simulate(story())


def test_a_persons_launch_overtakes_what_is_queued() -> None:
    async def story() -> None:
        bench = Bench()
        source = bench.source()
        scheduled = [bench.task(objects.task(f"s{number}", spec={"triggeredBy": "Scheduler"})) for number in range(8)]
        person = bench.task(objects.task("person"))
        made: list[str] = []
        bench.api.on_write = lambda verb, _resource, name: made.append(name) if verb == "create" else None
        bench.actuator.submit([launch(bench, task, source) for task in scheduled])
        bench.actuator.submit([launch(bench, person, source)])
        async with at_work(bench):
            await bench.actuator.drain()
        assert "person-1" in made[:4]

    simulate(story())


def test_all_jobs_are_made_before_anybody_is_told() -> None:
    async def story() -> None:
        bench = Bench()
        source = bench.source()
        tasks = [bench.task(objects.task(f"t{number}")) for number in range(40)]
        order: list[str] = []
        bench.api.on_write = lambda verb, _resource, _name: order.append(verb)
        bench.actuator.submit([launch(bench, task, source) for task in tasks])
        async with at_work(bench):
            await bench.actuator.drain()
        assert order.count("create") == order.count("patch") == 40
        assert "patch" not in order[:36]
        assert all(bench.held(task).status.state is TaskState.RUNNING for task in tasks)

    simulate(story())


def test_a_crowd_of_other_news_does_not_hold_up_who_was_launched_nor_is_it_held_up_for_ever() -> None:
    async def story() -> None:
        bench = Bench()
        source = bench.source()
        scheduled = {"triggeredBy": "Scheduler"}
        launched = [bench.task(objects.task(f"t{number}", spec=scheduled)) for number in range(40)]
        others = [bench.task(objects.task(f"other-{number}")) for number in range(200)]
        order: list[str] = []
        bench.api.on_write = lambda verb, _resource, name: order.append(f"{verb} {name}")
        bench.actuator.submit([WriteTask(task, QUEUED) for task in others])
        bench.actuator.submit([launch(bench, task, source) for task in launched])
        async with at_work(bench):
            await bench.actuator.drain()
        told = [place for place, write in enumerate(order) if write.startswith("patch t")]
        assert len(told) == 40
        assert told[-1] < 120
        assert any(write.startswith("patch other") for write in order[: told[0]])

    simulate(story())


def test_what_is_under_way_is_not_begun_again() -> None:
    async def story() -> None:
        bench = Bench()
        action = launch(bench, bench.task())
        bench.actuator.submit([action])
        bench.actuator.submit([action])
        async with at_work(bench):
            await bench.actuator.drain()
        assert bench.api.writes == 2

    simulate(story())


@pytest.mark.parametrize(
    ("error", "held_for"),
    [
        (Unreachable("refused"), (0.1, 0.2)),
        (Denied("exceeded quota", status=403), (0.1, 0.2)),
        (TooManyRequests("busy", status=429, retry_after=7.0), (7.0, 7.0)),
        (Invalid("no", status=422), (60.0, 60.0)),
    ],
)
def test_a_failed_action_is_left_alone_for_a_while(error: ApiError, held_for: tuple[float, float]) -> None:
    async def story() -> None:
        bench = Bench()
        task = bench.task()
        fail(bench, "patch", error)
        async with at_work(bench):
            bench.actuator.submit([WriteTask(task, QUEUED)])
            await bench.actuator.drain()
            assert bench.held(task).pending is Pending.WRITE
            waited = await eventually(lambda: bench.held(task).pending is None)
            assert held_for[0] - 0.02 <= waited <= held_for[1] + 0.02
            bench.actuator.submit([WriteTask(bench.held(task), QUEUED)])
            await bench.actuator.drain()
        assert bench.held(task).status.queued_at == START

    simulate(story())


def test_failures_in_a_row_wait_longer() -> None:
    async def story() -> None:
        bench = Bench()
        task = bench.task()
        fail(bench, "patch", *[Unreachable("refused")] * 6)
        waits = []
        async with at_work(bench):
            for _ in range(6):
                bench.actuator.submit([WriteTask(bench.held(task), QUEUED)])
                await bench.actuator.drain()
                waits.append(await eventually(lambda: bench.held(task).pending is None))
        assert waits == sorted(waits)
        assert waits[-1] > 8 * waits[0]

    simulate(story())


def test_a_conflict_may_be_planned_again_at_once_on_the_fresh_object() -> None:
    async def story() -> None:
        bench = Bench()
        task = bench.task()
        bench.server.patch(TASKS, task.name, {"spec": {"cancel": True}})
        async with at_work(bench):
            bench.actuator.submit([WriteTask(task, QUEUED)])
            await bench.actuator.drain()
        assert (bench.held(task).pending, bench.held(task).cancel) == (None, True)
        assert bench.woken > 0

    simulate(story())


@pytest.mark.parametrize("error", [Uncertain("no answer"), ServerError("etcd timeout", status=500)])
def test_a_launch_whose_effect_is_unknown_keeps_its_slot_and_is_asked_again(error: ApiError) -> None:
    async def story() -> None:
        bench = Bench()
        action = launch(bench, bench.task())
        real = bench.api.create
        answers = [error]

        async def effect_without_answer(*args: object, **options: object) -> object:
            result = await real(*args, **options)  # type: ignore[arg-type]
            if answers:
                raise answers.pop()
            return result

        bench.api.create = effect_without_answer  # type: ignore[assignment, method-assign]
        async with at_work(bench):
            bench.actuator.submit([action])
            for _ in range(50):
                await asyncio.sleep(0.01)
                if bench.cache.snapshot.job(action.job) is None:
                    assert bench.held(action.task).pending is Pending.LAUNCH
            await bench.actuator.drain()
        assert len(bench.server.objects(JOBS)) == 1
        assert bench.held(action.task).status.state is TaskState.RUNNING

    simulate(story())


def test_a_launch_that_surely_failed_gives_its_slot_back() -> None:
    async def story() -> None:
        bench = Bench()
        action = launch(bench, bench.task())
        fail(bench, "create", Denied("exceeded quota: pods", status=403))
        async with at_work(bench):
            bench.actuator.submit([action])
            await bench.actuator.drain()
            assert bench.held(action.task).pending is Pending.WRITE

    simulate(story())


def test_too_many_requests_stops_all_for_as_long_as_the_server_asks() -> None:
    async def story() -> None:
        bench = Bench()
        first, second = bench.task(), bench.task(objects.task("t2"))
        fail(bench, "patch", TooManyRequests("busy", status=429, retry_after=3.0))
        async with at_work(bench):
            bench.actuator.submit([WriteTask(first, QUEUED)])
            await bench.actuator.drain()
            began = asyncio.get_running_loop().time()
            bench.actuator.submit([WriteTask(second, QUEUED)])
            await bench.actuator.drain()
            assert asyncio.get_running_loop().time() - began >= 2.9

    simulate(story())


def test_without_leadership_nothing_is_written() -> None:
    async def story() -> None:
        bench = Bench(leading=False)
        action = launch(bench, bench.task())
        async with at_work(bench):
            bench.actuator.submit([action])
            await bench.actuator.drain()
        assert bench.api.writes == 0
        assert bench.held(action.task).pending is None

    simulate(story())


def test_leadership_lost_between_two_actions_stops_the_second() -> None:
    async def story() -> None:
        bench = Bench()
        action = launch(bench, bench.task())
        await bench.writes.carry_out(action)
        task, job = bench.held(action.task), bench.cache.snapshot.job(action.job)
        assert job is not None

        def deposed(*_: object) -> None:
            bench.leading = False

        bench.api.on_write = deposed
        writes = bench.api.writes
        async with at_work(bench):
            bench.actuator.submit([StopJob(job, "x"), WriteTask(task, replace(task.status, state=TaskState.CANCELLED))])
            await bench.actuator.drain()
        assert bench.api.writes == writes + 1

    simulate(story())


def test_what_is_abandoned_may_be_planned_by_the_next_leader() -> None:
    async def story() -> None:
        bench = Bench()
        action = launch(bench, bench.task())
        bench.actuator.submit([action])
        bench.actuator.abandon()
        assert bench.held(action.task).pending is None
        assert bench.actuator.under_way == 0

    simulate(story())


def test_a_mistake_about_one_object_does_not_stop_the_others(caplog: pytest.LogCaptureFixture) -> None:
    async def story() -> None:
        bench = Bench()
        broken, fine = bench.task(), bench.task(objects.task("t2"))
        status = replace(QUEUED, attempts=(None,))  # type: ignore[arg-type]
        seen: list[tuple[str, str]] = []
        bench.actuator._observe = lambda action, outcome: seen.append((type(action).__name__, outcome))
        async with at_work(bench):
            bench.actuator.submit([WriteTask(broken, status), WriteTask(fine, QUEUED)])
            await bench.actuator.drain()
        assert bench.held(fine).status.queued_at == START
        assert bench.held(broken).pending is Pending.WRITE
        assert sorted(seen) == [("WriteTask", "Unexpected"), ("WriteTask", "done")]

    simulate(story())
    assert "action_failed" in caplog.text


def source_writes(bench: Bench, *statuses: SourceStatus) -> list[Action]:
    source = bench.cache.snapshot.source(Name(NAMESPACE, "erp"))
    assert source is not None
    return [WriteSource(source, status) for status in statuses]


def test_a_sources_counts_are_written_now_and_then_and_what_matters_at_once() -> None:
    async def story() -> None:
        bench = Bench()
        bench.source()
        async with at_work(bench):
            for queued in range(5):
                bench.actuator.submit(source_writes(bench, SourceStatus(queued=queued)))
                await bench.actuator.drain()
                await asyncio.sleep(0.1)
            assert bench.api.writes == 1
            bench.actuator.submit(source_writes(bench, SourceStatus(queued=9, circuit=Circuit(state="Open"))))
            await bench.actuator.drain()
            assert bench.api.writes == 2
            await asyncio.sleep(4)
            source = bench.cache.snapshot.source(Name(NAMESPACE, "erp"))
            assert source is not None
            assert source.pending is None

    simulate(story())


def test_a_launch_that_cannot_be_made_says_so_on_its_task() -> None:
    async def story() -> None:
        bench = Bench()
        action = launch(bench, bench.task())
        fail(bench, "create", Denied("exceeded quota: pods", status=403))
        async with at_work(bench):
            bench.actuator.submit([action])
            await bench.actuator.drain()
        entry = bench.recorder._queue.get_nowait()
        assert entry.note.reason == "JobNotCreated"
        assert "exceeded quota" in entry.note.message

    simulate(story())


def test_a_shorter_retry_after_does_not_put_a_longer_one_off() -> None:
    async def story() -> None:
        bench = Bench()
        fail(bench, "patch", TooManyRequests("busy", retry_after=20), TooManyRequests("busy", retry_after=1))
        tasks = [bench.task(objects.task(f"t{n}")) for n in range(3)]
        loop = asyncio.get_running_loop()
        async with at_work(bench):
            bench.actuator.submit([WriteTask(task, QUEUED) for task in tasks[:2]])
            await asyncio.sleep(1)
            began = loop.time()
            bench.actuator.submit([WriteTask(tasks[2], QUEUED)])
            await eventually(lambda: bench.held(tasks[2]).status_known)
            assert loop.time() - began > 18

    simulate(story())


def test_the_stop_of_a_job_whose_task_is_gone_waits_after_a_failure_and_is_then_planned_again() -> None:
    """There is no object that could carry `pending`: it is neither asked without pause nor forgotten."""

    async def story() -> None:
        bench = Bench()
        action = launch(bench, bench.task())
        await bench.writes.carry_out(action)
        job = bench.cache.snapshot.job(action.job)
        assert job is not None
        bench.cache.tasks.forget(action.task.name)
        refusals = 0

        async def refuse(*_: object, **__: object) -> dict[str, object]:
            nonlocal refusals
            refusals += 1
            raise ServerError("not now")

        bench.api.delete = refuse  # type: ignore[assignment, method-assign]
        async with at_work(bench):
            bench.actuator.submit([StopJob(job, "Its task is gone.")])
            await bench.actuator.drain()
            woken = bench.woken
            await asyncio.sleep(1)
            assert bench.woken > woken
            for _ in range(2000):
                bench.actuator.submit([StopJob(job, "Its task is gone.")])
                await asyncio.sleep(0.01)
        assert 3 <= refusals <= 9

    simulate(story())


def test_a_launch_whose_effect_is_unknown_is_not_asked_again_once_leadership_was_lost() -> None:
    """Another leader may have run the task on, and its own Job of that launch may be gone: this would be a second."""

    async def story() -> None:
        bench = Bench()
        action = launch(bench, bench.task())
        fail(bench, "create", *[Uncertain("no answer")] * 4)
        async with at_work(bench):
            bench.actuator.submit([action])
            await eventually(lambda: bench.actuator._failures.get(action.task.uid) == 4)
            bench.leading = False
            bench.actuator.abandon()
            assert (bench.actuator.under_way, bench.held(action.task).pending) == (0, None)
            bench.leading = True
            await asyncio.sleep(120)
        assert bench.server.objects(JOBS) == []

    simulate(story())


def test_a_run_that_cannot_be_made_says_so_on_its_schedule() -> None:
    """A quota for SyncTasks, or a policy: else the schedule is Ready, its next run long past, and nobody knows why."""

    async def story() -> None:
        bench = Bench()
        schedule = bench.schedule()
        action = CreateTask(schedule, Name(NAMESPACE, "customers-1"), Mode.DELTA, START, 80)
        fail(bench, "create", Denied("exceeded quota: synctasks", status=403))
        async with at_work(bench):
            bench.actuator.submit([action])
            await bench.actuator.drain()
        entry = bench.recorder._queue.get_nowait()
        assert (entry.resource, entry.subject.name, entry.note.reason) == (SCHEDULES, schedule.name, "RunNotCreated")
        assert "exceeded quota" in entry.note.message

    simulate(story())
