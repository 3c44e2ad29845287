"""Colours, and whether to use any.

Decided here: what good, bad and doubtful look like, and when output stays plain (NO_COLOR, a dumb or no terminal).
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

_ESCAPE = re.compile(r"\x1b\[[0-9;]*m")
_PARTS = re.compile(r"\x1b\[[0-9;]*m|.", re.DOTALL)


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
    plain = _ESCAPE.sub("", text)
    return len(plain) if plain.isascii() else sum(_columns(letter) for letter in plain)


def cut(text: str, width: int) -> str:
    """The text on at most so many columns, with an ellipsis where it was cut, and with all of its colours."""
    if width_of(text) <= width:
        return text
    room, kept = max(0, width - 1), []
    for part in _PARTS.findall(text):
        if _ESCAPE.fullmatch(part):
            kept.append(part)
        elif room >= 0:
            room -= _columns(part)
            kept.append(part if room >= 0 else "…")
    return "".join(kept)


def _columns(letter: str) -> int:
    """Two for the letters of East Asia and most pictures, none for what stands above another letter."""
    if unicodedata.combining(letter):
        return 0
    return 2 if unicodedata.east_asian_width(letter) in ("W", "F") else 1
