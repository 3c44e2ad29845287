"""The kubectl commands of two pages, done in their order on the API server: what they say they change is changed."""

import shlex
from collections.abc import Callable

import pytest

from tests.cluster.resources.conftest import ROOT, Resources
from tests.cluster.resources.documents import SCHEDULE, SOURCE
from tests.unit.docs.page import Page

Kubectl = Callable[..., str]


def commands(page: str) -> list[list[str]]:
    """kubectl's arguments in the page's lines, but for our plugin, which has pages and tests of its own."""
    lines = [shlex.split(line) for line in Page(ROOT / page).commands]
    return [words[1:] for words in lines if words[0] == "kubectl" and words[1] != "sincro"]


@pytest.fixture(scope="module", autouse=True)
def _there(resources: Resources) -> None:
    resources.create(SOURCE, dry_run=False)
    shadow = SCHEDULE | {"metadata": {"name": "my-customers"}, "spec": SCHEDULE["spec"] | {"rollout": "Shadow"}}
    resources.create(shadow, dry_run=False)


def test_rolling_out(kubectl: Kubectl, resources: Resources) -> None:
    def rollout() -> str:
        return kubectl("-n", resources.namespace, "get", "ssched", "my-customers", "-o", "jsonpath={.spec.rollout}")

    seen = [rollout()]
    for words in commands("docs/how-to/roll-out.md"):
        kubectl("-n", resources.namespace, *words)
        if words[0] == "patch":
            seen.append(rollout())
    assert seen == ["Shadow", "DryRun", "Active", "DryRun"]


def test_handing_a_source_over(kubectl: Kubectl, resources: Resources) -> None:
    for words in commands("docs/how-to/split.md"):
        kubectl("-n", resources.namespace, *words)
    chosen = kubectl("-n", resources.namespace, "get", "ssrc", "-l", "sincro.dev/operator=first", "-o", "name")
    rest = kubectl("-n", resources.namespace, "get", "ssrc", "-l", "sincro.dev/operator notin (first)", "-o", "name")
    assert (chosen.split(), rest.split()) == (["syncsource.sincro.dev/erp"], [])
