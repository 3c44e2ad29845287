"""Whether the adaptive interval keeps data fresher than a fixed one that syncs as often a day.

`python -m dev.bench.adaptive_freshness [--json PATH]` plays 60 days of each pattern of change through
planning.adaptive (a sync takes no time), counts its syncs, and then plays a fixed interval with the same number of
syncs over the same changes. Two figures: the share of time in which the copy was behind, and the mean age of a change
when it is read (minutes).
"""

import argparse
import bisect
import json
import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sincro_operator.planning import adaptive
from sincro_operator.planning.model import Rate

DAYS, WARM_UP, SEEDS = 60, 5, 10
BOUNDS = (timedelta(minutes=5), timedelta(hours=4))
EVERY = timedelta(hours=1)
START = datetime(2026, 6, 1, tzinfo=UTC)
_MINUTES = DAYS * 24 * 60


def _steady(_minute: int, _roll: random.Random) -> float:
    return 1 / 60


def _office(minute: int, _roll: random.Random) -> float:
    day, hour = minute // 1440 % 7, minute % 1440 / 60
    return 6 / 60 if day < 5 and 8 <= hour < 18 else 0.0


def _rare(_minute: int, _roll: random.Random) -> float:
    return 1 / (24 * 60)


def _dead(_minute: int, _roll: random.Random) -> float:
    return 0.0


class _Bursts:
    """Now and then two hours in which something changes every other minute."""

    def __init__(self) -> None:
        self._until = -1

    def __call__(self, minute: int, roll: random.Random) -> float:
        if minute > self._until and roll.random() < 1 / (36 * 60):
            self._until = minute + 120
        return 0.5 if minute <= self._until else 0.0


PATTERNS: dict[str, Callable[[], Callable[[int, random.Random], float]]] = {
    "steady, 1 an hour": lambda: _steady,
    "office hours, 6 an hour": lambda: _office,
    "bursts": _Bursts,
    "rare, 1 a day": lambda: _rare,
    "dead": lambda: _dead,
}


@dataclass(frozen=True, slots=True)
class Freshness:
    """How one way of syncing did."""

    syncs_a_day: float
    behind: float
    age_minutes: float


def changes(pattern: str, seed: int) -> list[float]:
    """The minutes at which something changes."""
    roll, chance = random.Random(seed), PATTERNS[pattern]()
    return [minute + roll.random() for minute in range(_MINUTES) if roll.random() < chance(minute, roll)]


def adaptive_syncs(happened: Sequence[float]) -> list[float]:
    """The minutes at which the adaptive schedule syncs."""
    found: list[float] = []
    rate: Rate | None = None
    now, read_until = 0.0, 0
    while now < _MINUTES:
        known = bisect.bisect_right(happened, now)
        at = START + timedelta(minutes=now)
        rate = adaptive.observe(rate, at, changes=known - read_until, first_watch=EVERY)
        found.append(now)
        read_until = known
        now += adaptive.interval(rate, BOUNDS, EVERY)[0] / timedelta(minutes=1)
    return found


def fixed_syncs(count: int) -> list[float]:
    """As many syncs, evenly spread."""
    step = (_MINUTES - WARM_UP * 1440) / max(1, count)
    return [WARM_UP * 1440 + step * (index + 1) for index in range(count)]


def judge(happened: Sequence[float], syncs: Sequence[float]) -> Freshness:
    """The freshness after the first days."""
    start = WARM_UP * 1440.0
    used = [sync for sync in syncs if sync >= start]
    behind = age = 0.0
    seen = [change for change in happened if change >= start]
    unread_since: dict[int, float] = {}
    for change in seen:
        place = bisect.bisect_left(used, change)
        read = used[place] if place < len(used) else float(_MINUTES)
        unread_since.setdefault(place, change)
        age += read - change
    for place, since in unread_since.items():
        behind += (used[place] if place < len(used) else float(_MINUTES)) - since
    span = _MINUTES - start
    return Freshness(len(used) / (DAYS - WARM_UP), behind / span, age / len(seen) if seen else 0.0)


def compare(pattern: str) -> tuple[Freshness, Freshness]:
    """Adaptive and fixed, each the mean over the seeds."""
    pairs = []
    for seed in range(SEEDS):
        happened = changes(pattern, seed)
        syncs = adaptive_syncs(happened)
        late = [sync for sync in syncs if sync >= WARM_UP * 1440]
        pairs.append((judge(happened, syncs), judge(happened, fixed_syncs(len(late)))))
    return _mean([pair[0] for pair in pairs]), _mean([pair[1] for pair in pairs])


def _mean(values: Sequence[Freshness]) -> Freshness:
    count = len(values)
    return Freshness(
        math.fsum(value.syncs_a_day for value in values) / count,
        math.fsum(value.behind for value in values) / count,
        math.fsum(value.age_minutes for value in values) / count,
    )


def main() -> None:
    """Play and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    print(f"{'pattern':26} {'syncs/day':>9}  {'behind: adaptive':>16} {'fixed':>7}  {'age: adaptive':>13} {'fixed':>7}")
    figures: dict[str, float] = {}
    for pattern in PATTERNS:
        mine, fixed = compare(pattern)
        print(
            f"{pattern:26} {mine.syncs_a_day:9.1f}  {mine.behind:16.1%} {fixed.behind:7.1%}"
            f"  {mine.age_minutes:9.1f} min {fixed.age_minutes:3.1f} min"
        )
        key = pattern.split(",")[0].replace(" ", "_")
        if fixed.behind:
            figures[f"adaptive.{key}_behind_ratio"] = round(mine.behind / fixed.behind, 3)
            figures[f"adaptive.{key}_age_ratio"] = round(mine.age_minutes / fixed.age_minutes, 3)
    if options.json is not None:
        options.json.write_text(json.dumps(figures) + "\n")


if __name__ == "__main__":
    main()
