"""Fixtures: one ERP and one PostgreSQL for the session, fresh data and an empty database for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.scraper.erp_process import PASSWORD, USER, Erp, running_erp
from tests.browser.scraper.pod_files import Pod
from tests.services import bucket_server, database, postgres_server, redis_server

__all__ = ["bucket_server", "database", "postgres_server", "redis_server"]


@pytest.fixture(scope="session")
def erp_server() -> Iterator[Erp]:
    """One ERP for all tests of the session."""
    with running_erp() as erp:
        yield erp


@pytest.fixture
def erp(erp_server: Erp) -> Erp:
    """The ERP as at its start."""
    erp_server.reset()
    return erp_server


@pytest.fixture
def pod(erp: Erp, database: str, tmp_path: Path) -> Pod:
    """A pod that reads the ERP into an empty database."""
    return Pod(tmp_path, erp.url, database, USER, PASSWORD)
