"""The page of figures names every key of the orchestrator that a benchmark prints, and no other."""

import re

from tests.unit.docs.page import ROOT, Page

PAGE = Page(ROOT / "docs" / "figures.md")
KEY = r"(?:operator|ha|plan|scale|demo|plugin)\.[a-z0-9_]+"


def printed() -> set[str]:
    """The keys that stand in the benchmarks as strings."""
    from_benchmarks = {
        key
        for path in (ROOT / "dev" / "bench").glob("*.py")
        for key in re.findall(f'"({KEY})"', path.read_text(encoding="utf-8"))
    }
    return from_benchmarks | {f"demo.{start}_s" for start in ("cold", "warm", "install_to_first_sync")}


def test_every_key_is_explained_and_every_explained_key_is_printed() -> None:
    assert len(printed()) > 20
    assert set(re.findall(f"`({KEY})`", PAGE.text)) == printed()
