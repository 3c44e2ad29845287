"""The simulation can fail: each of the mistakes in `mutations.py` breaks an invariant within one short life."""

import pytest

from tests.simulation.mutations import MUTATIONS, Mutation
from tests.simulation.world import live


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.name.replace(" ", "-"))
def test_the_mistake_is_noticed(mutation: Mutation) -> None:
    with mutation.active():
        figures = live(mutation.seed, mutation.days, in_a_hurry=mutation.in_a_hurry)
    assert mutation.noticed in figures.broken
    assert figures.broken
    assert figures.shortest_story()


def test_every_mistake_has_a_name_of_its_own() -> None:
    assert len({mutation.name for mutation in MUTATIONS}) == len(MUTATIONS) >= 15
