"""`python -m dev.demo`: installs the chart, applies the examples, follows syncs to their end and compares every row.

Each step says what it does and shows what a person would see. Exit code 1 at the first thing that is not as promised.
"""

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

from dev.demo.install import Installation
from dev.demo.kube import CommandFailed, follow, kubectl, request_sync

STREAMS = ("customers", "orders", "products", "prices")
SOURCE = "demo-erp"
FIGURES = Path(__file__).parents[2] / "build" / "bench.json"
COUNTS = ("created", "updated", "unchanged", "deleted", "read", "declared")


class NotAsItShouldBe(Exception):
    """The demo saw something that contradicts what Sincro promises."""


class Story:
    """Prints steps with the seconds since the start."""

    def __init__(self, before: float = 0) -> None:
        self._began = time.monotonic() - before

    @property
    def seconds(self) -> float:
        """Since the start."""
        return time.monotonic() - self._began

    def step(self, text: str) -> None:
        """A new step."""
        print(f"\n[{self.seconds:4.0f}s] {text}", flush=True)

    def show(self, text: str) -> None:
        """What a person would see."""
        print("\n".join(f"        {line}" for line in text.rstrip().splitlines()), flush=True)


def sync(story: Story, demo: Installation, stream: str, mode: str) -> dict[str, Any]:
    """One sync from request to end, with its progress; returns its result."""
    requested = request_sync(demo.namespace, SOURCE, stream, mode)
    seen: list[str] = []

    def tell(task: dict[str, Any]) -> None:
        status, name = task.get("status", {}), task["metadata"]["name"]
        progress, waiting = status.get("progress"), status.get("waitingFor")
        line = status.get("state", "Queued")
        if line == "Running" and progress:
            line += f" {progress['phase']} {progress['current']}/{progress['total']} ({progress['percentage']:.0f}%)"
        elif waiting:
            line += f": {waiting['message']}"
        if not seen or seen[-1] != f"{name}: {line}":
            seen.append(f"{name}: {line}")
            story.show(seen[-1])

    task = follow(requested, demo.namespace, on_change=tell)
    status, name = task["status"], task["metadata"]["name"]
    if status["state"] != "Succeeded":
        story.show(kubectl("describe", "synctask", name, "-n", demo.namespace))
        raise NotAsItShouldBe(f"{name} ended as {status['state']}: {status.get('lastError', {}).get('message')}")
    result: dict[str, Any] = status["result"]
    story.show(
        "  ".join(f"{key} {result.get(key, '-')}" for key in COUNTS) + f"  in {result['durationMs'] / 1000:.1f}s"
    )
    return result


def compare(story: Story, demo: Installation, stream: str) -> None:
    """The stream's table against the ERP's own rows."""
    wrong, rows, columns = demo.differences(stream)
    if wrong:
        raise NotAsItShouldBe(f"{stream}: the database differs from the ERP:\n  " + "\n  ".join(wrong))
    story.show(f"{stream}: {rows} rows, {columns} columns: all equal to the ERP's own")


def expect(what: str, found: object, wanted: object) -> None:
    """Raises NotAsItShouldBe when they differ."""
    if found != wanted:
        raise NotAsItShouldBe(f"{what}: {found} instead of {wanted}")


def tell_the_story(story: Story, demo: Installation, images: list[str]) -> float:
    """The demo from the chart to the ten edits; returns the seconds from `helm install` to the first good sync."""
    story.step("Install the chart: operator, dashboard, and PostgreSQL, Redis and the demo ERP to try it out")
    installing = story.seconds
    demo.install(images)
    story.show(kubectl("get", "deployments,statefulsets", "-n", demo.namespace))
    story.step("kubectl apply -k examples/")
    story.show(demo.apply_examples())

    story.step("Read everything once: each list, by a browser that logs in as the service user")
    sync(story, demo, STREAMS[0], "Full")
    first = story.seconds - installing
    for stream in STREAMS[1:]:
        sync(story, demo, stream, "Full")
    story.step("Compare the database with the ERP's own data")
    for stream in STREAMS:
        compare(story, demo, stream)

    story.step("Read the customers again: nothing has changed, and the status says so")
    second = sync(story, demo, "customers", "Full")
    changes = {key: second[key] for key in ("created", "updated", "deleted")}
    expect("customers, second run", changes, {"created": 0, "updated": 0, "deleted": 0})

    story.step("Ten edits in the ERP, then again")
    with demo.erp() as erp:
        edits = erp.mutate(10, "customers")
    third = sync(story, demo, "customers", "Full")
    for key in ("created", "updated", "deleted"):
        expect(f"customers {key}", third[key], len(edits[key]))
    compare(story, demo, "customers")

    story.step("What people see")
    for command in (("get", "sincro"), ("get", "synctask", "-o", "wide")):
        shown = kubectl(*command, "-n", demo.namespace)
        story.show(f"$ kubectl {' '.join(command)} -n {demo.namespace}\n{shown}")
    return first


def note(file: Path, figures: dict[str, float]) -> None:
    """Add figures to those of the file."""
    old = json.loads(file.read_text(encoding="utf-8") or "{}") if file.exists() else {}
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(old | figures, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def main() -> int:
    """See the module."""
    parser = argparse.ArgumentParser(prog="python -m dev.demo", description=__doc__)
    parser.add_argument("images", nargs="*", help="what dev/images/build has printed")
    parser.add_argument("--namespace", default="sincro", help="where to install (default: %(default)s)")
    parser.add_argument("--before", type=float, default=0, metavar="SECONDS", help="what cluster and images have taken")
    parser.add_argument("--start", choices=("cold", "warm"), default="warm", help="what there was at the beginning")
    parser.add_argument("--json", type=Path, default=FIGURES, help="where figures are noted (default: %(default)s)")
    options = parser.parse_args()
    story, demo = Story(options.before), Installation(options.namespace)
    try:
        first = tell_the_story(story, demo, options.images)
    except (NotAsItShouldBe, CommandFailed, TimeoutError, OSError) as failure:
        print(f"\ndemo: FAILED after {story.seconds:.0f}s\n{failure}", file=sys.stderr)
        return 1
    figures = {f"demo.{options.start}_s": story.seconds, "demo.install_to_first_sync_s": first}
    note(options.json, figures)
    story.step(
        f"Done in {story.seconds:.0f}s from a {options.start} start: cluster and images {options.before:.0f}s,"
        f" helm install to the first successful sync {first:.0f}s"
    )
    story.show(
        f"""Look around:     eval "$(make -s env)"; kubectl get sincro -n {demo.namespace}
Ask for a sync:  kubectl create -n {demo.namespace} -f examples/50-sync-now.yaml
Dashboard:       kubectl port-forward -n {demo.namespace} svc/{demo.release}-dashboard 8000:80  ->  http://127.0.0.1:8000
Away with it:    make cluster-down"""
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
