"""Every page: accessible, in both languages, light and dark, on a phone; live, honest about loss, and small."""

import gzip
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from sincro_dashboard.cluster.door import Denied
from tests.browser.dashboard.building import SOURCES
from tests.browser.dashboard.conftest import SECONDS
from tests.browser.dashboard.serving import Served, serve
from tests.unit.dashboard.objects import failed, task

expect.set_options(timeout=SECONDS)

PAGES = {
    "overview": ("", "Overview", "Panoramica"),
    "queue": ("queue", "Queue", "Coda"),
    "schedules": ("schedules", "Schedules", "Pianificazioni"),
    "history": ("history", "History", "Storico"),
    "dead letters": ("dead-letters", "Dead letters", "Non riuscite"),
    "sources": ("sources", "Sources", "Sorgenti"),
    "failed task": ("tasks/erp/acme-products-full-880", "Products of acme", "Prodotti di acme"),
    "running task": ("tasks/erp/acme-prices-full-29381", "Prices of acme", "Prezzi di acme"),
    "good task": ("tasks/erp/acme-customers-2000", "Customers of acme", "Clienti di acme"),
}
AXE = SOURCES / "node_modules" / "axe-core" / "axe.min.js"


@pytest.fixture(scope="module")
def company() -> Iterator[Served]:
    """The simulated company for tests that only look."""
    with serve(anonymous_user="alice") as running:
        yield running


def violations(page: Page) -> list[str]:
    """What axe finds wrong with the page as it is."""
    page.evaluate(AXE.read_text())
    found = json.loads(page.evaluate("async () => JSON.stringify((await axe.run()).violations)"))
    return [f"{each['id']}: {each['help']}: {node['html'][:200]}" for each in found for node in each["nodes"]]


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize(
    ("language", "scheme", "width"), [("en", "light", 1360), ("it", "dark", 1360), ("it", "light", 390)]
)
def test_every_page_is_accessible_and_fits(
    browser: Browser, company: Served, name: str, language: str, scheme: str, width: int
) -> None:
    path, english, italian = PAGES[name]
    context = browser.new_context(
        locale="it-IT" if language == "it" else "en-GB",
        color_scheme=scheme,  # type: ignore[arg-type]
        viewport={"width": width, "height": 844},
        timezone_id="Europe/Rome",
        reduced_motion="reduce",
    )
    page = context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
    page.goto(f"{company.url}/{path}")
    expect(page.get_by_role("heading", level=1)).to_have_text(italian if language == "it" else english)
    expect(page.locator(".skeleton")).to_have_count(0)
    assert violations(page) == []
    assert page.locator("html").get_attribute("lang") == language
    overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert overflow == 0, "the page is wider than the window"
    assert wrong == []
    context.close()


def test_dialogs_are_accessible_and_keep_the_focus(page: Page, company: Served) -> None:
    page.goto(company.url)
    opener = page.get_by_role("button", name="Sync now", exact=True).first
    expect(opener).to_be_enabled()
    opener.focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    assert violations(page) == []
    for _ in range(12):
        page.keyboard.press("Tab")
        # From the last field the focus goes to the browser's own controls, for which the body stands.
        assert page.evaluate("document.activeElement === document.body || !!document.activeElement.closest('dialog')")
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(opener).to_be_focused()


def test_the_first_key_leads_past_the_navigation(page: Page, company: Served) -> None:
    page.goto(f"{company.url}/queue")
    expect(page.get_by_role("heading", level=1)).to_have_text("Queue")
    expect(page.get_by_role("main").get_by_role("link").first).to_be_visible()
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to content")
    expect(skip).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("!!document.activeElement.closest('main')")


def test_language_and_appearance_are_chosen_and_kept(page: Page, company: Served) -> None:
    page.goto(company.url)
    page.get_by_label("Language").select_option("it")
    expect(page.get_by_role("heading", level=1)).to_have_text("Panoramica")
    page.get_by_label("Aspetto").select_option("dark")
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_have_text("Panoramica")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(13, 16, 21)"


def test_filters_live_in_the_address(page: Page, company: Served) -> None:
    page.goto(f"{company.url}/history?state=DeadLettered")
    expect(page.get_by_label("State")).to_have_value("DeadLettered")
    rows = page.locator("tbody tr")
    expect(rows.first).to_contain_text("Given up")
    expect(page.locator("tbody .badge.good")).to_have_count(0)
    page.get_by_label("Type").select_option("products")
    expect(rows).to_have_count(2)
    assert page.url.endswith("/history?state=DeadLettered&type=products")
    page.get_by_label("Asked for by").fill("nobody")
    page.get_by_label("Asked for by").press("Enter")
    expect(page.get_by_text("Nothing matches these filters")).to_be_visible()
    page.get_by_role("button", name="Clear filters").click()
    expect(rows).to_have_count(50)
    page.get_by_role("button", name="Show more").click()
    expect(rows).to_have_count(100)


def test_times_are_relative_and_exact_on_hover_in_the_zone_of_the_source(page: Page, company: Served) -> None:
    page.goto(f"{company.url}/sources")
    time = page.locator("tbody time").first
    expect(time).to_have_text(re.compile("ago"))
    expect(time).to_have_attribute("title", re.compile(r"\d{4}.*\d{2}:\d{2}:\d{2} \(Europe/Rome\)"))


