"""Facts that nobody would write: every field at its edges and beyond, drawn from a seed."""

import random
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sincro_contract.exit_codes import ErrorClass
from sincro_contract.resources.sync_schedule import MissedRuns, Rollout
from sincro_contract.resources.sync_task import TaskState, TriggeredBy
from sincro_contract.result import RunResult
from sincro_contract.run import Mode
from sincro_operator.planning.model import (
    Attempt,
    Cadence,
    Circuit,
    Job,
    Limits,
    Merged,
    Name,
    Pending,
    Pod,
    QuietHours,
    Rate,
    RetryPolicy,
    Schedule,
    ScheduleStatus,
    Source,
    SourceStatus,
    Task,
    TaskError,
    TaskStatus,
    TypeStatistics,
    WaitingFor,
)
from tests.unit.planning.facts import NOW

Fact = Source | Schedule | Task | Job
FAR = (datetime(1, 1, 1, tzinfo=UTC), datetime(1970, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, tzinfo=UTC))
SPANS = (timedelta(0), timedelta(microseconds=1), timedelta(seconds=30), timedelta(hours=1), timedelta(days=-1))
LONG_SPANS = (*SPANS, timedelta(days=400), timedelta.max, timedelta.min)
TEXTS = ("", "a", "erp", "customers", "x" * 300, "è%s{0}\n")
NAMES = ("a", "b", "c.d", "e" * 253)
TYPES = ("customers", "orders", "weird")
MESSAGES = ("", "{", "null", "[]", '{"error":{"class":"New","message":"x"}}', '{"result":{}}', '{"error":{}}')
FLOATS = (-1.0, 0.0, 0.5, 1.0, 2.0, 1e300)


