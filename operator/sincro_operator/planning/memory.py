"""What planning one source keeps for the next time: what had nothing to do, schedule by schedule, and the history.

Decided here: when such a plan still holds: everything that it was made from is the same, and its next instant has not
come. It saves time and changes nothing; a test holds it to the plan from scratch. Not here: what the plan says.
"""

from datetime import datetime

from sincro_operator.planning.model import Name, Schedule
from sincro_operator.planning.retention import Keeping
from sincro_operator.planning.schedule_plan import SchedulePlan, Surroundings
from sincro_operator.planning.snapshot import Shard


class Memory:
    """Of one source. An empty one is always right."""

    __slots__ = ("_keeping", "_kept")

    def __init__(self) -> None:
        self._kept: dict[Name, dict[bool, tuple[tuple[object, ...], datetime, SchedulePlan]]] = {}
        """For each schedule, with writes about its source's tasks under way and without."""

        self._keeping: tuple[tuple[object, ...], datetime, Keeping] | None = None

    def keeping(self, shard: Shard, now: datetime) -> Keeping | None:
        """What there was to archive and to prune (nothing), if that still holds."""
        if self._keeping is None:
            return None
        grounds, since, keeping = self._keeping
        if now < since or (keeping.again is not None and now >= keeping.again) or grounds != _history(shard):
            return None
        return keeping

    def keep_keeping(self, shard: Shard, now: datetime, keeping: Keeping) -> None:
        """Remember that nothing is to be archived or pruned."""
        idle = not (keeping.actions or keeping.over)
        self._keeping = (_history(shard), now, keeping) if idle else None

    def recall(self, schedule: Schedule, around: Surroundings, now: datetime) -> SchedulePlan | None:
        """The plan, if the one that was made before still holds."""
        kept = self._kept.get(schedule.name, {}).get(around.settled)
        if kept is None:
            return None
        grounds, since, plan = kept
        if now < since or (plan.again is not None and now >= plan.again):
            return None
        mine = _grounds(schedule, around)
        same = len(mine) == len(grounds) and all(one is other for one, other in zip(mine, grounds, strict=True))
        return plan if same else None

    def keep(self, schedule: Schedule, around: Surroundings, now: datetime, plan: SchedulePlan) -> None:
        """Remember a plan that has nothing to do; one that has is worked out again until that has had its effect."""
        if plan.actions:
            self._kept.pop(schedule.name, None)
        else:
            self._kept.setdefault(schedule.name, {})[around.settled] = (_grounds(schedule, around), now, plan)

    def forget(self, names: set[Name]) -> None:
        """Only these schedules are left."""
        for gone in self._kept.keys() - names:
            del self._kept[gone]


def _grounds(schedule: Schedule, around: Surroundings) -> tuple[object, ...]:
    """What a plan with nothing to do was made from. `open` is read only when something is due, and then there is."""
    mine = [part for pair in around.mine for part in pair]
    past = around.past if schedule.adaptive is not None else ()
    return (schedule, around.source, around.circuit, around.record, *mine, None, *around.removed, None, *past)


def _history(shard: Shard) -> tuple[object, ...]:
    """What decides that all ended tasks stay."""
    limits = [(one.name, one.keep_succeeded, one.keep_failed) for one in shard.schedules.values()]
    return (shard.past, *limits)
