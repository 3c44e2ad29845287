"""How long one plan takes at 10,000 schedules and 50,000 tasks, when one thing has changed.

`python -m dev.bench.planner_scale [--json PATH]` prints a table and writes {"plan.p99_ms": ...}. Nothing but the
planner is measured, in the processor's time (it does nothing but compute, and neighbours on the machine are no part of
it): the change is put into the snapshot before the clock starts, and the plan's actions are applied after it.
"""

import argparse
import gc
import json
import random
import resource
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sincro_contract.resources.sync_task import TaskState, TriggeredBy
from sincro_contract.result import Outcome, RunResult
from sincro_contract.run import Mode
from sincro_operator.planning import naming
from sincro_operator.planning.model import (
    Attempt,
    Cadence,
    Job,
    Limits,
    Name,
    Pod,
    Schedule,
    ScheduleStatus,
    Source,
    SourceStatus,
    Task,
    TaskStatus,
    TypeStatistics,
)
from sincro_operator.planning.planner import plan as plan_everything
from sincro_operator.planning.rehearsal import Rehearsal, succeed
from sincro_operator.planning.snapshot import Snapshot

NOW = datetime(2026, 6, 1, 10, 0, tzinfo=UTC)
TYPES = ("customers", "orders", "products", "prices")
ENDED = 16
_SETTLING = timedelta(minutes=3)
"""Until those who wait have all been told why."""
_DONE = Outcome(result=RunResult(mode=Mode.DELTA, updated=3, duration_ms=60_000)).to_json()


def build(sources: int, limits: Limits) -> Rehearsal:
    """A cluster in full swing: of each source one sync runs, three wait, sixteen have ended; every slot is taken."""
    snapshot = Snapshot()
    roll = random.Random(1)
    for number in range(sources):
        name = f"erp-{number:04d}"
        statistics = tuple(
            TypeStatistics(
                type_, last_full=NOW - timedelta(hours=1), last_sync=NOW, average_duration=timedelta(minutes=1)
            )
            for type_ in TYPES
        )
        status = SourceStatus(types=statistics, observed_generation=1, counted_until=NOW)
        source = Source(Name("n", name), name, NOW, streams=frozenset(TYPES), status=status)
        snapshot.put(source)
        for index, type_ in enumerate(TYPES):
            _put_type(snapshot, source, type_, roll, runs=index == 0 and number < limits.max_concurrent)
    rehearsal = Rehearsal(snapshot, NOW, lambda launch: succeed(launch, timedelta(hours=9)), limits)
    rehearsal.run(NOW + _SETTLING)
    return rehearsal


