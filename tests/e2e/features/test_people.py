"""What people get from the dashboard's pod and from the history: health, syncs in their name, who asked for what."""

import json
import urllib.request
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from dev.demo.erp import DemoErp
from dev.demo.install import Installation
from dev.demo.kube import apply, kubectl, port_forward
from tests.e2e.features.conftest import MakePlace
from tests.e2e.features.place import Place, eventually, state

PERSON = "anna"


@pytest.fixture(scope="module")
def dashboard(demo: Installation) -> Iterator[str]:
    """The dashboard's address on this machine."""
    with port_forward(f"svc/{demo.release}-dashboard", 80, demo.namespace) as port:
        yield f"http://127.0.0.1:{port}"


@pytest.fixture(scope="module")
def place(make_place: MakePlace) -> Place:
    """A source whose prices have been read once."""
    found = make_place("people")
    found.warm("prices")
    return found


@pytest.fixture(scope="module")
def token(demo: Installation) -> Iterator[str]:
    """A token of a person who may edit in the namespace, by Kubernetes' own role."""
    apply({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": PERSON}}, demo.namespace)
    apply(
        {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "RoleBinding",
            "metadata": {"name": PERSON},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "edit"},
            "subjects": [{"kind": "ServiceAccount", "name": PERSON, "namespace": demo.namespace}],
        },
        demo.namespace,
    )
    yield kubectl("create", "token", PERSON, "-n", demo.namespace).strip()
    kubectl("delete", f"rolebinding/{PERSON}", f"serviceaccount/{PERSON}", "-n", demo.namespace)


def call(url: str, token: str = "", body: dict[str, Any] | None = None) -> dict[str, Any]:
    """The JSON answer of the dashboard. Raises urllib.error.HTTPError."""
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data=data, headers=headers)  # noqa: S310 - a port of this machine
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
        found: dict[str, Any] = json.loads(answer.read())
    return found


def rows(url: str, query: str, *values: object) -> list[tuple[Any, ...]]:
    """What a query of the history gives."""
    with psycopg.connect(url) as connection:
        return connection.execute(query, values).fetchall()


def test_health_is_that_of_the_whole_and_names_the_last_error(dashboard: str, place: Place, erp: DemoErp) -> None:
    before = call(f"{dashboard}/health")
    assert (before["healthy"], before["status"]) == (True, "running")
    erp.misbehave("column_renamed", "prices/currency/Divisa")
    ended = place.end(place.ask("prices"))
    assert state(ended) == "DeadLettered"
    message = ended["status"]["lastError"]["message"]
    after = eventually(
        lambda: (
            (h := call(f"{dashboard}/health"))["lastError"] and h["lastError"]["message"][:100] == message[:100] and h
        ),
        "the health names the error",
    )
    assert (after["healthy"], after["lastError"]["type"]) == (True, "prices")
    assert after["lastError"]["timestamp"] > 0
    assert after["uptime"] >= before["uptime"] > 0


def test_a_sync_of_the_dashboard_is_in_the_history_under_its_users_name(
    dashboard: str, place: Place, token: str
) -> None:
    demo, user = place.demo, f"system:serviceaccount:{place.demo.namespace}:{PERSON}"
    accepted = call(f"{dashboard}/api/prices/sync", token, {"source": place.name, "mode": "Full"})
    ended = place.end(accepted["taskId"])
    assert (state(ended), ended["spec"]["requestedBy"]) == ("Succeeded", user)
    with demo.database("url") as url:
        query = "SELECT name, type, mode, status, triggered_by, attempts FROM sync_tasks WHERE user_id = %s"
        found = eventually(lambda: rows(url, query, user), "the row is committed")
        assert found == [(accepted["taskId"], "prices", "Full", "Succeeded", "Manual", 1)]
    history = call(f"{dashboard}/api/history?user={user}", token)
    assert [t["id"] for t in history["items"]] == [accepted["taskId"]]


def test_the_state_of_the_whole_is_in_the_history_too(place: Place) -> None:
    with place.demo.database("url") as url:

        def state_of_the_whole() -> dict[str, str]:
            found = dict(rows(url, "SELECT key, value FROM orchestrator_state"))
            return found if found.get("last_error") else {}

        found = eventually(state_of_the_whole, "the state is written")
    assert found["status"] == "running"
    assert found["leader"].startswith("sincro-operator")
    assert int(found["uptime_started_at"]) > 0
    assert json.loads(found["last_error"])["type"]
