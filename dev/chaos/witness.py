"""What was seen of tasks and containers, and what of it must not be. Pure; knows nothing of what was broken when.

The witness relies on the API server's and the kubelet's word only, never on what the operator says about itself.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

FINAL = {"Succeeded", "DeadLettered", "Cancelled", "Shadowed", "Superseded"}


@dataclass(frozen=True, slots=True)
class Run:
    """A scheduled run: the schedule and the instant for which it was made."""

    schedule: str
    mode: str
    due: datetime


@dataclass(frozen=True, slots=True)
class Container:
    """A scraper's container, by the kubelet's clock. `ended` is None while nothing says that it has ended."""

    pod: str
    source: str
    type: str
    started: datetime
    ended: datetime | None


@dataclass
class Witness:
    """Everything that was seen, by name."""

    tasks: dict[str, dict[str, Any]] = field(default_factory=dict)
    containers: dict[str, Container] = field(default_factory=dict)
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    def task(self, obj: dict[str, Any]) -> None:
        """A SyncTask as a watch told of it; what is pruned later stays known."""
        self.tasks[obj["metadata"]["name"]] = obj
        self._news.set()

    async def until_all_ended(self) -> None:
        """Wait until every task that was seen is final."""
        while unfinished(self.tasks.values()):
            self._news.clear()
            await self._news.wait()

    def pod(self, obj: dict[str, Any], now: datetime, *, gone: bool = False) -> None:
        """A scraper's pod as a watch told of it; one that vanished without a word ended when that was seen."""
        name, status = obj["metadata"]["name"], obj.get("status", {})
        started, ended = _span(status)
        known = self.containers.get(name)
        started = started or (known.started if known else None)
        if started is None:
            return
        ended = ended or (known.ended if known else None) or (now if gone else None)
        labels = obj["metadata"]["labels"]
        self.containers[name] = Container(name, labels["sincro.dev/source"], labels["sincro.dev/type"], started, ended)

    def only_these_are_left(self, pods: set[str], now: datetime) -> None:
        """A list of pods: those that are not in it and were not seen to end have ended meanwhile."""
        for name, container in self.containers.items():
            if name not in pods and container.ended is None:
                self.containers[name] = replace(container, ended=now)

    def states(self) -> dict[str, int]:
        """State -> how many tasks."""
        found: dict[str, int] = defaultdict(int)
        for task in self.tasks.values():
            found[_state(task)] += 1
        return dict(found)


def _span(status: dict[str, Any]) -> tuple[datetime | None, datetime | None]:
    """When the container began and ended; None for what is not known."""
    for container in status.get("containerStatuses", []):
        state = container.get("state", {})
        part = state.get("running") or state.get("terminated") or {}
        return _instant(part.get("startedAt")), _instant(part.get("finishedAt"))
    return None, None


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _state(task: dict[str, Any]) -> str:
    return str(task.get("status", {}).get("state", "Queued"))


# ---------------------------------------------------------------- what must not be


def unfinished(tasks: Iterable[dict[str, Any]]) -> list[str]:
    """Tasks that came to no end."""
    return sorted(f"{t['metadata']['name']} is {_state(t)}" for t in tasks if _state(t) not in FINAL)


def unexplained(tasks: Iterable[dict[str, Any]]) -> list[str]:
    """Dead letters that name no cause."""
    return sorted(
        t["metadata"]["name"]
        for t in tasks
        if _state(t) == "DeadLettered" and not t["status"].get("lastError", {}).get("message")
    )


def doubled(tasks: Iterable[dict[str, Any]]) -> list[str]:
    """Runs for which two tasks were made."""
    of_run: dict[Run, list[str]] = defaultdict(list)
    for task in tasks:
        if run := scheduled(task):
            of_run[run].append(task["metadata"]["name"])
    return sorted(f"{run.schedule} {run.due}: {names}" for run, names in of_run.items() if len(names) > 1)


def scheduled(task: dict[str, Any]) -> Run | None:
    """The run for which a task was made; None for a person's."""
    spec = task["spec"]
    due = _instant(spec.get("due"))
    return Run(spec["scheduleRef"], spec["mode"], due) if due else None


def overlapping(containers: Iterable[Container], now: datetime) -> list[str]:
    """Two containers of the same source and type that ran at the same time. Kubelets count in whole seconds."""
    of_key: dict[tuple[str, str], list[Container]] = defaultdict(list)
    for container in containers:
        of_key[container.source, container.type].append(container)
    found = []
    for spans in of_key.values():
        for first, second in pairwise(sorted(spans, key=lambda c: c.started)):
            if second.started < (first.ended or now):
                found.append(f"{first.pod} until {first.ended} and {second.pod} from {second.started}")
    return found


def lost(tasks: Iterable[dict[str, Any]], every: timedelta, skipped: dict[str, int]) -> list[str]:
    """Runs of schedules with this interval between their first and their last that no task was made for.

    `skipped` is what each schedule's status counts as given up: those are not lost, they were said.
    """
    dues: dict[str, set[datetime]] = defaultdict(set)
    for task in tasks:
        if run := scheduled(task):
            dues[run.schedule].add(run.due)
    found = []
    for schedule, instants in sorted(dues.items()):
        promised = (max(instants) - min(instants)) // every + 1
        missing = promised - len(instants) - skipped.get(schedule, 0)
        if missing > 0:
            found.append(f"{schedule}: {missing} of {promised} runs")
    return found
