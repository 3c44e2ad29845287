"""Dead letters, grouped by what caused them.

Decided here: which dead letters are settled (repeated, or the same data has succeeded since), what belongs together
(the fingerprint), and which one of a group is repeated for each source and type.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from sincro_kubectl.fields import Document, filled
from sincro_kubectl.instants import ago, clock, iso
from sincro_kubectl.palette import Palette
from sincro_kubectl.resources import Failure, Source, Task
from sincro_kubectl.table import plural, table
from sincro_kubectl.views import advice
from sincro_kubectl.views.tasks import identity
from sincro_kubectl.views.why_task import retry_command

_NO_FAILURE = Failure("Unknown", "It left no error.")


@dataclass(frozen=True, slots=True)
class Letter:
    """One dead letter. `settled` says by what, in a word or two; empty while it waits for a person."""

    task: Task
    settled: str


@dataclass(frozen=True, slots=True)
class Group:
    """Dead letters of one cause, the newest first."""

    fingerprint: str
    letters: tuple[Letter, ...]

    @property
    def newest(self) -> Task:
        """The one that speaks for all."""
        return self.letters[0].task

    @property
    def failure(self) -> Failure:
        """The error of the newest."""
        return self.newest.failure or _NO_FAILURE

    @property
    def open(self) -> tuple[Letter, ...]:
        """Those that wait for a person."""
        return tuple(letter for letter in self.letters if not letter.settled)


def fingerprint_of(task: Task) -> str:
    """What a dead letter is grouped by: its fingerprint, else class and code."""
    failure = task.failure or _NO_FAILURE
    return failure.fingerprint or "-".join(part for part in (failure.error, failure.code) if part)


def group(
    tasks: Iterable[Task], retries: Iterable[Task], sources: Iterable[Source], *, settled_too: bool = False
) -> list[Group]:
    """The groups among these tasks, the newest first. `retries` are the tasks that repeat another."""
    repeated = {(retry.namespace, retry.retry_of): retry for retry in retries}
    successes = {
        (source.namespace, source.name, one.type): one.last_success for source in sources for one in source.types
    }
    groups: dict[str, list[Letter]] = {}
    for task in sorted(sorted(tasks, key=lambda task: task.name), key=_ended, reverse=True):
        if task.state == "DeadLettered":
            letter = Letter(task, _settled(task, repeated, successes))
            if settled_too or not letter.settled:
                groups.setdefault(fingerprint_of(task), []).append(letter)
    return [Group(name, tuple(letters)) for name, letters in groups.items()]


def _ended(task: Task) -> str:
    return iso(task.completed or task.created) or ""


def _settled(
    task: Task,
    repeated: dict[tuple[str, str], Task],
    successes: dict[tuple[str, str, str], datetime | None],
) -> str:
    if (retry := repeated.get((task.namespace, task.name))) is not None:
        return f"repeated by {retry.name} ({retry.state})"
    success = successes.get((task.namespace, task.source, task.type))
    ended = task.completed or task.created
    return "succeeded since" if success is not None and ended is not None and success > ended else ""


def find(groups: Sequence[Group], fingerprint: str) -> list[Group]:
    """The groups whose fingerprint begins like this; one that is equal is the only one."""
    equal = [one for one in groups if one.fingerprint == fingerprint]
    return equal or [one for one in groups if one.fingerprint.startswith(fingerprint)]


def to_repeat(groups: Iterable[Group]) -> list[Task]:
    """The newest open one for each source and type: equal requests would only join each other."""
    chosen: dict[tuple[str, str, str], Task] = {}
    for one in groups:
        for letter in one.open:
            task = letter.task
            chosen.setdefault((task.namespace, task.source, task.type), task)
    return list(chosen.values())


# ---------------------------------------------------------------- as text


def lines(groups: Sequence[Group], now: datetime, palette: Palette, *, everywhere: bool = False) -> list[str]:
    """One line a group, its message and what to do below it."""
    if not groups:
        return ["No dead letters: nothing waits for a person."]
    found: list[str] = []
    for one in groups:
        failure = one.failure
        error = _error_words(failure)
        what = ", ".join(sorted({f"{letter.task.source} {letter.task.type}" for letter in one.letters}))
        when = ago(one.newest.completed or one.newest.created, now)
        size = plural(len(one.letters), "sync") + (
            f" ({len(one.open)} open)" if len(one.open) < len(one.letters) else ""
        )
        found += [
            "   ".join(
                [palette.strong(one.fingerprint), palette.bad(error), size, what, palette.faint(f"last {when}")]
            ),
            f"  {failure.message}",
        ]
        flag = " -n " + one.newest.namespace if everywhere else ""
        if one.open:
            hint = advice.about_error(failure.error)
            confirm = " --confirm-deletions" if failure.error == "GuardTripped" else ""
            found += [f"  {hint}".rstrip()] if hint else []
            found.append(palette.faint(f"  kubectl sincro retry --group {one.fingerprint}{confirm}{flag}"))
        found.append("")
    found.append(palette.faint("One of them with its evidence: kubectl sincro dead-letters --group FINGERPRINT"))
    return found


def _error_words(failure: Failure) -> str:
    return failure.error + (f"/{failure.code}" if failure.code else "")


def group_lines(
    one: Group, now: datetime, palette: Palette, zone: tzinfo | None, *, everywhere: bool = False
) -> list[str]:
    """Everything about one group: the error, what to do, each task and where its evidence is."""
    failure = one.failure
    found = [
        f"{palette.strong(one.fingerprint)}   {palette.bad(_error_words(failure))}",
        f"  {failure.message}",
    ]
    if hint := advice.about_error(failure.error):
        found.append(f"  {hint}")
    rows = []
    for letter in one.letters:
        task = letter.task
        ended = task.completed or task.created
        rows.append(
            [
                identity(task, everywhere=everywhere),
                task.source,
                task.type,
                task.mode,
                clock(ended, now, zone) if ended is not None else "",
                str(task.attempt or ""),
                task.asker,
                palette.good(letter.settled) if letter.settled else "",
            ]
        )
    headings = ["TASK", "SOURCE", "TYPE", "MODE", "GIVEN UP", "ATTEMPTS", "BY", "SETTLED"]
    found += ["", *table(headings, rows, palette, "  ")]
    evidence = [
        (letter.task, letter.task.failure.artifacts) for letter in one.letters if letter.task.failure is not None
    ]
    shown = [(task, artifacts) for task, artifacts in evidence if artifacts]
    if shown:
        found += [
            "",
            f"{palette.strong('Evidence')} {palette.faint('(on the evidence volume; the dashboard shows it)')}",
        ]
        for task, artifacts in shown:
            found += [f"  {identity(task, everywhere=everywhere)}", *(f"    {artifact}" for artifact in artifacts)]
    if one.open:
        commands = {retry_command(task) for task in to_repeat([one])}
        confirm = " --confirm-deletions" if failure.error == "GuardTripped" else ""
        alone = f"kubectl sincro retry --group {one.fingerprint}{confirm}"
        found += ["", palette.faint(next(iter(commands)) if len(commands) == 1 else alone)]
    return found


# ---------------------------------------------------------------- for programs


def document(groups: Sequence[Group]) -> Document:
    """The same for programs."""
    return {
        "groups": [
            {
                "fingerprint": one.fingerprint,
                "error": filled(
                    {"class": one.failure.error, "code": one.failure.code or None, "message": one.failure.message}
                ),
                "advice": advice.about_error(one.failure.error),
                "open": len(one.open),
                "tasks": [_letter_document(letter) for letter in one.letters],
            }
            for one in groups
        ]
    }


def _letter_document(letter: Letter) -> Document:
    task = letter.task
    return filled(
        {
            "namespace": task.namespace,
            "name": task.name,
            "source": task.source,
            "type": task.type,
            "mode": task.mode,
            "completedAt": iso(task.completed),
            "attempts": task.attempt,
            "requestedBy": task.requested_by or None,
            "settled": letter.settled or None,
            "artifacts": list(task.failure.artifacts) if task.failure is not None else [],
        }
    )
