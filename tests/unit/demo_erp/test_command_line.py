"""The command line, against a real port where it needs one."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator

import pytest
import uvicorn

from demo_erp.__main__ import main
from demo_erp.app import application
from demo_erp.fields import ListName
from demo_erp.settings import DEFAULT_USERS, parse_rows, parse_users
from tests.unit.demo_erp.reader import an_erp, keys


@pytest.fixture
def address() -> Iterator[str]:
    """The address of a running server."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(application(an_erp()[0]), log_level="warning", lifespan="off"))
    thread = threading.Thread(target=server.run, args=([listener],))
    thread.start()
    deadline = time.monotonic() + 10
    while not server.started and time.monotonic() < deadline:
        threading.Event().wait(0.01)
    assert server.started
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    thread.join(10)
    listener.close()


def test_truth_without_a_server(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["truth", "orders", "--rows", "orders=10", "--seed", "3"]) == 0
    first = capsys.readouterr().out
    assert main(["truth", "orders", "--rows", "orders=10", "--seed", "3"]) == 0
    assert capsys.readouterr().out == first
    rows = [json.loads(line) for line in first.splitlines()]
    assert len(rows) == 10
    assert (rows[0]["year"], rows[0]["number"], "ship_to" in rows[0]) == (2022, "000001", True)
    assert main(["truth", "orders", "--rows", "orders=1", "--no-details"]) == 0
    assert "ship_to" not in json.loads(capsys.readouterr().out)


def test_truth_and_edits_of_a_server(address: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["truth", "customers", "--url", address]) == 0
    before = [json.loads(line)["code"] for line in capsys.readouterr().out.splitlines()]
    assert before == [key[0] for key in keys(an_erp()[0], ListName.CUSTOMERS)]
    assert main(["mutate", "--url", address, "--edits", "10", "--type", "customers"]) == 0
    told = json.loads(capsys.readouterr().out)["customers"]
    assert main(["truth", "customers", "--url", address + "/"]) == 0
    after = [json.loads(line)["code"] for line in capsys.readouterr().out.splitlines()]
    assert [key["code"] for key in told["created"]] == sorted(set(after) - set(before))
    assert [key["code"] for key in told["deleted"]] == sorted(set(before) - set(after))


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["truth", "orders", "--rows", "suppliers=3"], 2, "'suppliers=3': expected customers|orders|products|prices"),
        (["serve", "--misbehave", "explode"], 2, "unknown switch 'explode'"),
        (["serve", "--user", "anna"], 2, "'anna': expected NAME:PASSWORD"),
        (["mutate", "--url", "ftp://x"], 2, "expected http://HOST:PORT"),
        (["mutate", "--url", "http://127.0.0.1:1"], 1, "refused"),
    ],
)
def test_mistakes_are_told(arguments: list[str], code: int, message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == code
    assert message in capsys.readouterr().err


def test_a_wrong_token_is_told(address: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["mutate", "--url", address, "--control-token", "wrong"]) == 1
    assert "403" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "counts"),
    [
        ("", (500, 2000, 800, 2400)),
        ("customers=10", (10, 2000, 800, 2400)),
        (" customers=1, orders=2,products=3,prices=100000 ", (1, 2, 3, 100_000)),
    ],
)
def test_rows(text: str, counts: tuple[int, ...]) -> None:
    assert tuple(parse_rows(text, 1).rows(name) for name in ListName) == counts


def test_users(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DEMO_ERP_USERS", raising=False)
    assert parse_users([]) == DEFAULT_USERS
    monkeypatch.setenv("DEMO_ERP_USERS", "anna:a:b,ugo:u")
    assert parse_users([]) == {"anna": "a:b", "ugo": "u"}
    assert parse_users(["mara:m"]) == {"mara": "m"}
