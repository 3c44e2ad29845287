"""What a server is started with. Read once; what may change while it runs is in misbehaviour.py."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field

from demo_erp.fields import ListName
from demo_erp.records import DEFAULT_ROWS, World

DEFAULT_PAGE_DELAY_MS = 45
"""What such a server takes for a page. The demo's speed depends on this one number."""

DEFAULT_PORT = 8090
DEFAULT_SEED = 7
DEFAULT_SESSION_SECONDS = 1200
DEFAULT_WRONG_PASSWORDS = 5
DEFAULT_USERS: Mapping[str, str] = {"servizio": "Segreta#2024", "mario.rossi": "D'Angelo&1"}
DEFAULT_CONTROL_TOKEN = "controllo"
PAGE_SIZES = (20, 50, 100, 200)
DEFAULT_PAGE_SIZE = 50


@dataclass(frozen=True)
class Settings:
    """`users` maps names to passwords; `session_seconds` is the time without a request after which a session ends."""

    world: World = field(default_factory=World)
    users: Mapping[str, str] = field(default_factory=lambda: dict(DEFAULT_USERS))
    page_delay_ms: int = DEFAULT_PAGE_DELAY_MS
    session_seconds: float = DEFAULT_SESSION_SECONDS
    wrong_passwords: int = DEFAULT_WRONG_PASSWORDS
    control_token: str = DEFAULT_CONTROL_TOKEN
    misbehave: tuple[str, ...] = ()


def parse_rows(text: str, seed: int) -> World:
    """A world of `customers=500,orders=2000`; other lists keep their default. ValueError with the reason."""
    rows = dict(DEFAULT_ROWS)
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        name, _, count = part.partition("=")
        if name not in list(ListName) or not count.isdecimal():
            raise ValueError(f"{part!r}: expected customers|orders|products|prices=NUMBER")
        rows[ListName(name)] = int(count)
    return World(
        seed=seed,
        customers=rows[ListName.CUSTOMERS],
        orders=rows[ListName.ORDERS],
        products=rows[ListName.PRODUCTS],
        prices=rows[ListName.PRICES],
    )


def parse_users(texts: list[str]) -> Mapping[str, str]:
    """Users of `name:password` texts; without any, of the variable DEMO_ERP_USERS, then the default ones."""
    given = texts or [part for part in os.environ.get("DEMO_ERP_USERS", "").split(",") if part]
    users = {}
    for text in given:
        name, colon, password = text.partition(":")
        if not (name and colon and password):
            raise ValueError(f"{name!r}: expected NAME:PASSWORD")
        users[name] = password
    return users or dict(DEFAULT_USERS)
