"""The switches that make the ERP misbehave: their names, values and how often each still takes effect.

Not decided here: what a misbehaving page looks like (views.py for lists, pages.py for answers, sessions.py for logins).
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from demo_erp.fields import LISTS, Kind, ListName


class Switch(StrEnum):
    """The names of the switches, as on the command line and in the control interface."""

    SLOW = "slow"
    ERROR_500 = "error500"
    ERROR_503 = "error503"
    RETRY_AFTER = "retry_after"
    MAINTENANCE = "maintenance"
    LOGOUT_AFTER = "logout_after"
    ROWS_SHIFT = "rows_shift"
    COLUMN_RENAMED = "column_renamed"
    COLUMN_MISSING = "column_missing"
    EMPTY_LIST = "empty_list"
    WRONG_TOTAL = "wrong_total"
    DUPLICATE_KEY = "duplicate_key"
    TRUNCATED_PDF = "truncated_pdf"
    FOREIGN_NUMBER = "foreign_number"
    ENDLESS_PAGES = "endless_pages"
    HUGE_PAGE = "huge_page"
    LOCKOUT = "lockout"
    SESSION_LIMIT = "session_limit"
    SESSION_SECONDS = "session_seconds"


class SwitchError(ValueError):
    """The switch is unknown or its value is none that it takes; the text says what would be right."""


@dataclass
class Active:
    """A switch that is on. `times` is how often it will still take effect; None means until it is switched off."""

    value: str
    times: int | None = None
    hits: int = 0


@dataclass
class Misbehaviour:
    """What is switched on at the moment. Chances (`25%`) fall the same way each time for the same requests."""

    active: dict[Switch, Active] = field(default_factory=dict)
    _dice: random.Random = field(default_factory=lambda: random.Random(1))

    def switch_on(self, name: str, value: str | None = None, times: int | None = None) -> None:
        """Switches on, or anew with another value. SwitchError if name or value make no sense."""
        switch = _known(name)
        rule = _RULES[switch]
        text = rule.default if value is None or value == "" else value
        if times is not None and times < 1:
            raise SwitchError(f"{switch}: times must be at least 1")
        rule.check(switch, text)
        if switch in (Switch.ERROR_500, Switch.ERROR_503) and not text.endswith("%"):
            text, times = "100%", int(text)
        self.active[switch] = Active(text, times)

    def switch_off(self, name: str | None = None) -> None:
        """Switches one off, or all."""
        if name is None:
            self.active.clear()
        else:
            self.active.pop(_known(name), None)

    def value(self, switch: Switch) -> str | None:
        """The switch's value if it is on. Does not count as taking effect."""
        found = self.active.get(switch)
        return found.value if found else None

    def number(self, switch: Switch) -> float | None:
        text = self.value(switch)
        return None if text is None else float(text)

    def fires(self, switch: Switch, list_name: ListName | None = None) -> str | None:
        """The value if the switch is on (for that list): it takes effect now, and that is counted."""
        found = self.active.get(switch)
        if found is None or not _concerns(found.value, list_name):
            return None
        by_chance = found.value.endswith("%")
        if by_chance and self._dice.random() * 100 >= float(found.value[:-1]):
            return None
        found.hits += 1
        if found.times is not None:
            found.times -= 1
            if found.times == 0:
                del self.active[switch]
        return found.value


def parse_argument(text: str) -> tuple[str, str | None, int | None]:
    """(name, value, times) of `NAME[=VALUE][:TIMES]`."""
    head, colon, times = text.rpartition(":")
    if colon and times.isdecimal():
        text = head
    name, equals, value = text.partition("=")
    return name, value if equals else None, int(times) if colon and times.isdecimal() else None


def without_list(value: str) -> str:
    """The value without the list that it is limited to: `customers/+3` and `+3` are both `+3`."""
    head, slash, rest = value.partition("/")
    if head in list(ListName):
        return rest if slash else ""
    return value


