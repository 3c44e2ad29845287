"""Which problem is a source's, and how long a refused Job is one."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from sincro_operator.cluster.checks import Check, Checks
from sincro_operator.planning.model import Name, Source

ERP = Name("acme", "erp")
SOURCE = Source(ERP, "uid-erp", datetime(2026, 3, 23, 8, tzinfo=UTC))
NOT_FOUND = ("ProfileNotFound", "ConfigMap p does not exist")
REFUSED = ("JobRejected", "spec.template: invalid")


@pytest.mark.parametrize(
    ("check", "refused_at", "problem"),
    [
        (None, None, None),
        (Check(problem=NOT_FOUND), None, NOT_FOUND),
        (Check(), 1, REFUSED),
        (None, 1, REFUSED),
        (Check(problem=NOT_FOUND), 1, NOT_FOUND),
        (None, 2, None),
    ],
)
def test_the_problem(check: Check | None, refused_at: int | None, problem: tuple[str, str] | None) -> None:
    checks = Checks(lambda _source: None)
    if check is not None:
        checks.put(ERP, check)
    if refused_at is not None:
        checks.reject(replace(SOURCE, generation=refused_at), REFUSED[1])
    assert checks.applied(SOURCE) == replace(SOURCE, problem=problem)


def test_a_refusal_is_over_once_the_source_has_changed() -> None:
    checks = Checks(lambda _source: None)
    checks.reject(SOURCE, REFUSED[1])
    checks.applied(replace(SOURCE, generation=2))
    assert checks.applied(SOURCE).problem is None


def test_what_was_found_is_told_when_it_is_something_else_and_goes_with_the_source() -> None:
    told: list[Name] = []
    checks = Checks(told.append)
    found = Check(streams=frozenset({"customers"}), profile_hash="h")
    checks.put(ERP, found)
    checks.put(ERP, found)
    assert (told, checks.of(ERP)) == ([ERP], found)
    assert checks.applied(SOURCE) == replace(SOURCE, streams=frozenset({"customers"}), profile_hash="h")
    checks.forget(ERP)
    assert (checks.of(ERP), checks.applied(SOURCE)) == (None, SOURCE)
