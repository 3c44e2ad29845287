"""The demo's verdict on rows: what counts as equal, and what is said of the rest."""

import pytest

from dev.demo.compare import differences

ROW = {"code": "000123", "balance": "-0.00", "name": "L'Età"}


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (ROW, []),
        (ROW | {"balance": "0"}, ["('000123',).balance: '0' instead of '-0.00'"]),
        (ROW | {"balance": "0.0"}, []),
        (ROW | {"balance": "0.01"}, ["('000123',).balance: '0.01' instead of '-0.00'"]),
        (ROW | {"code": "123"}, ["missing: ('000123',)", "too much: ('123',)"]),
        (ROW | {"name": "L'Eta"}, ["('000123',).name: \"L'Eta\" instead of \"L'Età\""]),
        ({"code": "000123", "balance": "0.00"}, ["('000123',): no column name"]),
        (ROW | {"_synced_at": "2026"}, []),
    ],
)
def test_differences(found: dict[str, str], said: list[str]) -> None:
    assert differences([ROW], [found], ["code"]) == said


def test_a_row_too_many_is_said() -> None:
    assert differences([ROW], [ROW, ROW | {"code": "9"}], ["code"]) == ["too much: ('9',)"]
