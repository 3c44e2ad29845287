"""The spread that keeps a thousand schedules off the same second."""

from datetime import timedelta

import pytest

from sincro_operator.planning import spread
from sincro_operator.planning.model import Cadence
from tests.unit.planning.facts import HOUR, MINUTE, SECOND, schedule


@pytest.mark.parametrize(
    ("changes", "longest"),
    [
        ({"delta": Cadence(every=HOUR)}, MINUTE),
        ({"delta": Cadence(every=10 * MINUTE)}, 30 * SECOND),
        ({"delta": Cadence(every=MINUTE)}, 3 * SECOND),
        ({"delta": Cadence(every=5 * SECOND)}, timedelta(0)),
        ({"delta": Cadence(cron="0 7 * * *")}, 10 * SECOND),
        ({"delta": Cadence(every=HOUR), "full": Cadence(cron="0 7 * * *")}, 10 * SECOND),
        ({"delta": Cadence(every=HOUR), "adaptive": (MINUTE, HOUR)}, 3 * SECOND),
    ],
)
def test_it_is_small_against_the_interval(changes: dict[str, object], longest: timedelta) -> None:
    offsets = [spread.offset(schedule(f"s{n}", **changes)) for n in range(1000)]
    assert all(timedelta(0) <= offset <= longest for offset in offsets)
    assert max(offsets) == longest
    assert min(offsets) == timedelta(0)


def test_it_is_even_and_always_the_same() -> None:
    offsets = [spread.offset(schedule(f"s{n}")) for n in range(1000)]
    assert offsets == [spread.offset(schedule(f"s{n}")) for n in range(1000)]
    assert max(offsets.count(offset) for offset in set(offsets)) < 40, "1000 schedules over 61 seconds"
