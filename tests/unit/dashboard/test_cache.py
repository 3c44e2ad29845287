"""The cache and the reflector: newest wins, nothing is resurrected, and every loss of the watch is made good."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from sincro_dashboard.cluster.cache import MOST_DELETIONS, Cache, Change, Feed, Key
from sincro_dashboard.cluster.door import Denied, Kind, NotFound
from sincro_dashboard.cluster.reflector import Reflector, backoff
from tests.unit.dashboard.fake_cluster import NOW, FakeCluster, away, gone
from tests.unit.dashboard.objects import source, task


def versioned(obj: dict[str, object], version: int) -> dict[str, object]:
    obj["metadata"]["resourceVersion"] = str(version)  # type: ignore[index]
    return obj


def test_an_older_version_never_replaces_a_newer_one_and_the_deleted_stay_deleted() -> None:
    cache = Cache()
    changes: list[Change] = []
    cache.listen(changes.append)
    cache.upsert(Kind.TASK, versioned(task("a", "Running"), 7))
    cache.upsert(Kind.TASK, versioned(task("a", "Queued"), 5))
    cache.upsert(Kind.TASK, versioned(task("a", "Queued"), 7))
    held = cache.get(Kind.TASK, "erp", "a")
    assert held is not None
    assert held["status"]["state"] == "Running"
    cache.delete(Kind.TASK, versioned(task("a"), 9))
    # The late answer of a write that came before the deletion:
    cache.upsert(Kind.TASK, versioned(task("a"), 8))
    assert cache.get(Kind.TASK, "erp", "a") is None
    cache.upsert(Kind.TASK, versioned(task("a"), 12))
    assert cache.get(Kind.TASK, "erp", "a") is not None
    assert [(change.before is None, change.after is None) for change in changes] == [
        (True, False),
        (False, True),
        (True, False),
    ]


def test_a_list_takes_away_what_it_does_not_hold_but_not_what_is_newer() -> None:
    cache = Cache()
    cache.upsert(Kind.TASK, versioned(task("old"), 3))
    cache.upsert(Kind.TASK, versioned(task("made-since"), 20))
    cache.upsert(Kind.TASK, versioned(task("elsewhere", namespace="other"), 3))
    cache.retain(Kind.TASK, "erp", {Key("erp", "seen")}, "10")
    assert {obj["metadata"]["name"] for obj in cache.all(Kind.TASK)} == {"made-since", "elsewhere"}


def test_the_worst_feed_speaks_for_its_kind() -> None:
    cache = Cache()
    assert not cache.feed(Kind.TASK).synced
    cache.report(Kind.TASK, "a", Feed(synced=True))
    assert cache.feed(Kind.TASK).synced
    cache.report(Kind.TASK, "b", Feed(synced=True, problem="lost"))
    assert cache.feed(Kind.TASK).problem == "lost"
    cache.report(Kind.TASK, "c", Feed())
    assert not cache.feed(Kind.TASK).synced


def test_waiting_grows_and_ends_and_listens_to_the_server() -> None:
    assert [backoff(n, 1.0) for n in (1, 2, 3, 20)] == [0.2, 0.4, 0.8, 15.0]
    assert backoff(1, 0.0) == 0.1
    assert backoff(1, 0.0, retry_after=7) == 7


@asynccontextmanager
async def reflecting(cluster: FakeCluster, cache: Cache, page_size: int = 500) -> AsyncIterator[Reflector]:
    reflector = Reflector(cluster, cache, Kind.TASK, "erp", lambda: NOW, page_size=page_size)
    running = asyncio.create_task(reflector.run())
    try:
        yield reflector
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 - a condition of any kind
            await asyncio.sleep(0.01)


def names(cache: Cache) -> set[str]:
    return {obj["metadata"]["name"] for obj in cache.all(Kind.TASK)}


async def test_lists_come_by_pages_and_only_of_the_namespace() -> None:
    cluster, cache = FakeCluster(), Cache()
    for number in range(7):
        cluster.put(task(f"t{number}"))
    cluster.put(task("theirs", namespace="other"))
    cluster.put(source())
    async with reflecting(cluster, cache, page_size=3):
        await until(lambda: len(names(cache)) == 7)
        assert cache.feed(Kind.TASK) == Feed(synced=True)
        assert all(obj["kind"] == "SyncTask" for obj in cache.all(Kind.TASK))


async def test_changes_arrive_and_a_lost_watch_goes_on_where_it_was() -> None:
    cluster, cache = FakeCluster(), Cache()
    cluster.put(task("a"))
    async with reflecting(cluster, cache):
        await until(lambda: names(cache) == {"a"})
        cluster.put(task("b"))
        await until(lambda: names(cache) == {"a", "b"})
        cluster.end_watches(away())
        await until(lambda: cache.feed(Kind.TASK).problem != "")
        assert cache.feed(Kind.TASK).since == NOW
        assert cache.feed(Kind.TASK).synced
        await until(lambda: bool(cluster._watchers))
        cluster.put(task("c"))
        await until(lambda: names(cache) == {"a", "b", "c"})
        assert cache.feed(Kind.TASK) == Feed(synced=True)


async def test_what_went_while_the_watch_was_too_old_shows_after_the_new_list() -> None:
    cluster, cache = FakeCluster(), Cache()
    cluster.put(task("stays"))
    cluster.put(task("goes"))
    async with reflecting(cluster, cache):
        await until(lambda: names(cache) == {"stays", "goes"})
        watchers, cluster._watchers = cluster._watchers, []
        cluster.remove(Kind.TASK, "erp", "goes")
        cluster.put(task("came"))
        for _, _, queue in watchers:
            queue.put_nowait(gone())
        await until(lambda: names(cache) == {"stays", "came"})


async def test_no_right_to_list_is_said_and_made_good_when_it_comes() -> None:
    cluster, cache = FakeCluster(), Cache()
    cluster.put(task("a"))
    cluster.list_failure = Denied('synctasks is forbidden: User "dashboard" cannot list', status=403)
    async with reflecting(cluster, cache) as reflector:
        await reflector.tried.wait()
        feed = cache.feed(Kind.TASK)
        assert feed.denied
        assert not feed.synced
        assert "cannot list" in feed.problem
        cluster.list_failure = None
        await until(lambda: names(cache) == {"a"})


async def test_missing_crds_are_named() -> None:
    cluster, cache = FakeCluster(), Cache()
    cluster.list_failure = NotFound("the server could not find the requested resource", status=404)
    async with reflecting(cluster, cache) as reflector:
        await reflector.tried.wait()
        assert cache.feed(Kind.TASK).problem == "synctasks are not installed in this cluster: apply the CRDs"


def test_deletions_are_not_remembered_for_ever() -> None:
    cache = Cache()
    for number in range(MOST_DELETIONS + 10):
        cache.delete(Kind.TASK, versioned(task(f"t{number}"), number + 1))
    assert cache.deletions(Kind.TASK) == MOST_DELETIONS
    # The newest are those of which an answer may still be on its way.
    cache.upsert(Kind.TASK, versioned(task(f"t{MOST_DELETIONS + 9}"), 5))
    assert cache.count(Kind.TASK) == 0


async def test_a_namespace_that_was_not_listed_yet_keeps_its_kind_from_being_known() -> None:
    cluster, cache = FakeCluster(), Cache()
    first, second = (Reflector(cluster, cache, Kind.TASK, where, lambda: NOW) for where in ("erp", "other"))
    await first.refresh()
    assert not cache.feed(Kind.TASK).synced
    await second.refresh()
    assert cache.feed(Kind.TASK).synced
