"""Two operators at once, each with its own Lease: split by namespaces, and by the labels of sources in one namespace.

Who did what is read from the Jobs (an annotation names the operator), the operators' logs and the Events' reporters.
"""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from sincro_operator.cluster.api import EVENTS, JOBS, LEASES, SCHEDULES, SOURCES, TASKS, Object
from sincro_operator.cluster.connection import Connection
from tests.cluster.operator.place import Place, Process, new_place, operating, until

PORT = 18350
LONG = 240.0
"""Seconds that a sync may take on a cluster that others keep busy."""
LABEL = "sincro.dev/operator"
SAYS_TASK = frozenset({"sync_due", "sync_started", "sync_state", "action_again"})


@dataclass
class Side:
    """One operator, and what is its own: a source with a schedule."""

    name: str
    place: Place
    source: str
    process: Process

    @property
    def operator(self) -> str:
        return f"{self.place.namespace}/{self.name}"

    def tasks_it_spoke_of(self) -> set[tuple[str, str]]:
        """Namespace and source of every task in its log."""
        return {(line["namespace"], line["source"]) for line in self.process.events() if line["event"] in SAYS_TASK}

    async def jobs(self) -> list[Object]:
        return [job for job in await self.place.all(JOBS) if source_of(job) == self.source]

    async def versions(self) -> dict[str, str]:
        """The versions of its source, schedules and tasks, and of its Jobs."""
        objects = [one for kind in (SOURCES, SCHEDULES, TASKS) for one in await self.place.all(kind)]
        own = [one for one in objects if self.source in (one["metadata"]["name"], reference(one))]
        return {
            f"{one.get('kind', 'Job')}/{one['metadata']['name']}": one["metadata"]["resourceVersion"]
            for one in (*own, *await self.jobs())
        }


def source_of(job: Object) -> str:
    return str(job["metadata"]["annotations"]["sincro.dev/source"])


def author_of(job: Object) -> str:
    return str(job["metadata"]["annotations"]["sincro.dev/operator"])


def reference(one: Object) -> str:
    return str(one["spec"].get("sourceRef", {}).get("name"))


@asynccontextmanager
async def side(place: Place, folder: Path, port: int, name: str, source: str, **settings: Any) -> AsyncIterator[Side]:
    """An operator with a Lease of its own, and its caches complete."""
    election = {"enabled": True, "namespace": place.namespace, "name": name}
    async with operating(place, folder, port, leaderElection=election, **settings) as process:
        await process.says("caches_complete")
        yield Side(name, place, source, process)


async def labelled_source(place: Place, name: str, label: str | None, behaviour: str = "") -> None:
    await place.source(name, behaviour)
    if label is not None:
        await place.api.patch(SOURCES, place.name(name), {"metadata": {"labels": {LABEL: label}}})


async def scheduled_tasks(side: Side) -> list[Object]:
    return [
        task
        for task in await side.place.all(TASKS)
        if reference(task) == side.source and task["spec"]["triggeredBy"] == "Scheduler"
    ]


async def each_does_its_own(first: Side, second: Side) -> None:
    """A schedule and a person's sync of both: one Job each, by the right operator; nobody else says a word."""
    for one in (first, second):
        await one.place.schedule(f"orders-{one.source}", one.source, "orders", full={"every": "5m"})
        await one.place.task(f"asked-{one.source}", one.source)
    for one in (first, second):
        await until("the schedule's sync is made", partial(scheduled_tasks, one), within=LONG)
        tasks = [task["metadata"]["name"] for task in await scheduled_tasks(one)] + [f"asked-{one.source}"]
        assert len(tasks) == 2
        for task in tasks:
            assert len((await one.place.in_state(task, "Succeeded", within=LONG))["attempts"]) == 1
            assert [author_of(job) for job in await one.place.jobs_of(task)] == [one.operator]
        assert {author_of(job) for job in await one.jobs()} == {one.operator}
        assert one.tasks_it_spoke_of() == {(one.place.namespace, one.source)}
        lease = await one.place.api.get(LEASES, one.place.name(one.name))
        await reported_by_nobody_but(one, lease["spec"]["holderIdentity"])


async def reported_by_nobody_but(one: Side, identity: str) -> None:
    """The Events about its source's tasks come from its operator."""

    async def reporters() -> set[str]:
        return {
            event["reportingInstance"]
            for event in await one.place.all(EVENTS)
            if event.get("reportingController") == "sincro.dev/operator"
            and (event.get("regarding") or {}).get("name") == f"asked-{one.source}"
        }

    assert await until("there are Events", reporters) == {identity}


