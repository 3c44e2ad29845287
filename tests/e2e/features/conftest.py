"""Sources of their own in the shared installation, and the demo ERP's switches, off again after each test."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dev.demo.erp import DemoErp
from dev.demo.install import Installation
from tests.e2e.conftest import next_reader
from tests.e2e.features.place import Place

MakePlace = Callable[..., Place]
SECONDS = 900
"""For a test with its fixtures: these follow many syncs, and a busy machine takes its time."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The time limit of this folder's tests, and that `make features` runs them."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.timeout(SECONDS))
            item.add_marker(pytest.mark.thorough)


@pytest.fixture(scope="module")
def make_place(demo: Installation) -> Iterator[MakePlace]:
    """Make a source by name (and fields of its spec); it is gone after the file's tests, with all that it made."""
    made: list[Place] = []

    def make(name: str, **spec: object) -> Place:
        place = Place(demo, name, next_reader())
        made.append(place)
        place.make(**spec)
        return place

    yield make
    for place in made:
        place.remove()


@pytest.fixture
def erp(demo: Installation) -> Iterator[DemoErp]:
    """The demo ERP's control interface; it behaves again after the test."""
    with demo.erp() as found:
        try:
            yield found
        finally:
            found.behave()
