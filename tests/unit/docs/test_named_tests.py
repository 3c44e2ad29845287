"""Every test that a document names is there, with that name; what a page claims to be shown can be looked at."""

import re

import pytest

from tests.unit.docs.page import ROOT, Page, pages

PAGES = [page for page in pages("README.md", "CONTRIBUTING.md", "docs/**/*.md") if "::" in page.text]
_NAMED = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_tests_are_there(page: Page) -> None:
    for path, name in _NAMED.findall(page.text):
        source = (ROOT / path).read_text(encoding="utf-8")
        assert re.search(rf"^ *(async )?def {name}\(", source, re.MULTILINE), f"{path} has no {name}"


def test_every_statement_about_a_threat_names_its_test() -> None:
    rows = [
        line
        for line in Page(ROOT / "docs" / "explanation" / "threats.md").text.splitlines()
        if line.startswith("| ") and not line.startswith(("| it |", "| they |", "| ---"))
    ]
    assert len(rows) > 20
    assert [row for row in rows if not _NAMED.search(row.rpartition(" | ")[2])] == []
