"""The coming days of the simulated company: the operator's own planner over the objects of the fake cluster."""

import asyncio
from datetime import UTC, datetime

from sincro_contract.outlook import Outlook
from sincro_dashboard.cluster.door import Kind
from sincro_operator.cluster import facts
from sincro_operator.foresight import Question, answer
from sincro_operator.planning.model import Job, Limits, Schedule, Source, Task
from tests.unit.dashboard.fake_cluster import FakeCluster


class Planner:
    """A sincro_dashboard.forecast.Forecast without an operator's process."""

    def __init__(self, cluster: FakeCluster) -> None:
        self._cluster = cluster
        self._known: dict[int, Outlook] = {}

    async def outlook(self, days: int) -> Outlook:
        """See Forecast.outlook. What was said once stays: a week is seconds of planning."""
        if days not in self._known:
            self._known[days] = await asyncio.to_thread(self._look, days)
        return self._known[days]

    def _look(self, days: int) -> Outlook:
        found: list[Source | Schedule | Task | Job] = []
        for (kind, _, _), obj in self._cluster.objects.items():
            if kind is Kind.SOURCE:
                found.append(facts.source_of(obj))
            elif kind is Kind.SCHEDULE:
                found.append(facts.schedule_of(obj))
        return Outlook.model_validate_json(answer(Question(found, datetime.now(UTC), days, Limits(), most=1000)))


def planner_of(cluster: FakeCluster) -> Planner:
    """The planner of this cluster."""
    return Planner(cluster)
