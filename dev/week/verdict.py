"""What became of scheduled syncs: the promise of 99% and the table that shows it. Pure.

Decided here: what counts (what a schedule asked for and ran; what another sync did for it does not), and what names a
cause. Not here: which misbehaviour came when.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

SUCCEED = 0.99
"""Of scheduled syncs, in the end."""


@dataclass(frozen=True)
class Sync:
    """A row of the history: one scheduled sync that is over."""

    name: str
    source: str
    type: str
    status: str
    attempts: int
    jobs: int
    """Pods that ran for it: attempts, and those that cost none."""
    seconds: float
    failures: tuple[str, ...]
    """Classes of the attempts that failed."""
    error_class: str = ""
    error_message: str = ""
    fingerprint: str = ""


@dataclass(frozen=True)
class Verdict:
    """Whether the promise holds; `broken` says in words where it does not."""

    counted: int
    succeeded: int
    jobs: int
    table: str
    broken: tuple[str, ...]


def judge(syncs: Sequence[Sync], open_: Sequence[str], at_least_jobs: int) -> Verdict:
    """The verdict over syncs that are over; `open_` are the names of those that never came to an end."""
    counted = [sync for sync in syncs if sync.status in ("Succeeded", "DeadLettered")]
    succeeded = [sync for sync in counted if sync.status == "Succeeded"]
    jobs = sum(sync.jobs for sync in syncs)
    broken = [f"{name} has not come to an end" for name in open_]
    if jobs < at_least_jobs:
        broken.append(f"{jobs} Jobs ran: at least {at_least_jobs} are needed to say anything")
    if len(succeeded) < SUCCEED * len(counted) or not counted:
        broken.append(f"{len(succeeded)} of {len(counted)} scheduled syncs succeeded: fewer than {SUCCEED:.0%}")
    broken += [
        f"the dead letter {sync.name} does not name its cause"
        for sync in counted
        if sync.status == "DeadLettered" and not (sync.error_class and sync.error_message and sync.fingerprint)
    ]
    return Verdict(len(counted), len(succeeded), jobs, table(syncs), tuple(broken))


def table(syncs: Sequence[Sync]) -> str:
    """A line a source and type, the failures that were recovered from, and every dead letter."""
    rows: list[tuple[str, ...]] = [
        ("source", "type", "syncs", "good", "at once", "dead", "other", "Jobs", "mean s", "p95 s", "longest s")
    ]
    groups: dict[tuple[str, str], list[Sync]] = defaultdict(list)
    for sync in syncs:
        groups[sync.source, sync.type].append(sync)
    for key, group in [*sorted(groups.items()), (("all", ""), list(syncs))]:
        good = [sync for sync in group if sync.status == "Succeeded"]
        dead = sum(sync.status == "DeadLettered" for sync in group)
        times = sorted(sync.seconds for sync in good) or [0.0]
        figures = (
            len(group),
            len(good),
            sum(sync.jobs == 1 for sync in good),
            dead,
            len(group) - len(good) - dead,
            sum(sync.jobs for sync in group),
        )
        durations = (sum(times) / len(times), times[math.ceil(0.95 * len(times)) - 1], times[-1])
        rows.append((*key, *map(str, figures), *(f"{seconds:.1f}" for seconds in durations)))
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = [
        "  ".join(
            cell.ljust(w) if n < 2 else cell.rjust(w) for n, (cell, w) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    ]
    failures = Counter(failure for sync in syncs for failure in sync.failures)
    lines.append("attempts that failed: " + (", ".join(f"{n} {name}" for name, n in failures.most_common()) or "none"))
    lines += [
        f"dead letter {sync.name}: {sync.error_class}: {sync.error_message}"
        for sync in syncs
        if sync.status == "DeadLettered"
    ]
    return "\n".join(lines)
