"""The command line: commands, their options, and what of kubectl's own flags goes along to kubectl.

Decided here: names, defaults and what excludes what. Not here: what a command does (commands).
"""

import argparse
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from sincro_kubectl.exit_status import ExitStatus
from sincro_kubectl.instants import parse_duration, parse_instant
from sincro_kubectl.output import FORMATS
from sincro_kubectl.resources import FINAL, MODES

CONNECTION_FLAGS: tuple[tuple[str, str], ...] = (
    ("--kubeconfig", "kubectl's configuration"),
    ("--context", "context of the configuration"),
    ("--cluster", "cluster of the configuration"),
    ("--user", "user of the configuration"),
    ("--as", "act as this user"),
    ("--as-group", "act as a member of this group (may be repeated)"),
    ("--server", "address of the API server"),
    ("--token", "bearer token"),
    ("--request-timeout", "how long one request may take (default 30s)"),
)
"""Flags that are handed to kubectl as they are."""

_ALSO = f"also, as for kubectl: {', '.join(flag for flag, _ in CONNECTION_FLAGS)}"
_EPILOG = "exit codes:\n" + "\n".join(f"  {status.value:<4} {status.meaning}" for status in ExitStatus)
Arguments = argparse.Namespace


class Parser(argparse.ArgumentParser):
    """An ArgumentParser that takes no abbreviations, and whose line breaks in texts stay."""

    def __init__(self, **options: object) -> None:
        """See argparse."""
        options.setdefault("formatter_class", argparse.RawDescriptionHelpFormatter)
        options.setdefault("allow_abbrev", False)
        super().__init__(**options)  # type: ignore[arg-type]