def _put_type(snapshot: Snapshot, source: Source, type_: str, roll: random.Random, *, runs: bool) -> None:
    last = NOW - timedelta(minutes=roll.randint(1, 50))
    schedule = Schedule(
        Name("n", f"{source.name.name}-{type_}"),
        f"{source.uid}-{type_}",
        NOW - timedelta(days=9),
        source.name.name,
        type_,
        full=Cadence(cron="0 3 * * *"),
        delta=Cadence(every=timedelta(hours=1)),
        keep_succeeded=ENDED,
    )
    due = ScheduleStatus(last_due_full=NOW, last_due_delta=last, last_run=NOW)
    snapshot.put(replace(schedule, status=due))
    for index in range(ENDED // len(TYPES)):
        ended = _task(schedule, f"ended-{index}", last - timedelta(hours=index + 1))
        status = TaskStatus(TaskState.SUCCEEDED, launches=1, completed_at=ended.created + timedelta(minutes=1))
        snapshot.put(replace(ended, status=status, status_known=True))
    waiting = _task(schedule, "waiting", last)
    if runs:
        _put_running(snapshot, waiting, source, NOW - timedelta(seconds=roll.randint(120, 1200)))
    else:
        snapshot.put(waiting)


def _task(schedule: Schedule, mark: str, due: datetime) -> Task:
    return Task(
        Name("n", f"{schedule.name.name}-{mark}"),
        f"{schedule.uid}-{mark}",
        due,
        schedule.source,
        schedule.type,
        priority=80,
        triggered_by=TriggeredBy.SCHEDULER,
        schedule=schedule.name.name,
        due=due,
    )


def _put_running(snapshot: Snapshot, task: Task, source: Source, since: datetime) -> None:
    job = naming.job_name(task.name, task.uid, 1)
    attempt = Attempt(1, job.name, since)
    status = TaskStatus(TaskState.RUNNING, attempt=1, launches=1, attempts=(attempt,), job=job.name, started_at=since)
    snapshot.put(replace(task, status=status, status_known=True))
    pods = (Pod("pod", "pod", "Running", "node", since, scheduled=True, started_at=since),)
    owner, place = (task.name.name, task.uid), (source.name.name, task.type)
    snapshot.put(Job(job, f"job-{task.uid}", *owner, 1, since, source=place[0], type=place[1], pods=pods))


def _person_asks(rehearsal: Rehearsal, roll: random.Random, number: int) -> None:
    source = f"erp-{roll.randrange(1000):04d}"
    rehearsal.snapshot.put(
        Task(
            Name("n", f"ask-{number}"), f"ask-{number}", rehearsal.now, source, roll.choice(TYPES), requested_by="anna"
        )
    )


def _sync_ends(rehearsal: Rehearsal, roll: random.Random, _: int) -> None:
    running = [job for job in rehearsal.snapshot.jobs() if job.pods and job.pods[0].occupies and not job.deleting]
    if not running:
        return
    job = roll.choice(running)
    pod = replace(job.pods[0], phase="Succeeded", ended_at=rehearsal.now, exit_code=0, termination_message=_DONE)
    rehearsal.snapshot.put(replace(job, pods=(pod,), complete=True))


def _schedule_edited(rehearsal: Rehearsal, roll: random.Random, _: int) -> None:
    name = Name("n", f"erp-{roll.randrange(1000):04d}-{roll.choice(TYPES)}")
    schedule = rehearsal.snapshot.schedule(name)
    if schedule is not None:
        rehearsal.snapshot.put(replace(schedule, generation=schedule.generation + 1, priority=roll.randint(1, 80)))


def _source_paused(rehearsal: Rehearsal, roll: random.Random, _: int) -> None:
    source = rehearsal.snapshot.source(Name("n", f"erp-{roll.randrange(1000):04d}"))
    if source is not None:
        rehearsal.snapshot.put(replace(source, generation=source.generation + 1, paused=not source.paused))


def _time_passes(rehearsal: Rehearsal, roll: random.Random, _: int) -> None:
    rehearsal.now += timedelta(milliseconds=roll.randint(1, 200))


CHANGES: tuple[tuple[str, Callable[[Rehearsal, random.Random, int], None]], ...] = (
    ("a person asks", _person_asks),
    ("a sync ends", _sync_ends),
    ("a schedule is edited", _schedule_edited),
    ("a source is paused", _source_paused),
    ("time passes", _time_passes),
)


def measure(rehearsal: Rehearsal, changes: int) -> dict[str, list[float]]:
    """Milliseconds of each plan, by what had changed; follow-up plans of the same change count as their own."""
    roll = random.Random(2)
    taken: dict[str, list[float]] = {name: [] for name, _ in CHANGES}
    for number in range(changes):
        name, change = CHANGES[number % len(CHANGES)]
        change(rehearsal, roll, number)
        for _ in range(20):
            start = time.process_time()
            plan = rehearsal.planner.plan(rehearsal.now)
            taken[name].append((time.process_time() - start) * 1000)
            if not plan.actions:
                break
            for action in plan.actions:
                rehearsal.carry_out(action)
    return taken


def _row(name: str, values: list[float]) -> str:
    ordered = sorted(values)
    at = [ordered[min(len(ordered) - 1, int(len(ordered) * share))] for share in (0.5, 0.99)]
    return f"{name:24} {len(ordered):6} {at[0]:9.2f} {at[1]:9.2f} {ordered[-1]:9.2f}"


def main() -> None:
    """Build, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path, help="write the figures here")
    parser.add_argument("--sources", type=int, default=2500, help="of 4 schedules and 20 tasks each")
    parser.add_argument("--changes", type=int, default=1000)
    options = parser.parse_args()
    start = time.perf_counter()
    rehearsal = build(options.sources, Limits())
    built = time.perf_counter() - start
    schedules, tasks = len(list(rehearsal.snapshot.schedules())), len(list(rehearsal.snapshot.tasks()))
    start = time.perf_counter()
    plan_everything(rehearsal.snapshot, rehearsal.now)
    scratch = time.perf_counter() - start
    gc.collect()
    gc.freeze()
    taken = measure(rehearsal, options.changes)
    everything = [value for values in taken.values() for value in values]
    p99 = sorted(everything)[int(len(everything) * 0.99)]
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{schedules} schedules, {tasks} tasks; built in {built:.1f} s; from scratch {scratch:.2f} s; {memory:.0f} MB"
    )
    print(f"{'what changed':24} {'plans':>6} {'p50 ms':>9} {'p99 ms':>9} {'max ms':>9}")
    for name, values in taken.items():
        print(_row(name, values))
    print(_row("all", everything))
    if options.json is not None:
        options.json.write_text(json.dumps({"plan.p99_ms": round(p99, 3)}) + "\n")


if __name__ == "__main__":
    main()
