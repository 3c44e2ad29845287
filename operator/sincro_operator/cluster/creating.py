"""Pods whose container is being created: for a moment, or for as long as what they mount is missing.

Decided here: which pods these are, and that what was found out about one holds until the pod says something else. Not
here: who finds that out, and in which words (`cluster.mounts`).
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace

from sincro_operator.planning.model import Name, Pod

_CREATING = "ContainerCreating"


@dataclass(frozen=True, slots=True)
class MountProblem:
    """What `cluster.mounts` found out about a pod that cannot mount a volume."""

    reason: str
    message: str


class Creating:
    """These pods, each in the words that say most. `changed` is told of a pod about which something was found out."""

    def __init__(self, changed: Callable[[Name, Pod], None]) -> None:
        self._changed = changed
        self._pods: dict[Name, Pod] = {}
        self._some = asyncio.Event()

    def see(self, name: Name, pod: Pod) -> Pod:
        """The pod as it is, or with what was found out about it in place of its own words."""
        if pod.waiting_reason != _CREATING:
            self._pods.pop(name, None)
            return pod
        before = self._pods.get(name)
        if before is not None and before.uid == pod.uid and before.waiting_reason != _CREATING:
            pod = replace(pod, waiting_reason=before.waiting_reason, waiting_message=before.waiting_message)
        self._pods[name] = pod
        self._some.set()
        return pod

    def gone(self, name: Name) -> None:
        """The pod is gone."""
        self._pods.pop(name, None)

    def explain(self, name: Name, uid: str, problem: MountProblem) -> None:
        """Why this pod's container is not created; nothing happens when it is created, or is another pod's by now."""
        pod = self._pods.get(name)
        if pod is None or pod.uid != uid:
            return
        explained = replace(pod, waiting_reason=problem.reason, waiting_message=problem.message)
        if explained != pod:
            self._pods[name] = explained
            self._changed(name, explained)

    def pods(self) -> frozenset[tuple[Name, str]]:
        """Their names and UIDs."""
        return frozenset((name, pod.uid) for name, pod in self._pods.items())

    async def until_some(self) -> None:
        """Wait until there is one."""
        while not self._pods:
            self._some.clear()
            await self._some.wait()
