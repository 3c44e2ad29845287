"""One release of the whole chart, in a namespace of its own that enforces the restricted Pod Security Standard."""

import json
import secrets
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from dev.demo.install import ROOT, demo_values, image_tags

Document = dict[str, Any]
RELEASE = "sincro"
STARTUP_SECONDS = 420


def run(*command: str, text: str | None = None, seconds: float = 60) -> str:
    """What a command prints. Raises AssertionError with its errors when it fails."""
    done = subprocess.run(command, input=text, capture_output=True, text=True, timeout=seconds)
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def wait_for(what: str, condition: Callable[[], Any], seconds: float = 120) -> Any:
    """The first true answer of a condition. Raises AssertionError after the deadline."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if answer := condition():
            return answer
        time.sleep(0.3)
    raise AssertionError(f"not within {seconds} s: {what}")


@dataclass(frozen=True)
class Release:
    """The release, and the values that it was installed with."""

    namespace: str
    values: Document

    def kubectl(self, *arguments: str, text: str | None = None, seconds: float = 60) -> str:
        """kubectl in the release's namespace."""
        return run("kubectl", "-n", self.namespace, *arguments, text=text, seconds=seconds)

    def get(self, *arguments: str) -> Document:
        """kubectl get, as a document."""
        document: Document = json.loads(self.kubectl("get", *arguments, "-o", "json"))
        return document

    def upgrade(self, chart: Path = ROOT / "helm/sincro", **more: Any) -> None:
        """helm upgrade --install --wait with the values and more."""
        command = ("helm", "upgrade", "--install", RELEASE, str(chart), "-n", self.namespace)
        run(
            *command, "--values", "-", "--wait", "--timeout", f"{STARTUP_SECONDS}s",
            text=json.dumps(merged(self.values, more)), seconds=STARTUP_SECONDS + 30,
        )  # fmt: skip

    def sync(self, name: str, **spec: Any) -> None:
        """Ask for a sync of the demo ERP's customers."""
        task = {
            "apiVersion": "sincro.dev/v1alpha1",
            "kind": "SyncTask",
            "metadata": {"name": name},
            "spec": {"sourceRef": {"name": "demo-erp"}, "type": "customers"} | spec,
        }
        self.kubectl("create", "-f", "-", text=json.dumps(task))

    def task(self, name: str) -> Document:
        """The status of a SyncTask."""
        status: Document = self.get("synctask", name).get("status", {})
        return status

    def outcome(self, name: str, seconds: float = 600) -> Document:
        """The status with which a SyncTask has ended, or the one that has taken it over."""

        def final() -> Document:
            status = self.task(name)
            if status.get("state") == "Superseded" and status.get("supersededBy"):
                status = self.task(status["supersededBy"])
            return status if status.get("completedAt") else {}

        found: Document = wait_for(f"{name} has ended", final, seconds)
        return found

    def pod(self, code: str, labels: dict[str, str], env: list[Document] | None = None) -> str:
        """What a piece of Python prints that runs in a pod with the operator's image."""
        operator = self.values["operator"]["image"]
        container = {
            "name": "python",
            "image": f"{operator['repository']}:{operator['tag']}",
            "command": ["python", "-c", code],
            "env": env or [],
            "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
        }
        spec = {
            "restartPolicy": "Never",
            "automountServiceAccountToken": False,
            "securityContext": {
                "runAsNonRoot": True,
                "runAsUser": 10001,
                "seccompProfile": {"type": "RuntimeDefault"},
            },
            "containers": [container],
        }
        return self.pod_of(spec, labels)

    def pod_of(self, spec: Document, labels: dict[str, str], annotations: dict[str, str] | None = None) -> str:
        """What a pod of this spec prints until it has ended."""
        name = f"pod-{secrets.token_hex(3)}"
        metadata = {"name": name, "labels": labels, "annotations": annotations or {}}
        document = {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}
        self.kubectl("create", "-f", "-", text=json.dumps(document))
        wait_for(f"{name} has ended", lambda: self.get("pod", name)["status"].get("phase") in ("Succeeded", "Failed"))
        output = self.kubectl("logs", name)
        self.kubectl("delete", "pod", name, "--wait=false")
        return output


def merged(values: Document, more: Document) -> Document:
    """Values with others laid over them, maps into maps."""
    result = dict(values)
    for name, value in more.items():
        both = isinstance(value, dict) and isinstance(result.get(name), dict)
        result[name] = merged(result[name], value) if both else value
    return result


@pytest.fixture(scope="session")
def images() -> list[str]:
    """This checkout's images, loaded into the cluster."""
    names = run(str(ROOT / "dev/images/build"), seconds=900).split()
    run(str(ROOT / "dev/images/load"), *names, seconds=300)
    return names


@pytest.fixture(scope="module")
def release(images: list[str]) -> Iterator[Release]:
    """The chart with everything for trying it out, this checkout's images and the examples; one for each file."""
    with installed(images, ROOT / "helm/sincro") as found:
        yield found


@contextmanager
def installed(images: list[str], chart: Path, **more: Any) -> Iterator[Release]:
    """A release of a chart in a restricted namespace of its own, with the examples applied, until the block ends."""
    # What a program asks for is not what is tried here: with little of it, a busy cluster of two nodes has room.
    little = {"resources": {"requests": {"cpu": "5m"}}}
    parts = ("operator", "scraper", "dashboard", "demoErp", "postgresql", "redis")
    values = merged(demo_values(image_tags(images)), dict.fromkeys(parts, little))
    own = {"test": {"source": "demo-erp"}, "postgresql": {"storage": {"persistent": False, "size": "1Gi"}}}
    values = merged(values, own)
    found = Release(f"chart-{secrets.token_hex(3)}", merged(values, more))
    run("kubectl", "create", "namespace", found.namespace)
    try:
        run("kubectl", "label", "namespace", found.namespace, "pod-security.kubernetes.io/enforce=restricted")
        found.upgrade(chart)
        found.kubectl("apply", "-f", str(ROOT / "examples"))
        yield found
    finally:
        run("helm", "uninstall", RELEASE, "-n", found.namespace, "--ignore-not-found", seconds=120)
        run("kubectl", "delete", "namespace", found.namespace, "--wait=false")
