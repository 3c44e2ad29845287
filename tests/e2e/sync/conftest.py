"""One installation of everything, for the tests that follow real syncs to their end."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest

from dev.demo.install import ROOT, Installation
from dev.demo.kube import CommandFailed, apply, follow, get, kubectl, request_sync, run

NAMESPACE = "sincro-e2e"
SOURCE = "demo-erp"
SHORT = {"startDeadline": "25s"}
"""Pods that cannot start are given up soon, so that a test does not wait for what everybody knows."""


@pytest.fixture(scope="session")
def demo() -> Iterator[Installation]:
    """The chart with all its parts, and the examples but for the schedules: tests say themselves what runs."""
    installation = Installation(namespace=NAMESPACE)
    _remove()
    installation.install(
        more={"scraper": SHORT, "demoErp": {"rows": "customers=300,orders=400,products=200,prices=300"}}
    )
    for part in ("10-credentials.yaml", "20-profile.yaml", "30-source.yaml"):
        kubectl("apply", "-n", NAMESPACE, "-f", str(ROOT / "examples" / part))
    yield installation
    _remove()


def _remove() -> None:
    with suppress(CommandFailed):
        run("helm", "uninstall", "sincro", "-n", NAMESPACE, "--wait", "--timeout", "60s")
    kubectl("delete", "namespace", NAMESPACE, "--ignore-not-found", "--wait", "--timeout=120s")


@pytest.fixture
def sync(demo: Installation) -> Callable[..., dict[str, Any]]:
    """Ask for a sync and follow it to its end; the ended SyncTask."""

    def ask(stream: str, mode: str = "Full", *, source: str = SOURCE, **spec: object) -> dict[str, Any]:
        return follow(request_sync(demo.namespace, source, stream, mode, **spec), demo.namespace, timeout=240)

    return ask


@pytest.fixture
def source(demo: Installation) -> Iterator[Callable[[str, dict[str, Any]], str]]:
    """Make a SyncSource like the example's with other fields; it is deleted after the test."""
    made: list[str] = []

    def make(name: str, changes: dict[str, Any]) -> str:
        spec = get("syncsource", SOURCE, demo.namespace)["spec"] | changes
        document = {"apiVersion": "sincro.dev/v1alpha1", "kind": "SyncSource", "metadata": {"name": name}, "spec": spec}
        apply(document, demo.namespace)
        made.append(name)
        return name

    yield make
    for name in made:
        kubectl("delete", "syncsource", name, "-n", demo.namespace, "--wait=false")


@pytest.fixture(autouse=True)
def operator_never_restarts(demo: Installation, request: pytest.FixtureRequest) -> Iterator[None]:
    """Whatever a test does, the operator's container lives on (but where the test kills it)."""
    if "kills_operator" in request.keywords:
        yield
        return
    before = restarts(demo.namespace)
    yield
    assert restarts(demo.namespace) == before


def restarts(namespace: str) -> dict[str, int]:
    """Operator pod -> restarts of its container."""
    selector = "app.kubernetes.io/component=operator"
    pods = json.loads(kubectl("get", "pods", "-n", namespace, "-l", selector, "-o", "json"))["items"]
    return {p["metadata"]["name"]: p["status"]["containerStatuses"][0]["restartCount"] for p in pods}


def events_of(namespace: str, name: str) -> list[tuple[str, str]]:
    """Reason and message of each Event about an object."""
    events = json.loads(kubectl("get", "events.events.k8s.io", "-n", namespace, "-o", "json"))["items"]
    return [(e["reason"], e.get("note", "")) for e in events if e["regarding"].get("name") == name]


def wait_until(true: Callable[[], bool], what: str, seconds: float = 60) -> None:
    """Until it is true. Raises AssertionError after the deadline."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, f"not within {seconds:.0f} s: {what}"
        time.sleep(0.5)
