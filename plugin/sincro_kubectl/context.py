"""What every command is given: the way to the API server, the terminal, the clock. Shapes; nothing is decided here."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, tzinfo

from sincro_kubectl.kubectl import Kubectl
from sincro_kubectl.terminal import Terminal


@dataclass(frozen=True, slots=True)
class Context:
    """Commands read the clock and wait through this alone."""

    kubectl: Kubectl
    out: Terminal
    """Standard output: results."""
    err: Terminal
    """Standard error: warnings, and progress where the output is for programs."""
    clock: Callable[[], datetime]
    pause: Callable[[float], None]
    """Waits so many seconds."""
    zone: tzinfo | None
    """The reader's time zone; None is the machine's, with its changes of the clock."""

    def warn(self, text: str) -> None:
        """A line on standard error."""
        self.err.write([self.err.palette.doubt(f"Warning: {text}")])
