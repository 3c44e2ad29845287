"""What a seed stands for: sources, schedules, how busy the people are and how bad the world is. Pure."""

import random
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from sincro_operator.cluster.api import CONFIG_MAPS, SCHEDULES, SOURCES, Object, Resource

NAMESPACE = "erp"
STREAMS = ("customers", "orders", "products", "prices")
PROFILE = "sincro: 1\nname: simulated\nstreams:\n" + "".join(f"  {stream}: {{}}\n" for stream in STREAMS)


@dataclass(frozen=True)
class Size:
    """How large a company is and how much it syncs. Faults are the same for all."""

    name: str
    share: float
    """Of the seeds."""
    sources: int
    """At most."""
    scheduled: float
    """The chance that a type of a source has a schedule."""
    intervals: tuple[str, ...]
    adaptive: tuple[str, str]
    """Its bounds."""
    edited: tuple[str, ...]
    """Intervals that people change to."""
    requests_per_day: tuple[float, ...]


SMALL = Size(
    "small", 0.85, 1, 0.4, ("2h", "6h", "12h", "12h", "24h", "24h"), ("3h", "24h"), ("2h", "8h", "24h"), (0.5, 1, 3)
)
MEDIUM = Size("medium", 0.13, 2, 0.6, ("1h", "2h", "6h", "12h"), ("1h", "12h"), ("1h", "4h", "12h"), (1, 4, 8))
BUSY = Size("busy", 0.02, 3, 0.8, ("20m", "30m", "1h", "2h", "6h"), ("15m", "6h"), ("15m", "45m", "3h"), (4, 12, 30))
SIZES = (SMALL, MEDIUM, BUSY)


@dataclass(frozen=True)
class Scenario:
    """Everything that is drawn before the first moment."""

    seed: int
    size: Size
    days: float
    replicas: int
    max_concurrent: int
    sources: tuple[Object, ...]
    schedules: tuple[Object, ...]
    requests_per_day: float
    edits_per_day: float
    longest_hold: float
    """Seconds for which people pause or suspend at the longest."""
    storms_per_day: float
    bad_reads_per_day: float
    crashes_per_day: float
    troubles_per_day: float
    """Evictions, Jobs deleted by hand, clock steps, compactions."""
    longest: float
    """Seconds that the longest read takes."""
    ageing: timedelta
    """The operator's setting: waiting so long is worth a point of priority."""


def size_of(seed: int) -> Size:
    """How large a company a seed draws."""
    return random.Random(f"size/{seed}").choices(SIZES, [size.share for size in SIZES])[0]


def draw(seed: int, days: float, size: Size) -> Scenario:
    """The scenario of a seed; every fifth seed has no faults at all, so that bounds can be tight there."""
    dice = random.Random(f"scenario/{seed}")
    sources = tuple(_source(f"erp-{n}", dice) for n in range(dice.randint(1, size.sources)))
    schedules = tuple(
        _schedule(source["metadata"]["name"], stream, size, dice)
        for source in sources
        for stream in STREAMS
        if dice.random() < size.scheduled
    )
    quiet = seed % 5 == 0
    storms = 0 if quiet else dice.choice((1, 3))
    return Scenario(
        seed=seed,
        size=size,
        days=days,
        replicas=1 if quiet or dice.random() < 0.5 else 2,
        max_concurrent=dice.choice((2, 3, 50)),
        sources=sources,
        schedules=schedules,
        requests_per_day=dice.choice(size.requests_per_day),
        edits_per_day=dice.choice((0, 1, 4)),
        longest_hold=30_000,
        storms_per_day=storms,
        bad_reads_per_day=storms,
        crashes_per_day=0 if quiet else dice.choice((0, 1, 6)),
        troubles_per_day=0 if quiet else dice.choice((0, 2, 8)),
        longest=dice.choice((240, 240, 900)),
        ageing=timedelta(seconds=dice.choice((600, 600, 30))),
    )


