"""The control interface."""

from __future__ import annotations

import json

import pytest

from demo_erp.control import TOKEN_HEADER
from demo_erp.fields import LISTS, ListName
from tests.unit.demo_erp.reader import SMALL, Reader, an_erp, true_rows

ACTIONS = [
    ("GET", "state"),
    ("GET", "truth?type=customers"),
    ("POST", "mutate"),
    ("POST", "misbehave"),
    ("DELETE", "misbehave"),
    ("POST", "unlock"),
    ("POST", "reset"),
]


@pytest.mark.parametrize(("method", "action"), ACTIONS)
@pytest.mark.parametrize("headers", [{}, {TOKEN_HEADER: "wrong"}, {TOKEN_HEADER: ""}])
async def test_nothing_without_the_token(method: str, action: str, headers: dict[str, str]) -> None:
    reader = Reader(an_erp()[0])
    answer = await reader.http.request(method, f"/__control/{action}", headers=headers)
    assert (answer.status_code, TOKEN_HEADER in answer.json()["error"]) == (403, True)


async def test_the_state_tells_what_happened() -> None:
    erp, time = an_erp()
    reader = Reader(erp)
    await reader.login(password="sbagliata")
    await reader.login()
    page = await reader.get("/Clienti.aspx")
    await reader.callback(ListName.CUSTOMERS, page.text, "PAGINA|2")
    await reader.get("/Servizi/Ordini.ashx")
    await reader.get("/Cliente.aspx?codice=010001")
    await reader.get("/Esporta.aspx?elenco=Listino&formato=csv")
    time.now += 5
    state = (await reader.control("GET", "state")).json()
    assert state == {
        "sessions": [{"user": "servizio", "age_seconds": 5.0, "idle_seconds": 5.0, "list_pages": 3}],
        "locked_users": [],
        "wrong_passwords_in_a_row": {},
        "logins": {
            "logged_in": 1,
            "wrong_password": 1,
            "refused_locked": 0,
            "refused_full": 0,
            "logged_out": 0,
            "superseded": 0,
            "expired": 0,
            "dropped": 0,
        },
        "requests": {
            "Login.aspx": 4,
            "Menu.aspx": 1,
            "Clienti.aspx": 2,
            "page:customers": 1,
            "callback:customers": 1,
            "Ordini.ashx": 1,
            "service:orders": 1,
            "Cliente.aspx": 1,
            "detail:customers": 1,
            "Esporta.aspx": 1,
            "csv:prices": 1,
        },
        "misbehaviour": {},
        "rows": {name.value: SMALL.rows(name) for name in ListName},
        "edit_rounds": 0,
        "seed": 11,
    }


@pytest.mark.parametrize("name", ListName)
async def test_the_truth_by_key_in_canonical_form(name: ListName) -> None:
    reader = Reader(an_erp()[0])
    answer = await reader.control("GET", f"truth?type={name}")
    rows = [json.loads(line) for line in answer.text.splitlines()]
    assert rows == true_rows(reader.erp, name, details=True)
    assert list(rows[0]) == [field.name for field in LISTS[name].all_fields]
    keys = [[str(row[part]) for part in LISTS[name].key] for row in rows]
    assert keys == sorted(keys)
    short = await reader.control("GET", f"truth?type={name}&details=false")
    assert list(json.loads(short.text.splitlines()[0])) == [field.name for field in LISTS[name].fields]


async def test_canonical_values() -> None:
    reader = Reader(an_erp()[0])
    await reader.control("POST", "reset", {"seed": 7})
    answer = await reader.control("GET", "truth?type=prices")
    assert json.loads(answer.text.splitlines()[0]) == {
        "product_code": "0010001-JS",
        "price_list": "L01",
        "description": "Vite testa esagonale M8×40 - acciaio inox A2",
        "unit_price": "318.2721",
        "currency": "EUR",
        "discount_percent": "12.94",
        "min_quantity": 6,
        "valid_from": "2024-10-23",
        "valid_to": None,
        "promotional": False,
        "changed_at": "2023-03-05T09:16:05+01:00",
    }


async def test_edits_are_told_and_seen() -> None:
    reader = Reader(an_erp()[0])
    await reader.login()
    told = (await reader.control("POST", "mutate", {"edits": 10, "types": ["customers"]})).json()
    assert {what: len(keys) for what, keys in told["customers"].items()} == {"created": 3, "updated": 5, "deleted": 2}
    seen = await reader.grid("/Clienti.aspx?modificati_dal=02/03/2026&righe=200")
    touched = [key["code"] for what in ("created", "updated") for key in told["customers"][what]]
    assert sorted(row["Codice"] for row in seen.rows) == sorted(touched)
    assert (await reader.grid("/Clienti.aspx")).total == "Totale record: 131"
    for key in told["customers"]["deleted"]:
        assert (await reader.get(f"/Cliente.aspx?codice={key['code']}")).status_code == 404


async def test_edits_by_exact_numbers() -> None:
    told = (await Reader(an_erp()[0]).control("POST", "mutate", {"deleted": 4, "created": 1})).json()
    assert told.keys() == set(ListName)
    assert {(what, len(keys)) for one in told.values() for what, keys in one.items()} == {
        ("created", 1),
        ("updated", 0),
        ("deleted", 4),
    }


@pytest.mark.parametrize(
    ("action", "body"),
    [
        ("mutate", {"edits": -1}),
        ("mutate", {"edits": "ten"}),
        ("mutate", {"edits": True}),
        ("mutate", {"types": ["suppliers"]}),
        ("mutate", {"types": "customers"}),
        ("mutate", {"amount": 3}),
        ("mutate", {"deleted": 1000}),
        ("mutate", [1]),
        ("misbehave", {"name": "explode"}),
        ("misbehave", {}),
        ("misbehave", [3]),
        ("misbehave", {"name": "slow", "times": "often"}),
        ("reset", {"rows": "suppliers=3"}),
        ("reset", {"rows": "customers=many"}),
        ("reset", {"seed": "x"}),
    ],
    ids=str,
)
async def test_nonsense_is_refused(action: str, body: object) -> None:
    answer = await Reader(an_erp()[0]).control("POST", action, body)
    assert answer.status_code == 400
    assert answer.json()["error"]


async def test_no_such_list() -> None:
    answer = await Reader(an_erp()[0]).control("GET", "truth?type=suppliers")
    assert (answer.status_code, answer.json()["error"]) == (
        400,
        "type: expected one of customers, orders, products, prices, got 'suppliers'",
    )


async def test_several_switches_at_once_and_what_is_on() -> None:
    reader = Reader(an_erp()[0])
    switches = [{"name": "slow", "value": 5}, {"name": "wrong_total", "value": "orders/+2", "times": 3}]
    await reader.control("POST", "misbehave", switches)
    assert (await reader.control("GET", "misbehave")).json() == {
        "slow": {"value": "5", "times": None, "hits": 0},
        "wrong_total": {"value": "orders/+2", "times": 3, "hits": 0},
    }


async def test_reset_forgets_everything() -> None:
    reader = Reader(an_erp()[0])
    await reader.login()
    await reader.control("POST", "mutate", {})
    await reader.control("POST", "misbehave", {"name": "maintenance"})
    answer = await reader.control("POST", "reset", {})
    assert answer.json() == {"rows": {name.value: SMALL.rows(name) for name in ListName}}
    state = (await reader.control("GET", "state")).json()
    assert (state["sessions"], state["misbehaviour"], state["edit_rounds"]) == ([], {}, 0)
    assert (await reader.get("/Clienti.aspx")).url.path == "/Login.aspx"
