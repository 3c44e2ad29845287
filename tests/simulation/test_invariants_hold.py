"""A few short lives of the control loop, with and without faults: no invariant is broken, and work was done."""

import pytest

from tests.simulation.world import live


@pytest.mark.parametrize(
    ("seed", "days", "in_a_hurry"),
    [
        (240, 0.15, False),
        (10, 1, False),
        (14, 0.15, True),
        (40, 0.15, True),
    ],
)
def test_no_invariant_is_broken(seed: int, days: float, in_a_hurry: bool) -> None:
    figures = live(seed, days, in_a_hurry=in_a_hurry)
    assert not figures.broken, "\n  ".join((figures.broken, *figures.shortest_story()))
    assert figures.jobs > 10
    assert figures.ended["Succeeded"] > 10
    assert figures.manual_worst < 10


def test_a_seed_tells_the_same_story_again() -> None:
    first, second = live(2, 0.05, in_a_hurry=True), live(2, 0.05, in_a_hurry=True)
    assert first == second
    assert len(first.story) > 10
