"""Every pod that the chart makes is let into a namespace that enforces the restricted Pod Security Standard."""

import secrets
from collections.abc import Iterator

import pytest
from kubernetes import client, config

from tests.cluster.chart.conftest import EVERYTHING, Render

ACCOUNT = "pods"


@pytest.fixture(scope="module")
def restricted() -> Iterator[str]:
    """A namespace that enforces the standard."""
    config.load_kube_config()
    core = client.CoreV1Api()
    name = f"restricted-{secrets.token_hex(3)}"
    core.create_namespace({"metadata": {"name": name, "labels": {"pod-security.kubernetes.io/enforce": "restricted"}}})
    core.create_namespaced_service_account(name, {"metadata": {"name": ACCOUNT}})
    yield name
    core.delete_namespace(name)


def test_every_pod_is_let_in(render: Render, restricted: str) -> None:
    pods = render(
        EVERYTHING | {"scraper": {}, "postgresql": {"enabled": True, "storage": {"persistent": False}}}, upgrade=True
    ).pods()
    assert len(pods) == 6
    for name, spec in pods.items():
        pod = {"metadata": {"generateName": "pod-"}, "spec": spec | {"serviceAccountName": ACCOUNT}}
        client.CoreV1Api().create_namespaced_pod(restricted, pod, dry_run="All", _request_timeout=30)
        assert spec["containers"], name


def test_the_namespace_would_refuse_another_one(restricted: str) -> None:
    spec = {"serviceAccountName": ACCOUNT, "containers": [{"name": "a", "image": "a"}]}
    pod = {"metadata": {"generateName": "pod-"}, "spec": spec}
    with pytest.raises(client.exceptions.ApiException, match="violates PodSecurity"):
        client.CoreV1Api().create_namespaced_pod(restricted, pod, dry_run="All")
