"""Applications that we did not write, in Italian, read with profiles written from the documentation alone.

Every row, column and type is compared with the application's own database.
"""

import sqlite3
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tests.browser.scraper.third_party import django_library, piccolo_invoices
from tests.browser.scraper.third_party.reading import instant, read
from tests.browser.scraper.third_party.serving import HERE, serving

ROME = ZoneInfo("Europe/Rome")


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    folder = tmp_path_factory.mktemp("library")
    with serving("django_library.py", folder, "/admin/login/") as url:
        yield url, folder / "library.sqlite"


@pytest.fixture(scope="module")
def invoices(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    folder = tmp_path_factory.mktemp("invoices")
    with serving("piccolo_invoices.py", folder) as url:
        yield url, folder / "invoices.sqlite"


@pytest.mark.parametrize("transport", ["dom", "http"])
def test_django_admin(
    library: tuple[str, Path], tmp_path: Path, transport: str, capfd: pytest.CaptureFixture[str]
) -> None:
    url, database = library
    rows = read(
        url,
        HERE / "django_library.yaml",
        "books",
        django_library.USER,
        django_library.PASSWORD,
        tmp_path,
        transport=("    blank:", f"    transport: {transport}\n    blank:"),
    )
    columns = "code, volume, title, summary, copies, price, weight, published, changed, lendable, genre"
    with sqlite3.connect(database) as connection:
        own = connection.execute(f"SELECT {columns} FROM libro ORDER BY code, volume").fetchall()  # noqa: S608
    expected = [
        (
            *(*row[:3], row[3].replace("\n", " ") or None, row[4], Decimal(str(row[5]))),
            *(*row[6:8], instant(row[8]), bool(row[9]), row[10]),
        )
        for row in own
    ]
    got = [(*row[:5], Decimal(row[5]), *row[6:]) for row in rows]
    got = [(*row[:6], float(row[6]) if row[6] is not None else None, *row[7:]) for row in got]
    assert got == expected
    assert len(got) == django_library.ROWS
    assert "fallback" not in capfd.readouterr().err, "the fast way holds for these pages"


def test_a_single_page_application_by_its_answers(invoices: tuple[str, Path], tmp_path: Path) -> None:
    url, database = invoices
    user, password = piccolo_invoices.USER, piccolo_invoices.PASSWORD
    rows = read(url, HERE / "piccolo_invoices.yaml", "invoices", user, password, tmp_path)
    columns = "id, numero, cliente, importo, scadenza, pagata, righe, creata, sconto, stato, note"
    with sqlite3.connect(database) as connection:
        own = connection.execute(f"SELECT {columns} FROM fattura ORDER BY id").fetchall()  # noqa: S608
    expected = [
        (*row[:3], Decimal(str(row[3])), row[4], bool(row[5]), row[6], instant(row[7], ROME), row[8], *row[9:])
        for row in own
    ]
    got = [(*row[:3], Decimal(row[3]), *row[4:8], float(row[8]) if row[8] else None, *row[9:]) for row in rows]
    assert got == expected
    assert len(got) == piccolo_invoices.ROWS


def test_a_single_page_application_by_its_pages(invoices: tuple[str, Path], tmp_path: Path) -> None:
    url, database = invoices
    user, password = piccolo_invoices.USER, piccolo_invoices.PASSWORD
    rows = read(url, HERE / "piccolo_invoices.yaml", "invoices_on_the_page", user, password, tmp_path)
    columns = "id, numero, cliente, importo, scadenza, pagata, righe, creata, stato"
    with sqlite3.connect(database) as connection:
        own = connection.execute(f"SELECT {columns} FROM fattura ORDER BY id").fetchall()  # noqa: S608
    expected = [(*r[:3], Decimal(str(r[3])), r[4], bool(r[5]), r[6], instant(r[7], ROME), r[8]) for r in own]
    assert [(*row[:3], Decimal(row[3]), *row[4:]) for row in rows] == expected
