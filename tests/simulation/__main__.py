"""`python -m tests.simulation --seeds 1 2 3 --days 20`: lives of those seeds; ends with one line of figures.

A broken invariant prints the seed's story and ends with 1. `--seeds 1-500` is a range.
"""

import argparse
import itertools
import math
import multiprocessing
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass, field

from tests.simulation.scenario import size_of
from tests.simulation.world import Figures, live

_PROGRESS = 60.0
"""Seconds between lines that say how far it is."""


def _seeds(words: list[str]) -> list[int]:
    found: list[int] = []
    for word in words:
        first, _, last = word.partition("-")
        found += range(int(first), int(last or first) + 1)
    return found


def _one(job: tuple[int, float]) -> Figures:
    return live(*job)


@dataclass
class _Sum:
    """All lives together."""

    seeds: int = 0
    days: float = 0.0
    jobs: int = 0
    people: int = 0
    worst: float = 0.0
    broken: int = 0
    ended: Counter[str] = field(default_factory=Counter)
    sizes: Counter[str] = field(default_factory=Counter)

    def add(self, figures: Figures) -> None:
        self.seeds, self.days, self.jobs = self.seeds + 1, self.days + figures.days, self.jobs + figures.jobs
        self.ended.update(figures.ended)
        self.sizes[size_of(figures.seed).name] += 1
        self.people, self.worst = self.people + figures.manual_count, max(self.worst, figures.manual_worst)
        self.broken += bool(figures.broken)

    def line(self, seconds: float) -> str:
        states = ", ".join(f"{count} {state}" for state, count in sorted(self.ended.items()))
        sizes = ", ".join(f"{count} {size}" for size, count in sorted(self.sizes.items()))
        return (
            f"simulated {self.days:g} days over {self.seeds} seeds ({sizes}) in {seconds:.0f}s: {self.jobs} Jobs; "
            f"{states}; {self.people} syncs of people with nothing in the way, the slowest began after "
            f"{self.worst:.1f}s; {self.broken} broken"
        )


def main() -> int:
    """See the module."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seeds", nargs="+", default=["1", "2", "3"])
    parser.add_argument("--days", type=float, default=20)
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    parser.add_argument("--minutes", type=float, default=math.inf, help="begin no new life after so long")
    arguments = parser.parse_args()
    began = time.monotonic()

    def lives() -> Iterator[tuple[int, float]]:
        for seed in _seeds(arguments.seeds):
            if time.monotonic() - began > 60 * arguments.minutes:
                return
            yield seed, arguments.days

    total, told = _Sum(), began
    with ProcessPoolExecutor(arguments.processes, multiprocessing.get_context("fork")) as pool:
        jobs, open_ = lives(), set[Future[Figures]]()
        while True:
            open_ |= {pool.submit(_one, job) for job in itertools.islice(jobs, arguments.processes + 1 - len(open_))}
            if not open_:
                break
            done, open_ = wait(open_, return_when=FIRST_COMPLETED)
            for figures in (future.result() for future in done):
                total.add(figures)
                if figures.broken:
                    print(f"\nseed {figures.seed}: {figures.broken}", *figures.shortest_story(), sep="\n  ")
                    print(f"  again: make simulate SEEDS={figures.seed} DAYS={arguments.days:g}", flush=True)
            if time.monotonic() - told > _PROGRESS:
                told = time.monotonic()
                print(f"  so far: {total.line(told - began)}", file=sys.stderr, flush=True)
    print(total.line(time.monotonic() - began))
    return 1 if total.broken else 0


if __name__ == "__main__":
    sys.exit(main())