def hurried(scenario: Scenario) -> Scenario:
    """The same, with a week's events in a few hours: short intervals, few slots, people who ask all the time.

    A seed that 5 divides has no faults, one more than that nothing but reads that fail.
    """
    dice = random.Random(f"hurried/{scenario.seed}")
    kind = scenario.seed % 5
    quiet = kind in (0, 1)
    return replace(
        scenario,
        max_concurrent=dice.choice((2, 4)),
        sources=tuple(
            source | {"spec": source["spec"] | {"maxConcurrent": dice.choice((1, 2, 3))}} for source in scenario.sources
        ),
        schedules=tuple(_in_a_hurry(schedule, dice) for schedule in scenario.schedules),
        requests_per_day=dice.choice((60, 400)),
        edits_per_day=dice.choice((0, 12)),
        longest_hold=2400,
        storms_per_day=0 if quiet else 6,
        bad_reads_per_day=0 if kind == 0 else 48 if kind == 1 else 12,
        crashes_per_day=0 if quiet else dice.choice((0, 12)),
        troubles_per_day=0 if quiet else dice.choice((0, 24)),
        ageing=timedelta(seconds=dice.choice((600, 5))),
    )


def _in_a_hurry(schedule: Object, dice: random.Random) -> Object:
    spec = schedule["spec"] | {"delta": {"every": dice.choice(("5m", "10m", "20m"))}}
    spec["quietHours"] = dice.choice(([], [], [{"start": "02:00", "end": "02:40"}]))
    if "adaptive" in spec:
        spec["adaptive"] = {"min": "5m", "max": "20m"}
    if dice.random() < 0.2:
        spec["maxConcurrent"] = 1
    return schedule | {"spec": spec}


def profile_of(source: Object) -> tuple[Resource, str, Object]:
    """The ConfigMap that a source names."""
    name = source["spec"]["profile"]["name"]
    return CONFIG_MAPS, NAMESPACE, {"metadata": {"name": name}, "data": {"profile.yaml": PROFILE}}


def _source(name: str, dice: random.Random) -> Object:
    return {
        "apiVersion": SOURCES.api_version,
        "kind": SOURCES.kind,
        "metadata": {"name": name},
        "spec": {
            "profile": {"name": f"{name}-profile", "key": "profile.yaml"},
            "baseUrl": "http://erp.example",
            "credentialsSecretRef": {"name": "erp"},
            "databaseSecretRef": {"name": "database", "key": "url"},
            "locale": "it-IT",
            "timeZone": dice.choice(("Europe/Rome", "Europe/Rome", "America/New_York", "UTC")),
            "maxConcurrent": dice.choice((1, 1, 2)),
            "paused": False,
            "circuitBreaker": {"failureThreshold": dice.choice((3, 5)), "openDuration": "5m"},
        },
    }


def _schedule(source: str, stream: str, size: Size, dice: random.Random) -> Object:
    spec: dict[str, Any] = {
        "sourceRef": {"name": source},
        "type": stream,
        "suspend": False,
        "delta": {"every": dice.choice(size.intervals)},
        "full": dice.choice(({"every": "24h"}, {"every": "12h"}, {"cron": "30 6 * * *"}, {"cron": "15 2 * * *"})),
        "quietHours": dice.choice(([], [{"start": "00:00", "end": "06:00"}], [{"start": "22:00", "end": "05:30"}])),
        "missedRuns": dice.choice(("RunOnce", "RunOnce", "Skip")),
        "rollout": dice.choice(("Active", "Active", "Active", "Active", "DryRun", "Shadow")),
        "retryPolicy": {
            "maxAttempts": dice.choice((1, 3, 3, 5)),
            "initialDelay": "30s",
            "backoffMultiplier": 2,
            "maxDelay": "10m",
            "jitter": 0.1,
        },
        "timeout": "30m",
        "probe": True,
        "historyLimits": {"succeeded": 3, "failed": 5},
    }
    if dice.random() < 0.3:
        spec["startingDeadline"] = dice.choice(("10m", "2h"))
    if dice.random() < 0.3:
        spec["adaptive"] = dict(zip(("min", "max"), size.adaptive, strict=True))
    if dice.random() < 0.1:
        spec["maxConcurrent"] = dice.choice((1, 2))
    return {
        "apiVersion": SCHEDULES.api_version,
        "kind": SCHEDULES.kind,
        "metadata": {"name": f"{source}-{stream}"},
        "spec": spec,
    }
