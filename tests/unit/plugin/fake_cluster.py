"""An API server in memory behind the door that commands use, and a terminal to read afterwards."""

import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sincro_kubectl.__main__ import COMMANDS, load
from sincro_kubectl.command_line import build_parser, parse
from sincro_kubectl.context import Context
from sincro_kubectl.fields import Document
from sincro_kubectl.kubectl import Call, Change, Kubectl, KubectlError, Query, Refused, Watch
from sincro_kubectl.terminal import Terminal, terminal
from tests.unit.plugin.documents import NOW, merged

_PLURALS = {
    "SyncSource": "syncsources.sincro.dev",
    "SyncSchedule": "syncschedules.sincro.dev",
    "SyncTask": "synctasks.sincro.dev",
}


class Answered(Call):
    """A request that has been answered already."""

    def __init__(self, answer: Document | str | KubectlError) -> None:
        self._answer = answer

    def output(self) -> str:
        assert isinstance(self._answer, str)
        return self._answer

    def document(self) -> Document:
        if isinstance(self._answer, KubectlError):
            raise self._answer
        assert isinstance(self._answer, dict)
        return self._answer


class Script(Watch):
    """A watch that gives what it was given; None in it is silence, and its end is the end of the watch."""

    def __init__(self, listed: list[Document], steps: Iterable[Change | None]) -> None:
        self.listed = listed
        self._steps = iter(steps)
        self.closed = False

    def next(self, seconds: float) -> Change | None:
        try:
            return next(self._steps)
        except StopIteration:
            raise EOFError from None

    def close(self) -> None:
        self.closed = True


def _field(document: Document, path: str) -> Any:
    value: Any = document
    for name in path.split("."):
        value = value.get(name, "") if isinstance(value, dict) else ""
    return value or ("Queued" if path == "status.state" else "")


def _selected(document: Document, selector: str) -> bool:
    for term in filter(None, selector.split(",")):
        path, sign, wanted = term.partition("!=") if "!=" in term else term.partition("=")
        if (_field(document, path) == wanted) is (sign == "!="):
            return False
    return True


@dataclass
class FakeCluster(Kubectl):
    """Objects by kind and name, all of the namespace acme."""

    objects: list[Document] = field(default_factory=list)
    username: str | KubectlError = "anna"
    refuse: KubectlError | None = None
    """What the next listing of sources and schedules is answered with."""
    created: list[Document] = field(default_factory=list)
    patched: list[tuple[str, Document]] = field(default_factory=list)
    watches: list[Script | KubectlError | KeyboardInterrupt] = field(default_factory=list)
    watched: list[tuple[str, ...]] = field(default_factory=list)

    def read(self, query: Query) -> Call:
        if self.refuse is not None and not query.name:
            refusal, self.refuse = self.refuse, None
            return Answered(refusal)
        found = [one for one in self.objects if _PLURALS[one["kind"]] in query.kinds and _selected(one, query.selector)]
        if not query.name:
            return Answered({"kind": "List", "items": found})
        named = [one for one in found if one["metadata"]["name"] == query.name]
        return Answered(named[0] if named else Refused("NotFound", f'{query.kinds[0]} "{query.name}" not found'))

    def create(self, document: Document) -> Call:
        name = f"{document['metadata']['generateName']}{len(self.created) + 1:05}"
        made = merged(document, {"metadata": {"name": name, "namespace": "acme", "generateName": None}})
        self.created.append(document)
        self.objects.append(made)
        return Answered(made)

    def patch(self, kind: str, name: str, namespace: str, change: Document) -> Call:
        assert namespace == "acme"
        self.patched.append((name, change))
        for index, one in enumerate(self.objects):
            if _PLURALS[one["kind"]] == kind and one["metadata"]["name"] == name:
                self.objects[index] = merged(one, change)
                return Answered(self.objects[index])
        return Answered(Refused("NotFound", f'{kind} "{name}" not found'))

    def user(self) -> Call:
        if isinstance(self.username, KubectlError):
            return Answered(self.username)
        return Answered({"status": {"userInfo": {"username": self.username}}})

    def names(self, kind: str) -> Call:
        return Answered("acme\nbeta\n")

    def contexts(self) -> Call:
        return Answered("prod\ntest\n")

    def watch(self, namespace: str, names: Sequence[str]) -> Watch:
        assert namespace == "acme"
        self.watched.append(tuple(names))
        step = self.watches.pop(0)
        if isinstance(step, KubectlError | KeyboardInterrupt):
            raise step
        return step


class Screen(io.StringIO):
    """A stream that says what it is."""

    encoding = "utf-8"

    def __init__(self, is_terminal: bool) -> None:
        super().__init__()
        self._is_terminal = is_terminal

    def isatty(self) -> bool:
        return self._is_terminal


@dataclass
class Ran:
    """What a command came to."""

    status: int
    out: str
    err: str


class Clock:
    """Time that passes only while somebody waits, a little with each look."""

    def __init__(self, step: timedelta = timedelta(0)) -> None:
        self.now = NOW
        self.step = step

    def __call__(self) -> datetime:
        self.now += self.step
        return self.now

    def pause(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


def run(
    cluster: FakeCluster,
    *words: str,
    is_terminal: bool = False,
    clock: Clock | None = None,
    pause: Callable[[float], None] | None = None,
) -> Ran:
    """Run a command line against it. Raises CommandError as the commands do, SystemExit for a wrong command line."""
    arguments = parse(build_parser(), words)
    ticking = clock or Clock()

    def stream() -> Terminal:
        return terminal(Screen(is_terminal), {}, "never")

    out, err = stream(), stream()
    context = Context(cluster, out, err, ticking, pause or ticking.pause, None)
    status = load(COMMANDS[arguments.command])(context, arguments)
    return Ran(status, out.stream.getvalue(), err.stream.getvalue())  # type: ignore[attr-defined]
