"""What a pod waits for that cannot mount a volume: its status does not say, the Events of the kubelet do.

Decided here: which pods are asked about and when, and the words for what is missing. Nothing is asked while every pod
starts. Not here: for how long a pod may wait (planning.observe).
"""

import asyncio
import logging
import re
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from sincro_operator.cluster.api import POD_EVENTS, PODS, Api, ApiError, Denied, NotFound, Object
from sincro_operator.cluster.creating import Creating, MountProblem
from sincro_operator.cluster.fields import EPOCH, child, children, instant, read
from sincro_operator.planning.model import CONFIGURATION_MISSING, Name

logger = logging.getLogger(__name__)

_ROUND = 2.0
"""Seconds between rounds. A pod is asked about in the second in which it waits, and then twice as late each time."""
_OFTEN_ENOUGH = 16
"""Rounds after which it is asked about evenly."""
_REFUSED = 300.0
"""Seconds until it is tried again, where the operator may not read Events."""
_FRESH = timedelta(seconds=150)
"""An Event older than the newest by this is about what is there by now: the kubelet tries every two minutes."""
_ABSENT = re.compile(r'\b(secret|configmap) "([^"]+)" not found')
_NO_KEY = re.compile(r'volume "([^"]+)" : (?:\w+ )?references non-existent (?:secret|config) key: (\S+)')
_KINDS = {"secret": "Secret", "configmap": "ConfigMap"}


def mount_problem(pod: Object, events: Sequence[Object]) -> MountProblem | None:
    """What the Events of a pod say that it lacks; None when they say nothing. Everything that is missing is named."""
    failures = [(read(event, "lastTimestamp", instant, EPOCH), event) for event in events]
    failures = [(at, event) for at, event in failures if event.get("reason") == "FailedMount"]
    if not failures:
        return None
    newest: datetime = max(at for at, _ in failures)
    messages = [str(event.get("message") or "") for at, event in failures if newest - at <= _FRESH]
    missing = sorted({words for message in messages for words in _missing(pod, message)})
    if missing:
        return MountProblem(CONFIGURATION_MISSING, " and ".join(missing))
    # Timeouts only repeat what the failure before them says.
    told = [message for message in messages if not message.startswith("Unable to attach or mount volumes")]
    return MountProblem("FailedMount", (told or messages)[-1])


def _missing(pod: Object, message: str) -> Iterable[str]:
    for kind, name in _ABSENT.findall(message):
        yield f"{_KINDS[kind]} {name} does not exist"
    for volume, key in _NO_KEY.findall(message):
        yield f"{_source_of(pod, volume)} has no key {key}"


def _source_of(pod: Object, volume: str) -> str:
    for each in children(child(pod, "spec"), "volumes"):
        if each.get("name") == volume and "secret" in each:
            return f"Secret {child(each, 'secret').get('secretName')}"
        if each.get("name") == volume and "configMap" in each:
            return f"ConfigMap {child(each, 'configMap').get('name')}"
    return f"what is mounted as {volume}"


def is_due(rounds: int) -> bool:
    """Whether a pod that has waited for so many rounds is asked about: 1, 2, 4, 8, 16, 32, 48 ..."""
    return rounds > 0 and (rounds % _OFTEN_ENOUGH == 0 or rounds & (rounds - 1) == 0)


class Mounts:
    """Asks for the Events of pods that stay in ContainerCreating."""

    def __init__(self, api: Api, creating: Creating) -> None:
        self._api = api
        self._creating = creating

    async def run(self) -> None:
        """Ask for ever; returns only by cancellation."""
        rounds: dict[tuple[Name, str], int] = {}
        while True:
            await self._creating.until_some()
            await asyncio.sleep(_ROUND)
            rounds = {pod: rounds.get(pod, -1) + 1 for pod in self._creating.pods()}
            try:
                for pod, waited in rounds.items():
                    if is_due(waited):
                        await self._ask(*pod)
            except Denied as error:
                logger.warning("events_denied", extra={"error": str(error)})
                await asyncio.sleep(_REFUSED)
            except ApiError as error:
                logger.info("events_unreadable", extra={"error": str(error)})

    async def _ask(self, name: Name, uid: str) -> None:
        selector = f"involvedObject.uid={uid},reason=FailedMount"
        page = await self._api.list(POD_EVENTS, name.namespace, field_selector=selector, limit=100)
        if not page.items:
            return
        try:
            pod = await self._api.get(PODS, name)
        except NotFound:
            return
        problem = mount_problem(pod, page.items)
        if problem is not None:
            self._creating.explain(name, uid, problem)
