"""Rules and Grafana dashboard ask for names, labels and values that operator and dashboard export; all are shown."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from dev.chart.grafana import COLUMNS, DASHBOARD, text
from dev.chart.readme import CHART
from dev.docs.metrics import of_dashboard, of_operator
from sincro_contract.exit_codes import ErrorClass
from sincro_contract.resources.sync_schedule import Rollout
from sincro_contract.resources.sync_task import TaskState

OPERATOR = CHART.parents[1] / "operator" / "sincro_operator"
GROUPS = yaml.safe_load((CHART / "files" / "rules.yaml").read_text())["groups"]
RULES = [rule for group in GROUPS for rule in group["rules"]]
PANELS: list[dict[str, Any]] = json.loads(DASHBOARD.read_text())["panels"]
SHOWN = [target["expr"] for panel in PANELS for target in panel.get("targets", ())]
EXPRESSIONS = [*(rule["expr"] for rule in RULES), *SHOWN]

LABELS: dict[str, frozenset[str]] = {}
"""Of every series by name."""
for exported in (*of_operator(), *of_dashboard()):
    parts = ("_bucket", "_sum", "_count") if exported.kind == "histogram" else ("",)
    LABELS |= {exported.name + part: frozenset(exported.labels) for part in parts}

_NAME = re.compile(r"\bsincro[_:][a-z0-9_:]+")
_BY = re.compile(r"\b(?:by|on) \(([^)]+)\)")
_MATCHER = re.compile(r'(\w+)(!?[=~]+)"([^"]*)"')


def _asked(expression: str) -> set[str]:
    return set(_NAME.findall(expression))


def test_the_dashboard_is_what_the_panels_say() -> None:
    assert DASHBOARD.read_text() == text(), "run python -m dev.chart.grafana"


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_names_and_labels_that_are_asked_for_are_there(expression: str) -> None:
    records = {rule["record"] for rule in RULES if "record" in rule}
    asked = _asked(expression)
    assert asked - LABELS.keys() - records == set()
    named = {label for group in _BY.findall(expression) for label in group.split(", ")}
    named |= {label for label, _, _ in _MATCHER.findall(expression)}
    # Prometheus itself gives the instance; a bucket has its upper end.
    there = {"instance", *(label for name in asked for label in LABELS.get(name, ()))}
    there |= {"le"} if any(name.endswith("_bucket") for name in asked) else set()
    assert named - there == set()


@pytest.mark.parametrize("expression", [each for each in EXPRESSIONS if _MATCHER.search(each)])
def test_values_that_are_asked_for_are_there(expression: str) -> None:
    source = "".join(path.read_text() for path in sorted(OPERATOR.rglob("*.py")))
    for label, _, values in _MATCHER.findall(expression):
        for value in values.split("|"):
            match label:
                case "state":
                    assert value in set(TaskState)
                case "error_class":
                    assert value in {"", *ErrorClass}
                case "reason":
                    assert f'"{value}"' in source or value in set(Rollout)
                case _:
                    assert label == "outcome"
                    assert f'"{value}"' in source


def test_what_each_replica_says_of_the_cluster_is_not_added_up() -> None:
    said = [each.name for each in of_operator() if each.kind == "gauge" and "namespace" in each.labels]
    added = re.compile(rf"\b(?:sum|avg|count)(?: by \([^)]*\))? ?\((?:{'|'.join(said)})\b")
    assert len(said) > 5
    assert added.search("sum by (state) (sincro_tasks)") is not None
    assert [expression for expression in EXPRESSIONS if added.search(expression)] == []


def test_every_metric_is_shown() -> None:
    shown = {name for expression in SHOWN for name in _asked(expression)}
    bare = {re.sub(r"_(bucket|sum|count)$", "", name) for name in shown}
    assert {exported.name for exported in (*of_operator(), *of_dashboard())} - bare == set()


@pytest.mark.parametrize("panel", [panel for panel in PANELS if panel["type"] != "row"], ids=lambda each: each["title"])
def test_every_panel_says_what_it_shows(panel: dict[str, Any]) -> None:
    assert panel["description"]
    assert panel["fieldConfig"]["defaults"]["unit"]
    legends = [target["legendFormat"] for target in panel["targets"]]
    assert len(set(legends)) == len(legends)
    for target in panel["targets"]:
        kept = {label for group in _BY.findall(target["expr"]) for label in group.split(", ")}
        kept |= {"type"} if target["expr"] == "sincro:sync_success:ratio_rate1d" else set()
        assert set(re.findall(r"{{(\w+)}}", target["legendFormat"])) <= kept


def test_no_panel_lies_on_another() -> None:
    cells = [cell for panel in PANELS for cell in _cells(**panel["gridPos"])]
    assert len(set(cells)) == len(cells)
    assert max(x for x, _ in cells) < COLUMNS
    assert [panel["id"] for panel in PANELS] == list(range(1, len(PANELS) + 1))
    titles = [panel["title"] for panel in PANELS]
    assert len(set(titles)) == len(titles)


def _cells(*, x: int, y: int, w: int, h: int) -> Iterator[tuple[int, int]]:
    yield from ((column, line) for column in range(x, x + w) for line in range(y, y + h))
