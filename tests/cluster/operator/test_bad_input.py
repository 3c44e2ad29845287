"""Bad input ends as a condition and an Event that say what to do, within a bounded time; the operator goes on."""

from datetime import timedelta
from typing import Any

import pytest

from sincro_operator.cluster.api import CONFIG_MAPS, EVENTS, SOURCES, TASKS
from sincro_operator.cluster.connection import Connection
from sincro_operator.planning.model import Limits
from tests.cluster.operator.place import Place, core_at_work, until

SOON = Limits(start_deadline=timedelta(seconds=10), stop_deadline=timedelta(seconds=10))
LATER = Limits(start_deadline=timedelta(seconds=45), stop_deadline=timedelta(seconds=10))
"""Long enough for the kubelet to have said what it misses, on a busy machine too."""
ONE_ATTEMPT = {"maxAttempts": 1}


async def said(place: Place, task: str) -> str:
    """All Events about a task."""
    events = await place.all(EVENTS)
    return "\n".join(event.get("note") or "" for event in events if event["regarding"].get("name") == task)


async def still_works(place: Place) -> None:
    """The same operator runs a sync of a good source."""
    await place.source("good")
    await place.task("good", "good")
    await place.in_state("good", "Succeeded")


@pytest.mark.parametrize(
    ("spec", "error_class", "words"),
    [
        ({"scraper": {"image": "sincro/nobody-has:this"}}, "ImageUnavailable", ["sincro/nobody-has:this"]),
        ({"credentialsSecretRef": {"name": "forgotten"}}, "ConfigInvalid", [": Secret forgotten does not exist."]),
        (
            {"databaseSecretRef": {"name": "user", "key": "forgotten"}},
            "ConfigInvalid",
            [": Secret user has no key forgotten."],
        ),
        ({"scraper": {"nodeSelector": {"moon": "dark-side"}}}, "Unschedulable", ["node"]),
    ],
    ids=["image", "secret", "key", "node"],
)
async def test_a_pod_that_cannot_start(
    spec: dict[str, Any], error_class: str | None, words: list[str], api: Connection, place: Place
) -> None:
    await place.source(**spec)
    async with core_at_work(api, place, limits=LATER if error_class == "ConfigInvalid" else SOON):
        await place.task("t1", retryPolicy=ONE_ATTEMPT)
        status = await place.in_state("t1", "DeadLettered", within=150)
        if error_class is not None:
            assert status["lastError"]["class"] == error_class
        message = status["lastError"]["message"]
        assert all(word in message for word in words), message

        async def told() -> bool:
            return message[:40] in await said(place, "t1")

        await until("an Event says so", told)
        await still_works(place)


async def waits_for(place: Place, task: str, reason: str) -> str:
    async def look() -> Any:
        waiting = (await place.status(task)).get("waitingFor") or {}
        return waiting.get("message") if waiting.get("reason") == reason else None

    return str(await until(f"{task} waits for {reason}", look))


async def test_a_missing_profile_is_waited_for(api: Connection, place: Place) -> None:
    await place.source(profile={"name": "forgotten"})
    async with core_at_work(api, place):
        await place.task("t1")
        message = await waits_for(place, "t1", "ProfileNotFound")
        assert "ConfigMap forgotten does not exist" in message
        source = await api.get(SOURCES, place.name("erp"))
        ready = next(c for c in source["status"]["conditions"] if c["type"] == "Ready")
        assert (ready["status"], ready["reason"]) == ("False", "ProfileNotFound")
        await place.put(CONFIG_MAPS, "forgotten", data={"profile.yaml": "streams: {customers: {}}"})
        await place.in_state("t1", "Succeeded", within=60)


async def test_a_stream_that_no_profile_declares(api: Connection, place: Place) -> None:
    await place.source()
    async with core_at_work(api, place):
        await place.task("t1", type_="invoices")

        async def explained() -> bool:
            task = await api.get(TASKS, place.name("t1"))
            return "invoices" in str(task.get("status") or {})

        await until("the status names the stream", explained)
        assert await place.jobs_of("t1") == []
        await still_works(place)


async def test_a_source_that_does_not_exist(api: Connection, place: Place) -> None:
    async with core_at_work(api, place):
        await place.task("t1", "nowhere")
        assert "nowhere" in await waits_for(place, "t1", "SourceNotFound")
        await place.source("nowhere")
        await place.in_state("t1", "Succeeded")


async def test_rejected_credentials_are_not_tried_again(api: Connection, place: Place) -> None:
    await place.source(behaviour="exit=21")
    async with core_at_work(api, place):
        await place.task("t1")
        status = await place.in_state("t1", "DeadLettered")
        assert status["lastError"]["class"] == "CredentialsRejected"
        assert len(await place.jobs_of("t1")) == 1

        async def open_circuit() -> bool:
            source = await api.get(SOURCES, place.name("erp"))
            return str(source["status"]["circuit"]["state"]) == "Open"

        await until("the circuit is open", open_circuit)
