"""A namespace of an API server that knows the resources as the models have them now. Nothing of Sincro runs in it."""

import json
import secrets
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from kubernetes import client, config
from kubernetes.client.exceptions import ApiException

ROOT = Path(__file__).parents[3]
GROUP, VERSION = "sincro.dev", "v1alpha1"

Document = dict[str, Any]


@dataclass(frozen=True)
class Resources:
    """Creates and changes custom resources of one namespace; a refusal is an ApiException."""

    namespace: str
    api: client.CustomObjectsApi

    def create(self, document: Document, *, dry_run: bool = True) -> Document:
        """What the API server made of a document; unknown fields are refused as kubectl does."""
        return self.api.create_namespaced_custom_object(
            GROUP,
            VERSION,
            self.namespace,
            document["kind"].lower() + "s",
            document,
            field_validation="Strict",
            **({"dry_run": "All"} if dry_run else {}),
        )

    def patch(self, document: Document, change: Document, *, status: bool = False) -> Document:
        """The document after a merge patch."""
        call = self.api.patch_namespaced_custom_object_status if status else self.api.patch_namespaced_custom_object
        return call(
            GROUP, VERSION, self.namespace, document["kind"].lower() + "s", document["metadata"]["name"], change
        )

    def delete(self, document: Document) -> None:
        """Away with it."""
        self.api.delete_namespaced_custom_object(
            GROUP, VERSION, self.namespace, document["kind"].lower() + "s", document["metadata"]["name"]
        )


@contextmanager
def created(resources: Resources, document: Document) -> Iterator[Document]:
    """The document, really there under a name of its own while the block runs."""
    made = resources.create(
        document | {"metadata": {"name": f"{document['metadata']['name']}-{secrets.token_hex(4)}"}}, dry_run=False
    )
    yield made
    resources.delete(made)


def refusal(error: ApiException) -> str:
    """The sentence that the API server answers with."""
    return str(json.loads(error.body)["message"])


@pytest.fixture(scope="session")
def kubectl() -> Callable[..., str]:
    """Runs kubectl and gives what it prints. Raises AssertionError with its errors when it fails."""

    def run(*arguments: str, text: str | None = None) -> str:
        done = subprocess.run(["kubectl", *arguments], input=text, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, f"kubectl {' '.join(arguments)}: {done.stderr}"
        return done.stdout

    return run


@pytest.fixture(scope="session")
def api_client(kubectl: Callable[..., str]) -> Iterator[client.ApiClient]:
    """A client of the API server of KUBECONFIG, after the resources are known there."""
    config.load_kube_config()
    kubectl("apply", "--server-side", "--force-conflicts", "-f", str(ROOT / "crds"))
    kubectl("wait", "--for=condition=Established", "--timeout=30s", "-f", str(ROOT / "crds"))
    with client.ApiClient() as api:
        yield api


@pytest.fixture(scope="module")
def resources(api_client: client.ApiClient) -> Iterator[Resources]:
    """A new namespace for the module."""
    core = client.CoreV1Api(api_client)
    name = f"resources-{secrets.token_hex(3)}"
    core.create_namespace({"metadata": {"name": name, "labels": {"sincro.dev/test": "resources"}}})
    yield Resources(name, client.CustomObjectsApi(api_client))
    core.delete_namespace(name)
