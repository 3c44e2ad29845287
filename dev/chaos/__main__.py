"""`python -m dev.chaos [--minutes 60] [--seed 1] [--shared]`: an hour of syncs while everything is killed in turn.

Installs the chart with all its parts, two replicas of the operator, and schedules of a minute; then breaks one thing
after the other in a random order. When a fault is over a person asks for a sync at once, and the time until that has
succeeded is how fast things recovered. At the end everything is mended, every list is read once more and compared row
for row. Prints the report as a table, writes build/chaos.json, and ends with 1 if anything was lost, doubled,
overlapping, unexplained or wrong. `--shared` also kills the API server and stops a node: other tenants of the cluster
feel that.
"""

import argparse
import asyncio
import json
import random
import sys
import time
from collections import defaultdict
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from statistics import median

from dev.bench.operator_setup import connected
from dev.chaos import witness
from dev.chaos.faults import FAULTS, Fault, mend
from dev.chaos.watching import witnessing
from dev.chaos.witness import Witness
from dev.demo.install import ROOT, Installation
from dev.demo.kube import CommandFailed, apply, follow, kubectl, request_sync, run

NAMESPACE = "sincro-chaos"
SOURCE = "demo-erp"
STREAMS = ("customers", "orders", "products", "prices")
EVERY = timedelta(minutes=1)
PATIENCE = 420.0
"""Seconds after which a sync that a person asked for counts as not recovered."""
VALUES = {
    "operator": {"replicas": 2},
    "demoErp": {"rows": "customers=200,orders=200,products=200,prices=200"},
}


def schedule(stream: str) -> dict[str, object]:
    """Every minute, one run at a time; what fails is tried again soon, and often enough to outlive a fault."""
    return {
        "apiVersion": "sincro.dev/v1alpha1",
        "kind": "SyncSchedule",
        "metadata": {"name": f"chaos-{stream}"},
        "spec": {
            "sourceRef": {"name": SOURCE},
            "type": stream,
            "full": {"every": f"{int(EVERY.total_seconds())}s"},
            "quietHours": [],
            "retryPolicy": {"maxAttempts": 6, "initialDelay": "5s", "maxDelay": "1m"},
        },
    }


def install(demo: Installation) -> None:
    """A fresh installation."""
    with suppress(CommandFailed):
        run("helm", "uninstall", demo.release, "-n", demo.namespace, "--wait", "--timeout", "60s")
    kubectl("delete", "namespace", demo.namespace, "--ignore-not-found", "--wait", "--timeout=120s")
    demo.install(more=VALUES)
    for part in ("10-credentials.yaml", "20-profile.yaml", "30-source.yaml"):
        kubectl("apply", "-n", demo.namespace, "-f", str(ROOT / "examples" / part))
    for stream in STREAMS:
        apply(schedule(stream), demo.namespace)


