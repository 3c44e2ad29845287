"""Names: deterministic, at most 63 characters, and never shared by two things."""

import re
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sincro_contract.run import Mode
from sincro_operator.planning.model import Name
from sincro_operator.planning.naming import job_name, task_name
from tests.unit.planning.facts import NOW

LABEL = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
NAMES = st.from_regex(r"[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?", fullmatch=True)


@settings(deadline=None)
@given(NAMES, st.text(max_size=40), st.integers(1, 10_000))
def test_every_job_name_is_a_label(name: str, uid: str, launch: int) -> None:
    made = job_name(Name("n", name), uid, launch).name
    assert len(made) <= 63
    assert LABEL.fullmatch(made)
    assert made == job_name(Name("n", name), uid, launch).name


@given(NAMES, st.sampled_from([Mode.FULL, Mode.DELTA]), st.datetimes(timezones=st.just(NOW.tzinfo)))
def test_every_task_name_is_a_label(name: str, cadence: Mode, due) -> None:  # type: ignore[no-untyped-def]
    made = task_name(Name("n", name), cadence, due).name
    assert len(made) <= 63
    assert LABEL.fullmatch(made)


def test_what_differs_has_another_name() -> None:
    names = {
        job_name(Name("n", task), f"{uid}-of-{task}", launch).name
        for task in ("orders", "orders.it", "o" * 200, "o" * 201)
        for uid in ("a", "b")
        for launch in (1, 2, 11)
    }
    assert len(names) == 24
    names = {
        task_name(Name("n", schedule), cadence, NOW + timedelta(seconds=shift)).name
        for schedule in ("orders", "o" * 200, "o" * 201, "orders.it", "orders-it")
        for cadence in (Mode.FULL, Mode.DELTA)
        for shift in (0, 1, 0.5)
    }
    assert len(names) == 30


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [("customers", "customers-delta-20260601-100000"), ("erp.it-orders", "erp-it-orders-98e2a8-delta-20260601-100000")],
)
def test_they_can_be_read(schedule: str, expected: str) -> None:
    made = task_name(Name("n", schedule), Mode.DELTA, NOW).name
    assert re.sub(r"-[0-9a-f]{6}-", "-######-", made) == re.sub(r"-[0-9a-f]{6}-", "-######-", expected)
