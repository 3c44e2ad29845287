"""The only place that talks to the API server: every request is a kubectl of its own.

Decided here: how a request is put to kubectl and what its complaints mean. Why kubectl and not a client of our own: a
plugin always has it beside it, it knows every way to authenticate, and it has answered before a client for Python is
imported. Requests that do not depend on each other run at once.
"""

import json
import queue
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import IO, Any
from urllib.parse import quote

from sincro_kubectl.exit_status import CommandError
from sincro_kubectl.fields import Document, printable
from sincro_kubectl.resources import GROUP_VERSION

DEFAULT_TIMEOUT = "30s"
"""--request-timeout where nobody states one: a server that never answers is an error, not a hanging terminal."""
WATCH_SECONDS = 300
"""The API server ends a watch after this long; following begins another."""
_FROM_SERVER = re.compile(r"Error from server \((\w+)\): (.*)", re.DOTALL)
_PASSING = frozenset({"ServiceUnavailable", "TooManyRequests", "Timeout", "ServerTimeout", "InternalError"})
"""Answers of a server that is starting, ending or overrun: they say nothing about the request."""
_POLICY = re.compile(r"ValidatingAdmissionPolicy '[^']*' with binding '[^']*' denied request: (.*)", re.DOTALL)
_LOG_LINE = re.compile(r"^[EWIF]\d{4} \d\d:\d\d:")
_NO_SUCH_TYPE = re.compile(r"the server doesn't have a resource type|no matches for kind")


class KubectlError(CommandError):
    """What was asked of the API server could not be done."""


class Refused(KubectlError):
    """The API server said no. `reason` is its word: NotFound, Forbidden, Invalid, Conflict, AlreadyExists, ..."""

    def __init__(self, reason: str, message: str) -> None:
        """Say why."""
        super().__init__(message)
        self.reason = reason


class Unavailable(KubectlError):
    """kubectl is missing, its configuration is wrong, or the API server cannot be reached."""


@dataclass(frozen=True, slots=True)
class Query:
    """Which objects to read: kinds by their full plural, all of them or one name, here or in every namespace."""

    kinds: tuple[str, ...]
    name: str = ""
    everywhere: bool = False
    selector: str = ""
    """A field selector; only for kinds that all know its fields."""


class Call:
    """One kubectl that has been started."""

    def __init__(self, command: Sequence[str], text: str = "") -> None:
        """Start it."""
        self._text = text
        try:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE if text else subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                encoding="utf-8",
                errors="replace",
            )
        except FileNotFoundError:
            raise Unavailable(f"{command[0]} is not on the PATH: this program asks the API server through it") from None

    def output(self) -> str:
        """What it printed. Raises KubectlError when it failed; its warnings go on to our own standard error."""
        output, complaints = self._process.communicate(self._text or None)
        if self._process.returncode != 0:
            raise complaint(complaints)
        for line in complaints.splitlines():
            if line.startswith("Warning:"):
                print(printable(line), file=sys.stderr)  # noqa: T201
        return output

    def document(self) -> Document:
        """Its output as the one JSON document that it is."""
        found = json.loads(self.output() or "{}")
        return found if isinstance(found, dict) else {}

    def documents(self) -> list[Document]:
        """The objects of its output, which is one object or a list."""
        found = self.document()
        if "items" in found:
            return [item for item in found["items"] or () if isinstance(item, dict)]
        return [found] if found else []


def complaint(text: str) -> KubectlError:
    """What kubectl's standard error means, without its log lines."""
    lines = [
        line for line in text.strip().splitlines() if not _LOG_LINE.match(line) and not line.startswith("Warning:")
    ]
    message = printable(" ".join(lines)).removeprefix("error: ") or "kubectl failed and did not say why"
    if _NO_SUCH_TYPE.search(message):
        return Unavailable("this cluster does not know Sincro's resources: the CRDs are not installed there")
    if (found := _FROM_SERVER.search(message)) and found[1] in _PASSING:
        return Unavailable(found[2])
    if found:
        policy = _POLICY.search(found[2])
        return Refused(found[1], policy[1] if policy else re.sub(r'^error when creating "STDIN": ', "", found[2]))
    if re.match(r'The \w+ "[^"]*" is invalid', message):
        return Refused("Invalid", message)
    return Unavailable(message)


