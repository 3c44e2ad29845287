"""`plan(snapshot, now, limits)`: everything that is to be done now, and when to look again.

Nothing is decided here: sources are planned one by one (planning.source_plan), slots are given out over all of them
(planning.admission), and those who go on waiting are told why (planning.explain). A Planner remembers what it worked
out for sources in which nothing has changed since; that saves time and changes nothing. A source whose planning raises
stands still by itself (planning.isolation).
"""

from datetime import datetime
from heapq import heappop, heappush

from sincro_contract.exit_codes import ErrorClass
from sincro_operator.planning import launching, overlap
from sincro_operator.planning.actions import Action, Failure, Plan, StopJob, WriteSource, WriteTask
from sincro_operator.planning.admission import Admission, admit
from sincro_operator.planning.attempts import stopping
from sincro_operator.planning.clock import after, soonest
from sincro_operator.planning.contest import Contest, Lane, shared_lanes
from sincro_operator.planning.crowd import Crowd
from sincro_operator.planning.demand import Slot, Waiting
from sincro_operator.planning.isolation import isolated
from sincro_operator.planning.memory import Memory
from sincro_operator.planning.model import Limits, Name
from sincro_operator.planning.selection import GRACE
from sincro_operator.planning.snapshot import Shard, Snapshot
from sincro_operator.planning.source_plan import plan_source


def plan(snapshot: Snapshot, now: datetime, limits: Limits | None = None) -> Plan:
    """What to do now, worked out from nothing but the snapshot."""
    return Planner(snapshot, limits or Limits()).plan(now, everything=True)


