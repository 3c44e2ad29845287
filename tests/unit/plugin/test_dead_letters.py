from textwrap import dedent
from zoneinfo import ZoneInfo

import pytest

from sincro_kubectl.fields import Document
from sincro_kubectl.palette import PLAIN
from sincro_kubectl.resources import source_of, task_of
from sincro_kubectl.views.dead_letters import (
    Group,
    document,
    find,
    fingerprint_of,
    group,
    group_lines,
    lines,
    to_repeat,
)
from tests.unit.plugin.documents import DEAD, NOW, at, merged, source, task

ROME = ZoneInfo("Europe/Rome")
GUARD = {
    "class": "GuardTripped",
    "message": "412 of 1,200 rows are missing; the profile allows 5%.",
    "fingerprint": "77ab01",
    "artifacts": [],
}


def dead(
    name: str, type_: str = "prices", minutes: float = 29, error: Document | None = None, erp: str = "erp"
) -> Document:
    """A dead letter that was given up so many minutes ago."""
    status = merged(DEAD, {"completedAt": at(minutes=minutes), "lastError": error or {}})
    return task(name, spec={"type": type_, "sourceRef": {"name": erp}}, status=status)


def retry(name: str, of: str, state: str = "Running") -> Document:
    """A task that repeats another."""
    return task(name, spec={"triggeredBy": "Retry", "retryOf": of}, status={"state": state})


def grouped(
    *letters: Document, retries: tuple[Document, ...] = (), erp: Document | None = None, all_: bool = False
) -> list[Group]:
    """The groups of these."""
    return group(map(task_of, letters), map(task_of, retries), [source_of(erp or source())], settled_too=all_)


LETTERS = (dead("prices-1"), dead("prices-2", minutes=9), dead("orders-1", "orders", 5, GUARD))


def test_groups_the_newest_first() -> None:
    found = grouped(*LETTERS)
    assert [(one.fingerprint, [letter.task.name for letter in one.letters]) for one in found] == [
        ("77ab01", ["orders-1"]),
        ("3f0a9be1c2d47788", ["prices-2", "prices-1"]),
    ]


@pytest.mark.parametrize(
    ("retries", "erp", "settled"),
    [
        ((), source(), ""),
        ((retry("prices-9", "prices-1"),), source(), "repeated by prices-9 (Running)"),
        ((retry("prices-9", "prices-1", "DeadLettered"),), source(), "repeated by prices-9 (DeadLettered)"),
        ((), source(status={"types": [{"type": "prices", "lastSuccessTime": at(minutes=5)}]}), "succeeded since"),
        ((), source(status={"types": [{"type": "prices", "lastSuccessTime": at(minutes=50)}]}), ""),
        ((), source("other", status={"types": [{"type": "prices", "lastSuccessTime": at(minutes=5)}]}), ""),
    ],
)
def test_what_settles_a_dead_letter(retries: tuple[Document, ...], erp: Document, settled: str) -> None:
    (one,) = grouped(dead("prices-1"), retries=retries, erp=erp, all_=True)
    assert one.letters[0].settled == settled
    assert bool(grouped(dead("prices-1"), retries=retries, erp=erp)) is (settled == "")


def test_what_has_no_fingerprint_is_grouped_by_class_and_code() -> None:
    assert fingerprint_of(task_of(dead("a", error={"fingerprint": None}))) == "SchemaDrift-HeaderRenamed"
    assert fingerprint_of(task_of(task(status={"state": "DeadLettered"}))) == "Unknown"


@pytest.mark.parametrize(("typed", "found"), [("3f", ["3f0a9be1c2d47788"]), ("77ab01", ["77ab01"]), ("9", []), ("", 2)])
def test_find(typed: str, found: list[str] | int) -> None:
    groups = [one.fingerprint for one in find(grouped(*LETTERS), typed)]
    assert groups == found or len(groups) == found


