"""What is wrong in a profile, and on which line: the one error that reading a profile raises."""

from collections.abc import Sequence
from dataclasses import dataclass

from sincro_scraper.errors import ConfigInvalid


@dataclass(frozen=True, order=True)
class Problem:
    """One thing to correct. Lines and columns count from 1; `path` is the place in words, `streams.orders.key`."""

    line: int
    column: int
    path: str
    message: str

    def __str__(self) -> str:
        where = f"line {self.line}, column {self.column}"
        return f"{where}: {self.path}: {self.message}" if self.path else f"{where}: {self.message}"


class ProfileError(ConfigInvalid):
    """A profile that cannot be used. Its text lists every problem, one a line, in the order of the file."""

    default_code = "ProfileInvalid"

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(sorted(problems))
        count = len(self.problems)
        head = "The profile has a problem" if count == 1 else f"The profile has {count} problems"
        lines = "; ".join(str(problem) for problem in self.problems)
        super().__init__(f"{head}: {lines}")

    def report(self) -> str:
        """The problems one a line, for a terminal."""
        return "\n".join(str(problem) for problem in self.problems)
