"""Each switch, as a reader meets it."""

from __future__ import annotations

import csv
import io
import re

import httpx
import pypdfium2
import pytest

from demo_erp.fields import LISTS, ListName
from demo_erp.sessions import Refusal
from tests.unit.demo_erp.reader import PASSWORD, SMALL, FakeTime, Reader, an_erp, keys, text_at


async def _inside(*switches: str) -> tuple[Reader, FakeTime]:
    """A reader who is logged in before the switches go on."""
    erp, time = an_erp()
    reader = Reader(erp)
    await reader.login()
    for switch in switches:
        name, _, value = switch.partition("=")
        answer = await reader.control("POST", "misbehave", {"name": name, "value": value or None})
        assert answer.status_code == 200, answer.text
    return reader, time


async def _statuses(reader: Reader, count: int, path: str = "/Clienti.aspx") -> list[int]:
    return [(await reader.get(path)).status_code for _ in range(count)]


async def test_switches_can_be_on_from_the_start() -> None:
    reader = Reader(an_erp(misbehave=("maintenance", "slow=700:1"))[0])
    answer = await reader.get("/Login.aspx")
    assert (answer.status_code, text_at(answer, "h1")) == (200, "Sistema in manutenzione")


async def test_slow() -> None:
    reader, time = await _inside("slow=700")
    time.slept.clear()
    await reader.get("/Clienti.aspx")
    assert time.slept == [0.7]


async def test_every_page_takes_the_delay_of_the_settings() -> None:
    erp, time = an_erp()
    erp.reset(type(erp.settings)(world=SMALL))
    await Reader(erp).get("/Login.aspx")
    assert time.slept == [0.045]


async def test_error500_for_so_many_requests() -> None:
    reader, _ = await _inside("error500=2")
    assert await _statuses(reader, 4) == [500, 500, 200, 200]


async def test_error500_at_a_rate() -> None:
    reader, _ = await _inside("error500=50%")
    statuses = await _statuses(reader, 60)
    assert set(statuses) == {200, 500}
    assert 18 <= statuses.count(500) <= 42


@pytest.mark.parametrize(("switches", "seconds"), [(["error503=1"], "5"), (["error503=1", "retry_after=120"], "120")])
async def test_error503_says_when_to_come_back(switches: list[str], seconds: str) -> None:
    reader, _ = await _inside(*switches)
    answer = await reader.get("/Clienti.aspx")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, seconds)
    assert await _statuses(reader, 1) == [200]


@pytest.mark.parametrize("path", ["/Login.aspx", "/Clienti.aspx", "/Esporta.aspx?elenco=Clienti&formato=pdf"])
async def test_maintenance_has_status_200(path: str) -> None:
    reader, _ = await _inside("maintenance")
    answer = await reader.get(path)
    assert (answer.status_code, text_at(answer, "h1")) == (200, "Sistema in manutenzione")
    assert (await reader.get("/healthz")).json() == {"status": "ok"}


async def test_logout_in_mid_list() -> None:
    reader, _ = await _inside("logout_after=2")
    answers = [await reader.get(f"/Clienti.aspx?righe=20&pagina={page}") for page in (1, 2, 3)]
    assert [answer.url.path for answer in answers] == ["/Clienti.aspx", "/Clienti.aspx", "/Login.aspx"]
    assert text_at(answers[2], "#lblAvviso") == "Sessione scaduta. Effettuare nuovamente l'accesso."
    assert (await reader.control("GET", "state")).json()["logins"]["dropped"] == 1


async def test_logout_in_mid_list_concerns_callbacks_and_json() -> None:
    for callback in (True, False):
        reader, _ = await _inside("logout_after=1")
        page = (await reader.get("/Ordini.aspx")).text
        answer = (
            await reader.callback(ListName.ORDERS, page, "PAGINA|2")
            if callback
            else await reader.get("/Servizi/Ordini.ashx?pagina=2")
        )
        assert answer.url.path == "/Login.aspx"
        assert "ReturnUrl" not in answer.url.params


@pytest.mark.parametrize("name", ListName)
async def test_rows_that_slip_in_shift_the_others(name: ListName) -> None:
    reader, _ = await _inside(f"rows_shift={name}/insert")
    page = f"/{LISTS[name].page}?righe=20&pagina="
    before = keys(reader.erp, name)
    first, second, third = [(await reader.grid(f"{page}{number}")) for number in (1, 2, 3)]
    assert second.rows[0] == first.rows[-1]
    assert third.rows[0] == second.rows[-1]
    assert third.total == f"Totale record: {SMALL.rows(name) + 2}"
    after = keys(reader.erp, name)
    assert (after[:-2] if LISTS[name].newest_first else after[2:]) == before


@pytest.mark.parametrize("name", ListName)
async def test_rows_that_vanish_hide_others(name: ListName) -> None:
    reader, _ = await _inside(f"rows_shift={name}/delete")
    page = f"/{LISTS[name].page}?righe=20&pagina="
    before = keys(reader.erp, name)
    first, second = [(await reader.grid(f"{page}{number}")) for number in (1, 2)]
    shown = [tuple(row[LISTS[name].field(part).header] for part in LISTS[name].key) for row in first.rows + second.rows]
    order = [tuple(map(str, key)) for key in (before[::-1] if LISTS[name].newest_first else before)]
    assert shown == order[:20] + order[21:41]
    assert len(keys(reader.erp, name)) == len(before) - 1


async def test_a_column_renamed() -> None:
    reader, _ = await _inside("column_renamed=customers/city/Località")
    seen = await reader.grid("/Clienti.aspx")
    assert "Località" in seen.headers
    assert "Città" not in seen.headers
    reader, _ = await _inside("column_renamed")
    assert "Totale € (nuovo)" in (await reader.grid("/Ordini.aspx")).headers
    assert "Totale€(nuovo)" in (await reader.get("/Servizi/Ordini.ashx")).json()["righe"][0]


