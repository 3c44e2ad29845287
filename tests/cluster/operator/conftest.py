"""The real cluster of KUBECONFIG with the resources as the models have them now, and the stand-in for the scraper."""

import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sincro_operator.cluster.connection import Connection, load_configuration
from tests.cluster.operator.place import IMAGE, Place, new_place
from tests.transports import none_open

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="session")
def prepared() -> None:
    """Resources and image are in the cluster."""
    for command in (
        ["kubectl", "apply", "--server-side", "--force-conflicts", "-f", str(ROOT / "crds")],
        ["kubectl", "wait", "--for=condition=Established", "--timeout=30s", "-f", str(ROOT / "crds")],
        ["docker", "build", "-q", "-t", IMAGE, str(Path(__file__).parent / "fake_scraper")],
        [str(ROOT / "dev/images/load"), IMAGE],
    ):
        done = subprocess.run(command, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, f"{' '.join(command)}: {done.stderr}"


@pytest.fixture
async def api(prepared: None) -> AsyncIterator[Connection]:
    """A connection to the API server."""
    async with Connection(await load_configuration()) as connection:
        yield connection
    await none_open()


@pytest.fixture
async def place(api: Connection) -> AsyncIterator[Place]:
    """A namespace of this test's own."""
    async with new_place(api) as made:
        yield made
