"""The list of features names what is there: every row, the file that decides, a test that exists, and where it runs."""

import re

import pytest

from tests.unit.docs.page import ROOT, Page

ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in Page(ROOT / "docs" / "features.md").text.splitlines()
    if re.match(r"\| [SB]\d+ \|", line)
]
FOLDERS = {
    "cluster": ("tests/cluster/", "tests/e2e/"),
    "browser": ("tests/browser/",),
    "simulation": ("tests/simulation/",),
}


def test_every_row_once_and_in_order() -> None:
    assert [row[0] for row in ROWS] == [*(f"S{n}" for n in range(1, 28)), *(f"B{n}" for n in range(1, 13))]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_the_row_is_true(row: list[str]) -> None:
    _, _, decided, shown, far = row
    assert (ROOT / decided.strip("`")).is_file()
    where = re.match(r"(cluster|browser|simulation|not yet)( \(.+\))?$", far)
    assert where, f"cluster, browser, simulation or not yet, then what is missing: {far}"
    path, _, name = shown.strip("`").partition("::")
    source = (ROOT / path).read_text(encoding="utf-8")
    assert re.search(rf"^ *(async )?def {name}\(", source, re.MULTILINE), f"{path} has no {name}"
    assert where[1] == "not yet" or path.startswith(FOLDERS[where[1]])
