"""Pages that behave as applications do: each way of paging, frames, late rows, shadow roots, long logins."""

from collections.abc import Iterator
from decimal import Decimal
from textwrap import indent

import pytest

from sincro_contract.run import Mode, RunSpec, TaskReference
from sincro_scraper.browser.login import Credentials
from sincro_scraper.errors import SchemaDrift
from sincro_scraper.job import Job
from sincro_scraper.profile import load_profile
from sincro_scraper.progress import Reporter
from sincro_scraper.reading.plan import ReadPlan
from sincro_scraper.reading.spool import Spool
from sincro_scraper.run import Run
from tests.browser.scraper.pages import serving_pages

EXPECTED = [(f"{i + 1:03}", Decimal(f"{1000 + i}.5")) for i in range(45)]
COLUMNS = "columns: { code: Codice, amount: { header: Importo, type: decimal } }\nkey: code\n"
JSON = "transport: xhr\ncolumns: { code: code, amount: { field: amount, type: decimal } }\nkey: code\n"


@pytest.fixture(scope="module")
def pages() -> Iterator[str]:
    with serving_pages() as url:
        yield url


async def read(url: str, stream: str, head: str = "") -> list[object]:
    text = f"sincro: 1\nname: Pages\nmanners: {{ timeout: 6s }}\n{head}streams:\n  items:\n{indent(stream, '    ')}\n"
    spec = RunSpec(task=TaskReference(namespace="n", name="t"), source="s", type="items", base_url=url)
    job = Job(spec, load_profile(text), Credentials("anna", "segreta", "JBSWY3DPEHPK3PXP"), "sqlite://")
    run = Run(job, Reporter(spec, None, now_ms=lambda: 0))
    with Spool() as spool:
        try:
            await run._read(ReadPlan(Mode.FULL), spool)
        finally:
            await run.session.leave()
        return [(row[0], row[1].normalize(), *row[2:]) for row in spool]  # type: ignore[union-attr]


STREAMS = {
    "more": "open: /more\npaging: { by: more, click: button=Carica altri }\ntotal: '([0-9.]+) righe'\n" + COLUMNS,
    "scroll": "open: /scroll\npaging: { by: scroll, within: css=#box }\n" + COLUMNS,
    "a pager as of DataTables": "open: /datatables\nheaders: .head th\nrows: .body tbody tr\n"
    "total: { at: .info, pattern: 'di ([0-9.]+) elementi' }\npaging: { by: next, click: css=.next a }\n" + COLUMNS,
    "a choice of page size": "open:\n  - goto: /datatables\n  - { select: label=Mostra, option: 25 righe }\n"
    "rows: .body tbody tr\npaging: { by: next, click: link=Successivo }\ntotal: 'di ([0-9.]+) elementi'\n" + COLUMNS,
    "rows that come late": "open: /late\ntotal: { at: .tot, pattern: '([0-9]+)' }\n" + COLUMNS,
    "a frame": "open:\n  - goto: /frame\n  - { click: button=Mostra, frame: css=iframe }\nframe: css=iframe\n"
    + COLUMNS,
    "pages by address": "open: /pages\npaging: { by: page, parameter: p }\n" + COLUMNS,
    "pages by address over HTTP": "open: /pages\ntransport: http\npaging: { by: page, parameter: p }\n" + COLUMNS,
    "numbered links": "open: /pages\npaging: { by: next, click: 'link=\"{page}\"' }\n" + COLUMNS,
    "numbered links over HTTP": "open: /pages\ntransport: http\npaging: { by: next, click: 'link=\"{page}\"' }\n"
    + COLUMNS,
    "shadow roots": "open: /shadow\n" + COLUMNS,
    "fields": "open: /fields\n" + COLUMNS,
    "a script's page by http falls back": "open: /fields\ntransport: http\n" + COLUMNS,
    "JSON by a cursor": "open: /spa\nresponse: { url: /api/items, rows: data.items }\n"
    "total: { field: count, url: /api/items/count }\npaging: { by: cursor, field: next }\n" + JSON,
    "JSON by a button": "open: /spa\nresponse: { url: '/api/items?', rows: data.items }\n"
    "paging: { by: more, click: button=Altri }\n" + JSON,
    "rows in view only": "open: /virtual\npaging: { by: scroll, virtual: true }\ntotal: '([0-9]+) righe'\n" + COLUMNS,
    "rows in view only, and where they scroll": "open: /virtual\n"
    "paging: { by: scroll, within: css=#box, virtual: true }\n" + COLUMNS,
    "the answer to one question of many": "open: /graphql\ntotal: { field: data.total }\n"
    "response: { url: /api/graphql, body: Items, rows: data.items }\npaging: { by: page, parameter: paging.page }\n"
    + JSON,
    "a page that asks whether to leave it": "open: [{ goto: /asks }, { click: button=Modifica }, { goto: /pages }]\n"
    "paging: { by: page, parameter: p }\n" + COLUMNS,
    "a button that loads when it comes into view": "open: /more-in-view\npaging: { by: more, click: button=Altri }\n"
    + COLUMNS,
    "the same by scrolling": "open: /more-in-view\npaging: scroll\n" + COLUMNS,
    "JSON by POST": "open: /spa-post\nresponse: { url: /api/search, rows: data.items }\n"
    "total: { field: data.total }\npaging: { by: page, parameter: paging.page }\n" + JSON,
}


