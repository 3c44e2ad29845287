"""Helm, and what it makes of values."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

CHART = Path(__file__).parents[3] / "helm" / "sincro"
RELEASE, NAMESPACE = "sincro", "shop"

Document = dict[str, Any]
Render = Callable[..., "Rendered"]


class Rendered:
    """The documents of a rendered chart, to be found by kind and name."""

    def __init__(self, text: str) -> None:
        self.documents: list[Document] = [document for document in yaml.safe_load_all(text) if document]

    def __call__(self, kind: str, name: str, namespace: str | None = None) -> Document:
        """The one document of that kind and name. Raises AssertionError where there is none, or more than one."""
        found = [
            document
            for document in self.documents
            if (document["kind"], document["metadata"]["name"]) == (kind, name)
            and namespace in (None, document["metadata"].get("namespace"))
        ]
        assert len(found) == 1, f"{len(found)} x {kind} {name} in {sorted(self.names)}"
        return found[0]

    @property
    def names(self) -> set[str]:
        """Every document as Kind/name."""
        return {f"{document['kind']}/{document['metadata']['name']}" for document in self.documents}

    def of(self, *kinds: str) -> list[Document]:
        """The documents of some kinds."""
        return [document for document in self.documents if document["kind"] in kinds]

    def pods(self) -> dict[str, Document]:
        """The pod specs of everything that makes pods, by Kind/name."""
        return {
            f"{document['kind']}/{document['metadata']['name']}": document["spec"]["template"]["spec"]
            for document in self.of("Deployment", "StatefulSet", "Job")
        }


def helm(*arguments: str, values: Document | None = None) -> subprocess.CompletedProcess[str]:
    """Run helm with values; Helm reads JSON as the YAML that it is."""
    file = ["-f", "-"] if values is not None else []
    return subprocess.run(
        ["helm", *arguments, *file], input=json.dumps(values), capture_output=True, text=True, timeout=60
    )


def rights(rules: list[Document]) -> dict[str, str]:
    """Rules of roles as `resource.group name -> verbs`, so that two lists of them compare."""
    found: dict[str, set[str]] = {}
    for rule in rules:
        for group in rule["apiGroups"]:
            for resource in rule["resources"]:
                for name in rule.get("resourceNames") or [""]:
                    key = f"{resource}.{group}".rstrip(".") + f" {name}".rstrip()
                    found.setdefault(key, set()).update(rule["verbs"])
    return {key: " ".join(sorted(verbs)) for key, verbs in found.items()}


@pytest.fixture(scope="session")
def render() -> Render:
    """Renders the chart as release `sincro` in namespace `shop`. Raises AssertionError with Helm's words."""

    def run(values: Document | None = None, *, namespace: str = NAMESPACE, upgrade: bool = False) -> Rendered:
        done = helm(
            *("template", RELEASE, str(CHART), "--namespace", namespace, "--kube-version", "1.34"),
            *(["--is-upgrade"] if upgrade else []),
            values=values or {},
        )
        assert done.returncode == 0, done.stderr
        return Rendered(done.stdout)

    return run


EVERYTHING: Document = yaml.safe_load((CHART.parents[1] / "dev" / "chart" / "everything.yaml").read_text())
"""Values with every part of the chart in them."""
