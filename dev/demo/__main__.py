"""`python -m dev.demo`: installs the chart, applies the examples, follows syncs to their end and compares every row.

Each step says what it does and shows what a person would see. Exit code 1 at the first thing that is not as promised.
"""

import argparse
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from dev.demo.compare import differences
from dev.demo.erp import DemoErp
from dev.demo.install import NAMESPACE, RELEASE, database_url, install
from dev.demo.kube import CommandFailed, follow, kubectl, port_forward, request_sync
from sincro_scraper.load import open_target
from sincro_scraper.profile.loading import load_profile
from sincro_scraper.tables import table_of

STREAMS = ("customers", "orders", "products", "prices")
SOURCE = "demo-erp"
ROOT = Path(__file__).resolve().parents[2]
COUNTS = ("created", "updated", "unchanged", "deleted", "read", "declared")


class NotAsItShouldBe(Exception):
    """The demo saw something that contradicts what Sincro promises."""


class Story:
    """Prints steps with the seconds since the start."""

    def __init__(self) -> None:
        self._began = time.monotonic()

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


def sync(story: Story, stream: str, mode: str) -> dict[str, Any]:
    """One sync from request to end, with its progress; returns its result."""
    requested = request_sync(NAMESPACE, SOURCE, stream, mode)
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

    task = follow(requested, NAMESPACE, on_change=tell)
    status, name = task["status"], task["metadata"]["name"]
    if status["state"] != "Succeeded":
        story.show(kubectl("describe", "synctask", name, "-n", NAMESPACE))
        raise NotAsItShouldBe(f"{name} ended as {status['state']}: {status.get('lastError', {}).get('message')}")
    result: dict[str, Any] = status["result"]
    story.show(
        "  ".join(f"{key} {result.get(key, '-')}" for key in COUNTS) + f"  in {result['durationMs'] / 1000:.1f}s"
    )
    return result


def compare(story: Story, erp: DemoErp, database: str, stream: str) -> None:
    """The stream's table against the ERP's own rows."""
    profile = load_profile((ROOT / "examples/profiles/demo-erp.yaml").read_text())
    spec = table_of(stream, profile.streams[stream])
    with open_target(database) as target:
        rows = list(target.dump(spec, ZoneInfo("Europe/Rome")))
    truth = erp.truth(stream)
    wrong = differences(truth, rows, spec.key)
    if wrong:
        raise NotAsItShouldBe(f"{stream}: the database differs from the ERP:\n  " + "\n  ".join(wrong))
    story.show(f"{stream}: {len(rows)} rows, {len(truth[0])} columns: all equal to the ERP's own")


def expect(what: str, found: object, wanted: object) -> None:
    """Raises NotAsItShouldBe when they differ."""
    if found != wanted:
        raise NotAsItShouldBe(f"{what}: {found} instead of {wanted}")


@contextmanager
def connections() -> Iterator[tuple[DemoErp, str]]:
    """The ERP's control interface and the database's URL, through the cluster's API server."""
    with (
        port_forward(f"svc/{RELEASE}-demo-erp", 8080, NAMESPACE) as erp_port,
        port_forward(f"svc/{RELEASE}-postgresql", 5432, NAMESPACE) as database_port,
    ):
        yield DemoErp(f"http://127.0.0.1:{erp_port}"), database_url(database_port)


def tell_the_story(story: Story, images: list[str]) -> None:
    """The demo from the chart to the ten edits."""
    story.step("Install the chart: operator, dashboard, and PostgreSQL, Redis and the demo ERP to try it out")
    install(story.show, images)
    story.step("kubectl apply -k examples/")
    story.show(kubectl("apply", "-n", NAMESPACE, "-k", str(ROOT / "examples")))

    with connections() as (erp, database):
        story.step("Read everything once: each list, by a browser that logs in as the service user")
        for stream in STREAMS:
            first = sync(story, stream, "Full")
            expect(f"{stream} read", first["read"], len(erp.truth(stream)))
        story.step("Compare the database with the ERP's own data")
        for stream in STREAMS:
            compare(story, erp, database, stream)

        story.step("Read the customers again: nothing has changed, and the status says so")
        second = sync(story, "customers", "Full")
        changes = {key: second[key] for key in ("created", "updated", "deleted")}
        expect("customers, second run", changes, {"created": 0, "updated": 0, "deleted": 0})

        story.step("Ten edits in the ERP, then again")
        edits = erp.mutate(10, "customers")
        third = sync(story, "customers", "Full")
        for key in ("created", "updated", "deleted"):
            expect(f"customers {key}", third[key], len(edits[key]))
        compare(story, erp, database, "customers")

    story.step("What people see")
    for command in (("get", "sincro"), ("get", "synctask", "-o", "wide")):
        story.show(f"$ kubectl {' '.join(command)} -n {NAMESPACE}\n" + kubectl(*command, "-n", NAMESPACE))


def main() -> int:
    """See the module."""
    parser = argparse.ArgumentParser(prog="python -m dev.demo", description=__doc__)
    parser.add_argument("images", nargs="*", help="what dev/images/build has printed")
    images = parser.parse_args().images
    story = Story()
    try:
        tell_the_story(story, images)
    except (NotAsItShouldBe, CommandFailed, TimeoutError, OSError) as failure:
        print(f"\ndemo: FAILED after {story.seconds:.0f}s\n{failure}", file=sys.stderr)
        return 1
    story.step(f"Done in {story.seconds:.0f}s")
    story.show(
        f"""Look around:     eval "$(make -s env)"; kubectl get sincro -n {NAMESPACE}
Ask for a sync:  kubectl create -n {NAMESPACE} -f examples/50-sync-now.yaml
Dashboard:       kubectl port-forward -n {NAMESPACE} svc/{RELEASE}-dashboard 8000  ->  http://127.0.0.1:8000
Away with it:    make cluster-down"""
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
