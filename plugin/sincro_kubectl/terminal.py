"""Where results go: a terminal that can be redrawn, or a pipe or file that only grows. No decision about content."""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TextIO

from sincro_kubectl.palette import Palette, cut, wants_colour
from sincro_kubectl.views.transitions import Note

_FALLBACK = (80, 24)
_PIPE_WIDTH = 100
"""How wide running text is made where nobody says."""


@dataclass(frozen=True, slots=True)
class Terminal:
    """One of the program's output streams and what it can do."""

    stream: TextIO
    palette: Palette
    live: bool
    """Lines can be drawn again: a terminal that is not dumb."""
    unicode: bool

    @property
    def size(self) -> tuple[int, int]:
        """Columns and rows now."""
        if not self.live:
            return _PIPE_WIDTH, _FALLBACK[1]
        try:
            columns, rows = os.get_terminal_size(self.stream.fileno())
        except (OSError, ValueError):
            return _FALLBACK
        return columns or _FALLBACK[0], rows or _FALLBACK[1]

    def write(self, lines: Sequence[str]) -> None:
        """Print lines."""
        self.stream.write("".join(f"{line}\n" for line in lines))
        self.stream.flush()


def terminal(stream: TextIO, environment: Mapping[str, str], colour: str) -> Terminal:
    """What this stream can do. `colour` is --color."""
    is_terminal = stream.isatty()
    palette = Palette(wants_colour(colour, environment, terminal=is_terminal))
    unicode = (getattr(stream, "encoding", "") or "").lower().replace("-", "") == "utf8"
    return Terminal(stream, palette, is_terminal and environment.get("TERM") != "dumb", unicode)


class Live:
    """Notes that stay, above lines that are drawn again and again.

    Where nothing can be drawn again there are only notes, those that are details included.
    """

    def __init__(self, out: Terminal) -> None:
        """Nothing is drawn yet."""
        self._out = out
        self._drawn: tuple[str, ...] = ()

    def say(self, notes: Sequence[Note]) -> None:
        """Print the notes for good."""
        lines = [self._line(note) for note in notes if not (note.detail and self._out.live)]
        if lines:
            self._put([*lines, *self._drawn])

    def draw(self, lines: Sequence[str]) -> None:
        """Replace what was drawn; no lines: leave only the notes."""
        if self._out.live and tuple(lines) != self._drawn:
            self._put(lines)
            self._drawn = tuple(lines)

    def fill(self, lines: Sequence[str]) -> None:
        """Draw a whole screen anew, without a flash; what does not fit below or beside is left out."""
        columns, rows = self._out.size
        shown = [cut(line, columns) for line in lines[: max(1, rows - 1)]]
        self._out.stream.write("\x1b[H" + "".join(f"{line}\x1b[K\n" for line in shown) + "\x1b[J")
        self._out.stream.flush()

    def _put(self, lines: Sequence[str]) -> None:
        """Write from where the drawn lines begin; what was there is erased."""
        rewind = f"\x1b[{len(self._drawn)}A\r\x1b[J" if self._drawn else ""
        self._out.stream.write(rewind + "".join(f"{line}\n" for line in lines))
        self._out.stream.flush()

    def _line(self, note: Note) -> str:
        palette = self._out.palette
        marks: Mapping[str, Callable[[str], str]] = {
            "good": palette.good,
            "bad": palette.bad,
            "doubt": palette.doubt,
            "busy": palette.busy,
        }
        return f"{palette.strong(note.task)}: {marks.get(note.mood, str)(note.text)}"
