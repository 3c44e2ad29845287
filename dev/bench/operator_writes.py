"""Writes to the API server a scheduled sync, from the moment it is due until it is archived, without live progress.

Key: operator.writes_per_sync, the mean over the later rounds of schedules of several sources and types whose syncs run
for a few seconds. Counted by the operator's own metric of calls, so that Events, conflicts and retries are in it; the
pruning of older runs is not. With a history database the number is the same: `archived` rides on the final status.
"""

import argparse
import asyncio
import re
import urllib.request
from functools import partial

from dev.bench.operator_setup import TYPES, connected, make_sources, many, namespace, operator, run, watching
from sincro_operator.cluster.api import SCHEDULES, Object

_SAMPLE = re.compile(
    r'^sincro_api_call_seconds_count\{code="(\d+)",resource="(\w+)",verb="(create|patch)"\} ([\d.e+]+)$', re.M
)
_EVERY = "60s"


async def bench(arguments: argparse.Namespace) -> dict[str, float]:
    """See the module."""
    async with connected() as api, namespace(api, "bench-writes") as space:
        sources = await make_sources(api, space, arguments.sources, baseUrl="http://erp?sleep=2")
        async with operator(space) as process, watching(api, space) as seen:
            await process.until("caches_complete")
            await many(
                partial(api.create, SCHEDULES, space, _schedule(source, type_)) for source in sources for type_ in TYPES
            )
            a_round = len(sources) * len(TYPES)
            await seen.until(lambda: len(seen.final) >= a_round, 300)
            await asyncio.sleep(8)
            before, ended = await asyncio.to_thread(_writes, process.metrics_port), len(seen.final)
            await seen.until(lambda: len(seen.final) >= ended + arguments.rounds * a_round, 120 * arguments.rounds)
            await asyncio.sleep(8)
            after, count = await asyncio.to_thread(_writes, process.metrics_port), len(seen.final) - ended
    made = {key: after[key] - before.get(key, 0.0) for key in after}
    for key, value in sorted(made.items()):
        print(f"{value / count:6.2f} {' '.join(key)}")
    return {"operator.writes_per_sync": sum(made.values()) / count}


def _schedule(source: str, type_: str) -> Object:
    return {
        "apiVersion": SCHEDULES.api_version,
        "kind": SCHEDULES.kind,
        "metadata": {"name": f"{source}-{type_}"},
        "spec": {"sourceRef": {"name": source}, "type": type_, "full": {"every": _EVERY}, "quietHours": []},
    }


def _writes(port: int) -> dict[tuple[str, str, str], float]:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
        text = answer.read().decode()
    return {(verb, resource, code): float(value) for code, resource, verb, value in _SAMPLE.findall(text)}


if __name__ == "__main__":
    run(__doc__, bench, sources=5, rounds=2)
