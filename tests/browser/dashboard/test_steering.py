"""What people do on the pages: ask for a sync and follow it, pause and resume, cancel, retry, replay, sign in."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from sincro_dashboard.cluster.door import Kind
from tests.browser.dashboard.conftest import SECONDS
from tests.browser.dashboard.serving import Served, serve
from tests.unit.dashboard.fake_cluster import ALICE

expect.set_options(timeout=SECONDS)


def test_a_sync_is_asked_for_seen_running_and_ends_with_its_counts(page: Page, served: Served) -> None:
    served.operator.holds_at = 3
    page.goto(served.url)
    page.get_by_role("button", name="Sync now: Orders, acme").click()
    toast = page.locator(".toast")
    expect(toast).to_contain_text("Orders of acme: in the queue.")
    toast.get_by_role("link", name="Follow it").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Orders of acme")
    bar = page.get_by_role("progressbar")
    expect(bar).to_have_attribute("aria-valuenow", "25")
    served.operator.holds_at = 6
    expect(bar).to_have_attribute("aria-valuenow", "50")
    served.operator.holds_at = None
    expect(page.locator("main .badge").first).to_have_text("Succeeded")
    expect(page.get_by_label("Result")).to_contain_text(re.compile(r"12\s*Created"))
    expect(page.get_by_label("Result")).to_contain_text(re.compile(r"1,154\s*Unchanged"))
    page.get_by_role("link", name="History").click()
    row = page.locator("tbody tr").first
    expect(row).to_contain_text("Orders of acme")
    expect(row).to_contain_text("alice")
    expect(row).to_contain_text("+12")


def test_the_whole_dialog_asks_for_source_type_and_mode(page: Page, served: Served) -> None:
    page.goto(served.url)
    page.get_by_role("button", name="Sync now", exact=True).first.click()
    dialog = page.get_by_role("dialog", name="Ask for a sync")
    dialog.get_by_label("Source").select_option(label="rossi-spa")
    dialog.get_by_label("Type").select_option("prices")
    dialog.get_by_label("Force").check()
    dialog.get_by_role("button", name="Sync").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Prices of rossi-spa")
    namespace, made = served.cluster.created[-1]
    assert namespace == "erp"
    assert made["spec"] == {
        "sourceRef": {"name": "rossi-spa"},
        "type": "prices",
        "mode": "Force",
        "priority": 100,
        "triggeredBy": "Manual",
        "requestedBy": "alice",
    }


def test_the_same_sync_running_is_said_and_another_one_can_follow(page: Page, served: Served) -> None:
    page.goto(served.url)
    page.get_by_role("button", name="Sync now: Customers, acme").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("acme-customers-delta-29384 is running")
    dialog.get_by_role("button", name="Queue another one after it").click()
    expect(page.locator(".toast.good")).to_contain_text("Customers of acme: in the queue.")
    assert len(served.cluster.created) == 1


def test_a_source_is_paused_with_a_reason_and_resumed(page: Page, served: Served) -> None:
    page.goto(f"{served.url}/sources")
    page.get_by_role("button", name="Pause: acme").click()
    dialog = page.get_by_role("dialog", name="Pause acme?")
    expect(dialog.get_by_label("Reason")).to_be_focused()
    dialog.get_by_label("Reason").fill("ERP maintenance")
    dialog.get_by_role("button", name="Pause").click()
    card = page.get_by_role("region", name=re.compile("acme"))
    expect(card).to_contain_text("Paused by alice")
    expect(card).to_contain_text("ERP maintenance")
    page.get_by_role("link", name="Overview").click()
    expect(page.locator(".hero")).to_contain_text("acme is paused by alice: ERP maintenance")
    page.get_by_role("link", name="Sources").click()
    page.get_by_role("button", name="Resume: acme").click()
    expect(page.get_by_role("button", name="Pause: acme")).to_be_visible()


def test_a_schedule_is_suspended_and_resumed(page: Page, served: Served) -> None:
    page.goto(f"{served.url}/schedules")
    page.get_by_role("button", name="Suspend: acme-orders").click()
    page.get_by_role("dialog").get_by_role("button", name="Suspend").click()
    page.get_by_role("button", name="Resume: acme-orders").click()
    expect(page.get_by_role("button", name="Suspend: acme-orders")).to_be_visible()


def test_a_running_sync_is_cancelled_after_being_asked(page: Page, served: Served) -> None:
    page.goto(f"{served.url}/queue")
    cancel = page.get_by_role("button", name="Cancel: acme-customers-delta-29384")
    cancel.click()
    page.keyboard.press("Escape")
    expect(cancel).to_be_focused()
    cancel.click()
    page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    expect(cancel).to_have_count(0)
    stored = served.cluster.objects[(Kind.TASK, "erp", "acme-customers-delta-29384")]
    assert stored["spec"]["cancelledBy"] == "alice"


def test_a_dead_letter_shows_its_evidence_and_is_repeated(page: Page, served: Served) -> None:
    page.goto(f"{served.url}/tasks/erp/acme-products-full-880")
    evidence = page.get_by_role("region", name="Evidence")
    expect(evidence.get_by_role("link")).to_have_count(3)
    picture = evidence.locator("img")
    expect(picture).to_have_js_property("complete", True)
    assert picture.evaluate("image => image.naturalWidth") == 1
    page.get_by_role("button", name="Retry").click()
    page.get_by_role("dialog").get_by_role("button", name="Retry").click()
    expect(page.get_by_text("Asked for by alice").first).to_be_visible()
    expect(page.get_by_role("link", name="acme-products-full-880")).to_be_visible()


def test_a_group_is_replayed_and_held_back_deletions_are_confirmed_first(page: Page, served: Served) -> None:
    page.goto(f"{served.url}/dead-letters")
    group = page.get_by_role("region", name=re.compile("Deletions held back"))
    group.get_by_role("button", name="Replay").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Replay").click()
    expect(page.locator(".toast.bad")).to_contain_text("confirmDeletions")
    group.get_by_role("button", name="Replay").click()
    dialog.get_by_label("Let the deletions pass").check()
    dialog.get_by_role("button", name="Replay").click()
    expect(page.locator(".toast.good")).to_contain_text("1 sync is in the queue again.")
    expect(group).to_have_count(0)
    page.get_by_label("Show settled ones too").check()
    expect(group).to_contain_text("Settled")
    assert page.url.endswith("/dead-letters?settled=true")


@pytest.fixture
def strict() -> Iterator[Served]:
    """A dashboard that wants everybody to sign in."""
    with serve() as running:
        yield running


def test_signing_in_out_and_being_somebody_with_few_rights(page: Page, strict: Served) -> None:
    page.goto(f"{strict.url}/sources")
    token = page.get_by_label("Token")
    token.fill("forged")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("does not accept this token")
    token.fill("viewer-token")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sources")
    expect(page.get_by_role("button", name="Pause: acme")).to_be_disabled()
    expect(page.get_by_role("button", name="Pause: acme")).to_have_attribute(
        "title", "You do not have the right to do this."
    )
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sources")
    assert page.evaluate("document.cookie") == ""
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_label("Token")).to_be_visible()
    page.get_by_label("Token").fill(ALICE)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("button", name="Pause: acme")).to_be_enabled()


def test_another_browser_sees_it_happen_without_reloading(page: Page, browser: Browser, served: Served) -> None:
    page.goto(f"{served.url}/queue")
    expect(page.get_by_text("Live", exact=True)).to_be_visible()
    served.operator.holds_at = 1
    other = browser.new_page(locale="it-IT")
    other.goto(served.url)
    other.get_by_role("button", name="Sincronizza ora: Ordini, rossi-spa").click()
    expect(page.get_by_role("region", name="Running").get_by_text("Orders of rossi-spa")).to_be_visible()
    other.close()
