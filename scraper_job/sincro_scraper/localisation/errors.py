"""What a text that the locale's grammar refuses is reported as. Where it stood (page, row, column) the caller adds."""

_SHOWN = 80


class ValueFormatError(ValueError):
    """A text that the grammar refuses.

    found: the text as it was read, cut to 80 characters; expected: what would have been accepted, in words for people.
    """

    def __init__(self, found: str, expected: str) -> None:
        self.found = found if len(found) <= _SHOWN else found[: _SHOWN - 1] + "…"
        self.expected = expected
        super().__init__(f"found {self.found!r}, expected {expected}")

    def __reduce__(self) -> tuple[type["ValueFormatError"], tuple[str, str]]:
        return type(self), (self.found, self.expected)
