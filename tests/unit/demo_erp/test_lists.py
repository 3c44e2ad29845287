"""The lists over HTTP: what pages, callbacks and JSON show is the truth, in the reader's format."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest

from demo_erp.fields import CHANGED_AT, LISTS, ORDERS, ListName
from tests.unit.demo_erp.reader import (
    ENGLISH,
    SMALL,
    Reader,
    an_erp,
    by_key,
    canonical,
    grid,
    html_of,
    keys,
    text_at,
    true_rows,
)


async def _inside(language: str | None = "it-IT") -> Reader:
    reader = Reader(an_erp()[0], language)
    await reader.login()
    return reader


@pytest.mark.parametrize("name", ListName)
@pytest.mark.parametrize("size", [20, 50])
async def test_page_by_page_an_italian_reader_sees_the_truth(name: ListName, size: int) -> None:
    reader = await _inside()
    rows = [canonical(name, row) for row in await reader.every_row(name, size)]
    assert by_key(name, rows) == true_rows(reader.erp, name)


@pytest.mark.parametrize("name", ListName)
async def test_the_total_is_declared(name: ListName) -> None:
    seen = await (await _inside()).grid(f"/{LISTS[name].page}")
    assert seen.total == f"Totale record: {SMALL.rows(name)}"
    assert seen.headers == [field.header for field in LISTS[name].fields]


async def test_totals_have_a_thousands_separator() -> None:
    reader = await _inside()
    await reader.control("POST", "reset", {"rows": "customers=1234"})
    await reader.login()
    seen = await reader.grid("/Clienti.aspx")
    assert (seen.total, seen.summary) == ("Totale record: 1.234", "Pagina 1 di 25 (1.234 record)")
    reader.http.headers["Accept-Language"] = ENGLISH
    seen = await reader.grid("/Clienti.aspx")
    assert (seen.total, seen.summary) == ("Totale record: 1,234", "Page 1 of 25 (1,234 items)")


FORMATS = [
    ("it-IT", "318,2721", "23/10/2024", "05/03/2023 09:16:05", "No"),
    (ENGLISH, "318.2721", "10/23/2024", "03/05/2023 09:16:05 AM", "No"),
    (None, "318.2721", "10/23/2024", "03/05/2023 09:16:05 AM", "No"),
]


@pytest.mark.parametrize(("language", "price", "day", "moment", "no"), FORMATS)
async def test_formats_follow_the_readers_language(
    language: str | None, price: str, day: str, moment: str, no: str
) -> None:
    reader = await _inside(language)
    await reader.control("POST", "reset", {"seed": 7})
    await reader.login()
    page = await reader.get("/Listino.aspx")
    callback = await reader.callback(ListName.PRICES, page.text, "PAGINA|1")
    for text in (page.text, callback.text):
        row = grid(text).rows[0]
        shown = (row["Prezzo unitario"], row["Valido dal"], row["Ultima modifica"], row["Promo"])
        assert shown == (price, day, moment, no)


async def test_callbacks_turn_pages_like_addresses_do() -> None:
    reader = await _inside()
    page = await reader.get("/Clienti.aspx?righe=20")
    seen, text = [grid(page.text).rows], page.text
    for number in range(2, 8):
        answer = await reader.callback(ListName.CUSTOMERS, page.text, f"PAGINA|{number}", grid(text).state)
        text = answer.text
        assert "<html" not in text
        seen.append(grid(text).rows)
    assert [row for rows in seen for row in rows] == await reader.every_row(ListName.CUSTOMERS, 20)


async def test_a_callback_carries_size_order_and_filter_on() -> None:
    reader = await _inside()
    page = await reader.get("/Clienti.aspx")
    state: str | None = None
    for command in ("RIGHE|20", "ORDINA|Saldo", "ORDINA|Saldo", "FILTRO|01/01/2024", "PAGINA|2"):
        answer = await reader.callback(ListName.CUSTOMERS, page.text, command, state)
        state = grid(answer.text).state
    query = urlencode({"pagina": 2, "righe": 20, "ordina": "Saldo", "verso": "desc", "modificati_dal": "01/01/2024"})
    wanted = await reader.grid(f"/Clienti.aspx?{query}")
    assert len(wanted.rows) == 20
    assert grid(answer.text).rows == wanted.rows
    assert grid(answer.text).summary == wanted.summary


@pytest.mark.parametrize(
    "changes",
    [
        {"__VIEWSTATE": "AAAA"},
        {"__EVENTVALIDATION": "AAAA"},
        {"ctl00_cphCorpo_grdClienti$CallbackState": "AAAA"},
        {"__CALLBACKID": "another"},
    ],
    ids=lambda changes: next(iter(changes)),
)
async def test_a_callback_without_its_state_is_refused(changes: dict[str, str]) -> None:
    reader = await _inside()
    page = html_of((await reader.get("/Clienti.aspx")).text)
    fields = {node.attributes["name"] or "": node.attributes["value"] or "" for node in page.css("#aspnetForm input")}
    fields |= {"__CALLBACKID": "ctl00_cphCorpo_grdClienti", "__CALLBACKPARAM": "PAGINA|2"}
    assert (await reader.http.post("/Clienti.aspx", data=fields)).status_code == 200
    assert (await reader.http.post("/Clienti.aspx", data=fields | changes)).status_code == 400


@pytest.mark.parametrize("name", ListName)
async def test_a_filter_keeps_what_changed_since(name: ListName) -> None:
    reader = await _inside()
    moments = sorted(str(row[CHANGED_AT]) for row in true_rows(reader.erp, name))
    since = moments[-7]
    typed = f"{since[8:10]}/{since[5:7]}/{since[:4]} {since[11:19]}"
    seen = await reader.grid(f"/{LISTS[name].page}?{urlencode({'modificati_dal': typed})}")
    rows = [canonical(name, row) for row in seen.rows]
    assert sorted(str(row[CHANGED_AT]) for row in rows) == moments[-7:]
    assert seen.total == "Totale record: 7"


async def test_a_filter_that_is_no_date_says_so() -> None:
    reader = await _inside()
    answer = await reader.get("/Clienti.aspx?modificati_dal=12/31/2025")
    assert text_at(answer, "#lblErrore") == "Data non valida nel filtro «Modificati dal»."
    callback = await reader.callback(ListName.CUSTOMERS, answer.text, "FILTRO|ieri")
    assert callback.status_code == 400


@pytest.mark.parametrize(
    ("query", "first", "count"),
    [
        ("pagina=999", "010101", 30),
        ("pagina=0", "010001", 50),
        ("pagina=-3", "010001", 50),
        ("pagina=x&righe=7", "010001", 50),
        ("righe=100", "010001", 100),
        ("righe=200", "010001", 130),
        ("ordina=Niente", "010001", 50),
        ("ordina=Codice&verso=desc&righe=20", "010130", 20),
        ("ordina=Codice&verso=desc&righe=20&pagina=7", "010010", 10),
    ],
)
async def test_addresses(query: str, first: str, count: int) -> None:
    seen = await (await _inside()).grid(f"/Clienti.aspx?{query}")
    assert (seen.rows[0]["Codice"], len(seen.rows)) == (first, count)


@pytest.mark.parametrize("name", [name for name in ListName if LISTS[name].detail_page])
async def test_detail_pages_have_all_fields(name: ListName) -> None:
    reader = await _inside()
    spec, rows = LISTS[name], true_rows(reader.erp, name, details=True)
    details = [row for row in rows if all(row[field.name] for field in spec.details)][:5]
    assert details
    links = (await reader.grid(f"/{spec.page}?righe=200")).details
    for row in details:
        place = keys(reader.erp, name).index(tuple(row[part] for part in spec.key))
        link = links[::-1][place] if spec.newest_first else links[place]
        page = html_of((await reader.get(link)).text.replace("<br />", "\n"))
        for field in spec.details:
            node = page.css_first(f"#lbl{field.member}")
            assert node is not None
            shown = node.text()
            assert shown == row[field.name] or shown.replace(".", "").replace(",", ".") == row[field.name]


async def test_a_row_that_is_gone_has_no_detail_page() -> None:
    answer = await (await _inside()).get("/Cliente.aspx?codice=999999")
    assert answer.status_code == 404
    assert "Record non trovato" in answer.text


async def test_the_orders_json_is_the_truth_page_after_page() -> None:
    reader = await _inside()
    state = (await reader.grid("/Ordini.aspx?righe=20")).state
    rows, page, pages = [], 1, 1
    headers = {field.member: field.header for field in ORDERS.fields}
    while page <= pages:
        answer = (await reader.get(f"/Servizi/Ordini.ashx?{urlencode({'pagina': page, 'stato': state})}")).json()
        assert (answer["pagina"], answer["totale"], answer["totale_testo"]) == (page, 110, "110")
        rows += [
            {headers[member]: text for member, text in row.items() if member in headers} for row in answer["righe"]
        ]
        page, pages, state = page + 1, answer["pagine"], answer["stato"]
    assert pages == 6
    assert by_key(ListName.ORDERS, [canonical(ListName.ORDERS, row) for row in rows]) == true_rows(
        reader.erp, ListName.ORDERS
    )


async def test_the_orders_json_follows_language_and_address() -> None:
    reader = await _inside(ENGLISH)
    answer = (await reader.get("/Servizi/Ordini.ashx?righe=20&ordina=Totale&verso=desc")).json()
    assert len(answer["righe"]) == 20
    totals = [row["Totale"].replace(",", "") for row in answer["righe"]]
    assert totals == sorted(totals, key=float, reverse=True)


@pytest.mark.parametrize("query", ["stato=AAAA", "modificati_dal=ieri"])
async def test_the_orders_json_refuses_nonsense(query: str) -> None:
    answer = await (await _inside()).get(f"/Servizi/Ordini.ashx?{query}")
    assert answer.status_code == 400
    assert answer.json()["errore"]
