"""One source that cannot be planned: the others are, it keeps its slots, says so, and comes back by itself."""

from dataclasses import replace
from datetime import timedelta

from sincro_operator.planning.actions import LaunchJob, WriteSource
from sincro_operator.planning.isolation import REASON, RETRY
from sincro_operator.planning.model import Cadence, Limits, Name, Schedule
from sincro_operator.planning.planner import Planner, plan
from sincro_operator.planning.snapshot import Snapshot
from tests.unit.planning.facts import HOUR, NOW, job_of, of_kind, running, schedule, scheduled, source, task

BAD = Name("n", "bad")


def unplannable() -> Schedule:
    """A fact that no validation would let through: a mistake of ours."""
    return schedule("bad-orders", source="bad", type="orders", delta=Cadence(every="an hour"))  # type: ignore[arg-type]


def test_the_others_are_planned_and_the_bad_one_says_why_it_is_not() -> None:
    snapshot = Snapshot([source("bad"), unplannable(), task("waits", source="bad"), source(), task("goes")])
    done = plan(snapshot, NOW)
    assert [launch.task.name.name for launch in of_kind(done, LaunchJob)] == ["goes"]
    (write,) = [action for action in of_kind(done, WriteSource) if action.source.name == BAD]
    ready, reason, message = write.status.ready
    assert (ready, reason) == (False, REASON)
    assert "TypeError" in message
    assert [event.reason for event in write.events] == [REASON]
    assert [(failure.source, type(failure.error)) for failure in done.failures] == [(BAD, TypeError)]


def test_its_slots_stay_taken_nothing_of_it_starts_and_nothing_is_taken_from_it() -> None:
    held = running(scheduled("s1", source="bad", schedule="bad-customers"))
    waits = task("mine", source="bad", type="prices")
    asks = task("theirs")
    snapshot = Snapshot([source("bad"), unplannable(), held, job_of(held), waits, source(), asks])
    assert of_kind(plan(snapshot, NOW, Limits(max_concurrent=1)), LaunchJob) == []
    started = of_kind(plan(snapshot, NOW, Limits(max_concurrent=2)), LaunchJob)
    assert [launch.task.name.name for launch in started] == ["theirs"]


def test_it_is_told_once_tried_again_after_a_while_and_comes_back() -> None:
    snapshot = Snapshot([source("bad"), unplannable()])
    planner = Planner(snapshot)
    (write,) = of_kind(planner.plan(NOW), WriteSource)
    snapshot.put(replace(write.source, status=write.status))
    later = planner.plan(NOW + timedelta(seconds=1))
    assert of_kind(later, WriteSource) == []
    assert later.wake_at == NOW + timedelta(seconds=1) + RETRY
    assert planner.plan(NOW + timedelta(seconds=2)).failures == ()
    assert len(planner.plan(NOW + timedelta(seconds=2) + RETRY).failures) == 1
    snapshot.put(replace(unplannable(), delta=Cadence(every=HOUR)))
    (mended,) = of_kind(planner.plan(NOW + timedelta(minutes=5)), WriteSource)
    assert mended.status.ready == (True, "Ready", "")
