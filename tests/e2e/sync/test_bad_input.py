"""What is wrong ends as a condition and an Event that say what to do, in a bounded time, with nothing half-written."""

import base64
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from dev.demo.install import Installation
from dev.demo.kube import apply, get, kubectl, request_sync
from tests.e2e.sync.conftest import SOURCE, events_of, wait_until

Sync = Callable[..., dict[str, Any]]
MakeSource = Callable[[str, dict[str, Any]], str]
Waiting = Callable[[str, str], dict[str, Any]]
ONCE = {"retryPolicy": {"maxAttempts": 1}}


def secret(name: str, **values: str) -> dict[str, Any]:
    """A Secret."""
    data = {key: base64.b64encode(value.encode()).decode() for key, value in values.items()}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "data": data}


def says(task: dict[str, Any], namespace: str, *words: str) -> None:
    """The Failed condition and an Event hold all the words."""
    status = task["status"]
    failed = next(c for c in status["conditions"] if c["type"] == "Failed")
    notes = " / ".join(f"{reason}: {note}" for reason, note in events_of(namespace, task["metadata"]["name"]))
    assert failed["status"] == "True", status
    for word in words:
        assert word in failed["message"], failed
        assert word in notes, notes


def waits(namespace: str, task: str, seconds: int = 60) -> dict[str, Any]:
    """Why a task waits, once it says so, and the Events about it once that reason is among them."""
    kubectl(
        "wait",
        f"synctask/{task}",
        "-n",
        namespace,
        "--for=jsonpath={.status.waitingFor.reason}",
        f"--timeout={seconds}s",
    )
    why: dict[str, Any] = get("synctask", task, namespace)["status"]["waitingFor"]
    wait_until(lambda: why["reason"] in dict(events_of(namespace, task)), f"an Event {why['reason']} about {task}")
    return why | {"events": events_of(namespace, task)}


@pytest.fixture
def waiting(demo: Installation) -> Iterator[Waiting]:
    """Ask for a sync that cannot start, and read why; the request is cancelled after the test."""
    made: list[str] = []

    def ask(source: str, stream: str) -> dict[str, Any]:
        made.append(request_sync(demo.namespace, source, stream))
        return waits(demo.namespace, made[-1])

    yield ask
    for name in made:
        kubectl("delete", "synctask", name, "-n", demo.namespace, "--wait=false")


def test_a_stream_that_the_profile_does_not_have(waiting: Waiting) -> None:
    why = waiting(SOURCE, "invoices")
    assert why["reason"] == "UnknownStream"
    assert "invoices" in why["message"]
    assert "customers" in why["message"]
    assert ("UnknownStream", why["message"]) in why["events"]


def test_a_profile_that_is_not_there(source: MakeSource, waiting: Waiting) -> None:
    name = source("no-profile", {"profile": {"name": "nobody-made-this", "key": "profile.yaml"}})
    why = waiting(name, "customers")
    assert why["reason"] == "ProfileNotFound"
    assert "nobody-made-this" in why["message"]
    assert ("ProfileNotFound", why["message"]) in why["events"]


def test_a_profile_that_is_not_yaml(demo: Installation, source: MakeSource, waiting: Waiting) -> None:
    apply(
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": "bad-profile"},
            "data": {"profile.yaml": "streams: [unclosed"},
        },
        demo.namespace,
    )
    why = waiting(source("bad-yaml", {"profile": {"name": "bad-profile", "key": "profile.yaml"}}), "customers")
    assert why["reason"] == "ProfileInvalid"
    assert "bad-profile" in why["message"]
    assert ("ProfileInvalid", why["message"]) in why["events"]


