"""kubectl sincro completion: the script for a shell."""

from sincro_kubectl.command_line import Arguments
from sincro_kubectl.completion_scripts import SCRIPTS
from sincro_kubectl.context import Context
from sincro_kubectl.exit_status import ExitStatus


def run(context: Context, arguments: Arguments) -> ExitStatus:
    """Print it."""
    context.out.write([SCRIPTS[arguments.shell].rstrip("\n")])
    return ExitStatus.OK
