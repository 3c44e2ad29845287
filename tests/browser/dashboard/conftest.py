"""Fixtures: the built pages, one Chromium for the session, and the dashboard over the simulated company."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.dashboard.building import build_pages
from tests.browser.dashboard.serving import Served, serve

CHROMIUM = os.environ.get("SINCRO_CHROMIUM_FULL") or shutil.which("chromium") or ""
SECONDS = 60_000
"""Milliseconds that a page gets to show something. What is there is seen at once: only a failure takes that long."""


@pytest.fixture(scope="session", autouse=True)
def built_pages() -> None:
    """What is tested is what is built."""
    build_pages()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium, closed with the module: its event loop runs in this thread, where other tests need theirs."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM or None, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def evidence(tmp_path: Path) -> Path:
    """Evidence of one failure."""
    folder = tmp_path / "erp_acme-products-full-880_1"
    folder.mkdir()
    # A picture of one red point.
    (folder / "screenshot.png").write_bytes(
        bytes.fromhex(
            "89504e470d0a1a0a0000000d49484452000000010000000108020000009077"
            "53de0000000c4944415408d763f8cfc000000301010018dd8db00000000049454e44ae426082"
        )
    )
    (folder / "page.html").write_text("<script>top.executed = true</script>")
    (folder / "trace.zip").write_bytes(b"PK")
    return tmp_path


@pytest.fixture
def served(evidence: Path) -> Iterator[Served]:
    """The simulated company; whoever comes is alice, who may do everything."""
    with serve(anonymous_user="alice", evidence=evidence) as running:
        yield running


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A window in English and light. What goes wrong in it fails the test."""
    context = browser.new_context(locale="en-GB", timezone_id="Europe/Rome", color_scheme="light")
    context.set_default_timeout(SECONDS)
    page = context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
    page.wrong = wrong  # type: ignore[attr-defined]
    yield page
    context.close()
    assert [
        text for text in wrong if "Failed to load resource" not in text and "WebSocket connection" not in text
    ] == []


@pytest.fixture
def new_page(browser: Browser) -> Iterator[Callable[[str], Page]]:
    """Opens further windows, in the language that is said."""
    contexts = []

    def open_window(language: str) -> Page:
        context = browser.new_context(locale=language, timezone_id="Europe/Rome", color_scheme="light")
        context.set_default_timeout(SECONDS)
        contexts.append(context)
        return context.new_page()

    yield open_window
    for context in contexts:
        context.close()
