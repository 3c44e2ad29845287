"""No link between the documents leads nowhere, and every page can be found from the index."""

from pathlib import Path

import pytest

from tests.unit.docs.page import ROOT, Page, pages

PAGES = pages("*.md", "docs/**/*.md", "helm/sincro/README.md", "dev/**/README.md")


def _missing(page: Page, link: str) -> str | None:
    target, _, anchor = link.partition("#")
    path = (page.path.parent / target).resolve() if target else page.path
    if not path.exists():
        return f"{link}: there is no {target}"
    if anchor and anchor not in Page(path).anchors:
        return f"{link}: {path.name} has no heading #{anchor}"
    return None


def _local(page: Page) -> list[str]:
    return [link for link in page.links if "://" not in link and not link.startswith("mailto:")]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_resolve(page: Page) -> None:
    assert [wrong for link in _local(page) if (wrong := _missing(page, link))] == []


def test_what_is_looked_at() -> None:
    assert sum(len(_local(page)) for page in PAGES) > 50


def test_every_page_is_in_the_index() -> None:
    index = Page(ROOT / "docs" / "index.md")
    linked = {(index.path.parent / link.partition("#")[0]).resolve() for link in _local(index)}
    assert {page.path for page in pages("docs/**/*.md")} - linked - {index.path} == set()


@pytest.mark.parametrize(
    ("link", "found"),
    [("b.md", None), ("b.md#a-b", None), ("#here", None), ("c.md", "c.md: there is no c.md"), ("b.md#x", "no heading")],
)
def test_what_is_said_of_a_dead_link(tmp_path: Path, link: str, found: str | None) -> None:
    (tmp_path / "a.md").write_text("# Here\n")
    (tmp_path / "b.md").write_text("# A `b`\n")
    said = _missing(Page(tmp_path / "a.md"), link)
    assert said == found if found is None else said is not None and found in said