def test_an_equal_fingerprint_is_not_the_beginning_of_another() -> None:
    groups = grouped(dead("a", error={"fingerprint": "ab"}), dead("b", error={"fingerprint": "abc"}))
    assert [one.fingerprint for one in find(groups, "ab")] == ["ab"]


def test_one_of_each_source_and_type_is_repeated_and_it_is_the_newest() -> None:
    letters = (*LETTERS, dead("prices-3", erp="sap"), dead("prices-4", minutes=1))
    groups = grouped(*letters, retries=(retry("x", "prices-4"),), all_=True)
    assert sorted(one.name for one in to_repeat(groups)) == ["orders-1", "prices-2", "prices-3"]


def test_lines() -> None:
    found = lines(grouped(*LETTERS, retries=(retry("x", "prices-1"),), all_=True), NOW, PLAIN)
    assert "".join(f"{line}\n" for line in found) == dedent(
        """\
        77ab01   GuardTripped/HeaderRenamed   1 sync   erp orders   last 5m ago
          412 of 1,200 rows are missing; the profile allows 5%.
          More rows are missing than the profile allows to delete. If they are really gone, retry with --confirm-deletions.
          kubectl sincro retry --group 77ab01 --confirm-deletions

        3f0a9be1c2d47788   SchemaDrift/HeaderRenamed   2 syncs (1 open)   erp prices   last 9m ago
          page 1: no column 'Prezzo unitario'
          The ERP's page changed: compare the screenshot with the profile, correct it, retry.
          kubectl sincro retry --group 3f0a9be1c2d47788

        One of them with its evidence: kubectl sincro dead-letters --group FINGERPRINT
        """  # noqa: E501
    )


def test_no_dead_letters() -> None:
    assert lines([], NOW, PLAIN) == ["No dead letters: nothing waits for a person."]


def test_one_group() -> None:
    (one,) = grouped(*LETTERS[:2], retries=(retry("prices-9", "prices-1", "Succeeded"),), all_=True)
    assert "".join(f"{line}\n" for line in group_lines(one, NOW, PLAIN, ROME)) == dedent(
        """\
        3f0a9be1c2d47788   SchemaDrift/HeaderRenamed
          page 1: no column 'Prezzo unitario'
          The ERP's page changed: compare the screenshot with the profile, correct it, retry.

          TASK       SOURCE   TYPE     MODE    GIVEN UP   ATTEMPTS   BY     SETTLED
          prices-2   erp      prices   Delta   09:51      1          anna
          prices-1   erp      prices   Delta   09:31      1          anna   repeated by prices-9 (Succeeded)

        Evidence (on the evidence volume; the dashboard shows it)
          prices-2
            prices-1/screenshot.png
          prices-1
            prices-1/screenshot.png

        kubectl sincro retry prices-2
        """
    )


def test_of_several_types_the_whole_group_is_repeated() -> None:
    (one,) = grouped(dead("prices-1"), dead("orders-1", "orders"))
    assert group_lines(one, NOW, PLAIN, ROME)[-1] == "kubectl sincro retry --group 3f0a9be1c2d47788"


def test_the_document() -> None:
    (one,) = document(grouped(dead("prices-1")))["groups"]
    assert one == {
        "fingerprint": "3f0a9be1c2d47788",
        "error": {
            "class": "SchemaDrift",
            "code": "HeaderRenamed",
            "message": "page 1: no column 'Prezzo unitario'",
        },
        "advice": "The ERP's page changed: compare the screenshot with the profile, correct it, retry.",
        "open": 1,
        "tasks": [
            {
                "namespace": "acme",
                "name": "prices-1",
                "source": "erp",
                "type": "prices",
                "mode": "Delta",
                "completedAt": "2026-11-24T08:31:00Z",
                "attempts": 1,
                "requestedBy": "anna",
                "artifacts": ["prices-1/screenshot.png"],
            }
        ],
    }
