"""Rules and alerts by Prometheus' own unit tests (alerts/*.yaml), and what ties them to runbooks and chart."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.cluster.chart.conftest import CHART, EVERYTHING, Render, helm

RULES = CHART / "files" / "rules.yaml"
DASHBOARD = CHART / "files" / "dashboard.json"
TESTS = sorted((Path(__file__).parent / "alerts").glob("*.yaml"))
RUNBOOKS = CHART.parents[1] / "docs" / "alerts.md"

_GROUPS = yaml.safe_load(RULES.read_text())["groups"]
ALERTS = [rule for group in _GROUPS for rule in group["rules"] if "alert" in rule]


@pytest.mark.parametrize("test", TESTS, ids=lambda test: test.stem)
def test_rules(test: Path, tmp_path: Path) -> None:
    shutil.copy(RULES, tmp_path)
    shutil.copy(test, tmp_path)
    done = subprocess.run(
        ["promtool", "test", "rules", test.name], cwd=tmp_path, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_alert_is_tested_to_fire() -> None:
    cases = [
        case
        for test in TESTS
        for each in yaml.safe_load(test.read_text())["tests"]
        for case in each.get("alert_rule_test", [])
    ]
    assert {case["alertname"] for case in cases if case["exp_alerts"]} == {alert["alert"] for alert in ALERTS}
    assert {case["alertname"] for case in cases if not case["exp_alerts"]} == {alert["alert"] for alert in ALERTS}


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert["alert"])
def test_every_alert_has_a_runbook(alert: dict[str, dict[str, str]]) -> None:
    name = str(alert["alert"])
    assert alert["annotations"]["runbook_url"] == f"RUNBOOKS#{name.lower()}"
    assert f"\n## {name}\n" in RUNBOOKS.read_text()


def test_the_chart_makes_a_rule_of_them(render: Render) -> None:
    rendered = render(EVERYTHING)("PrometheusRule", "sincro")["spec"]
    text = RULES.read_text().replace("RUNBOOKS", "https://docs.example.com/alerts")
    assert rendered == yaml.safe_load(text)


def test_what_the_values_change_of_an_alert(render: Render) -> None:
    alerts = {
        "SincroDeadLetters": {"for": "5s", "labels": {"severity": "critical", "team": "erp"}},
        "SincroPausedForLong": {"enabled": False},
    }
    changed = {"enabled": True, "runbookUrl": "RUNBOOKS", "alerts": alerts}
    groups = render({"metrics": {"prometheusRule": changed}})("PrometheusRule", "sincro")["spec"]["groups"]
    found = {rule["alert"]: rule for group in groups for rule in group["rules"] if "alert" in rule}
    expected = {alert["alert"]: alert for alert in ALERTS if alert["alert"] != "SincroPausedForLong"}
    dead = expected["SincroDeadLetters"]
    expected["SincroDeadLetters"] = dead | {"for": "5s", "labels": {"severity": "critical", "team": "erp"}}
    assert found == expected


def test_an_alert_that_there_is_not_is_refused() -> None:
    values = {"metrics": {"prometheusRule": {"enabled": True, "alerts": {"SincroDeadLetter": {"for": "5s"}}}}}
    done = helm("template", "sincro", str(CHART), "--kube-version", "1.34", values=values)
    assert done.returncode != 0
    assert "there is no alert SincroDeadLetter; there are SincroCircuitOpen," in done.stderr


def test_every_recording_rule_is_tested() -> None:
    tested = "".join(test.read_text() for test in TESTS)
    records = {rule["record"] for group in _GROUPS for rule in group["rules"] if "record" in rule}
    assert {name for name in records if name not in tested} == set()


def test_the_chart_brings_the_dashboard(render: Render) -> None:
    config_map = render(EVERYTHING)("ConfigMap", "sincro-grafana")
    assert config_map["metadata"]["labels"]["grafana_dashboard"] == "1"
    assert json.loads(config_map["data"]["sincro.json"]) == json.loads(DASHBOARD.read_text())
