"""kubectl and helm as the demo and the e2e tests call them: what a person would type; errors show its words."""

import json
import re
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import IO, Any

FINAL_STATES = {"Succeeded", "DeadLettered", "Cancelled", "Shadowed", "Superseded"}


class CommandFailed(Exception):
    """A command that a person could have typed ended badly; the message holds the command and its own words."""


def run(*command: str, stdin: str | None = None, timeout: float = 300) -> str:
    """Run a command and return its standard output. Raises CommandFailed."""
    done = subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=timeout, check=False)
    if done.returncode != 0:
        raise CommandFailed(f"$ {' '.join(command)}\n{done.stdout}{done.stderr}".rstrip())
    return done.stdout


def kubectl(*arguments: str, stdin: str | None = None, timeout: float = 300) -> str:
    """`kubectl ARGUMENTS`. Raises CommandFailed."""
    return run("kubectl", *arguments, stdin=stdin, timeout=timeout)


def get(kind: str, name: str, namespace: str) -> dict[str, Any]:
    """One object as JSON. Raises CommandFailed where there is none."""
    document: dict[str, Any] = json.loads(kubectl("get", kind, name, "-n", namespace, "-o", "json"))
    return document


def apply(document: dict[str, Any], namespace: str) -> None:
    """`kubectl apply -f -`. Raises CommandFailed."""
    kubectl("apply", "-n", namespace, "-f", "-", stdin=json.dumps(document))


def request_sync(namespace: str, source: str, stream: str, mode: str = "Full", **spec: object) -> str:
    """Create a SyncTask as a person does, and return its name."""
    document = {
        "apiVersion": "sincro.dev/v1alpha1",
        "kind": "SyncTask",
        "metadata": {"generateName": f"{stream}-now-"},
        "spec": {"sourceRef": {"name": source}, "type": stream, "mode": mode, **spec},
    }
    created = kubectl("create", "-n", namespace, "-f", "-", "-o", "name", stdin=json.dumps(document))
    return created.strip().rpartition("/")[2]


def follow(
    task: str, namespace: str, timeout: float = 300, on_change: Callable[[dict[str, Any]], None] | None = None
) -> dict[str, Any]:
    """Watch a SyncTask until it is final and return it; one that joined another is followed there.

    Raises TimeoutError, with the task's last status, when that takes more than `timeout` seconds.
    """
    deadline = time.monotonic() + timeout
    last: dict[str, Any] = {}
    while time.monotonic() < deadline:
        left = max(1, int(deadline - time.monotonic()))
        # By a selector: of a single object by its name kubectl hides what happens between its get and its watch.
        chosen = ["synctasks", "--field-selector", f"metadata.name={task}", "-n", namespace]
        command = ["timeout", str(left), "kubectl", "get", *chosen, "-o", "json", "--watch"]
        with _output_of(command) as watch:
            for document in _documents(watch):
                last = document
                if on_change:
                    on_change(document)
                status = document.get("status", {})
                if status.get("state") == "Superseded" and status.get("supersededBy"):
                    return follow(status["supersededBy"], namespace, deadline - time.monotonic(), on_change)
                if status.get("state") in FINAL_STATES:
                    return document
    raise TimeoutError(f"SyncTask {task} is not final after {timeout:.0f}s; its status: {last.get('status')}")


@contextmanager
def _output_of(command: list[str]) -> Iterator[IO[str]]:
    """What a command goes on to print; it is ended, and its pipe closed, on the way out."""
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout
        finally:
            process.kill()


def _documents(lines_: IO[str]) -> Iterator[dict[str, Any]]:
    """The JSON documents that `kubectl get -o json --watch` prints one after the other, without the words between."""
    lines: list[str] = []
    for line in lines_:
        if not lines and not line.startswith("{"):
            continue
        lines.append(line)
        if line.rstrip() == "}":
            yield json.loads("".join(lines))
            lines = []


@contextmanager
def port_forward(target: str, port: int, namespace: str) -> Iterator[int]:
    """A local port that leads to `target` (svc/NAME, deploy/NAME). Raises CommandFailed."""
    command = ["kubectl", "port-forward", "-n", namespace, target, f":{port}", "--address", "127.0.0.1"]
    with _output_of(command) as output:
        first = output.readline()
        found = re.search(r"127\.0\.0\.1:(\d+)", first)
        if not found:
            raise CommandFailed(f"$ {' '.join(command)}\n{first}")
        yield int(found[1])