class Odd:
    """Draws facts."""

    def __init__(self, seed: int) -> None:
        self.roll = random.Random(seed)

    def one(self, values: Sequence[Any]) -> Any:
        """One of them."""
        return self.roll.choice(values)

    def maybe(self, draw: Callable[[], Any]) -> Any:
        """What is drawn, or None."""
        return draw() if self.roll.random() < 0.6 else None

    def yes(self, chance: float = 0.3) -> bool:
        """True this often."""
        return self.roll.random() < chance

    def instant(self) -> datetime:
        """Mostly near, sometimes at the end of the calendar."""
        return self.one(FAR) if self.yes(0.1) else NOW + timedelta(seconds=self.roll.randint(-300_000, 300_000))

    def several(self, most: int, draw: Callable[[], Any]) -> tuple[Any, ...]:
        """Some of them."""
        return tuple(draw() for _ in range(self.roll.randint(0, most)))

    def facts(self, most: int = 12) -> list[Fact]:
        """A little world."""
        draws = (self.task, self.task, self.job, self.schedule, self.source)
        return [self.one(draws)() for _ in range(self.roll.randint(1, most))]

    def limits(self) -> Limits:
        """The operator's settings."""
        return Limits(
            max_concurrent=self.roll.randint(-1, 5),
            ageing=self.one(SPANS),
            start_deadline=self.one(LONG_SPANS),
            stop_deadline=self.one(LONG_SPANS),
            archive=self.yes(),
            keep_manual=self.roll.randint(0, 3),
            keep_manual_for=self.one(LONG_SPANS),
        )

    def task(self) -> Task:
        """A task."""
        return Task(
            name=Name("n", self.one(NAMES)),
            uid=self.one(("u1", "u2", "u3")),
            created=self.instant(),
            source=self.one(("erp", "erp", "other", "")),
            type=self.one(TYPES),
            mode=self.one(list(Mode)),
            priority=self.roll.randint(-2, 200),
            triggered_by=self.one(list(TriggeredBy)),
            requested_by=self.maybe(lambda: self.one(TEXTS)),
            not_before=self.instant() if self.yes() else None,
            retry=self.policy(),
            timeout=self.one(LONG_SPANS),
            dry_run=self.yes(),
            probe=self.yes(),
            schedule=self.maybe(lambda: self.one(NAMES)),
            due=self.maybe(self.instant),
            mode_reason=self.maybe(lambda: self.one(TEXTS)),
            cancel=self.yes(0.1),
            deleting=self.yes(0.1),
            deleted_at=self.maybe(self.instant),
            finalizer=self.yes(),
            status=self.task_status(),
            status_known=self.yes(0.7),
            pending=self.one(list(Pending)) if self.yes(0.1) else None,
        )

    def policy(self) -> RetryPolicy:
        """A retry policy."""
        return RetryPolicy(
            self.roll.randint(-2, 25), self.one(SPANS), self.one(FLOATS), self.one(SPANS), self.one(FLOATS)
        )

    def task_status(self) -> TaskStatus:
        """A task's status."""
        return TaskStatus(
            state=self.one(list(TaskState)),
            waiting_for=self.maybe(lambda: WaitingFor(self.one(TEXTS), self.one(TEXTS), self.instant())),
            queue_position=self.maybe(lambda: self.roll.randint(-1, 20)),
            estimated_start=self.maybe(self.instant),
            effective_priority=self.maybe(lambda: self.roll.randint(-2, 200)),
            effective_mode=self.maybe(lambda: self.one(list(Mode))),
            attempt=self.roll.randint(-1, 5),
            launches=self.roll.randint(0, 3),
            attempts=self.several(3, self.attempt),
            next_attempt_at=self.instant() if self.yes() else None,
            started_at=self.maybe(self.instant),
            completed_at=self.maybe(self.instant),
            job=self.maybe(lambda: self.one(("j1", "j2", "gone"))),
            result=self.maybe(
                lambda: RunResult(mode=self.one(list(Mode)), created=1, duration_ms=self.one((0, 10**9)))
            ),
            last_error=self.maybe(self.error),
            merged=self.several(2, lambda: Merged(self.one(TEXTS), self.instant(), self.one(NAMES))),
            superseded_by=self.maybe(lambda: self.one(NAMES)),
            archived=self.yes(),
            source_revision=self.maybe(lambda: self.one(TEXTS)),
        )

    def result(self) -> RunResult:
        """A result."""
        return RunResult(mode=self.one(list(Mode)), created=1, duration_ms=self.one((0, 10**9)))

    def attempt(self) -> Attempt:
        """An attempt."""
        error = self.maybe(lambda: self.one(list(ErrorClass)))
        return Attempt(1, self.one(TEXTS), self.maybe(self.instant), self.maybe(self.instant), error, self.one(TEXTS))

    def error(self) -> TaskError:
        """An error."""
        wait = self.maybe(lambda: self.one(LONG_SPANS))
        kind = self.one(list(ErrorClass))
        return TaskError(kind, self.one(TEXTS), self.one(TEXTS), "", (), wait, self.maybe(self.instant))

    def job(self) -> Job:
        """A Job."""
        return Job(
            name=Name("n", self.one(("j1", "j2", "j3"))),
            uid=self.one(TEXTS),
            task=self.one(NAMES),
            task_uid=self.one(("u1", "u2", "u9", "")),
            launch=self.roll.randint(-1, 4),
            created=self.instant(),
            deleting=self.yes(),
            complete=self.yes(),
            failed=self.yes(),
            failed_reason=self.one((None, "DeadlineExceeded", "BackoffLimitExceeded")),
            ended_at=self.maybe(self.instant),
            pods=self.several(2, self.pod),
            source=self.one(("erp", "", "unknown")),
            type=self.one(TYPES),
            deleted_at=self.maybe(self.instant),
        )

    def pod(self) -> Pod:
        """A pod."""
        return Pod(
            name=self.one(TEXTS),
            uid=self.one(TEXTS),
            phase=self.one(("Pending", "Running", "Succeeded", "Failed", "Unknown", "", "New")),
            created=self.maybe(self.instant),
            scheduled=self.yes(),
            unschedulable=self.maybe(lambda: self.one(TEXTS)),
            waiting_reason=self.one((None, "ImagePullBackOff", "CreateContainerConfigError", "InvalidImageName", "?")),
            started_at=self.maybe(self.instant),
            ended_at=self.maybe(self.instant),
            exit_code=self.one((None, 0, 1, 21, 30, 137, -1, 10**9)),
            termination_reason=self.one((None, "OOMKilled", "Error")),
            termination_message=self.one(MESSAGES),
            disrupted=self.maybe(lambda: self.one(TEXTS)),
            deleting=self.yes(),
        )

    def schedule(self) -> Schedule:
        """A schedule."""
        return Schedule(
            name=Name("n", self.one(NAMES)),
            uid=self.one(TEXTS),
            created=self.instant(),
            source=self.one(("erp", "other")),
            type=self.one(TYPES),
            full=self.maybe(self.cadence),
            delta=self.maybe(self.cadence),
            adaptive=self.maybe(lambda: (self.one(SPANS), self.one(SPANS))),
            suspend=self.yes(0.1),
            time_zone=self.one((None, None, "Nowhere", "", "Australia/Lord_Howe", "/etc/passwd", "\0")),
            quiet_hours=self.several(3, lambda: QuietHours(self.roll.randint(0, 1440), self.roll.randint(0, 1440))),
            priority=self.maybe(lambda: self.roll.randint(-2, 200)),
            max_concurrent=self.maybe(lambda: self.roll.randint(-1, 5)),
            retry=self.policy(),
            starting_deadline=self.maybe(lambda: self.one(LONG_SPANS)),
            missed_runs=self.one(list(MissedRuns)),
            rollout=self.one(list(Rollout)),
            freshness_objective=self.maybe(lambda: self.one(LONG_SPANS)),
            keep_succeeded=self.roll.randint(-1, 5),
            keep_failed=self.roll.randint(-1, 5),
            deleting=self.yes(0.1),
            status=self.schedule_status(),
            pending=Pending.WRITE if self.yes(0.1) else None,
        )

    def cadence(self) -> Cadence:
        """A cadence."""
        cron = self.one(("0 7 * * *", "*/5 * * * *", "0 0 30 2 *", "", "R R R R R", "x y", "0 0 29 2 *"))
        return Cadence(self.one(LONG_SPANS), None) if self.yes(0.5) else Cadence(None, cron)

    def schedule_status(self) -> ScheduleStatus:
        """A schedule's status."""
        return ScheduleStatus(
            last_due_full=self.maybe(self.instant),
            last_due_delta=self.maybe(self.instant),
            anchor=self.maybe(self.instant),
            cadence_hash=self.one((None, "", "x", "a.b", "a.b.c")),
            interval=self.maybe(lambda: self.one(LONG_SPANS)),
            rate=self.maybe(lambda: Rate(*(self.one(FLOATS) for _ in range(3)), self.maybe(self.instant))),
            last_run=self.maybe(self.instant),
            last_success=self.maybe(self.instant),
            average_duration=self.maybe(lambda: self.one(LONG_SPANS)),
        )

    def source(self) -> Source:
        """A source."""
        return Source(
            name=Name("n", self.one(("erp", "erp", "other"))),
            uid=self.one(TEXTS),
            created=self.instant(),
            time_zone=self.one(("Europe/Rome", "Europe/Rome", "Nowhere", "")),
            max_concurrent=self.roll.randint(-1, 4),
            paused=self.yes(0.1),
            failure_threshold=self.roll.randint(-1, 5),
            open_duration=self.one(LONG_SPANS),
            problem=("ProfileInvalid", "x") if self.yes(0.1) else None,
            streams=frozenset({"customers", "orders"}) if self.yes(0.8) else None,
            profile_hash=self.maybe(lambda: self.one(TEXTS)),
            deleting=self.yes(0.1),
            status=self.source_status(),
            pending=Pending.WRITE if self.yes(0.1) else None,
        )

    def source_status(self) -> SourceStatus:
        """A source's status."""
        circuit = Circuit(
            self.one(("Closed", "Closed", "Open", "HalfOpen", "?")),
            self.roll.randint(-1, 9),
            self.maybe(self.instant),
            self.maybe(self.instant),
            self.one(("", "CredentialsRejected", "SessionLost")),
            self.one(TEXTS),
            self.one(TEXTS),
            self.roll.randint(-1, 4),
        )
        types = self.several(2, self.statistics)
        return SourceStatus(circuit=circuit, types=types, counted_until=self.maybe(self.instant))

    def statistics(self) -> TypeStatistics:
        """A type's statistics."""
        usual = self.maybe(lambda: self.one(LONG_SPANS))
        return TypeStatistics(self.one(TYPES), last_full=self.maybe(self.instant), average_duration=usual)
