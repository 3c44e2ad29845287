"""A source of a test's own: its schedules, the syncs that are asked of it, and what their status says."""

import json
import time
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, TypeVar

from dev.demo.documents import TYPES, Document, schedule, source
from dev.demo.install import Installation
from dev.demo.kube import apply, follow, get, kubectl, request_sync

Found = TypeVar("Found")


class Place:
    """One SyncSource with an ERP user of its own, and tables NAME_customers, ..."""

    def __init__(self, demo: Installation, name: str, user: str) -> None:
        self.demo, self.name, self._user = demo, name, user
        self._schedules: list[str] = []

    def make(self, **spec: Any) -> None:
        """Create the source, or change its spec."""
        for document in source(self.name, self._user, **spec):
            apply(document, self.demo.namespace)

    def schedule(self, type_: str, **spec: object) -> str:
        """Create the type's schedule, or change it; its name."""
        name = f"{self.name}-{type_}"
        apply(schedule(name, self.name, type_, **spec), self.demo.namespace)
        self._schedules.append(name)
        return name

    def ask(self, type_: str, mode: str = "Full", **spec: object) -> str:
        """Ask for a sync as a person does; the task's name."""
        return request_sync(self.demo.namespace, self.name, type_, mode, **spec)

    def end(self, task: str, seconds: float = 240, on_change: Callable[[Document], None] | None = None) -> Document:
        """The task once it is final."""
        return follow(task, self.demo.namespace, seconds, on_change)

    def warm(self, *types: str) -> None:
        """One sync of each type, one after the other, since a user has one session; later ones need no browser."""
        for type_ in types or TYPES:
            ended = self.end(self.ask(type_))
            assert ended["status"]["state"] == "Succeeded", ended["status"]

    def task(self, name: str) -> Document:
        """A task as it stands."""
        return get("synctask", name, self.demo.namespace)

    def status_of(self, schedule_name: str) -> Document:
        """A schedule's status."""
        found: Document = get("syncschedule", schedule_name, self.demo.namespace).get("status", {})
        return found

    def source_status(self) -> Document:
        """The source's status."""
        found: Document = get("syncsource", self.name, self.demo.namespace).get("status", {})
        return found

    def tasks(self, of: str | None = None) -> list[Document]:
        """The source's tasks, or those that a schedule made; by when they were due, then by age."""
        listed = json.loads(kubectl("get", "synctasks", "-n", self.demo.namespace, "-o", "json"))["items"]
        mine = [
            task
            for task in listed
            if task["spec"]["sourceRef"]["name"] == self.name and (of is None or task["spec"].get("scheduleRef") == of)
        ]
        return sorted(mine, key=lambda t: (t["spec"].get("due", ""), t["metadata"]["creationTimestamp"]))

    def jobs(self, type_: str) -> list[Document]:
        """The Jobs that read a type of this source."""
        uids = {t["metadata"]["uid"] for t in self.tasks() if t["spec"]["type"] == type_}
        listed = json.loads(kubectl("get", "jobs", "-n", self.demo.namespace, "-o", "json"))["items"]
        return [job for job in listed if job["metadata"]["ownerReferences"][0]["uid"] in uids]

    def remove(self) -> None:
        """The schedules, the source and its tasks, without waiting."""
        names = [f"syncschedule/{name}" for name in dict.fromkeys(self._schedules)]
        names += [f"synctask/{task['metadata']['name']}" for task in self.tasks()] + [f"syncsource/{self.name}"]
        kubectl("delete", "-n", self.demo.namespace, *names, "--ignore-not-found", "--wait=false")


def state(task: Document) -> str:
    """A task's state; Queued before anybody has looked at it."""
    found: str = task.get("status", {}).get("state", "Queued")
    return found


def instant(text: str) -> datetime:
    """A time as Kubernetes writes it."""
    return datetime.fromisoformat(text)


def started(task: Document) -> datetime:
    """When a task's first attempt began."""
    return instant(task["status"]["attempts"][0]["startedAt"])


def condition(status: Document, type_: str) -> Document:
    """The condition of a type; empty without one."""
    return next((c for c in status.get("conditions", []) if c["type"] == type_), {})


def eventually(look: Callable[[], Found], what: str, seconds: float = 180) -> Found:
    """The first answer that counts as true. Raises AssertionError after the deadline, with the last one."""
    deadline = time.monotonic() + seconds
    while not (answer := look()):
        assert time.monotonic() < deadline, f"not within {seconds:.0f} s: {what}; last: {answer!r}"
        time.sleep(1)
    return answer


def spans(tasks: Iterable[Document]) -> list[tuple[datetime, datetime, str]]:
    """When attempts of the tasks ran, and of which: (started, ended, task); those that ended, by their start."""
    found = [
        (instant(a["startedAt"]), instant(a["endedAt"]), t["metadata"]["name"])
        for t in tasks
        for a in t["status"].get("attempts", [])
        if a.get("startedAt") and a.get("endedAt")
    ]
    return sorted(found)
