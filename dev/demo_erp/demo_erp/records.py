"""The invented rows: each is a pure function of seed and ordinal, so nothing is made before it is asked for.

Ordinals stand for keys, in the same order: 0..n-1 are the first rows, negative ones come before them (rows that slip
in at the front of a list), higher ones after (rows that are created later).
"""

from __future__ import annotations

import random
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from demo_erp import words
from demo_erp.fields import CHANGED_AT, ListName, Record

DEFAULT_ROWS = {ListName.CUSTOMERS: 500, ListName.ORDERS: 2000, ListName.PRODUCTS: 800, ListName.PRICES: 2400}
FIRST_CODE = 10001
"""Room for rows before the first."""
FIRST_YEAR = 2022
YEARS = 4
PRICE_LISTS = 3
"""Fewest price lists; there are more when the products would not suffice for the rows of prices."""

_FIRST_CHANGE = date(2022, 1, 3)
_CHANGE_DAYS = 1270  # up to the end of June 2025, so that every edit made by a running server is later
_SALT = {name: position + 1 for position, name in enumerate(ListName)}


@dataclass(frozen=True)
class World:
    """What the data depend on: the seed and how many rows each list has at the start."""

    seed: int = 7
    customers: int = DEFAULT_ROWS[ListName.CUSTOMERS]
    orders: int = DEFAULT_ROWS[ListName.ORDERS]
    products: int = DEFAULT_ROWS[ListName.PRODUCTS]
    prices: int = DEFAULT_ROWS[ListName.PRICES]

    def rows(self, name: ListName) -> int:
        return int(getattr(self, name.value))

    @property
    def orders_per_year(self) -> int:
        return max(1, -(-self.orders // YEARS))

    @property
    def price_lists(self) -> int:
        return max(PRICE_LISTS, -(-self.prices // max(1, self.products)))


def make(world: World, name: ListName, ordinal: int) -> Record:
    """The record at that place in the order of keys, all fields, details included."""
    return _MAKERS[name](world, ordinal)


def changed_at(world: World, name: ListName, ordinal: int) -> datetime:
    """The record's last change (local time), without making the record: filters ask for all of them."""
    return _changed(_random(world, name, ordinal))


def _random(world: World, name: ListName, ordinal: int) -> random.Random:
    return random.Random(((world.seed * 8 + _SALT[name]) << 24) + ordinal + (1 << 20))


def _changed(rng: random.Random) -> datetime:
    # office hours only, so that no instant falls into the hour that a change of clocks repeats
    span = int(rng.random() * _CHANGE_DAYS * 43_200)
    day, second = divmod(span, 43_200)
    return datetime.combine(_FIRST_CHANGE, datetime.min.time()) + timedelta(days=day, hours=7, seconds=second)


def _money(rng: random.Random, low: int, high: int, scale: int = 2) -> Decimal:
    return Decimal(rng.randrange(low, high)).scaleb(-scale)


def _day(rng: random.Random, first: date, days: int) -> date:
    return first + timedelta(days=rng.randrange(days))


def _slug(text: str, length: int) -> str:
    plain = unicodedata.normalize("NFKD", text.lower()).encode("ascii", "ignore").decode()
    return "".join(c for c in plain if c.isalnum())[:length] or "info"


def _address(rng: random.Random, company: str) -> tuple[str, str, str | None]:
    town, province, zip_start = rng.choice(words.TOWNS)
    lines = [f"{rng.choice(words.STREETS)}, {rng.randrange(1, 300)}{rng.choice(('', '', '/A', ' bis'))}"]
    if rng.random() < 0.35:
        lines.insert(0, rng.choice(words.ADDRESS_EXTRAS))
    if rng.random() < 0.08:
        lines.insert(0, company[:30].rsplit(" ", 1)[0])
    lines.append(f"{zip_start}{rng.randrange(100):02d} {town}{f' ({province})' if province else ' - Svizzera'}")
    return "\n".join(lines), town, province


def _paragraphs(rng: random.Random, sentences: tuple[str, ...], most: int) -> str | None:
    count = rng.randrange(-1, most)
    return "\n".join(rng.choice(sentences) for _ in range(count)) if count > 0 else None


def _customer_code(ordinal: int) -> str:
    return f"{FIRST_CODE + ordinal:06d}"


def _company(rng: random.Random, ordinal: int) -> str:
    if 0 <= ordinal < len(words.CURIOUS_NAMES):
        return words.CURIOUS_NAMES[ordinal]
    kind = rng.random()
    if kind < 0.03:
        return rng.choice(words.CURIOUS_NAMES)
    if kind < 0.25:
        return f"{rng.choice(words.SURNAMES)} {rng.choice(words.FIRST_NAMES)}"
    return f"{rng.choice(words.TRADES)} {rng.choice(words.SURNAMES)} {rng.choice(words.COMPANY_FORMS)}".rstrip()


def _customer_name(world: World, ordinal: int) -> str:
    rng = _random(world, ListName.CUSTOMERS, ordinal)
    _changed(rng)
    return _company(rng, ordinal)


def _customer(world: World, ordinal: int) -> Record:
    rng = _random(world, ListName.CUSTOMERS, ordinal)
    changed = _changed(rng)
    name = _company(rng, ordinal)
    address, city, province = _address(rng, name)
    since = _day(rng, date(1987, 1, 1), 13_000)
    limit = rng.random()
    owed = rng.random()
    return {
        "code": _customer_code(ordinal),
        "name": name,
        "vat_number": f"{rng.randrange(10**11):011d}" if rng.random() < 0.93 else None,
        "address": address if rng.random() < 0.97 else None,
        "city": city,
        "province": province,
        "phone": f"+39 0{rng.randrange(10, 99)} {rng.randrange(10**5, 10**7)}" if rng.random() < 0.85 else None,
        "email": f"{rng.choice(('info', 'ufficio.acquisti', 'amm'))}@{_slug(name, 14)}.example"
        if rng.random() < 0.8
        else None,
        "status": rng.choice(words.CUSTOMER_STATES),
        "customer_since": since if rng.random() < 0.9 else None,
        "credit_limit": None if limit < 0.15 else Decimal("0.00") if limit < 0.25 else _money(rng, 10**4, 10**8),
        "balance": Decimal("0.00") if owed < 0.2 else _money(rng, -(10**6), 10**6 if owed < 0.9 else 10**9),
        "e_invoice": rng.random() < 0.7,
        CHANGED_AT: changed,
        "payment_terms": rng.choice(words.PAYMENT_TERMS),
        "discount_percent": _money(rng, 0, 2000) if rng.random() < 0.5 else None,
        "notes": _paragraphs(rng, words.NOTES, 6),
    }


def _order(world: World, ordinal: int) -> Record:
    rng = _random(world, ListName.ORDERS, ordinal)
    changed = _changed(rng)
    year, number = _order_key(world, ordinal)
    ordered = _day(rng, date(year, 1, 1), 365)
    customer = rng.randrange(max(1, world.customers))
    kind = rng.random()
    # credit notes are negative, samples cost nothing
    net = Decimal("0.00") if kind < 0.04 else _money(rng, -(10**6), 0) if kind < 0.1 else _money(rng, 500, 10**7)
    vat = (net * Decimal(rng.choice(words.VAT_RATES)) / 100).quantize(Decimal("0.01"))
    reference = rng.choice(words.REFERENCES).format(n=rng.randrange(1, 9999))
    return {
        "number": f"{number:06d}",
        "year": year,
        "order_date": ordered,
        "customer_code": _customer_code(customer),
        "customer_name": _customer_name(world, customer),
        "reference": reference if rng.random() < 0.6 else None,
        "status": rng.choice(words.ORDER_STATES),
        "delivery_date": ordered + timedelta(days=rng.randrange(1, 60)) if rng.random() < 0.75 else None,
        "line_count": rng.randrange(1, 40) if rng.random() < 0.97 else rng.randrange(1000, 2500),
        "net": net,
        "vat": vat,
        "total": net + vat,
        "paid": rng.random() < 0.55,
        CHANGED_AT: changed,
        "ship_to": _address(rng, "Deposito esterno")[0] if rng.random() < 0.4 else None,
        "carrier": rng.choice(words.CARRIERS) if rng.random() < 0.8 else None,
        "notes": _paragraphs(rng, words.NOTES, 4),
    }


def _order_key(world: World, ordinal: int) -> tuple[int, int]:
    """(year, number): numbering restarts each year; what is created later goes on in the year after the last."""
    per_year = world.orders_per_year
    if ordinal >= per_year * YEARS:
        return FIRST_YEAR + YEARS, ordinal - per_year * YEARS + 1
    return FIRST_YEAR + ordinal // per_year, ordinal % per_year + 1


def _product_code(world: World, ordinal: int) -> str:
    letters = random.Random((world.seed << 24) + ordinal + (1 << 20)).choices("ABCDEFGHJKLMNPRSTUVXZ", k=2)
    return f"{FIRST_CODE + ordinal:07d}-{''.join(letters)}"


def _goods(rng: random.Random, ordinal: int) -> str:
    if 0 <= ordinal < len(words.CURIOUS_GOODS):
        return words.CURIOUS_GOODS[ordinal]
    parts = [rng.choice(words.GOODS), rng.choice(words.QUALITIES)]
    if rng.random() < 0.2:
        parts += [rng.choice(words.QUALITIES), rng.choice(words.PROSE)]
    return " - ".join(parts)


def _product_description(world: World, ordinal: int) -> str:
    rng = _random(world, ListName.PRODUCTS, ordinal)
    _changed(rng)
    return _goods(rng, ordinal)


def _product(world: World, ordinal: int) -> Record:
    rng = _random(world, ListName.PRODUCTS, ordinal)
    changed = _changed(rng)
    active = rng.random() < 0.85
    stock = rng.random()
    return {
        "code": _product_code(world, ordinal),
        "description": _goods(rng, ordinal),
        "barcode": f"{rng.randrange(10**12):013d}" if rng.random() < 0.8 else None,
        "category": rng.choice(words.CATEGORIES),
        "unit": rng.choice(words.UNITS),
        "supplier": _customer_name(world, 10_000_000 + rng.randrange(40)) if rng.random() < 0.85 else None,
        "stock": 0 if stock < 0.15 else rng.randrange(-50, 0) if stock < 0.2 else rng.randrange(1, 25_000),
        "weight_kg": _money(rng, 1, 4_000_000, scale=3) if rng.random() < 0.7 else None,
        "vat_rate": Decimal(rng.choice(words.VAT_RATES)),
        "active": active,
        "discontinued_on": None if active else _day(rng, date(2019, 1, 1), 2900),
        CHANGED_AT: changed,
        "location": f"Corsia {rng.choice('ABCDEF')} - Scaffale {rng.randrange(1, 60):02d}"
        if rng.random() < 0.9
        else None,
        "long_description": _paragraphs(rng, words.PROSE, 8),
    }


def _price(world: World, ordinal: int) -> Record:
    rng = _random(world, ListName.PRICES, ordinal)
    changed = _changed(rng)
    product, price_list = divmod(ordinal, world.price_lists)
    start = _day(rng, date(2023, 1, 1), 900)
    kind = rng.random()
    return {
        "product_code": _product_code(world, product),
        "price_list": f"L{price_list + 1:0{max(2, len(str(world.price_lists)))}d}",
        "description": _product_description(world, product),
        "unit_price": Decimal("0.0000")
        if kind < 0.05
        else _money(rng, -50_000, -1, scale=4)
        if kind < 0.07
        else _money(rng, 100, 30_000_000, scale=4),
        "currency": "EUR" if rng.random() < 0.95 else "CHF",
        "discount_percent": _money(rng, 0, 6000) if rng.random() < 0.45 else None,
        "min_quantity": rng.choice((1, 1, 1, 6, 12, 100, 1000, 2500)),
        "valid_from": start,
        "valid_to": start + timedelta(days=rng.randrange(30, 900)) if rng.random() < 0.5 else None,
        "promotional": rng.random() < 0.12,
        CHANGED_AT: changed,
    }


_MAKERS = {
    ListName.CUSTOMERS: _customer,
    ListName.ORDERS: _order,
    ListName.PRODUCTS: _product,
    ListName.PRICES: _price,
}
