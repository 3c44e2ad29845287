"""Every example applies: all at once, file by file, by kustomize, and once more without a change."""

from collections.abc import Callable

import pytest

from tests.cluster.resources.conftest import ROOT, Resources

Kubectl = Callable[..., str]
EXAMPLES = ROOT / "examples"
NAMES = {
    "secret/demo-erp-credentials",
    "configmap/demo-erp-profile",
    "syncsource.sincro.dev/demo-erp",
    "syncschedule.sincro.dev/demo-customers",
    "syncschedule.sincro.dev/demo-orders",
    "syncschedule.sincro.dev/demo-products",
    "syncschedule.sincro.dev/demo-prices",
    "synctask.sincro.dev/demo-customers-now",
}


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.yaml")), ids=lambda path: path.name)
def test_a_single_file(kubectl: Kubectl, resources: Resources, path: str) -> None:
    lines = kubectl("-n", resources.namespace, "apply", "--server-side", "--dry-run=server", "-f", str(path))
    assert all("serverside-applied (server dry run)" in line for line in lines.splitlines())


def test_the_folder_and_then_kustomize(kubectl: Kubectl, resources: Resources) -> None:
    made = kubectl("-n", resources.namespace, "apply", "-f", str(EXAMPLES)).splitlines()
    assert {line.removesuffix(" created") for line in made} == NAMES
    again = kubectl("-n", resources.namespace, "apply", "-k", str(EXAMPLES)).splitlines()
    assert {line.split()[0] for line in again} == NAMES
    changed = [line for line in again if not line.endswith(" unchanged") and not line.startswith("secret/")]
    assert changed == []
