"""What each service account of the chart can do, as the API server sees it, against the list in rights.yaml.

A right that is added shows here, and has to be written down.
"""

import secrets
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml
from kubernetes import client, config

from tests.cluster.chart.conftest import EVERYTHING, Document, Render, rights

EXPECTED: dict[str, dict[str, str]] = yaml.safe_load((Path(__file__).parent / "rights.yaml").read_text())
"""Service account -> resource.group -> verbs; what everybody may ask about themselves is left out."""
EVERYBODY = {
    "selfsubjectaccessreviews.authorization.k8s.io",
    "selfsubjectrulesreviews.authorization.k8s.io",
    "selfsubjectreviews.authentication.k8s.io",
}
ACCOUNTS = sorted(EXPECTED)

As = Callable[[str], client.AuthorizationV1Api]


@pytest.fixture(scope="module")
def namespace(render: Render) -> Iterator[str]:
    """A namespace with the chart's accounts and roles, and nothing that runs."""
    config.load_kube_config()
    name = f"rights-{secrets.token_hex(3)}"
    rendered = render(EVERYTHING | {"fullnameOverride": name}, namespace=name, upgrade=True)
    kinds = ("ServiceAccount", "Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding")
    documents: list[Document] = [{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}]
    text = yaml.safe_dump_all([*documents, *rendered.of(*kinds)])
    _kubectl("apply", "-f", "-", text=text)
    yield name
    _kubectl("delete", "--wait=false", "-f", "-", text=text)


@pytest.fixture
def as_account(namespace: str) -> As:
    """The authorization API as a service account sees it."""

    def api(account: str) -> client.AuthorizationV1Api:
        found = client.ApiClient()
        name = account if account == "default" else f"{namespace}-{account}"
        found.set_default_header("Impersonate-User", f"system:serviceaccount:{namespace}:{name}")
        return client.AuthorizationV1Api(found)

    return api


def _kubectl(*arguments: str, text: str) -> None:
    done = subprocess.run(["kubectl", *arguments], input=text, capture_output=True, text=True, timeout=90)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("account", ACCOUNTS)
def test_rights(as_account: As, namespace: str, account: str) -> None:
    review = as_account(account).create_self_subject_rules_review({"spec": {"namespace": namespace}})
    rules: list[Document] = [
        {
            "apiGroups": rule.api_groups,
            "resources": rule.resources,
            "resourceNames": rule.resource_names,
            "verbs": rule.verbs,
        }
        for rule in review.status.resource_rules
    ]
    found = {key.replace(namespace, "RELEASE"): verbs for key, verbs in rights(rules).items() if key not in EVERYBODY}
    assert found == EXPECTED[account]


@pytest.mark.parametrize("account", ACCOUNTS)
@pytest.mark.parametrize(
    ("verb", "resource", "subresource"),
    [
        ("get", "secrets", ""),
        ("list", "secrets", ""),
        ("create", "pods", ""),
        ("create", "pods", "exec"),
        ("update", "configmaps", ""),
        ("list", "nodes", ""),
    ],
)
def test_what_nobody_may(
    as_account: As, namespace: str, account: str, verb: str, resource: str, subresource: str
) -> None:
    asked = {"verb": verb, "resource": resource, "subresource": subresource, "namespace": namespace}
    review = as_account(account).create_self_subject_access_review({"spec": {"resourceAttributes": asked}})
    assert not review.status.allowed


def test_rights_end_at_the_namespace(as_account: As) -> None:
    asked = {"verb": "list", "resource": "synctasks", "group": "sincro.dev", "namespace": "default"}
    for account in ("operator", "dashboard"):
        review = as_account(account).create_self_subject_access_review({"spec": {"resourceAttributes": asked}})
        assert not review.status.allowed
