"""What people do to the cluster while the operator works: they ask for syncs, cancel, pause, edit and delete."""

import asyncio
import random
from collections.abc import Callable
from datetime import datetime

from sincro_operator.cluster.api import SCHEDULES, SOURCES, TASKS, ApiError, Object
from sincro_operator.cluster.facts import FINALIZER
from sincro_operator.planning.model import Name
from tests.simulation.scenario import NAMESPACE, STREAMS, Scenario
from tests.simulation.server import Server


class People:
    """Act on the server directly: kubectl never fails them. `tell` hears what they did."""

    def __init__(
        self, scenario: Scenario, server: Server, clock: Callable[[], datetime], tell: Callable[[str], None]
    ) -> None:
        self._scenario = scenario
        self._server = server
        self._clock = clock
        self._tell = tell
        self._dice = random.Random(f"people/{scenario.seed}")
        self._careful = random.Random(f"careful/{scenario.seed}")
        self.requests: list[tuple[Name, datetime]] = []

    async def ask(self) -> None:
        """Ask for syncs for ever, mostly in working hours."""
        while True:
            await asyncio.sleep(self._dice.expovariate(self._scenario.requests_per_day / 86_400))
            for _ in range(self._dice.choice((1, 1, 1, 2, 3))):
                task = self._request()
                if self._dice.random() < 0.1:
                    await asyncio.sleep(self._dice.uniform(0, 60))
                    self._patch(TASKS, task, {"spec": {"cancel": True, "cancelledBy": "anna"}}, "cancels")
                elif self._dice.random() < 0.05:
                    await asyncio.sleep(self._dice.uniform(0, 60))
                    self._delete_task(task)

    async def edit(self) -> None:
        """Change their minds for ever."""
        if not self._scenario.edits_per_day:
            return
        edits = (self._pause, self._suspend, self._change_cadence, self._change_limit, self._replace_schedule)
        while True:
            await asyncio.sleep(self._dice.expovariate(self._scenario.edits_per_day / 86_400))
            await self._dice.choice(edits)()

    def calm_down(self) -> None:
        """The end: nothing new is wanted, and whatever held work back is taken away."""
        for schedule in self._server.objects(SCHEDULES):
            self._patch(SCHEDULES, _name(schedule), {"spec": {"suspend": True}}, "suspends")
        for source in self._server.objects(SOURCES):
            # A new address is what a person changes after credentials were refused: it closes the circuit.
            spec = {"paused": False, "pausedBy": None, "pauseReason": None, "baseUrl": "http://erp.example/new"}
            self._patch(SOURCES, _name(source), {"spec": spec}, "resumes")

    # -------------------------------------------------------------- inside

    def _request(self) -> Name:
        source = self._dice.choice(self._scenario.sources)["metadata"]["name"]
        mode = self._dice.choice(("Delta", "Delta", "Full", "Force"))
        body: Object = {
            "metadata": {"generateName": "now-"},
            "spec": {
                "sourceRef": {"name": source},
                "type": self._dice.choice(STREAMS),
                "mode": mode,
                "priority": 100,
                "triggeredBy": "Manual",
                "requestedBy": self._dice.choice(("anna", "bruno")),
                "retryPolicy": {
                    "maxAttempts": 3,
                    "initialDelay": "30s",
                    "backoffMultiplier": 2,
                    "maxDelay": "10m",
                    "jitter": 0.1,
                },
                "timeout": "30m",
                "cancel": False,
            },
        }
        if self._careful.random() < 0.5:
            # Who deletes it wants its run to have stopped before it is gone.
            body["metadata"]["finalizers"] = [FINALIZER]
        made = self._server.create(TASKS, NAMESPACE, body)
        name = _name(made)
        self.requests.append((name, self._clock()))
        self._tell(f"a person asks for {mode} {source}/{body['spec']['type']} ({name.name})")
        return name

    async def _pause(self) -> None:
        source = _name(self._dice.choice(self._server.objects(SOURCES)))
        self._patch(
            SOURCES, source, {"spec": {"paused": True, "pausedBy": "anna", "pauseReason": "inventory"}}, "pauses"
        )
        await asyncio.sleep(self._dice.uniform(60, self._scenario.longest_hold))
        self._patch(SOURCES, source, {"spec": {"paused": False, "pausedBy": None, "pauseReason": None}}, "resumes")

    async def _suspend(self) -> None:
        schedules = self._server.objects(SCHEDULES)
        if not schedules:
            return
        schedule = _name(self._dice.choice(schedules))
        self._patch(SCHEDULES, schedule, {"spec": {"suspend": True}}, "suspends")
        await asyncio.sleep(self._dice.uniform(60, self._scenario.longest_hold))
        self._patch(SCHEDULES, schedule, {"spec": {"suspend": False}}, "resumes")

    async def _change_cadence(self) -> None:
        schedules = self._server.objects(SCHEDULES)
        if schedules:
            every = self._dice.choice(self._scenario.size.edited)
            self._patch(SCHEDULES, _name(self._dice.choice(schedules)), {"spec": {"delta": {"every": every}}}, "edits")

    async def _change_limit(self) -> None:
        source = _name(self._dice.choice(self._server.objects(SOURCES)))
        self._patch(SOURCES, source, {"spec": {"maxConcurrent": self._dice.choice((1, 2, 3))}}, "edits")

    async def _replace_schedule(self) -> None:
        schedules = self._server.objects(SCHEDULES)
        if not schedules:
            return
        old = self._dice.choice(schedules)
        self._tell(f"a person deletes {_name(old).name} and makes it again")
        self._server.delete(SCHEDULES, _name(old))
        await asyncio.sleep(self._dice.uniform(0, 30))
        keep = {"apiVersion": old["apiVersion"], "kind": old["kind"], "spec": old["spec"]}
        self._server.create(SCHEDULES, NAMESPACE, keep | {"metadata": {"name": _name(old).name}})

    def _delete_task(self, name: Name) -> None:
        try:
            self._server.delete(TASKS, name)
            self._tell(f"a person deletes {name.name}")
        except ApiError:
            return

    def _patch(self, resource: object, name: Name, body: Object, verb: str) -> None:
        try:
            self._server.patch(resource, name, body)  # type: ignore[arg-type]
            self._tell(f"a person {verb} {name.name}: {body['spec']}")
        except ApiError:
            return


def _name(obj: Object) -> Name:
    return Name(obj["metadata"]["namespace"], obj["metadata"]["name"])