@pytest.mark.parametrize("stream", STREAMS.values(), ids=STREAMS.keys())
async def test_every_row_is_read(pages: str, stream: str) -> None:
    assert await read(pages, stream) == [(code, amount.normalize()) for code, amount in EXPECTED]


PAGE_OF_A_ROW = "detail: { address: '/in?c={code}', columns: { shown: { at: '#code' } } }\n"
PAGE_BY_SCRIPT = "detail: { address: '/shown#{code}', columns: { shown: { label: Codice } } }\n"


@pytest.mark.parametrize("detail", [PAGE_OF_A_ROW, PAGE_BY_SCRIPT], ids=["of a server", "of a script"])
async def test_the_page_of_a_row_by_its_address_where_the_list_is_json(pages: str, detail: str) -> None:
    stream = "open: /few\nresponse: { url: '/api/items?', rows: data.items }\n" + JSON + detail
    rows = await read(pages, stream)
    assert [row[2] for row in rows] == ["041", "042", "043", "044", "045"]  # type: ignore[index]


LOGIN = """login:
  steps:
    - goto: /login
    - { click: button=Accetta, optional: true }
    - { click: button=Rifiuta, optional: true }
    - { fill: label=Utente, with: "{username}" }
    - click: button=Avanti
    - { fill: label=Password, with: "{password}" }
    - { fill: label=Codice, with: "{totp}" }
    - { press: Tab, on: label=Codice }
    - click: button=Entra
  success: heading=Benvenuto
"""


async def test_a_login_of_several_pages_with_a_one_time_code(pages: str) -> None:
    assert len(await read(pages, STREAMS["numbered links"], LOGIN)) == 45


STEP_2 = ("streams", "items", "open", 1)


@pytest.mark.parametrize(
    ("stream", "head", "code", "place"),
    [
        ("open: /nothing\n" + COLUMNS, "", "PageMissing", ("streams", "items", "open", 0)),
        (
            "open: [{ goto: /more }, { click: button=x }]\n" + COLUMNS,
            "",
            "ElementMissing",
            ("streams", "items", "open", 1),
        ),
        (
            "open: [{ goto: /pages }, { click: link=* }]\n" + COLUMNS,
            "",
            "ElementAmbiguous",
            ("streams", "items", "open", 1),
        ),
        ("open: [{ goto: /datatables }, { select: label=Mostra, option: '50' }]\n" + COLUMNS, "", "OptionMissing", ()),
        ("open: /late\ntotal: 'Somma: (.*)'\n" + COLUMNS, "", "TotalMissing", ()),
        ("open: /pages\n" + COLUMNS, LOGIN.replace("Entra", "Uscita"), "ElementMissing", ("login", "steps", 8)),
        ("open: /spa\nresponse: { url: /other }\n" + JSON, "", "ResponseMissing", ()),
        ("open: /graphql\nresponse: { url: /api, body: Orders }\n" + JSON, "", "ResponseMissing", ()),
        ("open: /virtual\npaging: { by: scroll }\n" + COLUMNS, "", "RowsVanish", ("paging",)),
        ("open: /spa\nresponse: { url: '/api/items?', rows: data.rows }\n" + JSON, "", "RowsMissing", ()),
    ],
)
async def test_what_does_not_fit_is_named(
    pages: str, stream: str, head: str, code: str, place: tuple[object, ...]
) -> None:
    with pytest.raises(SchemaDrift) as caught:
        await read(pages, stream, head)
    assert caught.value.code == code
    if place:
        assert caught.value.place == place
