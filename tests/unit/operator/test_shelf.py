"""One kind of object: which version is newer, what a deletion is, and who is woken by it."""

import pytest

from sincro_operator.cluster.api import Object
from sincro_operator.cluster.fields import name_of
from sincro_operator.cluster.shelf import Shelf
from sincro_operator.planning.model import Name
from tests.unit.operator import objects

T1 = Name("acme", "t1")


class Kept:
    """A shelf, what it has handed out, and how often it has woken somebody."""

    def __init__(self, *, last_words: bool = False) -> None:
        self.objects: dict[Name, Object] = {}
        self.woken = 0
        self.shelf = Shelf(self._take, self._drop, self._wake, last_words=last_words)

    def _take(self, obj: Object) -> bool:
        before = self.objects.get(name_of(obj), {})
        self.objects[name_of(obj)] = obj
        return before.get("spec") != obj["spec"]

    def _drop(self, name: Name) -> None:
        del self.objects[name]

    def _wake(self) -> None:
        self.woken += 1

    @property
    def cancelled(self) -> bool:
        return self.objects[T1]["spec"].get("cancel") is True


@pytest.fixture
def kept() -> Kept:
    return Kept()


def test_a_newer_version_replaces_an_older_one_and_wakes(kept: Kept) -> None:
    kept.shelf.upsert(objects.task(version=5))
    kept.shelf.upsert(objects.task(version=6, spec={"cancel": True}))
    assert (kept.cancelled, kept.shelf.version(T1), kept.woken) == (True, "6", 2)


def test_a_newer_version_that_says_nothing_new_wakes_nobody(kept: Kept) -> None:
    kept.shelf.upsert(objects.task(version=5))
    kept.shelf.upsert(objects.task(version=6))
    assert (kept.shelf.version(T1), kept.woken) == ("6", 1)


def test_a_stale_event_never_overwrites_the_answer_of_our_own_write(kept: Kept) -> None:
    kept.shelf.upsert(objects.task(version=7, spec={"cancel": True}))
    kept.shelf.upsert(objects.task(version=5))
    kept.shelf.upsert(objects.task(version=7))
    assert (kept.cancelled, kept.woken) == (True, 1)


def test_versions_are_numbers_not_texts(kept: Kept) -> None:
    kept.shelf.upsert(objects.task(version=99))
    kept.shelf.upsert(objects.task(version=100, spec={"cancel": True}))
    assert kept.cancelled


def test_a_late_answer_does_not_bring_a_deleted_object_back(kept: Kept) -> None:
    kept.shelf.upsert(objects.task(version=5))
    kept.shelf.delete(objects.task(version=8))
    kept.shelf.upsert(objects.task(version=7))
    assert (kept.objects, len(kept.shelf), kept.shelf.version(T1), kept.woken) == ({}, 0, None, 2)


def test_an_object_of_the_same_name_made_after_the_deletion_is_another_one(kept: Kept) -> None:
    kept.shelf.upsert(objects.task(version=5))
    kept.shelf.delete(objects.task(version=8))
    kept.shelf.upsert(objects.task(version=9, uid="uid-new"))
    assert kept.objects[T1]["metadata"]["uid"] == "uid-new"


def test_the_deletion_of_its_predecessor_does_not_touch_a_recreated_object(kept: Kept) -> None:
    kept.shelf.upsert(objects.task(version=9, uid="uid-new"))
    kept.shelf.delete(objects.task(version=8))
    assert kept.objects[T1]["metadata"]["uid"] == "uid-new"


def test_what_is_known_to_be_gone_goes_at_the_version_that_is_held(kept: Kept) -> None:
    kept.shelf.upsert(objects.task(version=5))
    kept.shelf.forget(T1)
    kept.shelf.upsert(objects.task(version=5))
    assert kept.objects == {}


@pytest.mark.parametrize(("last_words", "version", "heard"), [(True, 8, True), (False, 8, False), (True, 5, False)])
def test_what_an_object_says_when_it_is_deleted(last_words: bool, version: int, heard: bool) -> None:
    said: list[bool] = []

    def take(obj: Object) -> bool:
        said.append("cancel" in obj["spec"])
        return True

    shelf = Shelf(take, lambda _name: None, lambda: None, last_words=last_words)
    shelf.upsert(objects.task(version=5))
    shelf.delete(objects.task(version=version, spec={"cancel": True}))
    assert said == ([False, True] if heard else [False])


def test_a_relist_shows_deletions_that_were_lost(kept: Kept) -> None:
    kept.shelf.upsert(objects.task("t1", version=5))
    kept.shelf.upsert(objects.task("t2", uid="uid-t2", version=6))
    kept.shelf.retain(None, {Name("acme", "t2")}, "10")
    assert list(kept.objects) == [Name("acme", "t2")]


def test_a_relist_spares_what_was_written_after_it(kept: Kept) -> None:
    kept.shelf.upsert(objects.task("t1", version=12))
    kept.shelf.retain(None, set(), "10")
    assert list(kept.objects) == [T1]


def test_a_relist_of_one_namespace_says_nothing_of_another(kept: Kept) -> None:
    kept.shelf.upsert(objects.task("t1", version=5))
    kept.shelf.retain("other", set(), "10")
    assert list(kept.objects) == [T1]


def test_after_a_restored_backup_older_versions_are_newer(kept: Kept) -> None:
    kept.shelf.upsert(objects.task(version=500))
    kept.shelf.rewind(None)
    assert kept.shelf.version(T1) is None
    kept.shelf.upsert(objects.task(version=3, spec={"cancel": True}))
    assert kept.cancelled


def test_tombstones_do_not_grow_for_ever(kept: Kept) -> None:
    for number in range(25_000):
        kept.shelf.forget(Name("acme", f"t{number}"), number)
    assert len(kept.shelf._gone) <= 20_000
