"""What a shell offers at the press of Tab.

Decided here: which words can follow which, and what is asked of the API server for it. An answer is as kubectl's plugin
protocol wants it; whatever goes wrong, there is an answer, if an empty one.
"""

import argparse
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from sincro_kubectl.command_line import CONNECTION_FLAGS, Parser, build_parser
from sincro_kubectl.commands.status import NOT_ENDED
from sincro_kubectl.exit_status import CommandError
from sincro_kubectl.kubectl import Kubectl, Query
from sincro_kubectl.resources import FINAL, MODES, SCHEDULES, SOURCES, TASKS, schedule_of, source_of, task_of
from sincro_kubectl.views.dead_letters import fingerprint_of

FILES, NO_FILES = 0, 4
"""Directives: ShellCompDirectiveDefault and ShellCompDirectiveNoFileComp."""
_TIMEOUT = "--request-timeout=3s"

Candidate = tuple[str, str]
"""A word and its description."""
Ask = Callable[[Kubectl], Iterable[Candidate]]


@dataclass(frozen=True, slots=True)
class Place:
    """Where the word that is being typed stands."""

    command: str
    """Empty while no command has been typed."""
    option: str
    """The long name (dest) of the option whose value it is; empty otherwise."""
    flag: bool
    """It begins like an option."""
    connection: tuple[str, ...]
    namespace: str
    given: tuple[str, ...]
    """Words that are there already, so that nothing is offered twice."""


def answer(words: list[str], connect: Callable[[Sequence[str], str], Kubectl]) -> str:
    """The protocol's answer for the last of these words; what comes before it is taken as it is."""
    parser = build_parser()
    current = words[-1] if words else ""
    where = place(parser, words)
    prefix = ""
    if where.option and current.startswith("--") and "=" in current:
        prefix, _, current = current.partition("=")
        prefix += "="
    directive = FILES if where.option == "kubeconfig" else NO_FILES
    try:
        found = list(candidates(parser, where, connect([*where.connection, _TIMEOUT], where.namespace)))
    except (CommandError, ValueError):
        found = []
    fitting = sorted({(w, d) for w, d in found if w.startswith(current) and w not in where.given})
    lines = [f"{prefix}{word}\t{description}" if description else f"{prefix}{word}" for word, description in fitting]
    return "".join(f"{line}\n" for line in [*lines, f":{directive}"])


def place(parser: Parser, words: Sequence[str]) -> Place:
    """Read the words before the last one as the command line would, without insisting that they make sense."""
    *before, current = words or [""]
    level, command, waiting = parser, "", None
    connection: list[str] = []
    namespace = ""
    given: list[str] = []
    for word in before:
        if waiting is not None:
            namespace = _note(waiting, word, connection, namespace)
            waiting = None
        elif word.startswith("-") and word != "-":
            name, sign, value = word.partition("=")
            option = _options(level).get(name)
            if option is not None and _takes_value(option):
                namespace = _note(option, value, connection, namespace) if sign else namespace
                waiting = None if sign else option
        elif not command and word in _subparsers(parser):
            command, level = word, _subparsers(parser)[word]
        else:
            given.append(word)
    if waiting is None and current.startswith("--") and "=" in current:
        waiting = _options(level).get(current.partition("=")[0])
    option_name = waiting.dest if waiting is not None else ""
    flag = not option_name and current.startswith("-")
    return Place(command, option_name, flag, tuple(connection), namespace, tuple(given))


def _note(option: argparse.Action, value: str, connection: list[str], namespace: str) -> str:
    flag = option.option_strings[-1]
    if flag in dict(CONNECTION_FLAGS):
        connection.append(f"{flag}={value}")
    return value if option.dest == "namespace" else namespace


