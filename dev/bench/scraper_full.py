"""A full sync of 20,000 rows of each type from the demo ERP at its default speed, by both of its profiles.

From the start of the program to the commit, browser included, one type after the other. Keys, in seconds:
scraper.full_20000_s.TYPE and .all (their sum) by examples/profiles/demo-erp.yaml (every page in the browser),
scraper.full_20000_fast_s.TYPE and .all by demo-erp-fast.yaml without its detail pages (over HTTP, once that is proven
to be the same). It fails where a type takes longer than five minutes, or where not every row arrives.
"""

from dev.bench.scraper_setup import BenchError, ended_well, erp_and_pod, http_profile, run
from tests.browser.scraper.pod_files import PROFILES

ROWS = 20_000
TYPES = ("customers", "orders", "products", "prices")
LIMIT_SECONDS = 300


def bench() -> dict[str, float]:
    """See the module."""
    found: dict[str, float] = {}
    profiles = {
        "scraper.full_20000_s": (PROFILES / "demo-erp.yaml").read_text(),
        "scraper.full_20000_fast_s": http_profile(concurrency=4),
    }
    for key, profile in profiles.items():
        with erp_and_pod(",".join(f"{type_}={ROWS}" for type_ in TYPES)) as (_, pod):
            pod.profile = profile
            seconds = {}
            for type_ in TYPES:
                result = ended_well(pod, type_)
                if (result.read, result.created, result.declared) != (ROWS, ROWS, ROWS):
                    raise BenchError(f"{type_}: not every row arrived: {result}")
                seconds[type_] = result.duration_ms / 1000
                print(f"{key}.{type_}: {result.phases}", flush=True)
        slow = {type_: taken for type_, taken in seconds.items() if taken > LIMIT_SECONDS}
        if slow:
            raise BenchError(f"{key}: longer than {LIMIT_SECONDS} s: {slow}")
        found |= {f"{key}.{type_}": taken for type_, taken in seconds.items()}
        found[f"{key}.all"] = sum(seconds.values())
    return found


if __name__ == "__main__":
    run("scraper_full", bench)
