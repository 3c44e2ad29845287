"""The chart beside a real Prometheus Operator, Prometheus and Alertmanager, all in one namespace."""

import json
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest

from dev.demo.install import ROOT, Installation, image_tags, merged
from dev.demo.kube import CommandFailed, apply, get, kubectl, run
from dev.monitoring.stack import VALUES, Stack

NAMESPACE = f"monitoring-{secrets.token_hex(3)}"
FAST = {
    "SincroDeadLetters": {"for": "2s"},
    "SincroCircuitOpen": {"for": "2s"},
    "SincroNotFresh": {"for": "2s"},
}
"""Nobody waits here for what holds: in life these take minutes, so that what passes by itself reaches nobody."""

_LITTLE = {"resources": {"requests": {"cpu": "10m"}}}
SMALL = dict.fromkeys(("operator", "scraper", "dashboard", "postgresql", "redis"), _LITTLE) | {
    "demoErp": _LITTLE | {"rows": "customers=30,orders=10,products=10,prices=10"}
}
"""It stands beside others on one node: it asks for little, and has little to read."""


@pytest.fixture(scope="session")
def demo() -> Iterator[Installation]:
    """The chart with what the Prometheus Operator picks up, and a small demo ERP whose circuit opens soon."""
    kubectl("create", "namespace", NAMESPACE)
    try:
        yield _installed()
    finally:
        with suppress(CommandFailed):
            run("helm", "uninstall", "sincro", "-n", NAMESPACE, "--wait", "--timeout", "60s")
        kubectl("delete", "namespace", NAMESPACE, "--wait=false")


def _installed() -> Installation:
    kubectl("label", "namespace", NAMESPACE, "pod-security.kubernetes.io/enforce=restricted")
    images = run(str(ROOT / "dev/images/build"), timeout=900).split()
    run(str(ROOT / "dev/images/load"), *images, timeout=300)
    stack = Stack(NAMESPACE)
    stack.define()
    installation = Installation(namespace=NAMESPACE)
    values = merged(VALUES, {"metrics": {"prometheusRule": {"alerts": FAST}}})
    installation.install(images, more=merged(values, SMALL))
    stack.install(python=f"sincro/operator:{image_tags(images)['operator']}")
    for part in ("10-credentials.yaml", "20-profile.yaml", "30-source.yaml"):
        kubectl("apply", "-n", NAMESPACE, "-f", str(ROOT / "examples" / part))
    spec = get("syncsource", "demo-erp", NAMESPACE)["spec"]
    spec["circuitBreaker"] = {"failureThreshold": 2, "openDuration": "20s"}
    document = {"apiVersion": "sincro.dev/v1alpha1", "kind": "SyncSource", "metadata": {"name": "demo-erp"}}
    apply(document | {"spec": spec}, NAMESPACE)
    return installation


@pytest.fixture(scope="session")
def stack(demo: Installation) -> Stack:
    """Prometheus' own programs beside it."""
    return Stack(demo.namespace)


def wait_for(what: str, condition: Callable[[], Any], seconds: float = 120) -> Any:
    """The first true answer of a condition. Raises AssertionError with the last answer after the deadline."""
    deadline = time.monotonic() + seconds
    answer = None
    while time.monotonic() < deadline:
        if answer := condition():
            return answer
        time.sleep(0.5)
    raise AssertionError(f"not within {seconds} s: {what}; {json.dumps(answer, default=str)}")