async def test_a_column_missing() -> None:
    reader, _ = await _inside("column_missing=customers/email")
    seen = await reader.grid("/Clienti.aspx")
    assert "E-mail" not in seen.headers
    assert len(seen.headers) == len(LISTS[ListName.CUSTOMERS].fields) - 1
    content = (await reader.get("/Esporta.aspx?elenco=Clienti&formato=csv")).content.decode("utf-8-sig")
    assert "E-mail" not in content.splitlines()[0]


@pytest.mark.parametrize(
    ("value", "total", "summary"),
    [("zero", "Totale record: 0", "Pagina 1 di 1 (0 record)"), ("none", None, "Pagina 1 di 1")],
)
async def test_an_empty_list_by_mistake(value: str, total: str | None, summary: str) -> None:
    reader, _ = await _inside(f"empty_list=customers/{value}")
    answer = await reader.get("/Clienti.aspx")
    seen = await reader.grid("/Clienti.aspx")
    assert (seen.rows, seen.total, seen.summary) == ([], total, summary)
    assert text_at(answer, ".dxgvEmptyDataRow") == "Nessun dato da visualizzare"
    assert len((await reader.grid("/Ordini.aspx")).rows) == 50
    assert len(keys(reader.erp, ListName.CUSTOMERS)) == 130


@pytest.mark.parametrize(("value", "total"), [("+1", "131"), ("-30", "100"), ("-999", "0")])
async def test_a_wrong_total(value: str, total: str) -> None:
    reader, _ = await _inside(f"wrong_total={value}")
    assert (await reader.grid("/Clienti.aspx")).total == f"Totale record: {total}"


@pytest.mark.parametrize("name", ListName)
async def test_a_duplicate_key(name: ListName) -> None:
    reader, _ = await _inside("duplicate_key")
    first, second = (await reader.grid(f"/{LISTS[name].page}")).rows[:2]
    for part in LISTS[name].key:
        header = LISTS[name].field(part).header
        assert first[header] == second[header]
    assert first != second


async def test_a_truncated_pdf() -> None:
    reader, _ = await _inside("truncated_pdf=50")
    cut = (await reader.get("/Esporta.aspx?elenco=Clienti&formato=pdf")).content
    await reader.control("DELETE", "misbehave")
    whole = (await reader.get("/Esporta.aspx?elenco=Clienti&formato=pdf")).content
    assert cut.startswith(b"%PDF")
    assert len(cut) == pytest.approx(len(whole) / 2, rel=0.01)
    with pypdfium2.PdfDocument(whole) as document:
        assert len(document) > 1
    assert b"%%EOF" not in cut


@pytest.mark.parametrize("language", ["it-IT", "en-US"])
async def test_a_foreign_number(language: str) -> None:
    reader, _ = await _inside("foreign_number=prices/unit_price")
    reader.http.headers["Accept-Language"] = language
    italian, english = r"-?[\d.]*\d,\d{4}", r"-?[\d,]*\d\.\d{4}"
    foreign, native = (english, italian) if language == "it-IT" else (italian, english)
    prices = [row["Prezzo unitario"] for row in (await reader.grid("/Listino.aspx")).rows]
    assert [place for place, price in enumerate(prices) if re.fullmatch(foreign, price)] == [2]
    assert [place for place, price in enumerate(prices) if not re.fullmatch(native, price)] == [2]
    delimiter = ";" if language == "it-IT" else ","
    text = (await reader.get("/Esporta.aspx?elenco=Listino&formato=csv")).content.decode("utf-8-sig")
    assert list(csv.DictReader(io.StringIO(text), delimiter=delimiter))[2]["Prezzo unitario"] == prices[2]


async def test_endless_pages() -> None:
    reader, _ = await _inside("endless_pages=products")
    pages = [await reader.grid(f"/Articoli.aspx?righe=50&pagina={page}") for page in range(1, 6)]
    assert all(page.next_page for page in pages)
    assert pages[1].rows == pages[2].rows == pages[4].rows
    assert pages[4].summary == "Pagina 5 di 6 (60 record)"


async def test_a_huge_page() -> None:
    reader, _ = await _inside("huge_page=2")
    assert len((await reader.get("/Clienti.aspx")).content) > 2_000_000
    await reader.control("DELETE", "misbehave")
    assert len((await reader.get("/Clienti.aspx")).content) < 100_000


async def test_lockout_after_fewer_passwords() -> None:
    reader, _ = await _inside("lockout=1")
    answer = await reader.login(password="sbagliata")
    assert text_at(answer, "#lblErrore") == Refusal.LOCKED


async def test_a_session_limit() -> None:
    reader, _ = await _inside("session_limit=1")
    other = Reader(reader.erp)
    answer = await other.login("mario.rossi", "D'Angelo&1")
    assert text_at(answer, "#lblErrore") == Refusal.FULL
    assert (await other.login("servizio", PASSWORD)).url.path == "/Menu.aspx"


async def test_sessions_that_end_soon() -> None:
    reader, time = await _inside("session_seconds=1")
    time.now += 2
    assert (await reader.get("/Clienti.aspx")).url.path == "/Login.aspx"


async def test_switches_off_again() -> None:
    reader, _ = await _inside("maintenance", "slow=9", "error500=100%")
    assert (await reader.control("DELETE", "misbehave?name=error500")).json().keys() == {"maintenance", "slow"}
    assert (await reader.control("DELETE", "misbehave")).json() == {}
    answer: httpx.Response = await reader.get("/Clienti.aspx")
    assert (answer.status_code, answer.url.path) == (200, "/Clienti.aspx")
