"""Random histories: everything that can happen to the facts, drawn from one seed."""

import random
from dataclasses import replace
from datetime import timedelta

from sincro_contract.exit_codes import ErrorClass
from sincro_contract.resources.sync_schedule import MissedRuns, Rollout
from sincro_contract.run import Mode
from sincro_operator.planning.actions import LaunchJob, Plan
from sincro_operator.planning.model import Cadence, Limits, Name, Pending, QuietHours, Task
from sincro_operator.planning.planner import Planner, plan
from sincro_operator.planning.rehearsal import End, Rehearsal, succeed
from sincro_operator.planning.snapshot import Snapshot
from tests.unit.planning.facts import HOUR, MINUTE, NOW, STREAMS, said_error, schedule, source, task

TYPES = sorted(STREAMS)


class CheckedPlanner(Planner):
    """Plans from scratch too, and compares."""

    def __init__(self, snapshot: Snapshot, limits: Limits) -> None:
        super().__init__(snapshot, limits)
        self._all = (snapshot, limits)
        self.plans = 0

    def plan(self, now, *, everything=False):  # type: ignore[no-untyped-def]
        """The plan, if it is the same."""
        snapshot, limits = self._all
        scratch: Plan = plan(snapshot, now, limits)
        mine = super().plan(now, everything=everything)
        self.plans += 1
        here, there = set(map(repr, mine.actions)), set(map(repr, scratch.actions))
        assert not here - there, f"{now}: only when planned incrementally: {sorted(here - there)}"
        assert not there - here, f"{now}: only when planned from scratch: {sorted(there - here)}"
        return mine


