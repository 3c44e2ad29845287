"""The switches themselves: what they take, how often they take effect."""

from __future__ import annotations

import pytest

from demo_erp.fields import ListName
from demo_erp.misbehaviour import Misbehaviour, Switch, SwitchError, column_of, parse_argument


@pytest.mark.parametrize(
    ("argument", "parsed"),
    [
        ("maintenance", ("maintenance", None, None)),
        ("slow=500", ("slow", "500", None)),
        ("error500=25%:3", ("error500", "25%", 3)),
        ("maintenance:2", ("maintenance", None, 2)),
        ("column_renamed=customers/city/Località", ("column_renamed", "customers/city/Località", None)),
        ("column_renamed=customers/city/A:B", ("column_renamed", "customers/city/A:B", None)),
    ],
)
def test_arguments(argument: str, parsed: tuple[str, str | None, int | None]) -> None:
    assert parse_argument(argument) == parsed


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("explode", None, "there are: slow, error500"),
        ("slow", "fast", "slow: expected a whole number, got 'fast'"),
        ("error500", "often", "expected the number of requests"),
        ("error500", "0", "expected the number of requests"),
        ("rows_shift", "sideways", r"expected \[LIST/\]insert\|delete"),
        ("rows_shift", "suppliers/insert", r"expected \[LIST/\]insert\|delete"),
        ("empty_list", "customers/maybe", r"zero\|none"),
        ("wrong_total", "many", "expected"),
        ("column_missing", "suppliers/city", "expected LIST or LIST/FIELD"),
        ("column_missing", "customers/town", "customers has no such column 'town'; there are: code"),
        ("foreign_number", "customers/city", "there are: credit_limit, balance"),
        ("session_seconds", "soon", "expected a number"),
        ("maintenance", "off", "expected"),
    ],
)
def test_nonsense_is_refused_with_what_would_be_right(name: str, value: str | None, reason: str) -> None:
    with pytest.raises(SwitchError, match=reason):
        Misbehaviour().switch_on(name, value)


@pytest.mark.parametrize("switch", Switch)
def test_every_switch_has_a_default(switch: Switch) -> None:
    misbehaviour = Misbehaviour()
    misbehaviour.switch_on(switch)
    assert set(misbehaviour.active) == {switch}
    misbehaviour.switch_off(switch)
    assert misbehaviour.active == {}


def test_times_are_used_up() -> None:
    misbehaviour = Misbehaviour()
    misbehaviour.switch_on("maintenance", times=2)
    assert [misbehaviour.fires(Switch.MAINTENANCE) for _ in range(3)] == ["on", "on", None]
    with pytest.raises(SwitchError, match="at least 1"):
        misbehaviour.switch_on("maintenance", times=0)


def test_a_number_of_errors_is_used_up() -> None:
    misbehaviour = Misbehaviour()
    misbehaviour.switch_on("error500", "2")
    assert [misbehaviour.fires(Switch.ERROR_500) is None for _ in range(4)] == [False, False, True, True]


def test_a_rate_falls_the_same_way_each_time() -> None:
    def failures() -> list[bool]:
        misbehaviour = Misbehaviour()
        misbehaviour.switch_on("error500", "25%")
        return [misbehaviour.fires(Switch.ERROR_500) is not None for _ in range(400)]

    assert failures() == failures()
    assert 70 <= sum(failures()) <= 130


def test_a_switch_for_one_list_leaves_the_others_alone() -> None:
    misbehaviour = Misbehaviour()
    misbehaviour.switch_on("wrong_total", "orders/+3", times=1)
    assert misbehaviour.fires(Switch.WRONG_TOTAL, ListName.CUSTOMERS) is None
    assert misbehaviour.fires(Switch.WRONG_TOTAL, ListName.ORDERS) == "orders/+3"
    assert misbehaviour.fires(Switch.WRONG_TOTAL, ListName.ORDERS) is None


@pytest.mark.parametrize(
    ("value", "name", "column"),
    [
        ("", ListName.CUSTOMERS, ("city", "")),
        ("orders", ListName.ORDERS, ("total", "")),
        ("customers/email", ListName.CUSTOMERS, ("email", "")),
        ("customers/city/Comune", ListName.CUSTOMERS, ("city", "Comune")),
    ],
)
def test_columns(value: str, name: ListName, column: tuple[str, str]) -> None:
    assert column_of(value, name) == column
