"""What is known of a source before a Job is made for it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from sincro_operator.cluster.api import CONFIG_MAPS, SOURCES, Denied, Unreachable
from sincro_operator.cluster.preflight import EVERY, Preflight, read_profile
from sincro_operator.planning.model import Name, Source
from sincro_operator.planning.selection import parse_selector
from tests.simulation.virtual_time import simulate
from tests.unit.operator import objects
from tests.unit.operator.cluster_in_memory import NAMESPACE, Bench, eventually

PROFILE = "sincro: 1\nstreams:\n  customers: {}\n  orders: {}\n"
CONFIG_MAP = Name(NAMESPACE, "erp-profile")


@asynccontextmanager
async def looking(bench: Bench) -> AsyncIterator[None]:
    preflight = Preflight(bench.api, bench.cache)
    runner = asyncio.ensure_future(preflight.run())
    try:
        yield
    finally:
        runner.cancel()
        await asyncio.gather(runner, return_exceptions=True)


def put_profile(bench: Bench, **data: str) -> None:
    body = {"metadata": {"name": CONFIG_MAP.name}, "data": data}
    if bench.server.find(CONFIG_MAPS, CONFIG_MAP) is None:
        bench.server.create(CONFIG_MAPS, NAMESPACE, body)
    else:
        bench.server.patch(CONFIG_MAPS, CONFIG_MAP, body)


def now(bench: Bench) -> Source:
    source = bench.cache.snapshot.source(Name(NAMESPACE, "erp"))
    assert source is not None
    return source


def test_a_profile_says_which_streams_there_are() -> None:
    async def story() -> None:
        bench = Bench()
        put_profile(bench, **{"profile.yaml": PROFILE})
        async with looking(bench):
            bench.source()
            assert await eventually(lambda: now(bench).streams is not None) < 0.1
            assert now(bench).streams == frozenset({"customers", "orders"})
            assert now(bench).profile_hash == read_profile(PROFILE, "").profile_hash

    simulate(story())


def test_a_source_of_another_operator_is_looked_at_once_its_label_makes_it_ours() -> None:
    async def story() -> None:
        bench = Bench()
        bench.cache.snapshot.selector = parse_selector("shard=a")
        put_profile(bench, **{"profile.yaml": PROFILE})
        async with looking(bench):
            bench.source()
            await asyncio.sleep(EVERY * 2)
            assert bench.cache.checks.of(now(bench).name) is None
            labelled = {"metadata": {"labels": {"shard": "a"}}}
            bench.cache.sources.upsert(bench.server.patch(SOURCES, now(bench).name, labelled))
            assert await eventually(lambda: now(bench).streams is not None) < 0.1

    simulate(story())


@pytest.mark.parametrize(
    ("data", "reason", "words"),
    [
        (None, "ProfileNotFound", ["ConfigMap erp-profile does not exist", "kubectl -n acme create configmap"]),
        ({"other.yaml": PROFILE}, "ProfileNotFound", ["no key profile.yaml", "other.yaml"]),
        ({"profile.yaml": "streams: [}"}, "ProfileInvalid", ["not YAML", "line 1"]),
        ({"profile.yaml": "name: x"}, "ProfileInvalid", ["declares no streams"]),
        ({"profile.yaml": ""}, "ProfileInvalid", ["declares no streams"]),
        ({"profile.yaml": "streams: [customers]"}, "ProfileInvalid", ["declares no streams"]),
        ({"profile.yaml": "a: " + "[" * 150_000 + "]" * 150_000}, "ProfileInvalid", ["more than 100 deep", "line 1"]),
        ({"profile.yaml": "- " * 150_000 + "1"}, "ProfileInvalid", ["more than 100 deep"]),
    ],
)
def test_what_is_missing_is_said_and_seen_again_once_it_is_there(
    data: dict[str, str] | None, reason: str, words: list[str]
) -> None:
    async def story() -> None:
        bench = Bench()
        if data is not None:
            put_profile(bench, **data)
        async with looking(bench):
            bench.source()
            await eventually(lambda: now(bench).problem is not None)
            problem = now(bench).problem
            assert problem is not None
            assert problem[0] == reason
            assert all(word in problem[1] for word in words)
            put_profile(bench, **{"profile.yaml": PROFILE})
            assert await eventually(lambda: now(bench).streams is not None) <= 11
            assert now(bench).problem is None

    simulate(story())


@pytest.mark.parametrize(
    "value",
    ["2026-31-12", "0x_", "0b_", "9" * 5000, "2026-01-01T25:00:00Z", "!!timestamp soon", "!!int abc", "!!float abc"],
    ids=lambda value: value[:16],
)
def test_a_value_that_yaml_cannot_read_is_the_scrapers_to_judge(value: str) -> None:
    check = read_profile(PROFILE + f"  prices: {{first: {value}}}\n", "profile.yaml")
    assert (check.problem, check.streams) == (None, frozenset({"customers", "orders", "prices"}))


def test_aliases_that_multiply_are_not_multiplied() -> None:
    lines = ["a0: &a0 {customers: {}}"]
    lines += [f"a{n}: &a{n} {{<<: [*a{n - 1}, *a{n - 1}, *a{n - 1}]}}" for n in range(1, 40)]
    assert read_profile("\n".join([*lines, "streams: {orders: *a39}"]), "").streams == frozenset({"orders"})


def test_sources_that_change_all_the_time_do_not_keep_the_others_from_being_looked_at() -> None:
    async def story() -> None:
        bench = Bench()
        preflight = Preflight(bench.api, bench.cache)

        async def change() -> None:
            while True:
                preflight.look(Name(NAMESPACE, "another"))
                await asyncio.sleep(0.5)

        tasks = [asyncio.ensure_future(preflight.run()), asyncio.ensure_future(change())]
        try:
            bench.source()
            await eventually(lambda: now(bench).problem is not None)
            put_profile(bench, **{"profile.yaml": PROFILE})
            assert await eventually(lambda: now(bench).problem is None) <= 20
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    simulate(story())


def test_a_source_that_names_another_profile_is_looked_at_at_once() -> None:
    async def story() -> None:
        bench = Bench()
        put_profile(bench, **{"profile.yaml": PROFILE, "new.yaml": "streams: {prices: {}}"})
        async with looking(bench):
            source = bench.source()
            await eventually(lambda: now(bench).streams is not None)
            changed = bench.server.patch(SOURCES, source.name, {"spec": {"profile": {"key": "new.yaml"}}})
            bench.cache.sources.upsert(changed)
            assert await eventually(lambda: now(bench).streams == frozenset({"prices"})) < 0.1

    simulate(story())


def test_a_source_whose_jobs_were_refused_is_tried_again_without_an_edit() -> None:
    """What refused them may be an admission policy, which nobody mends by editing the source."""

    async def story() -> None:
        bench = Bench()
        put_profile(bench, **{"profile.yaml": PROFILE})
        async with looking(bench):
            bench.source()
            await eventually(lambda: now(bench).streams is not None)
            bench.cache.checks.reject(now(bench), "denied by policy")
            assert now(bench).problem == ("JobRejected", "denied by policy")
            assert await eventually(lambda: now(bench).problem is None, within=400) <= EVERY + 10

    simulate(story())


def test_a_changed_profile_is_noticed_in_time() -> None:
    async def story() -> None:
        bench = Bench()
        put_profile(bench, **{"profile.yaml": PROFILE})
        async with looking(bench):
            bench.source()
            await eventually(lambda: now(bench).streams is not None)
            put_profile(bench, **{"profile.yaml": PROFILE + "  prices: {}\n"})
            assert await eventually(lambda: "prices" in (now(bench).streams or ()), within=400) <= 320

    simulate(story())


def test_no_right_to_config_maps_is_a_problem_and_a_server_that_is_away_is_not() -> None:
    async def story() -> None:
        bench = Bench()
        put_profile(bench, **{"profile.yaml": PROFILE})
        real = bench.api.get
        error: list[Exception] = [Denied("forbidden", status=403)]

        async def get(*args: object) -> object:
            if error:
                raise error[0]
            return await real(*args)  # type: ignore[arg-type]

        bench.api.get = get  # type: ignore[assignment, method-assign]
        async with looking(bench):
            bench.source()
            await eventually(lambda: now(bench).problem is not None)
            assert now(bench).problem == ("ProfileUnreadable", "the operator may not read ConfigMaps in namespace acme")
            error.clear()
            await eventually(lambda: now(bench).problem is None)
            error.append(Unreachable("connection refused"))
            await asyncio.sleep(400)
            assert now(bench).streams == frozenset({"customers", "orders"})

    simulate(story())


def test_a_profile_that_cannot_be_read_at_first_is_a_problem_until_it_can() -> None:
    async def story() -> None:
        bench = Bench()
        put_profile(bench, **{"profile.yaml": PROFILE})
        real, left = bench.api.get, [Unreachable("connection refused")] * 2

        async def get(*args: object) -> object:
            if left:
                raise left.pop()
            return await real(*args)  # type: ignore[arg-type]

        bench.api.get = get  # type: ignore[assignment, method-assign]
        async with looking(bench):
            bench.source()
            await eventually(lambda: now(bench).problem is not None)
            assert now(bench).problem == ("ProfileUnreadable", "its profile could not be read: connection refused")
            assert await eventually(lambda: now(bench).streams is not None) <= 30
            assert now(bench).problem is None

    simulate(story())


def test_sources_that_share_a_profile_ask_for_it_once() -> None:
    async def story() -> None:
        bench = Bench()
        put_profile(bench, **{"profile.yaml": PROFILE})
        real, asked = bench.api.get, list[object]()

        async def get(*args: object) -> object:
            asked.append(args)
            return await real(*args)  # type: ignore[arg-type]

        bench.api.get = get  # type: ignore[assignment, method-assign]
        async with looking(bench):
            sources = [bench.source(objects.source(f"erp-{number}", uid=f"uid-{number}")) for number in range(30)]
            read = bench.cache.snapshot.source
            await eventually(lambda: all(getattr(read(each.name), "streams", None) for each in sources))
            assert len(asked) == 1

    simulate(story())


def test_a_source_that_is_gone_is_not_looked_at() -> None:
    async def story() -> None:
        bench = Bench()
        async with looking(bench):
            source = bench.source()
            bench.cache.sources.delete(objects.source(version=10_000))
            await asyncio.sleep(30)
            assert bench.cache.snapshot.source(source.name) is None

    simulate(story())
