"""Two replicas of the dashboard, and one of them killed: whoever listens comes back, and no end of a sync is lost."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.dashboard.conftest import SOURCE, Company, kill_the_busy_one, sign_in, wait_for

expect.set_options(timeout=180_000)
pytestmark = pytest.mark.timeout(900)
"""Real pods on a machine that may be busy with other things."""


def test_a_page_goes_on_when_its_replica_is_killed(page: Page, company: Company) -> None:
    wait_for("two replicas are there", lambda: len(company.pods()) == 2, 120)
    sign_in(page, company, "alice")
    expect(page.get_by_text("Live", exact=True)).to_be_visible()
    with company.slow():
        task = company.call(
            f"api/customers/sync?source={SOURCE}", company.token("alice"), method="POST", body={"mode": "Full"}
        )
        page.goto(f"{company.url}/tasks/{company.namespace}/{task['taskId']}")
        bar = page.get_by_role("progressbar")
        expect(bar).to_have_attribute("aria-valuenow", re.compile(r"[1-9]"))
        killed = kill_the_busy_one(company)
        expect(page.get_by_text("Live", exact=True)).to_have_count(0)
        expect(page.get_by_text("Live", exact=True)).to_be_visible()
        before = bar.get_attribute("aria-valuenow")
        expect(bar).not_to_have_attribute("aria-valuenow", str(before))
    expect(page.locator("main .badge").first).to_have_text("Succeeded")
    wait_for("two replicas are there", lambda: len(company.pods()) == 2, 120)
    assert killed not in company.pods()


def test_what_ended_while_nobody_could_listen_is_shown_by_the_other_replica(page: Page, company: Company) -> None:
    wait_for("two replicas are there", lambda: len(company.pods()) == 2, 120)
    cut_off: list[bool] = []
    page.route_web_socket(
        re.compile("socket.io"), lambda socket: socket.close() if cut_off else socket.connect_to_server()
    )
    sign_in(page, company, "alice")
    token = company.token("alice")
    with company.slow():
        task = company.call(f"api/orders/sync?source={SOURCE}", token, method="POST", body={"mode": "Full"})["taskId"]
        page.goto(f"{company.url}/tasks/{company.namespace}/{task}")
        expect(page.locator("main .badge").first).to_have_text("Running")
        expect(page.get_by_text("Live", exact=True)).to_be_visible()
        cut_off.append(True)
        kill_the_busy_one(company)
        expect(page.get_by_text("Live", exact=True)).to_have_count(0)

    def over() -> bool:
        return bool(company.call(f"api/tasks/{task}", token)["state"] == "Succeeded")

    wait_for("it has ended", over, 120)
    expect(page.get_by_text("Live", exact=True)).to_have_count(0)
    cut_off.clear()
    expect(page.get_by_text("Live", exact=True)).to_be_visible()
    expect(page.locator("main .badge").first).to_have_text("Succeeded")
    expect(page.get_by_label("Result")).to_be_visible()
