"""The first profile of the documents, tried by the commands of the tutorial on an application of their own: without a
cluster, with a real Chromium, into a database that is a file.
"""

import os
import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.e2e.chart.own_application import PASSWORD, ROWS, USER
from tests.services import free_port, wait_until
from tests.unit.docs.page import ROOT, Page

TUTORIAL, PROFILE = Page(ROOT / "docs/tutorial.md"), Page(ROOT / "docs/profile.md")
COMMANDS = {line.split()[1]: line for line in TUTORIAL.commands if line.startswith(".venv/bin/sincro-scraper")}


@pytest.fixture(scope="module")
def application() -> Iterator[str]:
    port = free_port()
    program = ROOT / "tests/e2e/chart/own_application.py"
    with subprocess.Popen([sys.executable, program, str(port)], stderr=subprocess.DEVNULL) as process:
        url = f"http://127.0.0.1:{port}"
        try:
            wait_until(lambda: httpx.get(f"{url}/login").is_success, httpx.HTTPError)
            yield url
        finally:
            process.terminate()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the reader of the tutorial has saved the profile."""
    found = tmp_path_factory.mktemp("reader")
    first = re.search(r"## Ten minutes to a first profile\n+```yaml\n(.*?)```", PROFILE.text, re.DOTALL)
    assert first
    (found / "my-erp.yaml").write_text(first[1])
    return found


def typed(command: str, application: str, folder: Path) -> str:
    line = COMMANDS[command].replace("https://erp.example.com", application).replace(".venv", str(ROOT / ".venv"))
    environment = os.environ | {"SINCRO_USERNAME": USER, "SINCRO_PASSWORD": PASSWORD}
    done = subprocess.run(["sh", "-c", line], cwd=folder, env=environment, capture_output=True, text=True, timeout=200)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_check_shows_the_first_rows_as_they_would_be_stored(application: str, folder: Path) -> None:
    shown = typed("check", application, folder)
    assert f"{ROWS} declared" in shown
    for text in ("C001", "Cliente 1 & figli", "2024-02-02", "1001.50", "everything fits"):
        assert text in shown


def test_run_stores_all_of_them(application: str, folder: Path) -> None:
    typed("run", application, folder)
    with sqlite3.connect(folder / "out.db") as connection:
        rows = connection.execute("SELECT code, name, balance, active FROM customers ORDER BY code").fetchall()
    connection.close()
    assert len(rows) == ROWS
    code, name, balance, active = rows[1]
    assert (code, name, float(balance), bool(active)) == ("C002", "Cliente 2 & figli", 1002.5, False)
