"""How soon progress is with the clients: the scraper's event in Redis -> the client has it, through a real dashboard.

Keys: dashboard.progress_p95_s (900 clients that read beside 100 that never do; a thousand connections in all),
dashboard.progress_p50_s, dashboard.progress_max_s, and dashboard.progress_heard_ratio (events that arrived at those who
read; one that is replaced by a later one before it could be sent may be left out).
"""

import argparse

from dev.bench.operator_setup import run
from tests.integration.dashboard.crowd import crowd_server, measure
from tests.services import running_redis
from tests.unit.dashboard.fake_cluster import ALICE


async def bench(arguments: argparse.Namespace) -> dict[str, float]:
    """See the module."""
    reading = arguments.clients - arguments.silent
    with running_redis() as redis:
        async with crowd_server(redis.url) as url:
            crowd = await measure(
                url, redis.url, ALICE, reading=reading, silent=arguments.silent, events=arguments.events, interval=0.5
            )
    return {
        "dashboard.progress_p95_s": crowd.percentile(0.95),
        "dashboard.progress_p50_s": crowd.percentile(0.5),
        "dashboard.progress_max_s": crowd.percentile(1),
        "dashboard.progress_heard_ratio": sum(crowd.heard.values()) / (reading * arguments.events),
    }


if __name__ == "__main__":
    run(__doc__, bench, clients=1000, silent=100, events=40)
