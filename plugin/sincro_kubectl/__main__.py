"""kubectl sincro: reads the command line, puts the pieces together, and turns what went wrong into an exit code."""

import os
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from importlib import import_module
from io import TextIOWrapper
from typing import cast

from sincro_kubectl.command_line import Arguments, build_parser, connection_words, parse
from sincro_kubectl.context import Context
from sincro_kubectl.exit_status import CommandError, ExitStatus
from sincro_kubectl.kubectl import Kubectl
from sincro_kubectl.terminal import terminal

Command = Callable[[Context, Arguments], ExitStatus]
COMMANDS = {
    "status": ("status", "run"),
    "why": ("why", "run"),
    "history": ("history", "run"),
    "preview": ("preview", "run"),
    "dead-letters": ("dead_letters", "run"),
    "sync": ("sync", "run"),
    "follow": ("follow", "run"),
    "pause": ("pause", "pause"),
    "resume": ("pause", "resume"),
    "cancel": ("cancel", "run"),
    "retry": ("retry", "run"),
    "completion": ("completion", "run"),
    "version": ("version", "run"),
}
"""Module and function; only the one that is asked for is imported."""


def main(words: Sequence[str] | None = None) -> int:
    """The program. Returns its exit code."""
    given = list(sys.argv[1:] if words is None else words)
    if given[:1] == ["__complete"]:
        return complete(given[1:])
    parser = build_parser()
    try:
        arguments = parse(parser, given)
    except SystemExit as end:
        return ExitStatus.OK if not end.code else ExitStatus.USAGE
    if arguments.command is None:
        parser.print_help()
        return ExitStatus.OK
    try:
        return _run(arguments)
    except BrokenPipeError:
        # Whoever read has seen enough (head, less). Python would complain once more when it closes the stream.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitStatus.ERROR
    except KeyboardInterrupt:
        return ExitStatus.INTERRUPTED


def load(command: tuple[str, str]) -> Command:
    """The function of a command."""
    module, function = command
    return cast(Command, getattr(import_module(f"sincro_kubectl.commands.{module}"), function))


def complete(words: Sequence[str] | None = None) -> int:
    """What kubectl starts as kubectl_complete-sincro: candidates for the last of the words, never an error."""
    from sincro_kubectl.completion import answer  # nothing else needs it

    sys.stdout.write(answer(list(sys.argv[1:] if words is None else words), Kubectl))
    return ExitStatus.OK


def _run(arguments: Arguments) -> ExitStatus:
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")  # a letter that the terminal's encoding lacks is no reason to fail
    context = Context(
        kubectl=Kubectl(connection_words(arguments), arguments.namespace),
        out=terminal(sys.stdout, os.environ, arguments.color),
        err=terminal(sys.stderr, os.environ, arguments.color),
        clock=lambda: datetime.now(UTC),
        pause=time.sleep,
        zone=None,
    )
    try:
        status = load(COMMANDS[arguments.command])(context, arguments)
        sys.stdout.flush()
    except CommandError as error:
        context.err.write([f"{context.err.palette.bad('error:')} {error}"])
        return error.status
    return status


if __name__ == "__main__":
    sys.exit(main())