def column_of(value: str, list_name: ListName) -> tuple[str, str]:
    """(canonical name, rest) of a column value `LIST/FIELD[/REST]`; the list's usual victim where no field is given."""
    name, _, rest = without_list(value).partition("/")
    return (name or _VICTIMS[list_name]), rest


_VICTIMS = {
    ListName.CUSTOMERS: "city",
    ListName.ORDERS: "total",
    ListName.PRODUCTS: "stock",
    ListName.PRICES: "unit_price",
}
"""The columns that suffer where a switch names none."""


def _concerns(value: str, list_name: ListName | None) -> bool:
    head = value.partition("/")[0]
    return head not in list(ListName) or head == list_name


def _known(name: str) -> Switch:
    try:
        return Switch(name)
    except ValueError:
        raise SwitchError(f"unknown switch {name!r}; there are: {', '.join(Switch)}") from None


@dataclass(frozen=True)
class _Rule:
    default: str
    check: Callable[[Switch, str], None]


def _whole(switch: Switch, text: str) -> None:
    if not text.isdecimal():
        raise SwitchError(f"{switch}: expected a whole number, got {text!r}")


def _rate_or_count(switch: Switch, text: str) -> None:
    if not text.removesuffix("%").isdecimal() or text == "0":
        raise SwitchError(f"{switch}: expected the number of requests (3) or a rate (25%), got {text!r}")


def _decimal(switch: Switch, text: str) -> None:
    try:
        float(text)
    except ValueError:
        raise SwitchError(f"{switch}: expected a number, got {text!r}") from None


def _one_of(*words: str) -> Callable[[Switch, str], None]:
    def check(switch: Switch, text: str) -> None:
        if without_list(text) not in words:
            raise SwitchError(
                f"{switch}: expected [LIST/]{'|'.join(word or '(nothing)' for word in words)}, got {text!r}"
            )

    return check


def _signed(switch: Switch, text: str) -> None:
    bare = without_list(text)
    if not bare.lstrip("+-").isdecimal():
        raise SwitchError(f"{switch}: expected [LIST/]+N or -N, got {text!r}")


def _column(switch: Switch, text: str) -> None:
    head, _, rest = text.partition("/")
    if text and head not in list(ListName):
        raise SwitchError(f"{switch}: expected LIST or LIST/FIELD, got {text!r}")
    if not rest:
        return
    spec, name = LISTS[ListName(head)], rest.partition("/")[0]
    names = [f.name for f in spec.fields if switch is not Switch.FOREIGN_NUMBER or f.kind is Kind.DECIMAL]
    if name not in names:
        raise SwitchError(f"{switch}: {head} has no such column {name!r}; there are: {', '.join(names)}")


_RULES: Mapping[Switch, _Rule] = {
    Switch.SLOW: _Rule("2000", _whole),
    Switch.ERROR_500: _Rule("100%", _rate_or_count),
    Switch.ERROR_503: _Rule("100%", _rate_or_count),
    Switch.RETRY_AFTER: _Rule("5", _whole),
    Switch.MAINTENANCE: _Rule("on", _one_of("on")),
    Switch.LOGOUT_AFTER: _Rule("3", _whole),
    Switch.ROWS_SHIFT: _Rule("insert", _one_of("insert", "delete")),
    Switch.COLUMN_RENAMED: _Rule("", _column),
    Switch.COLUMN_MISSING: _Rule("", _column),
    Switch.EMPTY_LIST: _Rule("zero", _one_of("zero", "none")),
    Switch.WRONG_TOTAL: _Rule("+1", _signed),
    Switch.DUPLICATE_KEY: _Rule("", _one_of("")),
    Switch.TRUNCATED_PDF: _Rule("60", _whole),
    Switch.FOREIGN_NUMBER: _Rule("", _column),
    Switch.ENDLESS_PAGES: _Rule("", _one_of("")),
    Switch.HUGE_PAGE: _Rule("20", _whole),
    Switch.LOCKOUT: _Rule("3", _whole),
    Switch.SESSION_LIMIT: _Rule("1", _whole),
    Switch.SESSION_SECONDS: _Rule("1", _decimal),
}
