"""`python -m tests.simulation --seeds 1 2 3 --days 20`: lives of those seeds; ends with one line of figures.

A broken invariant prints the seed's story and ends with 1. `--seeds 1-500` is a range.
"""

import argparse
import multiprocessing
import os
import sys
import time
from collections import Counter

from tests.simulation.world import Figures, live


def _seeds(words: list[str]) -> list[int]:
    found: list[int] = []
    for word in words:
        first, _, last = word.partition("-")
        found += range(int(first), int(last or first) + 1)
    return found


def _one(job: tuple[int, float]) -> Figures:
    return live(*job)


def main() -> int:
    """See the module."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seeds", nargs="+", default=["1", "2", "3"])
    parser.add_argument("--days", type=float, default=20)
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    arguments = parser.parse_args()
    seeds, began = _seeds(arguments.seeds), time.monotonic()
    ended: Counter[str] = Counter()
    jobs, days, broken, people, worst = 0, 0.0, 0, 0, 0.0
    with multiprocessing.get_context("fork").Pool(arguments.processes) as pool:
        for figures in pool.imap_unordered(_one, [(seed, arguments.days) for seed in seeds]):
            jobs, days = jobs + figures.jobs, days + figures.days
            ended.update(figures.ended)
            people, worst = people + figures.manual_count, max(worst, figures.manual_worst)
            if figures.broken:
                broken += 1
                print(f"\nseed {figures.seed}: {figures.broken}", *figures.shortest_story(), sep="\n  ")
                print(f"  again: make simulate SEEDS={figures.seed} DAYS={arguments.days:g}", flush=True)
    states = ", ".join(f"{count} {state}" for state, count in sorted(ended.items()))
    seconds = time.monotonic() - began
    print(
        f"simulated {days:g} days over {len(seeds)} seeds in {seconds:.0f}s: {jobs} Jobs; {states}; "
        f"{people} syncs of people with nothing in the way, the slowest began after {worst:.1f}s; {broken} broken"
    )
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
