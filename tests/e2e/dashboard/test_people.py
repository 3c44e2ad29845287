"""What people do on the pages and in the widget, with the real chart, operator, ERP and scrapers behind them."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from dev.demo.kube import apply, get, kubectl
from tests.e2e.dashboard.conftest import SOURCE, Company, sign_in, wait_for

expect.set_options(timeout=180_000)
pytestmark = pytest.mark.timeout(900)
"""Real pods on a machine that may be busy with other things."""


def moved(bar: Locator) -> tuple[int, int]:
    """Two values of a bar, the second one after it has moved."""
    expect(bar).to_have_attribute("aria-valuenow", re.compile(r"\d+"))
    first = int(bar.get_attribute("aria-valuenow") or 0)
    expect(bar).not_to_have_attribute("aria-valuenow", str(first))
    return first, int(bar.get_attribute("aria-valuenow") or 100)


def test_a_sync_from_the_click_to_its_counts_and_its_name_in_the_history(page: Page, company: Company) -> None:
    sign_in(page, company, "alice")
    with company.slow():
        before = company.call(f"api/orders/sync?source={SOURCE}", company.token("alice"), method="POST")["taskId"]
        page.get_by_role("button", name="Sync now", exact=True).first.click()
        dialog = page.get_by_role("dialog", name="Ask for a sync")
        dialog.get_by_label("Source").select_option(label=SOURCE)
        dialog.get_by_label("Type").select_option("customers")
        dialog.get_by_role("button", name="Sync").click()
        expect(page.get_by_role("heading", level=1)).to_have_text(f"Customers of {SOURCE}")
        state = page.locator("main .badge").first
        expect(state).to_have_text("Queued")
        expect(page.get_by_text(f"{SOURCE} allows 1 at a time: {before}")).to_be_visible()
        expect(state).to_have_text("Running")
        first, second = moved(page.get_by_role("progressbar"))
        assert second > first
        expect(state).to_have_text("Succeeded")
    name = page.url.rpartition("/")[2]
    task = get("synctask", name, company.namespace)
    assert task["spec"]["requestedBy"] == company.user("alice")
    result = task["status"]["result"]
    assert (result["read"], result["created"]) == (4000, 4000)
    expect(page.get_by_label("Result")).to_contain_text(re.compile(r"4,000\s*Created"))
    page.get_by_role("link", name="History").click()
    row = page.locator("tbody tr").first
    expect(row).to_contain_text(f"Customers of {SOURCE}")
    expect(row).to_contain_text("alice")
    expect(row).to_contain_text("+4,000")
    page.get_by_label("Asked for by").fill(company.user("nobody"))
    page.get_by_label("Asked for by").press("Enter")
    expect(page.get_by_text("Nothing matches")).to_be_visible()
    expect(page.locator(".notice.warn")).to_have_count(0)  # it is the database that answers


@pytest.fixture
def schedule(company: Company) -> Iterator[str]:
    """A schedule of prices that owes a run as soon as there is one."""
    name = "dash-prices"
    document = {
        "apiVersion": "sincro.dev/v1alpha1",
        "kind": "SyncSchedule",
        "metadata": {"name": name},
        "spec": {"sourceRef": {"name": SOURCE}, "type": "prices", "full": {"every": "24h"}, "quietHours": []},
    }
    apply(document, company.namespace)
    yield name
    kubectl("-n", company.namespace, "delete", "syncschedule", name, "--ignore-not-found")


@pytest.fixture
def resumed(company: Company) -> Iterator[None]:
    """Whatever becomes of the test, the source is not paused after it."""
    yield
    free = '{"spec":{"paused":false,"pausedBy":null,"pauseReason":null}}'
    kubectl("-n", company.namespace, "patch", "syncsource", SOURCE, "--type=merge", "-p", free)


@pytest.mark.usefixtures("resumed")
def test_a_paused_source_says_why_its_next_run_waits_until_it_is_resumed(
    page: Page, company: Company, request: pytest.FixtureRequest
) -> None:
    sign_in(page, company, "alice")
    page.get_by_role("link", name="Sources").click()
    page.get_by_role("button", name=f"Pause: {SOURCE}").click()
    dialog = page.get_by_role("dialog", name=f"Pause {SOURCE}?")
    dialog.get_by_label("Reason").fill("Inventory")
    dialog.get_by_role("button", name="Pause").click()
    card = page.get_by_role("region", name=re.compile(SOURCE))
    expect(card).to_contain_text("Paused by")
    expect(card).to_contain_text("Inventory")
    schedule = request.getfixturevalue("schedule")
    page.get_by_role("link", name="Schedules").click()
    row = page.locator("tbody tr", has_text="Prices")
    expect(row).to_contain_text("alice: Inventory")
    expect(row).to_contain_text(re.compile("Full was due .*: it runs when the pause ends"))
    assert not tasks_of(company, schedule)
    page.get_by_role("link", name="Sources").click()
    page.get_by_role("button", name=f"Resume: {SOURCE}").click()
    expect(page.get_by_role("button", name=f"Pause: {SOURCE}")).to_be_visible()
    wait_for("the run that was held back has been made", lambda: tasks_of(company, schedule))
    page.get_by_role("link", name="History").click()
    expect(page.locator("tbody tr").first).to_contain_text(f"Prices of {SOURCE}")
    expect(page.locator("tbody tr").first).to_contain_text("Succeeded")


def tasks_of(company: Company, schedule: str) -> list[str]:
    """The tasks that a schedule has made."""
    names = kubectl(
        "-n", company.namespace, "get", "synctasks",
        "-o", 'jsonpath={range .items[*]}{.metadata.name} {.spec.scheduleRef}{"\\n"}{end}',
    )  # fmt: skip
    return [line.split()[0] for line in names.splitlines() if line.split()[1:] == [schedule]]


def test_the_widget_on_somebody_elses_page_does_the_same(page: Page, company: Company) -> None:
    (company.site.folder / "index.html").write_text(
        f"""<!doctype html><html lang="it"><title>Intranet</title>
        <script type="module" src="{company.url}/widget.js"></script>
        <sincro-sync-status source="{SOURCE}" type="customers" namespace="{company.namespace}"></sincro-sync-status>
        <script>document.querySelector('sincro-sync-status').token = async () => '{company.token("alice")}';</script>"""
    )
    page.goto(company.site.origin)
    widget = page.locator("sincro-sync-status")
    button = widget.get_by_role("button", name="Sincronizza ora")
    with company.slow():
        button.click()
        expect(widget).to_contain_text(re.compile("In coda|Sincronizzazione in corso"))
        expect(widget).to_contain_text("Sincronizzazione in corso")
        expect(button).to_be_disabled()
        bar = widget.get_by_role("progressbar")
        expect(bar).to_be_visible()
        expect(widget).to_contain_text("Aggiornato")
    expect(widget).to_contain_text("Ultima sincronizzazione")
    expect(button).to_be_enabled()


def test_who_may_only_look_is_offered_nothing_and_refused_everything(page: Page, company: Company) -> None:
    sign_in(page, company, "bruno")
    page.get_by_role("link", name="Sources").click()
    expect(page.get_by_role("button", name=f"Pause: {SOURCE}")).to_be_disabled()
    status = page.evaluate(
        """async () => {
          const session = await (await fetch('api/session')).json();
          const headers = {'X-CSRF-Token': session.csrfToken, 'Content-Type': 'application/json'};
          return (await fetch('api/customers/sync', {method: 'POST', headers, body: '{}'})).status;
        }"""
    )
    assert status == 403
