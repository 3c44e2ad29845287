"""Colours, and whether to use any.

Decided here: what good, bad and doubtful look like, and when output stays plain (NO_COLOR, a dumb or no terminal).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

_ESCAPE = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(frozen=True, slots=True)
class Palette:
    """Marks text for a terminal, or leaves it as it is."""

    enabled: bool = False

    def _mark(self, code: str, text: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self.enabled and text else text

    def good(self, text: str) -> str:
        """All is well."""
        return self._mark("32", text)

    def busy(self, text: str) -> str:
        """Something happens."""
        return self._mark("36", text)

    def doubt(self, text: str) -> str:
        """Waits, is held back, or may need a person."""
        return self._mark("33", text)

    def bad(self, text: str) -> str:
        """Went wrong."""
        return self._mark("31", text)

    def strong(self, text: str) -> str:
        """What the eye should find first."""
        return self._mark("1", text)

    def faint(self, text: str) -> str:
        """What one reads only when looking for it."""
        return self._mark("2", text)


PLAIN = Palette()


def wants_colour(choice: str, environment: Mapping[str, str], *, terminal: bool) -> bool:
    """Whether to colour. `choice` is --color: auto, always or never. NO_COLOR counts when it is not empty."""
    if choice != "auto":
        return choice == "always"
    return terminal and not environment.get("NO_COLOR") and environment.get("TERM") != "dumb"


def width_of(text: str) -> int:
    """Columns that the text takes on a terminal."""
    return len(_ESCAPE.sub("", text))
