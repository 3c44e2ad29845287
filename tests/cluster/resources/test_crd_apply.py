"""The upgrade of the definitions, as the chart's hook does it: by a service account with rights to these three only."""

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest
from kubernetes import client

from sincro_contract.crd.apply import ApiServer, ApplyError
from sincro_contract.crd.definitions import DEFINITIONS
from tests.cluster.resources.conftest import Document, Resources


@pytest.fixture(scope="module")
def server(resources: Resources, api_client: client.ApiClient, tmp_path_factory: pytest.TempPathFactory) -> ApiServer:
    """The API server, for a service account without any rights yet."""
    client.CoreV1Api(api_client).create_namespaced_service_account(resources.namespace, {"metadata": {"name": "up"}})
    token = client.CoreV1Api(api_client).create_namespaced_service_account_token(
        "up", resources.namespace, {"spec": {"expirationSeconds": 600}}
    )
    authority = tmp_path_factory.mktemp("ca") / "ca.crt"
    authority.write_bytes(Path(api_client.configuration.ssl_ca_cert).read_bytes())
    return ApiServer(api_client.configuration.host, token.status.token, authority)


@pytest.fixture
def rights(resources: Resources, api_client: client.ApiClient) -> Iterator[None]:
    """The rights that the chart gives its hook."""
    name = f"up-{secrets.token_hex(3)}"
    access = client.RbacAuthorizationV1Api(api_client)
    rule: Document = {
        "apiGroups": ["apiextensions.k8s.io"],
        "resources": ["customresourcedefinitions"],
        "resourceNames": [definition.name for definition in DEFINITIONS],
        "verbs": ["get", "patch"],
    }
    access.create_cluster_role({"metadata": {"name": name}, "rules": [rule]})
    access.create_cluster_role_binding(
        {
            "metadata": {"name": name},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": name},
            "subjects": [{"kind": "ServiceAccount", "name": "up", "namespace": resources.namespace}],
        }
    )
    yield
    access.delete_cluster_role_binding(name)
    access.delete_cluster_role(name)


def test_refused_without_rights(server: ApiServer) -> None:
    with pytest.raises(ApplyError, match=r"syncsources\.sincro\.dev: 403: .* cannot patch resource"):
        server.apply(DEFINITIONS[0])


def test_what_is_older_is_brought_up_to_date(server: ApiServer, rights: None, api_client: client.ApiClient) -> None:
    definitions = client.ApiextensionsV1Api(api_client)
    name = DEFINITIONS[2].name
    definitions.patch_custom_resource_definition(name, {"spec": {"names": {"shortNames": ["old"]}}})
    for definition in DEFINITIONS:
        server.apply(definition)
    assert definitions.read_custom_resource_definition(name).spec.names.short_names == ["stask"]


def test_a_server_that_is_not_there(server: ApiServer) -> None:
    away = ApiServer("https://127.0.0.1:1", "token", server.authority)
    with pytest.raises(ApplyError, match="does not answer"):
        away.apply(DEFINITIONS[0])


def test_outside_of_a_pod(tmp_path: Path) -> None:
    with pytest.raises(ApplyError, match="not in a pod"):
        ApiServer.from_pod({}, tmp_path)


def test_in_a_pod(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("abc\n")
    environment = {"KUBERNETES_SERVICE_HOST": "fd00::1", "KUBERNETES_SERVICE_PORT": "443"}
    assert ApiServer.from_pod(environment, tmp_path) == ApiServer("https://[fd00::1]:443", "abc", tmp_path / "ca.crt")