async def the_other_leaves_it_alone(killed: Side, other: Side) -> None:
    """What the killed operator leaves, queued and running, stays as it is while the other one goes on with its own."""
    await killed.place.task("runs", killed.source, "products")
    await killed.place.in_state("runs", "Running")
    await killed.process.end(signal.SIGKILL)
    await killed.place.task("waits", killed.source, "prices")
    before = await killed.versions()
    jobs = {job["metadata"]["name"] for job in await killed.jobs()}
    for number in range(2):
        await other.place.task(f"meanwhile-{number}", other.source)
        await other.place.in_state(f"meanwhile-{number}", "Succeeded")
    after = await killed.versions()
    of_jobs = {f"Job/{name}" for name in jobs}
    assert {name: after[name] for name in after if name not in of_jobs} == {
        name: before[name] for name in before if name not in of_jobs
    }
    assert await killed.place.status("waits") == {}
    assert {job["metadata"]["name"] for job in await killed.jobs()} == jobs
    assert other.tasks_it_spoke_of() == {(other.place.namespace, other.source)}


async def test_split_by_namespaces(api: Connection, tmp_path: Path) -> None:
    async with new_place(api, "split-a") as here, new_place(api, "split-b") as there:
        await here.source("erp")
        await there.source("erp")
        async with (
            side(here, tmp_path, PORT, "operator", "erp") as first,
            side(there, tmp_path, PORT + 10, "operator", "erp") as second,
        ):
            await each_does_its_own(first, second)
            await slow_down(here, "erp")
            await the_other_leaves_it_alone(first, second)
        async with side(here, tmp_path, PORT + 20, "operator", "erp") as first:
            await goes_on(first)


async def test_split_by_labels_in_one_namespace(api: Connection, tmp_path: Path) -> None:
    async with new_place(api, "split-l") as place:
        await labelled_source(place, "one", "a")
        await labelled_source(place, "two", None)
        async with side(place, tmp_path, PORT + 40, "rest", "two", sourceSelector=f"{LABEL}!=a") as rest:
            async with side(place, tmp_path, PORT + 30, "a", "one", sourceSelector=f"{LABEL}=a") as first:
                await each_does_its_own(first, rest)
                await slow_down(place, "one")
                await the_other_leaves_it_alone(first, rest)
            # A task whose source is nowhere is told so by the operator that takes sources without labels.
            await place.task("astray", "nowhere")
            await waits_for(place, "astray", "SourceNotFound")
            # The label is what hands a source over, with what runs and waits.
            await place.api.patch(SOURCES, place.name("one"), {"metadata": {"labels": {LABEL: None}}})
            await place.in_state("runs", "Succeeded", within=LONG)
            await place.in_state("waits", "Succeeded", within=LONG)
            assert [author_of(job) for job in await place.jobs_of("runs")] == [first.operator]
            assert [author_of(job) for job in await place.jobs_of("waits")] == [rest.operator]


async def slow_down(place: Place, source: str) -> None:
    """Its syncs take a while from now on: long enough to be found running."""
    await place.api.patch(SOURCES, place.name(source), {"spec": {"baseUrl": "http://erp.invalid/?sleep=12"}})


async def goes_on(first: Side) -> None:
    """The same operator, back again, finishes what it had begun: one Job each."""
    for task in ("runs", "waits"):
        await first.place.in_state(task, "Succeeded", within=LONG)
        assert [author_of(job) for job in await first.place.jobs_of(task)] == [first.operator]


async def waits_for(place: Place, task: str, reason: str) -> None:
    async def look() -> bool:
        waiting = (await place.status(task)).get("waitingFor") or {}
        return bool(waiting.get("reason") == reason)

    await until(f"{task} waits for {reason}", look)


async def test_overlapping_operators_double_nothing_and_say_so(api: Connection, tmp_path: Path) -> None:
    async with new_place(api, "split-o") as place:
        await place.source("erp", maxConcurrent=4)
        async with (
            side(place, tmp_path, PORT + 50, "one", "erp") as one,
            side(place, tmp_path, PORT + 60, "two", "erp") as two,
        ):

            async def told() -> list[Object]:
                return [event for event in await place.all(EVENTS) if event.get("reason") == "AnotherOperator"]

            tasks: list[str] = []

            async def asked_until_told() -> list[Object]:
                for type_ in ("customers", "orders", "products", "prices"):
                    tasks.append(f"t{len(tasks)}")
                    await place.task(tasks[-1], "erp", type_)
                await asyncio.gather(*(place.in_state(task, "Succeeded", within=LONG) for task in tasks[-4:]))
                return await told()

            events = await until("one says that there is another", asked_until_told, within=2 * LONG)
            assert {event["regarding"]["name"] for event in events} == {"erp"}
            assert one.operator in events[0]["note"]
            assert two.operator in events[0]["note"]
            for task in tasks:
                assert len(await place.jobs_of(task)) == len((await place.status(task))["attempts"]) == 1