def persons_sync(demo: Installation, stream: str, mode: str = "Full") -> dict[str, object]:
    """Ask as a person does, again while the API server does not answer, and follow to the end."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            name = request_sync(demo.namespace, SOURCE, stream, mode)
            return follow(name, demo.namespace, deadline - time.monotonic())
        except CommandFailed:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.5)


def break_one(demo: Installation, fault: Fault, stream: str) -> tuple[str, float]:
    """Strike, ask, and wait: what was done, and the seconds from its end until a sync asked for then had succeeded."""
    done = fault.strike(demo)
    began = time.monotonic()
    task = persons_sync(demo, stream)
    status = task.get("status", {})
    assert isinstance(status, dict)
    mend(demo)
    if status.get("state") != "Succeeded":
        return f"{done}; a person's sync ended as {status.get('state')}: {status.get('lastError')}", float("inf")
    return done, time.monotonic() - began


async def suffer(demo: Installation, minutes: float, seed: int, shared: bool) -> dict[str, list[float]]:
    """Fault after fault, each kind once before any comes again; name -> seconds until recovered, each time."""
    drawn, recovered = random.Random(seed), defaultdict[str, list[float]](list)
    end, began = time.monotonic() + minutes * 60, time.monotonic()
    while time.monotonic() < end:
        faults = [fault for fault in FAULTS if shared or not fault.shared]
        drawn.shuffle(faults)
        for fault in faults:
            if time.monotonic() >= end:
                break
            try:
                done, seconds = await asyncio.to_thread(break_one, demo, fault, drawn.choice(STREAMS))
            except (CommandFailed, TimeoutError, OSError) as error:
                done, seconds = f"no recovery: {error}", float("inf")
                await asyncio.to_thread(mend, demo)
            recovered[fault.name].append(seconds)
            print(f"chaos: {time.monotonic() - began:5.0f}s {fault.name}: {done}; {seconds:.1f} s", flush=True)
    return recovered


async def settle(demo: Installation, seen: Witness) -> list[str]:
    """Mend everything, stop the schedules, let everything end, and read every list once more; what differs then."""
    await asyncio.to_thread(mend, demo)
    for stream in STREAMS:
        body = json.dumps({"spec": {"suspend": True}})
        kubectl("patch", "syncschedule", f"chaos-{stream}", "-n", demo.namespace, "--type=merge", "-p", body)
    with suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE):
            await seen.until_all_ended()
    wrong = []
    for stream in STREAMS:
        await asyncio.to_thread(persons_sync, demo, stream)
        found, rows, _columns = await asyncio.to_thread(demo.differences, stream)
        wrong += [f"{stream}: {line}" for line in found]
        print(f"chaos: {stream}: {rows} rows, {len(found)} differences", flush=True)
    return wrong


def skipped(demo: Installation) -> dict[str, int]:
    """Schedule -> the runs that its status says were given up."""
    items = json.loads(kubectl("get", "syncschedules", "-n", demo.namespace, "-o", "json"))["items"]
    return {item["metadata"]["name"]: int(item.get("status", {}).get("skipped", 0)) for item in items}


async def chaos(arguments: argparse.Namespace) -> int:
    """See the module."""
    demo = Installation(namespace=NAMESPACE)
    print("chaos: installing ...", flush=True)
    install(demo)
    async with connected(8) as api, witnessing(api, NAMESPACE) as seen:
        for stream in STREAMS:
            await asyncio.to_thread(persons_sync, demo, stream)
        recovered = await suffer(demo, arguments.minutes, arguments.seed, arguments.shared)
        wrong = await settle(demo, seen)
        now = datetime.now(UTC)
        tasks = list(seen.tasks.values())
        verdicts = {
            "lost": witness.lost(tasks, EVERY, skipped(demo)),
            "doubled": witness.doubled(tasks),
            "overlapping": witness.overlapping(seen.containers.values(), now),
            "unfinished": witness.unfinished(tasks),
            "unexplained": witness.unexplained(tasks),
            "wrong": wrong,
            "not_recovered": [name for name, each in recovered.items() if float("inf") in each],
        }
    if not arguments.keep:
        run("helm", "uninstall", demo.release, "-n", demo.namespace, "--wait", "--timeout", "60s")
        kubectl("delete", "namespace", demo.namespace, "--wait=false")
    return report(recovered, verdicts, seen)


def report(recovered: dict[str, list[float]], verdicts: dict[str, list[str]], seen: Witness) -> int:
    """Print it, write build/chaos.json; 1 if anything was not as it must be."""
    print(f"\n{'fault':22} {'times':>5} {'median':>8} {'slowest':>8}   seconds from its end to a person's sync done")
    for name, each in sorted(recovered.items()):
        print(f"{name:22} {len(each):5} {median(each):8.1f} {max(each):8.1f}")
    states = ", ".join(f"{count} {state}" for state, count in sorted(seen.states().items()))
    print(f"\n{len(seen.tasks)} SyncTasks ({states}), {len(seen.containers)} containers")
    for name, lines in verdicts.items():
        print(f"{name:14} {len(lines)}", *lines[:10], sep="\n    ")
    figures: dict[str, float] = {f"chaos.{name}": len(lines) for name, lines in verdicts.items()}
    figures["chaos.tasks"], figures["chaos.faults"] = len(seen.tasks), sum(map(len, recovered.values()))
    for name, each in recovered.items():
        figures[f"chaos.recovery_s.{name.replace(' ', '_')}"] = round(median(each), 1)
    (ROOT / "build").mkdir(exist_ok=True)
    (ROOT / "build/chaos.json").write_text(json.dumps(figures, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    return 1 if any(verdicts.values()) else 0


def main() -> int:
    """See the module."""
    parser = argparse.ArgumentParser(prog="python -m dev.chaos", description=__doc__)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--shared", action="store_true", help="also kill the API server and stop a node")
    parser.add_argument("--keep", action="store_true", help="leave the installation for a look at it")
    return asyncio.run(chaos(parser.parse_args()))


if __name__ == "__main__":
    sys.exit(main())
