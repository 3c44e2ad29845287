"""Coming in and going out over HTTP."""

from __future__ import annotations

import pytest

from demo_erp.sessions import Refusal
from tests.unit.demo_erp.reader import PASSWORD, Reader, an_erp, html, inputs, text_at

HIDDEN = ("__VIEWSTATE", "__EVENTVALIDATION", "__RequestVerificationToken")


async def test_the_right_password_opens_the_page_that_was_wanted() -> None:
    reader = Reader(an_erp()[0])
    wanted = await reader.get("/Articoli.aspx?pagina=2&righe=20")
    assert wanted.url.path == "/Login.aspx"
    assert text_at(wanted, "#lblAvviso") == "Effettuare l'accesso per continuare."
    form = html(wanted).css_first("#aspnetForm")
    assert form is not None
    fields = inputs(form) | {"ctl00$txtUtente": "servizio", "ctl00$txtPassword": PASSWORD}
    answer = await reader.http.post(form.attributes["action"] or "", data=fields)
    assert (answer.url.path, answer.url.query) == ("/Articoli.aspx", b"pagina=2&righe=20")
    assert text_at(answer, "#lblUtente") == "Utente: servizio"


async def test_a_password_with_special_characters() -> None:
    answer = await Reader(an_erp()[0]).login("mario.rossi", "D'Angelo&1")
    assert answer.url.path == "/Menu.aspx"


@pytest.mark.parametrize("path", ["//evil.example/", "https://evil.example/", "/\\evil.example", "/Login.aspx"])
async def test_a_login_never_leads_elsewhere(path: str) -> None:
    reader = Reader(an_erp()[0])
    form = html(await reader.get("/Login.aspx")).css_first("#aspnetForm")
    assert form is not None
    fields = inputs(form) | {"ctl00$txtUtente": "servizio", "ctl00$txtPassword": PASSWORD}
    answer = await reader.http.post("/Login.aspx", params={"ReturnUrl": path}, data=fields)
    assert str(answer.url) == "http://erp/Menu.aspx"


async def test_a_wrong_password_says_so() -> None:
    answer = await Reader(an_erp()[0]).login(password="sbagliata")
    assert (answer.status_code, answer.url.path) == (200, "/Login.aspx")
    assert text_at(answer, "#lblErrore") == Refusal.WRONG


async def test_five_wrong_passwords_lock_the_user() -> None:
    erp, _ = an_erp()
    reader = Reader(erp)
    errors = [text_at(await reader.login(password="sbagliata"), "#lblErrore") for _ in range(5)]
    assert errors == [Refusal.WRONG] * 4 + [Refusal.LOCKED]
    assert text_at(await reader.login(), "#lblErrore") == Refusal.LOCKED
    assert (await reader.control("GET", "state")).json()["locked_users"] == ["servizio"]
    await reader.control("POST", "unlock", {"user": "servizio"})
    assert (await reader.login()).url.path == "/Menu.aspx"


@pytest.mark.parametrize("name", HIDDEN)
@pytest.mark.parametrize("value", ["", "AAAA"])
async def test_the_hidden_state_must_come_back(name: str, value: str) -> None:
    answer = await Reader(an_erp()[0]).login(**{name: value})
    assert answer.status_code == 400
    assert "Stato della vista non valido" in answer.text


async def test_the_hidden_state_belongs_to_the_cookie() -> None:
    erp, _ = an_erp()
    page = await Reader(erp).get("/Login.aspx")
    form = html(page).css_first("#aspnetForm")
    assert form is not None
    answer = await Reader(erp).http.post("/Login.aspx", data=inputs(form))
    assert answer.status_code == 400


async def test_a_second_login_ends_the_first_session_with_a_message() -> None:
    erp, _ = an_erp()
    first, second = Reader(erp), Reader(erp)
    await first.login()
    await second.login()
    answer = await first.get("/Clienti.aspx")
    assert answer.url.path == "/Login.aspx"
    assert "da un'altra postazione" in (text_at(answer, "#lblAvviso") or "")
    assert (await second.get("/Clienti.aspx")).url.path == "/Clienti.aspx"


async def test_a_session_ends_after_its_time() -> None:
    erp, time = an_erp(session_seconds=60)
    reader = Reader(erp)
    await reader.login()
    time.now += 59
    assert (await reader.get("/Menu.aspx")).url.path == "/Menu.aspx"
    time.now += 61
    answer = await reader.get("/Menu.aspx")
    assert text_at(answer, "#lblAvviso") == "Sessione scaduta. Effettuare nuovamente l'accesso."


async def test_logging_out_ends_the_session() -> None:
    erp, _ = an_erp()
    reader = Reader(erp)
    await reader.login()
    cookies = dict(reader.http.cookies)
    answer = await reader.get("/Logout.aspx")
    assert text_at(answer, "#lblAvviso") == "Disconnessione avvenuta."
    reader.http.cookies.update(cookies)
    assert (await reader.get("/Menu.aspx")).url.path == "/Login.aspx"
    state = (await reader.control("GET", "state")).json()
    assert (state["sessions"], state["logins"]["logged_in"], state["logins"]["logged_out"]) == ([], 1, 1)


PROTECTED = ["/Menu.aspx", "/Clienti.aspx", "/Cliente.aspx?codice=010001", "/Servizi/Ordini.ashx", "/Esporta.aspx", "/"]


@pytest.mark.parametrize("path", PROTECTED)
async def test_nothing_is_shown_without_a_session(path: str) -> None:
    answer = await Reader(an_erp()[0]).get(path)
    assert answer.url.path == "/Login.aspx"