class Kubectl:
    """Requests to one API server with one identity.

    `connection` is what of kubectl's own flags goes along with each request (--context, --kubeconfig, --as, ...);
    `namespace` is empty for the one of the context.
    """

    def __init__(self, connection: Sequence[str] = (), namespace: str = "", program: str = "kubectl") -> None:
        """Nothing is asked yet."""
        self._command = [program, *connection]
        self._timeout = [] if any(flag.startswith("--request-timeout") for flag in connection) else [_timeout_flag()]
        self._namespace = namespace

    def read(self, query: Query) -> Call:
        """Objects, as Call.documents() gives them. A name that does not exist is Refused(NotFound)."""
        where = ["--all-namespaces"] if query.everywhere else self._here(self._namespace)
        which = [query.name] if query.name else []
        selector = [f"--field-selector={query.selector}"] if query.selector else []
        return self._call("get", ",".join(query.kinds), *which, *where, *selector, "--output=json")

    def create(self, document: Document) -> Call:
        """A new object, in the namespace that it names or in ours."""
        namespace = document["metadata"].get("namespace") or self._namespace
        return self._call("create", *self._here(namespace), "--filename=-", "--output=json", text=json.dumps(document))

    def patch(self, kind: str, name: str, namespace: str, change: Document) -> Call:
        """The object after a merge patch."""
        merge = ("--type=merge", f"--patch={json.dumps(change)}", "--output=json")
        return self._call("patch", kind, name, *self._here(namespace), *merge)

    def user(self) -> Call:
        """A SelfSubjectReview: Call.document()["status"]["userInfo"]["username"] is who the API server takes us for."""
        review = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}
        path = "/apis/authentication.k8s.io/v1/selfsubjectreviews"
        return self._call("create", f"--raw={path}", "--filename=-", text=json.dumps(review))

    def names(self, kind: str) -> Call:
        """Names of any kind, one a line, for completion."""
        columns = "--output=custom-columns=:metadata.name"
        return self._call("get", kind, *self._here(self._namespace), "--no-headers", "--ignore-not-found", columns)

    def contexts(self) -> Call:
        """The contexts of the configuration, one a line."""
        return self._call("config", "get-contexts", "--output=name")

    def watch(self, namespace: str, names: Sequence[str]) -> "Watch":
        """Follow SyncTasks of one namespace from now on."""
        path = f"/apis/{GROUP_VERSION}/namespaces/{quote(namespace)}/synctasks"
        selector = f"fieldSelector=metadata.name%3D{quote(names[0])}&" if len(names) == 1 else ""
        listed = self._call("get", f"--raw={path}?{selector}").document()
        version = quote(str(listed.get("metadata", {}).get("resourceVersion", "")))
        options = f"{selector}watch=true&timeoutSeconds={WATCH_SECONDS}&resourceVersion={version}"
        # No --request-timeout here: it would end the watch.
        stream = subprocess.Popen(
            [*self._command, "get", f"--raw={path}?{options}"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # why it ended shows when the next one is begun
        )
        return Watch([item for item in listed.get("items", ()) if isinstance(item, dict)], stream)

    def _call(self, *arguments: str, text: str = "") -> Call:
        return Call([*self._command, *self._timeout, *arguments], text)

    @staticmethod
    def _here(namespace: str) -> list[str]:
        return [f"--namespace={namespace}"] if namespace else []


def _timeout_flag() -> str:
    return f"--request-timeout={DEFAULT_TIMEOUT}"


@dataclass(frozen=True, slots=True)
class Change:
    """What happened to a watched object: ADDED, MODIFIED or DELETED."""

    type: str
    document: Document


class Watch:
    """A running watch. `listed` is what was there when it began."""

    def __init__(self, listed: list[Document], process: "subprocess.Popen[bytes]") -> None:
        """Begin to read in a thread of its own, so that a waiting reader can redraw and look at the clock."""
        self.listed = listed
        self._process = process
        self._changes: queue.SimpleQueue[Change | None] = queue.SimpleQueue()
        assert process.stdout is not None  # noqa: S101 (asked for by PIPE)
        self._reader = threading.Thread(target=_read, args=(process.stdout, self._changes.put), daemon=True)
        self._reader.start()

    def next(self, seconds: float) -> Change | None:
        """The next change; None if there is none for so long. Raises EOFError once the watch has ended."""
        try:
            change = self._changes.get(timeout=max(0.0, seconds))
        except queue.Empty:
            return None
        if change is None:
            raise EOFError
        return change

    def close(self) -> None:
        """End it."""
        self._process.terminate()
        self._process.communicate()
        self._reader.join()


def _read(stream: IO[bytes], put: Callable[[Change | None], None]) -> None:
    try:
        for line in stream:
            event: Any = json.loads(line)
            if event["type"] not in ("ADDED", "MODIFIED", "DELETED"):
                break  # ERROR (too old a version): the next watch lists anew
            put(Change(event["type"], event["object"]))
    except (ValueError, KeyError, TypeError):
        pass  # cut in the middle of a line, or a proxy's page in between: as good as an end
    finally:
        put(None)
