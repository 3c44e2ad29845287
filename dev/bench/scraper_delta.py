"""The time of a delta with one row in a hundred changed, against a full read, from start to commit, browser included.

Keys: scraper.full_s (20,000 rows by the demo profile, in the browser), scraper.delta_s, scraper.delta_ratio.
"""

from dev.bench.scraper_setup import BenchError, ended_well, erp_and_pod, run

ROWS = 20_000


def bench() -> dict[str, float]:
    """See the module."""
    with erp_and_pod(f"customers={ROWS},orders=10,products=10,prices=10") as (erp, pod):
        full = ended_well(pod, "customers", "Full")
        erp.control("POST", "mutate", {"created": 0, "updated": ROWS // 100, "deleted": 0, "types": ["customers"]})
        delta = ended_well(pod, "customers", "Delta")
    if delta.updated != ROWS // 100 or full.created != ROWS:
        raise BenchError(f"not what was to be measured: {full} {delta}")
    return {
        "scraper.full_s": full.duration_ms / 1000,
        "scraper.delta_s": delta.duration_ms / 1000,
        "scraper.delta_ratio": delta.duration_ms / full.duration_ms,
    }


if __name__ == "__main__":
    run("scraper_delta", bench)
