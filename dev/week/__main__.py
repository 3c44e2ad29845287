"""`python -m dev.week [IMAGE...]`: a week of schedules in a quarter of an hour, against a demo ERP that misbehaves.

Installs the chart, lets sources with a schedule a minute for every type run while the ERP is slow, fails, is in
maintenance, logs out in the middle of a list and so on; then lets what is open come to its end, reads the history, and
prints a table. Exit code 1 where the promise does not hold: at least 200 Jobs, 99% of scheduled syncs succeed in the
end, each of the rest is a dead letter that names its cause, and what the database holds is what the ERP holds.
"""

import argparse
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psycopg
from cryptography.fernet import Fernet

from dev.demo.documents import SESSION_KEY, TYPES, readers, schedule, secret, source
from dev.demo.erp import DemoErp
from dev.demo.install import Installation
from dev.demo.kube import CommandFailed, apply, follow, kubectl, request_sync, run
from dev.week.misbehaviour import WEEK, Spell, spells
from dev.week.verdict import Sync, Verdict, judge

NAMESPACE = "sincro-week"
ROWS = {"customers": 60, "orders": 120, "products": 60, "prices": 80}
PAGE = 20
"""Rows a page: several pages a list, so that something can happen between two of them."""
POLICY = {"maxAttempts": 6, "initialDelay": "3s", "backoffMultiplier": 2, "maxDelay": "30s"}
CIRCUIT = {"failureThreshold": 5, "openDuration": "10s"}
"""A minute stands for about an hour and a half: delays are as short in proportion."""
LEFT_OPEN_SECONDS = 240


@dataclass(frozen=True)
class Plan:
    """How much of everything."""

    minutes: float
    jobs: int
    week: tuple[Spell, ...] = WEEK


class Week:
    """A week in an installation that is there already."""

    def __init__(self, demo: Installation, plan: Plan, name: str, users: Sequence[str]) -> None:
        self.demo, self._plan = demo, plan
        self.sources = {f"{name}-{number}": user for number, user in enumerate(users)}

    def run(self) -> Verdict:
        """Begin, misbehave, let it end. Raises CommandFailed, TimeoutError."""
        for name, user in self.sources.items():
            for document in source(name, user, page=PAGE, circuitBreaker=CIRCUIT):
                apply(document, self.demo.namespace)
        for tasks in [[request_sync(self.demo.namespace, name, type_) for name in self.sources] for type_ in TYPES]:
            for task in tasks:
                follow(task, self.demo.namespace, 300)
        for name in self.sources:
            for number, type_ in enumerate(TYPES):
                # Every other type looks by a probe first, as schedules do by default.
                document = schedule(
                    f"{name}-{type_}",
                    name,
                    type_,
                    full={"every": "3m"},
                    delta={"every": "1m"},
                    retryPolicy=POLICY,
                    probe=number % 2 == 0,
                )
                apply(document, self.demo.namespace)
        with self.demo.erp() as erp:
            try:
                self._misbehave(erp)
            finally:
                erp.behave()
        left = self._let_end()
        return judge(self._history(), left, self._plan.jobs)

    def _misbehave(self, erp: DemoErp) -> None:
        began = time.monotonic()
        for at, spell in spells(self._plan.week, self._plan.minutes * 60):
            time.sleep(max(0.0, began + at - time.monotonic()))
            erp.behave()
            for name, value, times in spell.switches:
                erp.misbehave(name, value, times)
            for type_ in TYPES if spell.edits else ():
                erp.mutate(spell.edits, type_)
            say(f"{time.monotonic() - began:4.0f}s  {spell.title}")
        time.sleep(max(0.0, began + self._plan.minutes * 60 - time.monotonic()))

    def _let_end(self) -> list[str]:
        """Make nothing new; what is open comes to its end and into the history. The names of what did not."""
        for name in self.sources:
            for type_ in TYPES:
                change = json.dumps({"spec": {"suspend": True}})
                kubectl(
                    "patch", "syncschedule", f"{name}-{type_}", "-n", self.demo.namespace, "--type=merge", "-p", change
                )
        deadline = time.monotonic() + LEFT_OPEN_SECONDS
        while (left := self._not_archived()) and time.monotonic() < deadline:
            time.sleep(2)
        return left

    def _not_archived(self) -> list[str]:
        tasks = json.loads(kubectl("get", "synctasks", "-n", self.demo.namespace, "-o", "json"))["items"]
        return [
            task["metadata"]["name"]
            for task in tasks
            if task["spec"]["sourceRef"]["name"] in self.sources and not task.get("status", {}).get("archived")
        ]

    def _history(self) -> list[Sync]:
        query = """SELECT name, source, type, status, attempts, attempt_log, coalesce(duration_ms, 0) / 1000.0,
                          coalesce(error_class, ''), coalesce(error_message, ''), coalesce(fingerprint, '')
                   FROM sync_tasks WHERE triggered_by = 'Scheduler' AND namespace = %s AND source = ANY(%s)
                   ORDER BY created_at"""
        with self.demo.database("url") as url, psycopg.connect(url) as connection:
            rows = connection.execute(query, (self.demo.namespace, list(self.sources))).fetchall()
        return [
            Sync(
                name, source_, type_, status, attempts, len(log), float(seconds),
                tuple(attempt["class"] for attempt in log if attempt.get("class")), class_, message, fingerprint,
            )
            for name, source_, type_, status, attempts, log, seconds, class_, message, fingerprint in rows
        ]  # fmt: skip

    def differences(self) -> list[str]:
        """What of the sources' tables is not what the ERP holds, after one more Full of each."""
        found = []
        for name in self.sources:
            for type_ in TYPES:
                follow(request_sync(self.demo.namespace, name, type_), self.demo.namespace, 300)
                table = f"{name.replace('-', '_')}_{type_}"
                found += [f"{table}: {line}" for line in self.demo.differences(type_, table=table)[0]]
        return found

    def remove(self) -> None:
        """Sources, schedules and tasks, without waiting."""
        tasks = json.loads(kubectl("get", "synctasks", "-n", self.demo.namespace, "-o", "json"))["items"]
        names = [f"synctask/{t['metadata']['name']}" for t in tasks if t["spec"]["sourceRef"]["name"] in self.sources]
        names += [f"syncschedule/{name}-{type_}" for name in self.sources for type_ in TYPES]
        names += [f"syncsource/{name}" for name in self.sources]
        kubectl("delete", "-n", self.demo.namespace, *names, "--ignore-not-found", "--wait=false")