def _duration(text: str) -> timedelta:
    try:
        return parse_duration(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _moment(text: str) -> datetime | timedelta:
    """An instant, or a duration from now."""
    instant = parse_instant(text)
    if instant is not None:
        return instant
    try:
        return parse_duration(text)
    except ValueError:
        form = "write a duration such as 2h or an instant such as 2026-01-31T18:00:00+01:00"
        raise argparse.ArgumentTypeError(f"{text!r} is neither: {form}") from None


def _number(low: int, high: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not text.isascii() or not text.isdigit() or not low <= int(text) <= high:
            raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from {low} to {high}")
        return int(text)

    return read


def _word(*words: str) -> Callable[[str], str]:
    """One of these words, in any case."""

    def read(text: str) -> str:
        found = next((word for word in words if word.lower() == text.lower()), None)
        if found is None:
            raise argparse.ArgumentTypeError(f"{text!r} is none of {', '.join(words)}")
        return found

    return read


def _add_connection(parser: Parser, *, shown: bool) -> None:
    """The options that every command has, also in front of it; a default here would hide what was given there."""
    none = argparse.SUPPRESS
    parser.add_argument("-n", "--namespace", default=none, help="namespace (default: that of the context)")
    parser.add_argument(
        "--color", choices=("auto", "always", "never"), default=none, help="colours (default auto; NO_COLOR counts)"
    )
    group = parser.add_argument_group("handed on to kubectl")
    for flag, meaning in CONNECTION_FLAGS:
        action = "append" if flag == "--as-group" else "store"
        text = meaning if shown else argparse.SUPPRESS
        group.add_argument(flag, help=text, action=action, default=none, metavar=flag.rpartition("-")[2].upper())


class _Commands:
    """Adds commands that share options."""

    def __init__(self, parser: Parser) -> None:
        self._actions = parser.add_subparsers(
            dest="command", metavar="COMMAND", title="commands", prog=parser.prog, parser_class=Parser
        )

    def add(
        self, name: str, summary: str, more: str = "", output: Sequence[str] = (), everywhere: bool = False
    ) -> Parser:
        description = f"{summary[0].upper()}{summary[1:]}.\n\n{more}".strip()
        parser: Parser = self._actions.add_parser(name, help=summary, description=description, epilog=_ALSO)
        _add_connection(parser, shown=False)
        if output:
            parser.add_argument("-o", "--output", choices=output, help="output format (default: text)")
        if everywhere:
            parser.add_argument("-A", "--all-namespaces", action="store_true", help="all namespaces")
        return parser


OBJECTS = ("json", "yaml", "name")


def _waiting(parser: Parser) -> None:
    group = parser.add_mutually_exclusive_group()
    group.add_argument("-f", "--follow", action="store_true", help="show progress until the end; exit code by the end")
    group.add_argument(
        "--wait", action="store_true", help="wait for the end and say what came of it; exit code by the end"
    )
    parser.add_argument(
        "--timeout", type=_duration, metavar="DURATION", help="wait no longer than this; the sync goes on"
    )


def _asking(parser: Parser) -> None:
    parser.add_argument("--mode", type=_word(*MODES), metavar="MODE", help=f"{', '.join(MODES)}")
    parser.add_argument(
        "--priority",
        type=_number(1, 100),
        default=100,
        metavar="N",
        help="1 to 100 (default 100: a person waits for it)",
    )
    parser.add_argument(
        "--confirm-deletions",
        action="store_true",
        help="let deletions pass that the guard held back (needs Full or Force)",
    )


def _reading(commands: _Commands) -> None:
    status = commands.add(
        "status", "sources and types, what runs, what waits and why", output=FORMATS[:3], everywhere=True
    )
    status.add_argument("sources", nargs="*", metavar="SOURCE", help="only these sources")
    status.add_argument("-w", "--watch", action="store_true", help="show it anew every two seconds, until Ctrl-C")

    why = commands.add(
        "why",
        "why a sync does not run, when it will, who holds its slot, what to do",
        "NAME is a SyncTask, a SyncSchedule, a SyncSource or a type of data, looked for in this order;\n"
        "task/NAME, schedule/NAME and source/NAME say which.",
        output=("json", "yaml"),
    )
    why.add_argument("name", metavar="NAME")

    history = commands.add(
        "history",
        "syncs that have ended",
        "What the cluster still holds; the history database holds them all.",
        output=FORMATS,
        everywhere=True,
    )
    history.add_argument("--source", action="append", default=[], help="only this source (may be repeated)")
    history.add_argument("--type", action="append", default=[], help="only this type (may be repeated)")
    history.add_argument(
        "--by", action="append", default=[], metavar="PERSON", help="only what this person asked for (may be repeated)"
    )
    history.add_argument("--mine", action="store_true", help="only what I asked for")
    history.add_argument(
        "--state",
        action="append",
        default=[],
        type=_word(*FINAL),
        metavar="STATE",
        help=f"only this end: {', '.join(FINAL)}",
    )
    history.add_argument(
        "--since", type=_duration, metavar="DURATION", help="only what ended within, such as 24h or 7d"
    )
    history.add_argument(
        "--limit", type=_number(0, 100_000), default=20, metavar="N", help="at most so many (default 20; 0: all)"
    )

    preview = commands.add(
        "preview",
        "what will run in the coming days, if nobody does anything",
        "The planner itself, in simulated time: cadences, quiet hours, changes of the clock, collisions.\n"
        "-o wide lists every run.",
        output=FORMATS[:3],
        everywhere=True,
    )
    preview.add_argument("schedules", nargs="*", metavar="SCHEDULE", help="only these schedules")
    preview.add_argument("--source", action="append", default=[], help="only this source (may be repeated)")
    preview.add_argument("--type", action="append", default=[], help="only this type (may be repeated)")
    preview.add_argument(
        "--days", type=_number(1, 31), default=3, metavar="N", help="how far to look ahead (default 3, at most 31)"
    )

    letters = commands.add("dead-letters", "syncs that were given up, by cause", output=OBJECTS, everywhere=True)
    letters.add_argument(
        "--group", metavar="FINGERPRINT", help="one cause, with its tasks and evidence (a beginning is enough)"
    )
    letters.add_argument("--source", action="append", default=[], help="only this source (may be repeated)")
    letters.add_argument("--type", action="append", default=[], help="only this type (may be repeated)")
    letters.add_argument("--all", action="store_true", help="also those that were repeated or have succeeded since")


def _acting(commands: _Commands) -> None:
    sync = commands.add("sync", "ask for a sync now", output=OBJECTS)
    sync.add_argument("types", nargs="+", metavar="TYPE", help="what to sync: customers, orders, ...")
    sync.add_argument(
        "--source", action="append", default=[], help="from which source, if there are several (may be repeated)"
    )
    _asking(sync)
    sync.add_argument("--dry-run", action="store_true", help="read and compare, write nothing into the database")
    sync.add_argument(
        "--not-before", type=_moment, metavar="WHEN", help="start later: an instant, or a duration from now"
    )
    _waiting(sync)

    follow = commands.add("follow", "show the progress of syncs until they end", output=OBJECTS)
    follow.add_argument("tasks", nargs="+", metavar="TASK")
    follow.add_argument("--timeout", type=_duration, metavar="DURATION", help="no longer than this; the sync goes on")

    pause = commands.add("pause", "hold back scheduled syncs; a person's still run", output=OBJECTS)
    pause.add_argument("sources", nargs="*", metavar="SOURCE")
    pause.add_argument(
        "--schedule", action="append", default=[], metavar="NAME", help="suspend a SyncSchedule (may be repeated)"
    )
    pause.add_argument("--reason", required=True, help="why; shown at whatever waits for it")

    resume = commands.add("resume", "let scheduled syncs run again", output=OBJECTS)
    resume.add_argument("sources", nargs="*", metavar="SOURCE")
    resume.add_argument(
        "--schedule", action="append", default=[], metavar="NAME", help="a suspended SyncSchedule (may be repeated)"
    )

    cancel = commands.add("cancel", "stop syncs, or take them out of the queue", output=OBJECTS)
    cancel.add_argument("tasks", nargs="+", metavar="TASK")
    cancel.add_argument("--wait", action="store_true", help="wait until they have ended")
    cancel.add_argument("--timeout", type=_duration, metavar="DURATION", help="wait no longer than this")

    retry = commands.add("retry", "repeat dead letters, one by one or a whole group", output=OBJECTS)
    retry.add_argument("tasks", nargs="*", metavar="TASK")
    retry.add_argument("--group", metavar="FINGERPRINT", help="the newest open one of each source and type of a group")
    _asking(retry)
    _waiting(retry)


def build_parser() -> Parser:
    """The whole command line."""
    parser = Parser(
        prog="kubectl sincro",
        usage="kubectl sincro COMMAND [OPTIONS]",
        description="See syncs, steer them and ask them why. Talks to the API server only, through kubectl.",
        epilog=_EPILOG,
    )
    commands = _Commands(parser)
    _reading(commands)
    _acting(commands)
    completion = commands.add("completion", "print a completion script for a shell", "See docs/kubectl-sincro.md.")
    completion.add_argument("shell", choices=("bash", "zsh", "fish"))
    commands.add("version", "print the version")
    _add_connection(parser, shown=True)
    return parser


def parse(parser: Parser, words: Sequence[str]) -> Arguments:
    """Read the command line. Exits by SystemExit (2) with a message when it is wrong, (0) after --help."""
    arguments = parser.parse_args(words, argparse.Namespace(namespace="", color="auto"))
    if arguments.command in ("pause", "resume") and not (arguments.sources or arguments.schedule):
        parser.error(f"{arguments.command}: name a SOURCE or a --schedule")
    if arguments.command == "retry" and bool(arguments.tasks) == bool(arguments.group):
        parser.error("retry: name TASKs or a --group, one of the two")
    if arguments.command in ("sync", "retry"):
        _check_asking(parser, arguments)
    if getattr(arguments, "timeout", None) is not None and not _waits(arguments):
        parser.error(f"{arguments.command}: --timeout goes with --follow or --wait")
    if getattr(arguments, "all_namespaces", False) and arguments.namespace:
        parser.error(f"{arguments.command}: -A and -n exclude each other")
    return arguments


def _waits(arguments: Arguments) -> bool:
    return arguments.command == "follow" or arguments.wait or getattr(arguments, "follow", False)


def _check_asking(parser: Parser, arguments: Arguments) -> None:
    if arguments.command == "sync" and arguments.confirm_deletions and arguments.mode not in ("Full", "Force"):
        parser.error("sync: --confirm-deletions needs --mode Full or Force: a Delta does not see what was deleted")
    if arguments.command == "retry" and arguments.confirm_deletions and arguments.mode == "Delta":
        parser.error("retry: --confirm-deletions needs Full or Force: a Delta does not see what was deleted")
    if getattr(arguments, "dry_run", False) and arguments.mode == "Force":
        parser.error("sync: --dry-run and --mode Force exclude each other: Force replaces what the database holds")


def connection_words(arguments: Arguments) -> list[str]:
    """kubectl's own flags as they were given."""
    words = []
    for flag, _ in CONNECTION_FLAGS:
        given = getattr(arguments, flag.removeprefix("--").replace("-", "_"), None)
        values = given if isinstance(given, list) else [given] if given is not None else []
        words += [f"{flag}={value}" for value in values]
    return words