def test_the_coming_week_is_drawn_for_those_who_see_and_said_to_those_who_do_not(page: Page, company: Served) -> None:
    page.goto(f"{company.url}/schedules")
    row = page.get_by_role("img", name=re.compile(r"Customers of acme: \d+ runs in the next seven days"))
    expect(row).to_be_visible()
    assert row.locator("rect.delta").count() > 50
    assert row.locator("rect.full").count() in (7, 8)
    expect(page.get_by_text("As the operator's planner sees it now")).to_be_visible()
    assert row.locator("rect.quiet").count() == 7


def test_what_an_erp_says_is_text_and_never_markup(page: Page, served: Served) -> None:
    evil = "<img src=x onerror='window.executed = true'><script>window.executed = true</script>"
    broken = failed("evil", namespace="erp")
    broken["status"]["lastError"] |= {"message": evil, "code": evil[:60], "fingerprint": "e1"}
    broken["status"]["attempts"] = [{"number": 1, "job": "j", "class": "SchemaDrift", "message": evil}]
    waiting = {"reason": evil[:60], "message": evil, "since": "2026-01-01T00:00:00Z"}
    served.do(lambda: (served.cluster.put(broken), served.cluster.put(task("odd", waitingFor=waiting))))
    for path in ("tasks/erp/evil", "dead-letters", "queue", "history", ""):
        page.goto(f"{served.url}/{path}")
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        expect(page.locator(".skeleton")).to_have_count(0)
        assert page.evaluate("window.executed") is None
    page.goto(f"{served.url}/tasks/erp/evil")
    expect(page.get_by_text("<img src=x onerror=").first).to_be_visible()


def test_a_lost_connection_is_said_and_made_good(page: Page) -> None:
    with serve(anonymous_user="alice") as first:
        port = int(first.url.rsplit(":", 1)[1])
        page.goto(f"{first.url}/queue")
        expect(page.get_by_text("Live", exact=True)).to_be_visible()
    expect(page.get_by_text("The connection was lost")).to_be_visible()
    expect(page.get_by_text("Connection lost, trying again")).to_be_visible()
    with serve(anonymous_user="alice", port=port) as second:
        second.do(lambda: second.cluster.put(task("while-away", "Running", type_="products", attempt=1)))
        expect(page.get_by_text("Live", exact=True)).to_be_visible()
        expect(page.get_by_text("The connection was lost")).to_have_count(0)
        expect(page.get_by_role("region", name="Running").get_by_text("Products of acme")).to_be_visible()


def test_nothing_there_yet_is_explained(page: Page) -> None:
    with serve(anonymous_user="alice", objects=False) as running:
        for path, words in (
            ("", "No source yet"),
            ("queue", "The queue is empty"),
            ("schedules", "No schedule yet"),
            ("history", "Nothing is over yet"),
            ("dead-letters", "No dead letters"),
            ("sources", "No source yet"),
        ):
            page.goto(f"{running.url}/{path}")
            expect(page.get_by_role("heading", name=words)).to_be_visible()
            assert violations(page) == [], path


def test_what_cannot_be_shown_is_explained(page: Page) -> None:
    with serve(anonymous_user="nobody") as running:
        page.goto(f"{running.url}/queue")
        expect(page.get_by_role("alert")).to_contain_text("may not list synctasks")
        assert violations(page) == []
        page.goto(f"{running.url}/no-such-page")
        expect(page.get_by_role("heading", name="There is no such page")).to_be_visible()
    with serve(anonymous_user="alice") as running:
        page.goto(f"{running.url}/tasks/erp/never-there")
        expect(page.get_by_role("alert")).to_contain_text('There is no SyncTask "never-there"')


def test_a_dashboard_that_may_not_list_says_so(page: Page) -> None:
    denied = Denied('synctasks is forbidden: User "dashboard" cannot list', status=403)
    with serve(anonymous_user="alice", list_failure=denied) as running:
        page.goto(f"{running.url}/queue")
        expect(page.get_by_role("alert").filter(has_text="cannot list")).to_be_visible()


def test_the_first_page_is_small(page: Page, company: Served) -> None:
    scripts: list[int] = []

    def weigh(response: object) -> None:
        if response.url.endswith(".js"):  # type: ignore[attr-defined]
            scripts.append(len(gzip.compress(response.body())))  # type: ignore[attr-defined]

    page.on("response", weigh)
    page.goto(company.url)
    expect(page.locator("sincro-day-chart canvas")).to_be_visible()
    page.wait_for_load_state("networkidle")
    assert 10_000 < sum(scripts) < 100_000, "the budget is 200 kB; more than half of it needs a reason"


def test_the_widget_is_one_small_file() -> None:
    widget = SOURCES / "dist" / "widget.js"
    assert len(gzip.compress(widget.read_bytes())) < 25_000
    assert not re.search(r"""(?:from|import)\s*\(?["']\.""", widget.read_text())


def test_the_lock_names_no_host() -> None:
    lock = json.loads(Path(SOURCES / "package-lock.json").read_text())
    assert lock["packages"]
    assert [name for name, entry in lock["packages"].items() if "resolved" in entry] == []
    assert all("integrity" in entry for name, entry in lock["packages"].items() if name)