class Planner:
    """Plans one snapshot again and again; the work is that of the sources that have changed."""

    def __init__(self, snapshot: Snapshot, limits: Limits | None = None) -> None:
        self._snapshot = snapshot
        self._limits = limits or Limits()
        self._contest = Contest(snapshot)
        self._memories: dict[Name, Memory] = {}
        self._since: dict[Name, datetime] = {}
        """Since when each source is looked after."""
        self._others: dict[Name, Name] = {}
        """By source: the latest Job of another operator that people have been told of."""
        self._failures: list[Failure] = []
        self._acting: set[Name] = set()
        """Sources whose last plan had actions: they are planned again until those have shown their effect."""
        self._alarms: list[tuple[datetime, Name]] = []
        self._alarm: dict[Name, datetime] = {}
        self._lanes_at: dict[Lane, datetime] = {}
        self._was_full = False
        self._last: datetime | None = None

    def plan(self, now: datetime, *, everything: bool = False) -> Plan:
        """What to do now."""
        if everything:
            changed = set(self._snapshot.shards)
        else:
            changed = self._changed(now)
            self._snapshot.clock = now
        self._last = now
        for key in sorted(changed):
            self._look_at(key, now)
        admission = admit(self._contest, self._limits)
        actions = self._actions(admission, now)
        actions += self._tell(admission, changed, now)
        failures, self._failures = tuple(self._failures), []
        return Plan(tuple(actions), soonest(self._next_alarm(), *self._lanes_at.values()), failures)

    def _tell(self, admission: Admission, changed: set[Name], now: datetime) -> list[WriteTask]:
        """Tell those who wait for slots that sources share."""
        contest = self._contest
        lanes = contest.stirred | {lane for lane, at in self._lanes_at.items() if at <= now}
        for demand, waiting in admission.started:
            lanes |= shared_lanes(demand.key.namespace, {waiting.task.type})
        full = admission.after.full
        if full != self._was_full:
            lanes |= set(contest.lanes)
        contest.stirred, self._was_full = set(), full
        started = {demand.key for demand, _ in admission.started}
        crowd = Crowd(contest, admission.after, self._snapshot, self._limits, started, now)
        crowd.tell_sources(changed)
        for lane in lanes:
            self._lanes_at.pop(lane, None)
        self._lanes_at |= crowd.tell_lanes(lanes)
        for key, instant in crowd.again.items():
            self._ring(key, instant)
        # Those who were told something are looked at again until it has shown its effect.
        self._acting |= started | {Name(write.task.name.namespace, write.task.source) for write in crowd.writes}
        return crowd.writes

    def _changed(self, now: datetime) -> set[Name]:
        changed = self._snapshot.take_dirty() | self._acting
        if self._last is None or now < self._last:
            # A clock that was set back makes what is due, held and over a question again.
            changed |= set(self._snapshot.shards) | set(self._contest.demands)
        while self._alarms and self._alarms[0][0] <= now:
            instant, key = heappop(self._alarms)
            if self._alarm.get(key) == instant:
                changed.add(key)
        return changed

    def _look_at(self, key: Name, now: datetime) -> None:
        shard = self._snapshot.shards.get(key)
        self._alarm.pop(key, None)
        self._acting.discard(key)
        if shard is None or not self._ours(shard, now):
            self._contest.drop(key)
            self._memories.pop(key, None)
            self._since.pop(key, None)
            self._others.pop(key, None)
            return
        memory = self._memories.setdefault(key, Memory())
        try:
            demand = plan_source(shard, self._snapshot, now, self._limits, memory)
        except Exception as error:
            del self._memories[key]
            self._failures.append(Failure(key, error))
            demand = isolated(shard, now, error)
        demand.actions += self._tell_of_others(shard, now)
        self._contest.put(demand)
        if demand.actions:
            self._acting.add(key)
        if demand.again is not None:
            self._ring(key, demand.again)

    def _ours(self, shard: Shard, now: datetime) -> bool:
        """Whether we look after it; what may still turn out to be another operator's is looked at again."""
        selector = self._snapshot.selector
        if selector.everything:
            return True
        if shard.labels is None and (known := after(shard.youngest, GRACE)) > now:
            self._ring(shard.key, known)
            return False
        return shard.mine(selector)

    def _tell_of_others(self, shard: Shard, now: datetime) -> list[WriteSource]:
        """Say once for each Job that another operator looks after this source too."""
        since = self._since.setdefault(shard.key, now)
        job = overlap.others_job(shard, self._limits.operator, since)
        source = shard.source
        if job is None or source is None or source.pending is not None or self._others.get(shard.key) == job.name:
            return []
        self._others[shard.key] = job.name
        return [WriteSource(source, source.status, (overlap.note(job, self._limits.operator),))]

    def _ring(self, key: Name, instant: datetime) -> None:
        """Look at this source again at this instant, if not before."""
        if key not in self._alarm or instant < self._alarm[key]:
            self._alarm[key] = instant
            heappush(self._alarms, (instant, key))

    def _next_alarm(self) -> datetime | None:
        while self._alarms and self._alarm.get(self._alarms[0][1]) != self._alarms[0][0]:
            heappop(self._alarms)
        return self._alarms[0][0] if self._alarms else None

    def _actions(self, admission: Admission, now: datetime) -> list[Action]:
        actions: list[Action] = []
        stopped: dict[str, WriteTask] = {}
        for slot, waiting in admission.preempted:
            actions += _preempt(slot, waiting, stopped)
        for demand, waiting in admission.started:
            if demand.source is not None:
                record = demand.records.get(waiting.task.type)
                actions.append(launching.launch(waiting, demand.source, record, now))
        for key in sorted(self._acting):
            for action in self._contest.demands[key].actions:
                if not (isinstance(action, WriteTask) and action.task.uid in stopped):
                    actions.append(action)
        return actions


def _preempt(slot: Slot, waiting: Waiting, stopped: dict[str, WriteTask]) -> list[Action]:
    """Write down why, then stop: a restart in between goes on from there."""
    if slot.task is None or slot.job is None or slot.status is None:
        return []
    message = f"Made way for {waiting.task.name.name}, which a person asked for."
    write = WriteTask(slot.task, stopping(slot.status, ErrorClass.PREEMPTED, message))
    stopped[slot.task.uid] = write
    return [write, StopJob(slot.job, message)]
