"""Reads a stream of an application with its profile, and gives its rows as the database gives them back."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sincro_scraper.load import open_target
from sincro_scraper.profile import load_profile
from sincro_scraper.tables import table_of
from tests.browser.scraper.pod_files import Pod


def read(
    url: str, profile: Path, type_: str, user: str, password: str, folder: Path, **changes: tuple[str, str]
) -> list[Any]:
    """Run a stream into SQLite; its rows, values as the database gives them back."""
    text = profile.read_text()
    for old, new in changes.values():
        assert old in text
        text = text.replace(old, new)
    database = f"sqlite:///{folder}/out.db"
    pod = Pod(folder, url, database, user, password, profile=text)
    code, outcome = pod.start(type_)
    assert outcome.error is None
    assert code == 0
    table = table_of(type_, load_profile(text).streams[type_])
    with open_target(database) as target:
        return [tuple(row[column.name] for column in table.columns) for row in target.dump(table)]


def instant(text: str, zone: ZoneInfo | None = None) -> str:
    moment = datetime.fromisoformat(text)
    moment = moment.replace(tzinfo=zone or UTC) if moment.tzinfo is None else moment
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
