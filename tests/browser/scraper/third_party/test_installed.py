"""More applications that we did not write, each in an environment of its own, read with profiles written from the
documentation alone: pages of a server with a page a row, an application that asks by GraphQL, grids that draw only what
is in view. Every row, column and type is compared with the application's own database.
"""

import sqlite3
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tests.browser.scraper.third_party import grid_orders, vendure_customers
from tests.browser.scraper.third_party.installed import node_modules_of, python_of
from tests.browser.scraper.third_party.reading import instant, read
from tests.browser.scraper.third_party.serving import HERE, serving

pytestmark = pytest.mark.timeout(900)
"""The first run on a machine installs the packages."""

ROME = ZoneInfo("Europe/Rome")
USER, PASSWORD = "contabile", "Partita-doppia#1494"
APPBUILDER = ("flask-appbuilder==5.3.0", "flask-babel==4.0.0", "flask-sqlalchemy==3.1.1")


@pytest.fixture(scope="module")
def invoices(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    folder = tmp_path_factory.mktemp("appbuilder")
    with serving("appbuilder_invoices.py", folder, "/login/", by=python_of("appbuilder", *APPBUILDER)) as url:
        yield url, folder / "invoices.sqlite"


@pytest.fixture(scope="module")
def orders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    folder = tmp_path_factory.mktemp("grids")
    (folder / "node_modules").symlink_to(node_modules_of("grids", *grid_orders.PACKAGES))
    with serving("grid_orders.py", folder, "/ag-grid") as url:
        yield url, folder / "orders.sqlite"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    folder = tmp_path_factory.mktemp("vendure")
    (folder / "node_modules").symlink_to(node_modules_of("vendure", *vendure_customers.PACKAGES))
    with serving("vendure_customers.cjs", folder, "/health", by="node") as url:
        vendure_customers.fill(url)
        yield url, folder / "shop.sqlite"


def test_pages_of_a_server_and_the_page_of_each_row(invoices: tuple[str, Path], tmp_path: Path) -> None:
    url, database = invoices
    rows = read(url, HERE / "appbuilder_invoices.yaml", "invoices", USER, PASSWORD, tmp_path)
    with sqlite3.connect(database) as connection:
        own = connection.execute(
            "SELECT numero, nome, importo, scadenza, creata, pagata, righe, stato, note "
            "FROM fattura JOIN cliente ON cliente.id = cliente_id ORDER BY numero"
        ).fetchall()
    expected = [
        (
            *row[:2],
            None if row[2] is None else Decimal(str(row[2])),
            row[3],
            instant(row[4], ROME),
            bool(row[5]),
            *row[6:8],
            " ".join((row[8] or "").split()) or None,
        )
        for row in own
    ]
    assert [(*row[:2], row[2] and Decimal(row[2]), *row[3:]) for row in rows] == expected
    assert len(rows) == 1032


@pytest.mark.parametrize("stream", ["ag_grid", "tabulator"])
def test_grids_that_draw_only_what_is_in_view(orders: tuple[str, Path], tmp_path: Path, stream: str) -> None:
    url, database = orders
    rows = read(url, HERE / "grid_orders.yaml", stream, USER, PASSWORD, tmp_path)
    with sqlite3.connect(database) as connection:
        own = connection.execute("SELECT * FROM ordini ORDER BY codice").fetchall()
    expected = [(*row[:2], row[2] and Decimal(row[2]), row[3], bool(row[4]), *row[5:8], Decimal(row[8])) for row in own]
    assert [(*row[:2], row[2] and Decimal(row[2]), *row[3:8], Decimal(row[8])) for row in rows] == expected
    assert len(rows) == grid_orders.ROWS


def test_an_application_that_asks_by_graphql(shop: tuple[str, Path], tmp_path: Path) -> None:
    url, database = shop
    rows = read(url, HERE / "vendure_customers.yaml", "customers", USER, PASSWORD, tmp_path)
    with sqlite3.connect(database) as connection:
        own = connection.execute(
            "SELECT customer.id, title, firstName, lastName, emailAddress, customer.createdAt, user.verified "
            "FROM customer JOIN user ON user.id = userId ORDER BY customer.id"
        ).fetchall()
    assert rows == [(*row[:5], instant(row[5]), bool(row[6])) for row in own]
    assert len(rows) == vendure_customers.ROWS
