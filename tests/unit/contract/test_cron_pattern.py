"""Which texts are cron expressions."""

import re

import pytest

from sincro_contract.cron import CRON_PATTERN


@pytest.mark.parametrize(
    "text",
    [
        "* * * * *",
        "0 0 1 1 0",
        "59 23 31 12 7",
        "*/5 * * * *",
        "0-30/10,45 8-18 1,15 1-6 1-5",
        "30 6 * * MON-FRI",
        "30 6 * jan,Jul sun",
        "5  4   1 *  *",
        "05 04 01 01 *",
    ],
)
def test_accepted(text: str) -> None:
    assert re.match(CRON_PATTERN, text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "* * * *",
        "* * * * * *",
        " * * * * *",
        "* * * * * ",
        "60 * * * *",
        "* 24 * * *",
        "* * 0 * *",
        "* * 32 * *",
        "* * * 0 *",
        "* * * 13 *",
        "* * * * 8",
        "-1 * * * *",
        "*/0 * * * *",
        "1, * * * *",
        "1-2-3 * * * *",
        "? * * * *",
        "* * L * *",
        "* * * * MON#2",
        "* * * * lun",
        "@daily",
        "0 0 1 gennaio *",
    ],
)
def test_refused(text: str) -> None:
    assert not re.match(CRON_PATTERN, text)
