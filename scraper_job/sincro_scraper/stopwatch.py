"""Milliseconds a phase, for the result. Measures; decides nothing."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class Stopwatch:
    """Milliseconds a phase, in the order of the phases; a phase that comes again is added up. `clock`: seconds."""

    clock: Callable[[], float]
    phases: dict[str, int] = field(default_factory=dict)

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Measure one phase."""
        started = self.clock()
        try:
            yield
        finally:
            self.phases[name] = self.phases.get(name, 0) + round((self.clock() - started) * 1000)
