"""Planning what has changed gives the same as planning everything, over random histories."""

import pytest

from tests.unit.planning.histories import History


@pytest.mark.thorough
@pytest.mark.parametrize("seed", range(12))
def test_incremental_planning_equals_planning_from_scratch(seed: int) -> None:
    history = History(seed)
    history.play(20)
    assert history.planner.plans > 20
