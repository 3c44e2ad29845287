"""The queries of the Grafana dashboard, asked by promtool of series such as operator and dashboard export."""

import itertools
import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from dev.docs.metrics import Exported, of_dashboard, of_operator
from tests.cluster.chart.conftest import CHART

PANELS = json.loads((CHART / "files" / "dashboard.json").read_text())["panels"]
QUERIES = {
    f"{panel['title']}, {target['refId']}": target["expr"].replace("$__rate_interval", "5m")
    for panel in PANELS
    for target in panel.get("targets", ())
}
EXPORTED = (*of_operator(), *of_dashboard())
LABELS = {
    "state": ("Succeeded", "DeadLettered", "Running", "Queued"),
    "instance": ("a", "b"),
    "schedule": ("orders", "tried"),
    "le": ("1", "+Inf"),
}
"""Their values; any other label has one."""


def _series(metric: Exported) -> Iterator[dict[str, str]]:
    parts = {"_bucket": ("le",), "_sum": (), "_count": ()} if metric.kind == "histogram" else {"": ()}
    for part, more in parts.items():
        labels = [*metric.labels, *more, "instance"]
        for values in itertools.product(*(LABELS.get(label, ("some",)) for label in labels)):
            of = dict(zip(labels, values, strict=True))
            if metric.name == "sincro_schedule_held" and of["schedule"] == "orders":
                continue
            text = ",".join(f'{label}="{value}"' for label, value in of.items())
            yield {"series": f"{metric.name}{part}{{{text}}}", "values": "1x90" if metric.kind == "gauge" else "0+1x90"}


def _promtool(folder: Path, checks: list[dict[str, Any]]) -> str:
    """What promtool has to say against the checks of the queries; nothing where they hold."""
    shutil.copy(CHART / "files" / "rules.yaml", folder)
    unit = {
        "rule_files": ["rules.yaml"],
        "evaluation_interval": "1m",
        "tests": [
            {
                "interval": "1m",
                "input_series": [each for metric in EXPORTED for each in _series(metric)],
                "promql_expr_test": checks,
            }
        ],
    }
    (folder / "unit.yaml").write_text(yaml.safe_dump(unit))
    done = subprocess.run(
        ["promtool", "test", "rules", "unit.yaml"], cwd=folder, capture_output=True, text=True, timeout=120
    )
    return "" if done.returncode == 0 else done.stdout + done.stderr


def test_every_panel_has_something_to_draw(tmp_path: Path) -> None:
    checks = [{"expr": f"absent({query})", "eval_time": "80m", "exp_samples": []} for query in QUERIES.values()]
    assert _promtool(tmp_path, checks) == ""


@pytest.mark.parametrize(
    ("panel", "value"),
    [
        ("Running, A", 1),
        ("Waiting, A", 1),
        ("Dead letters, A", 1),
        ("Open circuits, A", 1),
        ("Paused sources, A", 1),
        ("Fresh now, A", 1),
        ("Success in a day, A", 0.5),
        ("Schedules, A", 1),
        ("Schedules, B", 0),
    ],
)
def test_two_replicas_do_not_count_twice(panel: str, value: float, tmp_path: Path) -> None:
    sample = {"labels": "{}", "value": value}
    checks = [{"expr": f"({QUERIES[panel]}) + 0", "eval_time": "80m", "exp_samples": [sample]}]
    assert _promtool(tmp_path, checks) == ""


def test_a_query_that_finds_nothing_is_noticed(tmp_path: Path) -> None:
    checks = [{"expr": 'absent(sincro_tasks{state="Nothing"})', "eval_time": "80m", "exp_samples": []}]
    assert "got" in _promtool(tmp_path, checks)
