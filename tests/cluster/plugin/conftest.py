"""`kubectl sincro` as people type it, on a real API server, in a namespace of its own."""

import json
import os
import secrets
import shlex
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import pytest

from tests.unit.plugin.documents import Document, merged

ROOT = Path(__file__).parents[3]
Found = TypeVar("Found")


@dataclass(frozen=True)
class Done:
    """How a program ended."""

    status: int
    out: str
    err: str


def until(look: Callable[[], Found], what: str, seconds: float = 60) -> Found:
    """The first true answer. Raises AssertionError when there is none in time."""
    deadline = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(0.2)
    return found


@dataclass(frozen=True)
class Namespace:
    """A namespace, and programs that run in it."""

    name: str
    environment: dict[str, str]

    def run(self, *words: str, text: str | None = None) -> Done:
        """Any program, as it ends."""
        done = subprocess.run(
            words, env=self.environment, input=text, capture_output=True, text=True, timeout=240, cwd=ROOT
        )
        return Done(done.returncode, done.stdout, done.stderr)

    def kubectl(self, *words: str, text: str | None = None) -> str:
        """What kubectl prints. Raises AssertionError with its complaints."""
        done = self.run("kubectl", "-n", self.name, *words, text=text)
        assert done.status == 0, f"kubectl {shlex.join(words)}: {done.err}"
        return done.out

    def sincro(self, *words: str) -> Done:
        """kubectl sincro in this namespace."""
        return self.run("kubectl", "sincro", *words, "-n", self.name)

    def start(self, *words: str, **options: object) -> "subprocess.Popen[str]":
        """kubectl sincro in this namespace, while it runs."""
        command = ["kubectl", "sincro", *words, "-n", self.name]
        return subprocess.Popen(command, env=self.environment, cwd=ROOT, text=True, **options)  # type: ignore[call-overload, no-any-return]

    def put(self, document: Document) -> str:
        """Create an object with its status, but for what the server sets by itself. Gives its name."""
        fresh = merged(
            document, {"metadata": {"namespace": self.name, "resourceVersion": None, "creationTimestamp": None}}
        )
        status = fresh.pop("status", None)
        made = json.loads(self.kubectl("create", "-f", "-", "-o", "json", text=json.dumps(fresh)))
        if status:
            self.set_status(made["kind"].lower(), made["metadata"]["name"], status)
        return str(made["metadata"]["name"])

    def set_status(self, kind: str, name: str, status: Document) -> None:
        """Say what the operator would say."""
        patch = json.dumps({"status": status})
        self.kubectl("patch", kind, name, "--subresource=status", "--type=merge", "-p", patch)

    def get(self, kind: str, name: str) -> Document:
        """An object as it stands there."""
        found: Document = json.loads(self.kubectl("get", kind, name, "-o", "json"))
        return found

    def apply(self, *documents: Document) -> None:
        """Create or change objects of any kind."""
        self.kubectl("apply", "-f", "-", text="\n---\n".join(map(json.dumps, documents)))


@pytest.fixture(scope="session")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Ours, with the two programs on the PATH that kubectl looks for, and the resources known to the API server."""
    folder = tmp_path_factory.mktemp("bin")
    for name, function in (("kubectl-sincro", "main"), ("kubectl_complete-sincro", "complete")):
        program = folder / name
        program.write_text(
            f"#!{sys.executable}\nimport sys\nfrom sincro_kubectl.__main__ import {function}\nsys.exit({function}())\n"
        )
        program.chmod(0o755)
    found = {**os.environ, "PATH": f"{folder}:{os.environ['PATH']}", "TZ": "Europe/Rome"}
    found.pop("NO_COLOR", None)
    for words in (
        ("apply", "--server-side", "--force-conflicts", "-f", str(ROOT / "crds")),
        ("wait", "--for=condition=Established", "--timeout=30s", "-f", str(ROOT / "crds")),
    ):
        subprocess.run(["kubectl", *words], env=found, check=True, capture_output=True, timeout=120)
    return found


@pytest.fixture(scope="module")
def space(environment: dict[str, str]) -> Iterator[Namespace]:
    """A new namespace for the module."""
    name = f"plugin-{secrets.token_hex(3)}"
    subprocess.run(
        ["kubectl", "create", "namespace", name], env=environment, check=True, capture_output=True, timeout=60
    )
    yield Namespace(name, environment)
    subprocess.run(
        ["kubectl", "delete", "namespace", name, "--wait=false"],
        env=environment,
        check=True,
        capture_output=True,
        timeout=60,
    )
