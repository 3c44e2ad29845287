"""Targets to load into: a PostgreSQL database of the session's server, or an SQLite file; each empty for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from sincro_scraper.load import Target, open_target
from tests.services import PostgresServer, database, postgres_server

__all__ = ["database", "postgres_server"]


@pytest.fixture(params=["postgresql", "sqlite"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty database, of each kind in turn."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'target.db'}"
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    created = server.create_database()
    yield created
    server.drop_database(created)


@pytest.fixture
def target(url: str) -> Iterator[Target]:
    """An open target of each kind in turn."""
    with open_target(url) as opened:
        yield opened
