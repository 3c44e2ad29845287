"""How much more memory a read of 100,000 rows needs than one of 10,000.

Keys: scraper.rss_mb_10k, scraper.rss_mb_100k (the program's own peak, VmHWM), scraper.rss_slope_mb (their difference),
scraper.tree_slope_mb (the same for program, driver and browser together: PSS, sampled).
"""

import time
from pathlib import Path

from dev.bench.scraper_setup import BenchError, erp_and_pod, http_profile, run
from tests.browser.scraper.pod_files import Pod

SAMPLE_SECONDS = 0.2


def bench() -> dict[str, float]:
    """See the module."""
    few_own, few_tree = _peaks(10_000)
    many_own, many_tree = _peaks(100_000)
    return {
        "scraper.rss_mb_10k": few_own,
        "scraper.rss_mb_100k": many_own,
        "scraper.rss_slope_mb": many_own - few_own,
        "scraper.tree_slope_mb": many_tree - few_tree,
    }


def _peaks(rows: int) -> tuple[float, float]:
    """(peak of the program, peak of it and all its children) in MiB."""
    with erp_and_pod(f"customers={rows},orders=10,products=10,prices=10", page_delay_ms=0) as (_, pod):
        pod.profile = http_profile()
        return _watched(pod)


def _watched(pod: Pod) -> tuple[float, float]:
    process = pod.popen("customers", "Force")
    own = tree = 0.0
    while process.poll() is None:
        own = max(own, _status(process.pid, "VmHWM"))
        tree = max(tree, sum(_pss(pid) for pid in [process.pid, *_children(process.pid)]))
        time.sleep(SAMPLE_SECONDS)
    process.communicate()
    outcome = pod.outcome()
    if outcome.result is None:
        raise BenchError(str(outcome.error))
    return own, tree


def _children(pid: int) -> list[int]:
    found: list[int] = []
    try:
        for task in Path(f"/proc/{pid}/task").iterdir():
            listed = (task / "children").read_text().split()
            for child in map(int, listed):
                found += [child, *_children(child)]
    except OSError:
        pass
    return found


def _status(pid: int, name: str) -> float:
    return _kilobytes(f"/proc/{pid}/status", name) / 1024


def _pss(pid: int) -> float:
    return _kilobytes(f"/proc/{pid}/smaps_rollup", "Pss") / 1024


def _kilobytes(path: str, name: str) -> int:
    try:
        for line in Path(path).read_text().splitlines():
            if line.startswith(f"{name}:"):
                return int(line.split()[1])
    except OSError:
        pass
    return 0


if __name__ == "__main__":
    run("scraper_memory", bench)
