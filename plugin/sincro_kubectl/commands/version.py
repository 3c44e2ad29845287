"""kubectl sincro version."""

from importlib.metadata import version

from sincro_kubectl.command_line import Arguments
from sincro_kubectl.context import Context
from sincro_kubectl.exit_status import ExitStatus


def run(context: Context, arguments: Arguments) -> ExitStatus:  # noqa: ARG001 (the form of every command)
    """Print it."""
    context.out.write([version("sincro")])
    return ExitStatus.OK
