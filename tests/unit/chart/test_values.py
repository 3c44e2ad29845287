"""The chart's values: each is described, none is unknown to the schema, and the README says so."""

import json
from collections.abc import Iterator
from typing import Any

import yaml

from dev.chart.readme import CHART, README, readme, rows

VALUES = yaml.safe_load((CHART / "values.yaml").read_text())
SCHEMA = json.loads((CHART / "values.schema.json").read_text())


def test_every_value_has_a_row_with_a_description() -> None:
    found = {path: description for path, _, description in rows(VALUES, SCHEMA)}
    assert len(found) > 100
    assert [path for path, description in found.items() if not description] == []


def test_the_readme_has_the_table() -> None:
    assert README.read_text() == readme(README.read_text()), "run python -m dev.chart.readme"


def test_a_misspelt_value_is_refused_everywhere() -> None:
    assert [path for path, part in _objects("", SCHEMA) if part.get("additionalProperties") is not False] == []


def test_the_schema_knows_no_value_that_is_not_there() -> None:
    unknown = [
        path for path, part in _objects("", SCHEMA) for name in part["properties"] if not _there(f"{path}.{name}")
    ]
    assert unknown == [""], "only Helm's own `global` has no default"


def test_chart_and_project_have_one_version() -> None:
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text())
    project = (CHART.parents[1] / "pyproject.toml").read_text()
    assert f'version = "{chart["appVersion"]}"' in project


def _objects(path: str, schema: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    if "properties" in schema:
        yield path, schema
        for name, part in schema["properties"].items():
            yield from _objects(f"{path}.{name}", part)


def _there(path: str) -> bool:
    place: Any = VALUES
    for name in path.strip(".").split("."):
        if not isinstance(place, dict) or name not in place:
            return False
        place = place[name]
    return True
