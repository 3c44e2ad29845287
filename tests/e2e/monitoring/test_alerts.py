"""From a broken ERP to somebody's webhook and back, through the chart's ServiceMonitor and PrometheusRule alone."""

from typing import Any

import pytest
import yaml

from dev.demo.install import ROOT, Installation
from dev.demo.kube import apply, get
from dev.monitoring.stack import Prometheus, Stack
from tests.e2e.monitoring.conftest import NAMESPACE, wait_for

pytestmark = pytest.mark.timeout(900)
SCHEDULE: dict[str, Any] = {
    "apiVersion": "sincro.dev/v1alpha1",
    "kind": "SyncSchedule",
    "metadata": {"name": "customers"},
    "spec": {
        "sourceRef": {"name": "demo-erp"},
        "type": "customers",
        "delta": {"every": "1m"},
        "quietHours": [],
        "freshnessObjective": "90s",
        "retryPolicy": {"maxAttempts": 2, "initialDelay": "1s"},
    },
}
ALERTS = {"SincroDeadLetters", "SincroCircuitOpen", "SincroNotFresh"}


@pytest.fixture(scope="module", autouse=True)
def schedule(demo: Installation) -> None:
    """Customers are read again and again."""
    apply(SCHEDULE, demo.namespace)
    wait_for("a first sync has succeeded", lambda: _status(demo).get("lastSuccessTime"), 120)


def _status(demo: Installation) -> dict[str, Any]:
    status: dict[str, Any] = get("syncschedule", "customers", demo.namespace).get("status", {})
    return status


def test_the_service_monitors_bring_operator_and_dashboard(stack: Stack) -> None:
    with stack.prometheus() as prometheus:
        targets = wait_for("both are scraped", lambda: _up(prometheus))
        assert targets == {"sincro-operator", "sincro-dashboard"}
        labels = wait_for("the source's metrics", lambda: prometheus.query("sincro_circuit_open"))[0][0]
    # Where the source is, not where the operator is: Prometheus has not renamed the label of the metric.
    assert (labels["namespace"], labels["source"]) == (NAMESPACE, "demo-erp")
    assert "exported_namespace" not in labels


def _up(prometheus: Prometheus) -> set[str] | None:
    found = {target["labels"]["service"] for target in prometheus.targets() if target["health"] == "up"}
    return found if len(found) == 2 else None


def test_the_prometheus_rule_is_evaluated(stack: Stack) -> None:
    groups = yaml.safe_load((ROOT / "helm/sincro/files/rules.yaml").read_text())["groups"]
    expected = {rule.get("alert") or rule["record"] for group in groups for rule in group["rules"]}
    with stack.prometheus() as prometheus:
        rules = wait_for("rules are there", lambda: prometheus.rules())
        assert {rule["name"] for rule in rules} == expected
        wait_for("each was evaluated", lambda: all(rule["health"] == "ok" for rule in prometheus.rules()))


def test_a_broken_erp_reaches_somebody_and_its_mending_too(demo: Installation, stack: Stack) -> None:
    with demo.erp() as erp:
        erp.misbehave("error503")
        fired = wait_for("alerts have arrived", lambda: _received(stack, "firing", ALERTS), 240)
        dead = fired["SincroDeadLetters"]
        assert dead["labels"]["namespace"] == NAMESPACE
        assert (dead["labels"]["source"], dead["labels"]["type"]) == ("demo-erp", "customers")
        assert dead["labels"]["severity"] == "warning"
        assert f"customers of {NAMESPACE}/demo-erp were given up" in dead["annotations"]["summary"]
        assert dead["annotations"]["runbook_url"] == "docs/alerts.md#sincrodeadletters"
        assert fired["SincroNotFresh"]["labels"]["schedule"] == "customers"
        assert _received(stack, "resolved", {"SincroDeadLetters"}) is None
        erp.behave()
    # Nobody does anything more: the circuit lets one sync through, it succeeds, and every alert ends by itself.
    wait_for("every alert has resolved", lambda: _received(stack, "resolved", ALERTS), 240)
    source = get("syncsource", "demo-erp", demo.namespace)["status"]
    assert source["circuit"]["state"] == "Closed"


def _received(stack: Stack, status: str, names: set[str]) -> dict[str, dict[str, Any]] | None:
    """The last alert of each of these names, if every one of them has arrived and is at this status now."""
    latest = {
        alert["labels"]["alertname"]: alert for alert in stack.received() if alert["labels"]["alertname"] in names
    }
    there = latest.keys() == names and all(alert["status"] == status for alert in latest.values())
    return latest if there else None
