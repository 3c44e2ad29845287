import pytest

from sincro_kubectl.exit_status import ExitStatus
from sincro_kubectl.fields import Document
from sincro_kubectl.following import Following
from sincro_kubectl.resources import Task, task_of
from tests.unit.plugin.documents import DEAD, DONE, NOW, QUEUED, RUNNING, task

CANCELLED: Document = {"state": "Cancelled"}


def one(name: str, status: Document | None = None) -> Task:
    return task_of(task(name, status=status) if status else task(name))


def joined(name: str, into: str) -> Task:
    return one(name, {"state": "Superseded", "supersededBy": into})


def test_a_sync_from_queue_to_end() -> None:
    following = Following(["a"])
    assert (following.names, following.over) == (("a",), False)
    following.listed([one("a", QUEUED), one("somebody-elses", RUNNING)], NOW)
    following.seen(one("a", RUNNING), NOW)
    assert [task.state for task in following.open] == ["Running"]
    assert following.paces["a"] is not None
    assert following.seen(one("somebody-elses", DONE), NOW) == []
    assert [note.text[:9] for note in following.seen(one("a", DONE), NOW)] == ["succeeded"]
    assert (following.names, following.over, following.open) == ((), True, ())
    assert following.status is ExitStatus.OK
    assert following.seen(one("a", DEAD), NOW) == []  # what comes after the end is not followed


def test_a_sync_that_joins_another_is_followed_there() -> None:
    following = Following(["a"])
    notes = following.seen(joined("a", "b"), NOW)
    assert [note.text for note in notes] == ["joined b, which does its work too"]
    assert (following.names, following.over) == (("b",), False)
    following.listed([joined("a", "b"), one("b", RUNNING)], NOW)
    following.seen(one("b", DEAD), NOW)
    assert (following.over, following.status) == (True, ExitStatus.DEAD_LETTERED)
    assert [task.name for task in following.ends] == ["b"]


def test_two_that_join_the_same_are_told_of_once() -> None:
    following = Following(["a", "b", "a"])
    following.listed([joined("a", "c"), joined("b", "c")], NOW)
    assert following.names == ("c",)
    assert len(following.seen(one("c", DONE), NOW)) == 1
    assert (following.over, len(following.ends)) == (True, 2)


def test_two_that_claim_to_have_joined_each_other_come_to_an_end() -> None:
    following = Following(["a"])
    following.seen(joined("a", "b"), NOW)
    following.seen(joined("b", "a"), NOW)
    assert (following.over, following.status) == (True, ExitStatus.OK)


def test_superseded_by_nobody_is_an_end() -> None:
    following = Following(["a"])
    following.seen(one("a", {"state": "Superseded"}), NOW)
    assert following.over


@pytest.mark.parametrize("how", ["deleted", "not listed"])
def test_one_that_is_gone_before_its_end_was_seen(how: str) -> None:
    following = Following(["a"])
    following.listed([one("a", RUNNING)], NOW)
    notes = following.deleted("a") if how == "deleted" else following.listed([], NOW)
    assert [note.text for note in notes] == ["was deleted before its end was seen"]
    assert (following.over, following.status) == (True, ExitStatus.ERROR)


def test_one_that_is_pruned_after_its_end_was_seen() -> None:
    following = Following(["a", "b"])
    following.listed([one("a", DONE), one("b", RUNNING)], NOW)
    assert following.deleted("a") == []
    following.seen(one("b", DONE), NOW)
    assert following.status is ExitStatus.OK


@pytest.mark.parametrize(
    ("ends", "status"),
    [
        ([DONE, DONE], ExitStatus.OK),
        ([DONE, CANCELLED], ExitStatus.CANCELLED),
        ([CANCELLED, DEAD, DONE], ExitStatus.DEAD_LETTERED),
        ([DEAD, None, CANCELLED], ExitStatus.ERROR),
    ],
)
def test_the_worst_end_counts(ends: list[Document | None], status: ExitStatus) -> None:
    following = Following([f"t{n}" for n in range(len(ends))])
    following.listed([one(f"t{n}", end) for n, end in enumerate(ends) if end is not None], NOW)
    assert (following.over, following.status) == (True, status)