class History:
    """A story of one seed: a few sources, schedules, people, and everything that goes wrong."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        roll = self.random
        self.snapshot = Snapshot()
        limits = Limits(
            max_concurrent=roll.choice([1, 2, 3, 50]),
            ageing=roll.choice([timedelta(minutes=10), timedelta(seconds=20), timedelta(0)]),
            archive=roll.random() < 0.3,
            keep_manual=3,
        )
        self.sources = [f"erp{number}" for number in range(roll.choice([1, 2, 4]))]
        for name in self.sources:
            self.snapshot.put(source(name, max_concurrent=roll.choice([1, 1, 2, 3]), failure_threshold=3))
            for type_ in TYPES:
                if roll.random() < 0.7:
                    self.snapshot.put(self._schedule(name, type_))
        self.rehearsal = Rehearsal(self.snapshot, NOW, self._script, limits)
        self.planner = self.rehearsal.planner = CheckedPlanner(self.snapshot, limits)
        self._number = 0

    def _schedule(self, name: str, type_: str):  # type: ignore[no-untyped-def]
        roll = self.random
        return schedule(
            f"{name}-{type_}",
            source=name,
            type=type_,
            created=NOW,
            full=roll.choice([None, Cadence(every=3 * HOUR), Cadence(cron="0 */2 * * *")]),
            delta=roll.choice([Cadence(every=10 * MINUTE), Cadence(every=HOUR), Cadence(cron="*/20 * * * *")]),
            adaptive=roll.choice([None, (5 * MINUTE, 2 * HOUR)]),
            quiet_hours=roll.choice([(), (QuietHours(13 * 60, 14 * 60),), (QuietHours(1320, 360),)]),
            max_concurrent=roll.choice([None, None, 1, 2]),
            missed_runs=roll.choice(list(MissedRuns)),
            starting_deadline=roll.choice([None, 5 * MINUTE]),
            rollout=roll.choice([Rollout.ACTIVE, Rollout.ACTIVE, Rollout.DRY_RUN, Rollout.SHADOW]),
            freshness_objective=roll.choice([None, 2 * HOUR]),
            keep_succeeded=roll.choice([0, 1, 3]),
            keep_failed=1,
        )

    def _script(self, launch: LaunchJob) -> End:
        roll = self.random
        takes = timedelta(seconds=roll.choice([1, 20, 120, 600]))
        chance = roll.random()
        if chance < 0.7:
            return succeed(launch, takes)
        if chance < 0.75:
            return End(takes, 21, said_error(ErrorClass.CREDENTIALS_REJECTED))
        if chance < 0.8:
            return End(takes, 23, said_error(ErrorClass.SCHEMA_DRIFT))
        return End(takes, roll.choice([1, 30, 31, 137]), said_error(ErrorClass.SOURCE_UNAVAILABLE))

    def play(self, steps: int) -> None:
        """So many things happen, with time in between."""
        for _ in range(steps):
            self._happen()
            step = self.random.choice([timedelta(0), timedelta(seconds=3), MINUTE, 11 * MINUTE])
            self.rehearsal.run(self.rehearsal.now + step)

    def _happen(self) -> None:
        happenings = (
            self._ask,
            self._ask,
            self._cancel,
            self._delete_task,
            self._lose_job,
            self._evict,
            self._edit_source,
            self._edit_schedule,
            self._write_under_way,
            self._clock_step,
            self._nothing,
        )
        self.random.choice(happenings)()

    def _nothing(self) -> None:
        """A quiet while."""

    def _ask(self) -> None:
        roll = self.random
        self._number += 1
        asked = task(
            f"ask{self._number}",
            source=roll.choice([*self.sources, "nobody"]),
            type=roll.choice([*TYPES, "unknown"]),
            mode=roll.choice([Mode.DELTA, Mode.DELTA, Mode.FULL, Mode.FORCE]),
            priority=roll.choice([100, 50]),
            created=self.rehearsal.now,
            not_before=roll.choice([None, None, self.rehearsal.now + 5 * MINUTE]),
        )
        self.snapshot.put(asked)

    def _some_task(self) -> Task | None:
        tasks = sorted(self.snapshot.tasks(), key=lambda one: one.name)
        return self.random.choice(tasks) if tasks else None

    def _cancel(self) -> None:
        if (one := self._some_task()) is not None:
            self.snapshot.put(replace(one, cancel=True, cancelled_by="bruno"))

    def _delete_task(self) -> None:
        one = self._some_task()
        if one is None:
            return
        if self.random.random() < 0.5:
            self.snapshot.drop_task(one.name)
        else:
            self.snapshot.put(replace(one, deleting=True, deleted_at=self.rehearsal.now, finalizer=True))

    def _lose_job(self) -> None:
        jobs = sorted(self.snapshot.jobs(), key=lambda one: one.name)
        if jobs:
            self.snapshot.drop_job(self.random.choice(jobs).name)

    def _evict(self) -> None:
        jobs = [one for one in sorted(self.snapshot.jobs(), key=lambda one: one.name) if one.pods]
        if not jobs:
            return
        job = self.random.choice(jobs)
        gone = replace(
            job.pods[0], phase="Failed", disrupted="node drained", exit_code=143, ended_at=self.rehearsal.now
        )
        self.snapshot.put(replace(job, pods=(gone,), failed=True))

    def _edit_source(self) -> None:
        roll = self.random
        found = self.snapshot.source(Name("n", roll.choice(self.sources)))
        if found is None:
            return
        edit = roll.choice(
            [
                {"paused": not found.paused, "paused_by": "anna"},
                {"max_concurrent": roll.choice([1, 2])},
                {"problem": roll.choice([None, ("ProfileInvalid", "line 3: no")])},
                {"profile_hash": roll.choice(["p1", "p2"])},
            ]
        )
        self.snapshot.put(replace(found, generation=found.generation + 1, **edit))

    def _edit_schedule(self) -> None:
        roll = self.random
        schedules = sorted(self.snapshot.schedules(), key=lambda one: one.name)
        if not schedules:
            return
        found = roll.choice(schedules)
        if roll.random() < 0.1:
            self.snapshot.drop_schedule(found.name)
            return
        edit = roll.choice(
            [
                {"suspend": not found.suspend},
                {"delta": roll.choice([Cadence(every=7 * MINUTE), Cadence(cron="5 * * * *"), None])},
                {"full": roll.choice([Cadence(every=2 * HOUR), None])},
                {"rollout": roll.choice(list(Rollout))},
                {"max_concurrent": roll.choice([None, 1])},
                {"time_zone": roll.choice([None, "America/New_York", "Nowhere/Land"])},
            ]
        )
        self.snapshot.put(replace(found, generation=found.generation + 1, **edit))

    def _write_under_way(self) -> None:
        one = self._some_task()
        if one is not None:
            pending = None if one.pending is not None else self.random.choice(list(Pending))
            self.snapshot.put(replace(one, pending=pending))

    def _clock_step(self) -> None:
        self.rehearsal.now += self.random.choice([-20, -2, 30]) * MINUTE