def test_a_profile_that_does_not_validate(demo: Installation, source: MakeSource, sync: Sync) -> None:
    text = "sincro: 1\nname: wrong\nstreams:\n  customers:\n    open: /Clienti.aspx\n    colums: {}\n"
    apply(
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": "invalid-profile"},
            "data": {"profile.yaml": text},
        },
        demo.namespace,
    )
    name = source("invalid", {"profile": {"name": "invalid-profile", "key": "profile.yaml"}})
    task = sync("customers", source=name)
    assert task["status"]["lastError"]["class"] == "ConfigInvalid"
    says(task, demo.namespace, "colums")


def test_a_secret_that_is_not_there(demo: Installation, source: MakeSource, sync: Sync) -> None:
    name = source("no-secret", {"credentialsSecretRef": {"name": "nobody-made-this"}})
    task = sync("customers", source=name, **ONCE)
    assert task["status"]["state"] == "DeadLettered"
    says(task, demo.namespace, "Secret nobody-made-this does not exist")


def test_a_wrong_password_is_tried_once(demo: Installation, source: MakeSource, sync: Sync) -> None:
    apply(secret("wrong-password", username="mario.rossi", password="sbagliata"), demo.namespace)
    with demo.erp() as erp:
        before = erp.state()["logins"]["wrong_password"]
        task = sync("customers", source=source("rejected", {"credentialsSecretRef": {"name": "wrong-password"}}))
        assert erp.state()["logins"]["wrong_password"] == before + 1
        erp.behave()
    assert task["status"]["lastError"]["class"] == "CredentialsRejected"
    says(task, demo.namespace, "password")


def test_an_erp_that_is_down(demo: Installation, source: MakeSource, sync: Sync) -> None:
    name = source("down", {"baseUrl": "http://sincro-demo-erp:9"})
    task = sync("customers", source=name, **ONCE)
    assert task["status"]["lastError"]["class"] == "SourceUnavailable"
    says(task, demo.namespace, "sincro-demo-erp")


def test_a_database_that_is_down(demo: Installation, source: MakeSource, sync: Sync) -> None:
    apply(secret("no-database", url="postgresql://sincro:geheim-7@sincro-postgresql:9/erp"), demo.namespace)
    name = source("database-down", {"databaseSecretRef": {"name": "no-database", "key": "url"}})
    task = sync("customers", source=name, **ONCE)
    assert task["status"]["lastError"]["class"] == "DatabaseUnavailable"
    says(task, demo.namespace, "database")
    assert "geheim-7" not in json.dumps(task)


def test_an_image_that_cannot_be_pulled(demo: Installation, source: MakeSource, sync: Sync) -> None:
    name = source("no-image", {"scraper": {"image": "sincro/nobody-built-this:1"}})
    task = sync("customers", source=name, **ONCE)
    assert task["status"]["lastError"]["class"] == "ImageUnavailable"
    says(task, demo.namespace, "sincro/nobody-built-this:1")


def test_a_pod_that_fits_nowhere(demo: Installation, source: MakeSource, sync: Sync) -> None:
    name = source("too-big", {"scraper": {"nodeSelector": {"sincro.dev/no-such-node": "true"}}})
    task = sync("customers", source=name, **ONCE)
    assert task["status"]["lastError"]["class"] == "Unschedulable"
    says(task, demo.namespace, "node")


@pytest.mark.parametrize(
    ("name", "value", "error"),
    [
        ("maintenance", None, "SourceUnavailable"),
        ("column_renamed", "customers/city/Comune", "SchemaDrift"),
        ("empty_list", "customers/zero", "GuardTripped"),
        ("wrong_total", "customers/+1", "SourceUnavailable"),
    ],
)
def test_a_misbehaving_erp_changes_nothing(
    demo: Installation, sync: Sync, name: str, value: str | None, error: str
) -> None:
    assert sync("customers", source=SOURCE)["status"]["state"] == "Succeeded"
    with demo.erp() as erp:
        erp.misbehave(name, value)
        try:
            task = sync("customers", **ONCE)
        finally:
            erp.behave()
    assert task["status"]["lastError"]["class"] == error, task["status"]["lastError"]
    assert demo.differences("customers")[0] == []