def install(demo: Installation, images: list[str], users: int) -> None:
    """The chart for a week: small lists, pods that are cheap to place. Raises CommandFailed."""
    kubectl("delete", "namespace", demo.namespace, "--ignore-not-found", "--wait", "--timeout=120s")
    kubectl("create", "namespace", demo.namespace)
    apply(secret(SESSION_KEY, key=Fernet.generate_key().decode()), demo.namespace)
    demo.install(
        images,
        {
            "operator": {"maxConcurrentJobs": 4},
            "scraper": {"sessionKeySecret": {"name": SESSION_KEY}},
            "demoErp": {
                "rows": ",".join(f"{type_}={rows}" for type_, rows in ROWS.items()),
                "args": readers(users),
            },
            "postgresql": {"storage": {"persistent": False, "size": "1Gi"}},
        },
    )


def say(text: str) -> None:
    """A line, at once."""
    print(text, flush=True)


def main() -> int:
    """See the module."""
    parser = argparse.ArgumentParser(prog="python -m dev.week", description=__doc__)
    parser.add_argument("images", nargs="*", help="what dev/images/build has printed")
    parser.add_argument("--minutes", type=float, default=13, help="how long schedules run (default 13)")
    parser.add_argument("--sources", type=int, default=4, help="each with four schedules (default 4)")
    parser.add_argument("--jobs", type=int, default=200, help="at least so many have to run (default 200)")
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    arguments = parser.parse_args()
    plan = Plan(arguments.minutes, arguments.jobs)
    users = [f"reader-{number}" for number in range(arguments.sources)]
    demo = Installation(namespace=NAMESPACE)
    began = time.monotonic()
    try:
        install(demo, arguments.images, len(users))
        week = Week(demo, plan, "week", users)
        verdict = week.run()
        wrong = week.differences()
    except (CommandFailed, TimeoutError, OSError) as failure:
        print(f"week: FAILED\n{failure}", file=sys.stderr)
        return 1
    finally:
        try:
            run("helm", "uninstall", demo.release, "-n", demo.namespace, "--wait", "--timeout", "60s")
        finally:
            kubectl("delete", "namespace", demo.namespace, "--wait=false")
    say(verdict.table)
    share = verdict.succeeded / max(1, verdict.counted)
    say(
        f"{verdict.succeeded} of {verdict.counted} scheduled syncs succeeded ({share:.1%}) with {verdict.jobs} Jobs "
        f"in {(time.monotonic() - began) / 60:.0f} minutes"
    )
    if arguments.json:
        figures = {"week.success_share": share, "week.syncs": verdict.counted, "week.jobs": verdict.jobs}
        arguments.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    broken = [*verdict.broken, *(f"not the ERP's own: {line}" for line in wrong)]
    for line in broken:
        print(f"week: BROKEN: {line}", file=sys.stderr)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
