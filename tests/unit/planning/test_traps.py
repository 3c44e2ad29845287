"""The traps known from other schedulers, and where each is shown. Those that are not a decision belong to `cluster`.

create-then-crash before status ........ test_attempts (adoption), test_cadence (a run that was made is settled)
stale cache double create .............. test_cadence (the name is a function ...), test_naming; 409 in cluster
409, 429 and Retry-After ............... cluster (backoff of writes); of an ERP: test_retry, test_circuit_breaker
watch loss and 410 ..................... cluster (reflector)
restart with everything in flight ...... test_admission (a restart ...), here
two replicas at once ................... here (two planners want the same names); the Lease in cluster
Job deleted by hand, TTL before read ... test_attempts (Jobs that vanish)
replacement beside a terminating pod ... test_admission (when a slot is free again)
Job retries times task retries ......... cluster (the Job's backoffLimit is 0); one owner of attempts: here
cancel while queued .................... test_attempts
deletion mid-run ....................... test_attempts
namespace terminating .................. here
recreated object of the same name ...... here, test_cadence, test_admission
names over 63 .......................... test_naming
clock stepping back .................... test_cadence, test_attempts, test_incremental
unbounded status ....................... test_attempts, test_coalescing (merged), test_explain (positions)
a sync that ends as it starts .......... test_admission (the queue moves on in the same second)
"""

from dataclasses import replace

from sincro_contract.resources.sync_task import TaskState
from sincro_contract.run import Mode
from sincro_operator.planning.actions import CreateTask, LaunchJob, StopJob, WriteTask
from sincro_operator.planning.model import Limits, RetryPolicy
from sincro_operator.planning.planner import Planner, plan
from sincro_operator.planning.rehearsal import End, Rehearsal, succeed
from sincro_operator.planning.snapshot import Snapshot
from tests.unit.planning.facts import (
    HOUR,
    MINUTE,
    NOW,
    SECOND,
    ended,
    job_of,
    launched,
    of_kind,
    plan_of,
    pod,
    pod_done,
    running,
    said_ok,
    schedule,
    scheduled,
    source,
    task,
    written,
)


def test_two_replicas_ask_for_the_same_things_by_the_same_names() -> None:
    facts = (source(max_concurrent=2), schedule(created=NOW - MINUTE), task(), scheduled("s", type="orders"))
    first, second = (plan(Snapshot(facts), at) for at in (NOW, NOW + SECOND))
    assert [a.job for a in of_kind(first, LaunchJob)] == [a.job for a in of_kind(second, LaunchJob)]
    assert [a.name for a in of_kind(first, CreateTask)] == [a.name for a in of_kind(second, CreateTask)]


def test_a_successor_goes_on_where_the_first_one_was_killed() -> None:
    """A planner that has seen everything and one that starts now have the same plan, at every moment of a day."""
    types = ("customers", "orders", "prices")
    snapshot = Snapshot([source(), *(schedule(t, type=t) for t in types), task("asked", type="products")])
    rehearsal = Rehearsal(snapshot, NOW, lambda launch: succeed(launch, 20 * MINUTE))
    for step in range(48):
        rehearsal.run(NOW + step * 30 * MINUTE)
        assert Planner(snapshot).plan(rehearsal.now).actions == ()


def test_attempts_have_one_owner() -> None:
    """maxAttempts attempts are maxAttempts Jobs."""
    launches: list[int] = []

    def fail(launch: LaunchJob) -> End:
        launches.append(launch.attempt)
        return End(SECOND, 30)

    snapshot = Snapshot([source(failure_threshold=99), task(retry=RetryPolicy(max_attempts=4))])
    Rehearsal(snapshot, NOW, fail).run(NOW + 2 * HOUR)
    assert launches == [1, 2, 3, 4]


def test_in_a_namespace_that_is_terminating_nothing_new_is_made() -> None:
    gone = {"deleting": True, "deleted_at": NOW}
    facts = (
        source(deleting=True),
        schedule(created=NOW - HOUR, deleting=True),
        scheduled("queued", **gone),
        replace(running(scheduled("runs", type="orders")), **gone),
    )
    found = plan_of(*facts)
    assert not of_kind(found, CreateTask)
    assert not of_kind(found, LaunchJob)
    ending = job_of(running(scheduled("runs", type="orders")), (pod(deleting=True),), deleting=True, deleted_at=NOW)
    assert not of_kind(plan_of(*facts, ending), StopJob)


def test_a_task_that_was_made_again_under_its_name_does_not_inherit_the_old_ones_job() -> None:
    old = running(task())
    again = task(uid="another", created=NOW + SECOND)
    found = plan_of(source(max_concurrent=2), job_of(old), again)
    assert [write.status.state.value for write in of_kind(found, WriteTask)] == ["Queued"]
    (stop,) = of_kind(found, StopJob)
    assert stop.job.task_uid == old.uid
    after = plan_of(source(max_concurrent=2), again)
    (launch,) = of_kind(after, LaunchJob)
    assert launch.job != job_of(old).name


def test_a_schedule_that_was_made_again_starts_anew() -> None:
    again = schedule(created=NOW - MINUTE, uid="another")
    (create,) = of_kind(plan_of(source(), again), CreateTask)
    assert NOW - MINUTE <= create.due <= NOW


def test_limits_that_allow_nothing_start_nothing_and_lose_nothing() -> None:
    facts = (source(max_concurrent=0), task())
    assert launched(plan_of(*facts)) == []
    assert launched(plan_of(source(), task(), limits=Limits(max_concurrent=0))) == []
    assert launched(plan_of(source(), task())) == ["t1"]


def test_a_job_made_for_a_task_that_has_ended_meanwhile_is_stopped() -> None:
    """Create, crash, and the answer comes after a person has cancelled: the next leader had seen no Job."""
    cancelled = ended(task(), TaskState.CANCELLED)
    ghost = job_of(task())
    (stop,) = of_kind(plan_of(source(), cancelled, ghost), StopJob)
    assert not stop.force
    ending = replace(ghost, deleting=True, deleted_at=NOW)
    assert not of_kind(plan_of(source(), cancelled, ending, now=NOW + MINUTE), StopJob)
    (stop,) = of_kind(plan_of(source(), cancelled, ending, now=NOW + Limits().stop_deadline), StopJob)
    assert stop.force
    over = replace(ghost, pods=(pod_done(said_ok()),))
    assert not of_kind(plan_of(source(), cancelled, over), StopJob)


def test_who_adopts_a_job_knows_as_what_and_of_which_source_it_was_launched() -> None:
    """Else a Full would not know its profile, and a login that is refused would be counted for an earlier edit."""
    before = replace(task(), status=replace(running(task()).status, state=TaskState.RETRYING), status_known=True)
    again = replace(before, status=replace(before.status, next_attempt_at=None))
    edited = source(generation=2)
    (launch,) = of_kind(plan_of(edited, again), LaunchJob)
    made = replace(
        job_of(running(again, launch=2)), name=launch.job, mode=Mode.FULL, revision=launch.status.source_revision
    )
    adopted = written(plan_of(edited, again, made))
    assert (adopted.state, adopted.source_revision, adopted.effective_mode) == (TaskState.RUNNING, "2-p1", Mode.FULL)
    unknown = written(plan_of(edited, again, replace(made, mode=None, revision=None)))
    assert unknown.source_revision is None