def candidates(parser: Parser, where: Place, kubectl: Kubectl) -> Iterable[Candidate]:
    """All words that may stand there; those that do not fit what is typed are not left out yet."""
    level = _subparsers(parser).get(where.command, parser)
    if where.option:
        option = next(one for one in _options(level).values() if one.dest == where.option)
        yield from ((str(choice), "") for choice in option.choices or ())
        yield from _values(where.command, where.option)(kubectl)
    elif where.flag:
        shown = _options(parser)  # a command's help leaves out what all have; Tab does not
        for name, option in _options(level).items():
            yield name, (shown.get(name, option) if option.help is argparse.SUPPRESS else option).help or ""
    elif not where.command:
        yield from ((name, _summary(parser, name)) for name in _subparsers(parser))
    else:
        for action in level._get_positional_actions():
            yield from ((str(choice), "") for choice in action.choices or ())
            yield from _values(where.command, action.dest)(kubectl)


def _values(command: str, dest: str) -> Ask:
    """How the values of an option or of words without one are found."""
    match dest:
        case "source" | "sources":
            return _sources
        case "schedule" | "schedules":
            return _schedules
        case "type" | "types":
            return _types
        case "tasks":
            return _dead if command == "retry" else _open
        case "name":
            return lambda kubectl: [*_open(kubectl), *_dead(kubectl), *_schedules(kubectl), *_sources(kubectl)]
        case "group":
            return _groups
        case "namespace":
            return lambda kubectl: [(name, "") for name in kubectl.names("namespaces").output().split()]
        case "context":
            return lambda kubectl: [(name, "") for name in kubectl.contexts().output().split()]
        case "mode":
            return lambda _: [(mode, "") for mode in MODES]
        case "state":
            return lambda _: [(state, "") for state in FINAL]
        case _:
            return lambda _: ()


def _sources(kubectl: Kubectl) -> list[Candidate]:
    found = [source_of(one) for one in kubectl.read(Query((SOURCES,))).documents()]
    return [(one.name, one.url + (", paused" if one.paused else "")) for one in found]


def _schedules(kubectl: Kubectl) -> list[Candidate]:
    found = [schedule_of(one) for one in kubectl.read(Query((SCHEDULES,))).documents()]
    return [(one.name, f"{one.type} from {one.source}" + (", suspended" if one.suspended else "")) for one in found]


def _types(kubectl: Kubectl) -> list[Candidate]:
    found = kubectl.read(Query((SOURCES, SCHEDULES))).documents()
    scheduled = {schedule_of(one).type for one in found if one.get("kind") == "SyncSchedule"}
    synced = {kept.type for one in found if one.get("kind") == "SyncSource" for kept in source_of(one).types}
    return [(type_, "") for type_ in scheduled | synced]


def _open(kubectl: Kubectl) -> list[Candidate]:
    found = [task_of(one) for one in kubectl.read(Query((TASKS,), selector=NOT_ENDED)).documents()]
    return [(one.name, f"{one.state}, {one.mode} of {one.type} from {one.source}") for one in found]


def _dead(kubectl: Kubectl) -> list[Candidate]:
    found = [task_of(one) for one in kubectl.read(Query((TASKS,), selector="status.state=DeadLettered")).documents()]
    return [(one.name, f"{one.failure.error if one.failure else ''}, {one.type} from {one.source}") for one in found]


def _groups(kubectl: Kubectl) -> list[Candidate]:
    found = [task_of(one) for one in kubectl.read(Query((TASKS,), selector="status.state=DeadLettered")).documents()]
    return [(fingerprint_of(one), one.failure.message[:60] if one.failure else "") for one in found]


# argparse has no public way to look into a parser; these three names have been there since it exists.


def _options(parser: argparse.ArgumentParser) -> dict[str, argparse.Action]:
    return parser._option_string_actions


def _subparsers(parser: Parser) -> dict[str, Parser]:
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            return dict(action.choices)
    return {}


def _summary(parser: Parser, name: str) -> str:
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            return next((one.help or "" for one in action._choices_actions if one.dest == name), "")
    return ""


def _takes_value(option: argparse.Action) -> bool:
    return option.nargs != 0
