"""The values that pages tell a reader to write: real Helm makes manifests of them that the programs understand."""

import json
import shlex
from typing import Any

import jsonschema
import pytest

from sincro_operator.settings import parse_settings
from tests.cluster.chart.conftest import CHART, Document, Render, Rendered, helm
from tests.unit.docs.page import Page, pages

SCHEMA = json.loads((CHART / "values.schema.json").read_text())
NO_VALUES = ("kind", "sincro", "scrape_configs")
"""What resources, profiles and Prometheus's configuration have and values have not."""


def _values(page: Page) -> list[tuple[str, Any]]:
    return [(name, document) for name, document in page.blocks if name and not document.keys() & set(NO_VALUES)]


VALUES = [
    pytest.param(document, id=f"{page.name}-{name}-{number}")
    for page in pages("README.md", "docs/*.md", "docs/how-to/*.md", "helm/sincro/README.md")
    for number, (name, document) in enumerate(_values(page))
]


def test_there_are_such_values() -> None:
    assert len(VALUES) > 8


@pytest.mark.parametrize("values", VALUES)
def test_values_of_a_page_are_rendered_and_understood(render: Render, values: Document) -> None:
    jsonschema.validate(values, SCHEMA)
    rendered = render(values)
    settings = parse_settings(rendered("ConfigMap", "sincro-operator")["data"]["settings.yaml"])
    assert settings.source_selector == values.get("watch", {}).get("sourceSelector", "")


def test_releases_that_a_page_puts_into_one_namespace_make_no_object_twice() -> None:
    (page,) = pages("docs/how-to/split.md")
    values = dict(_values(page))
    made: list[set[tuple[str, str | None, str]]] = []
    for words in (shlex.split(line) for line in page.commands if line.startswith("helm install ")):
        release, namespace, file = words[2], words[words.index("-n") + 1], words[words.index("-f") + 1]
        done = helm("template", release, str(CHART), "-n", namespace, "--kube-version", "1.34", values=values[file])
        assert done.returncode == 0, done.stderr
        documents = Rendered(done.stdout).documents
        made.append({(one["kind"], one["metadata"].get("namespace"), one["metadata"]["name"]) for one in documents})
    first, second = made
    assert first & second == set()


def test_operators_that_a_page_splits_by_labels_overlap_nowhere(render: Render) -> None:
    (page,) = pages("docs/how-to/split.md")
    selectors = [
        parse_settings(render(values)("ConfigMap", "sincro-operator")["data"]["settings.yaml"]).selector
        for _, values in _values(page)
        if "sourceSelector" in values["watch"]
    ]
    assert len(selectors) == 2
    for labels in ({}, {"sincro.dev/operator": "first"}, {"sincro.dev/operator": "other"}, {"a": "b"}):
        assert [selector.matches(labels.items()) for selector in selectors].count(True) == 1
