"""<sincro-sync-status> in other people's pages: of the same site, and of another one with a token."""

import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import APIResponse, Page, Route, expect

from tests.browser.dashboard.conftest import SECONDS
from tests.browser.dashboard.serving import Served, serve
from tests.browser.dashboard.test_pages import violations
from tests.unit.dashboard.fake_cluster import ALICE
from tests.unit.dashboard.objects import failed, task

expect.set_options(timeout=SECONDS)


def test_the_example_shows_what_runs_and_asks_for_a_sync(page: Page, served: Served) -> None:
    page.goto(f"{served.url}/widget-example.html")
    customers = page.locator("sincro-sync-status[type=customers]")
    expect(customers).to_contain_text("Syncing")
    expect(customers.get_by_role("progressbar")).to_have_attribute("aria-valuenow", "39")
    orders = page.locator("sincro-sync-status[type=orders]")
    expect(orders).to_contain_text("In coda")
    assert violations(page) == []
    page.evaluate(
        """() => {
          const widget = document.createElement('sincro-sync-status');
          widget.setAttribute('source', 'rossi-spa');
          widget.setAttribute('type', 'orders');
          widget.id = 'made';
          document.querySelector('main').append(widget);
        }"""
    )
    made = page.locator("#made")
    expect(made).to_contain_text("Up to date")
    expect(made).to_contain_text("Last sync 2 hours ago")
    served.operator.holds_at = 3
    made.get_by_role("button", name="Sync now").click()
    expect(made.get_by_role("progressbar")).to_have_attribute("aria-valuenow", "25")
    expect(made.get_by_role("button")).to_be_disabled()
    served.operator.holds_at = None
    expect(made).to_contain_text("Up to date")
    assert served.cluster.created[-1][1]["spec"]["requestedBy"] == "alice"


def test_a_failure_is_said(page: Page, served: Served) -> None:
    page.goto(f"{served.url}/widget-example.html")
    page.evaluate("document.querySelector('sincro-sync-status').setAttribute('type', 'products')")
    expect(page.locator("sincro-sync-status").first).to_contain_text("Queued")
    served.do(lambda: served.cluster.put(failed("acme-products-delta-881", type_="products")))
    expect(page.locator("sincro-sync-status").first).to_contain_text("The last sync failed")


def test_an_end_that_is_told_while_an_older_answer_is_on_its_way_is_shown(page: Page, served: Served) -> None:
    page.goto(f"{served.url}/widget-example.html")
    widget = page.locator("sincro-sync-status").first
    page.evaluate("document.querySelector('sincro-sync-status').setAttribute('type', 'products')")
    expect(widget).to_contain_text("Queued")
    page.evaluate("document.addEventListener('sincro-progress', (event) => { window.told = event.detail.status })")
    held: list[tuple[Route, APIResponse]] = []
    page.route("**/api/tasks?*type=products*", lambda route: held.append((route, route.fetch())), times=1)
    with page.expect_request("**/api/tasks?*type=products*"):
        served.do(lambda: served.cluster.put(task("acme-products-delta-882", type_="products")))
    while not held:
        page.evaluate("window.told = ''")
    served.do(lambda: served.cluster.put(failed("acme-products-delta-881", type_="products")))
    served.do(lambda: served.cluster.put(failed("acme-products-delta-882", type_="products")))
    page.wait_for_function("window.told === 'error'")
    route, stale = held[0]
    route.fulfill(response=stale)
    expect(widget).to_contain_text("The last sync failed")


def answer(page: Page, *running: dict[str, object]) -> None:
    """Have the server say from now on that these run, and nothing else is there."""
    page.route("**/api/status?*", lambda route: route.fulfill(json={"byType": {}}))
    page.route("**/api/tasks?*", lambda route: route.fulfill(json={"items": list(running)}))


def row(name: str, current: int) -> dict[str, object]:
    return {"id": name, "state": "Running", "progress": {"current": current, "total": 100, "percentage": current}}


def test_another_sync_begins_from_the_start(page: Page, served: Served) -> None:
    """Also where the live connection is blocked: nothing but answers tells of it."""
    page.clock.install()
    page.route_web_socket("**/socket.io/*", lambda socket: socket.close())
    answer(page, row("first", 90))
    page.goto(f"{served.url}/widget-example.html")
    bar = page.locator("sincro-sync-status").first.get_by_role("progressbar")
    expect(bar).to_have_attribute("aria-valuenow", "90")
    answer(page, row("second", 10))
    page.clock.run_for(4000)
    expect(bar).to_have_attribute("aria-valuenow", "10")
    answer(page, row("second", 5))  # an older answer of the same one
    with page.expect_response("**/api/tasks?*"):
        page.clock.run_for(4000)
    expect(bar).to_have_attribute("aria-valuenow", "10")


def test_what_was_shown_of_one_sync_is_not_shown_of_another(page: Page, served: Served) -> None:
    page.goto(f"{served.url}/widget-example.html")
    widget = page.locator("sincro-sync-status").first
    expect(widget.get_by_role("progressbar")).to_have_attribute("aria-valuenow", "39")
    answer(page, row("other", 7))
    page.evaluate("document.querySelector('sincro-sync-status').setAttribute('type', 'other')")
    expect(widget).to_contain_text("7 of 100")
    page.unroute_all()
    page.route("**/api/status?*", lambda _route: None)  # never answered
    page.evaluate("document.querySelector('sincro-sync-status').setAttribute('type', 'orders')")
    expect(widget).to_contain_text("Loading")
    expect(widget.locator(".last")).to_be_hidden()


def test_a_start_that_is_told_while_an_older_answer_is_on_its_way_stays(page: Page, served: Served) -> None:
    page.goto(f"{served.url}/widget-example.html")
    state = page.locator("sincro-sync-status").first.locator(".state")
    page.evaluate("document.querySelector('sincro-sync-status').setAttribute('type', 'products')")
    expect(state).to_have_text("Queued")
    page.evaluate("document.addEventListener('sincro-progress', (event) => { window.told = event.detail.status })")
    held: list[tuple[Route, APIResponse]] = []
    page.route("**/api/tasks?*type=products*", lambda route: held.append((route, route.fetch())), times=1)
    with page.expect_request("**/api/tasks?*type=products*"):
        served.do(lambda: served.cluster.put(task("acme-products-delta-882", type_="products")))
    while not held:
        page.evaluate("new Promise(requestAnimationFrame)")
    served.do(lambda: served.cluster.put(task("acme-products-delta-881", "Running", type_="products", attempt=3)))
    page.wait_for_function("window.told === 'running'")
    expect(state).to_have_text("Syncing")
    route, stale = held[0]
    with page.expect_response("**/api/tasks?*type=products*"):
        route.fulfill(response=stale)
    page.evaluate("new Promise((done) => setTimeout(done, 100))")
    assert state.text_content() == "Syncing"


def test_a_connection_that_was_ended_is_made_again_with_a_new_token(page: Page, elsewhere: tuple[str, Path]) -> None:
    site, folder = elsewhere
    page.clock.install()
    with serve(allowed_origins=[site]) as running:
        write_page(folder, running.url)
        page.goto(site)
        expect(page.locator("sincro-sync-status")).to_contain_text("Aggiornato")
        # The first attempt to come back is refused: so the next one has to be made, and to ask for a token anew.
        page.evaluate(
            f"""() => {{
              window.answers = ['expired', '{ALICE}'];
              document.querySelector('sincro-sync-status').token = async () => window.answers.shift() ?? '{ALICE}';
              document.addEventListener('sincro-progress', (event) => {{ window.told = event.detail.status }});
            }}"""
        )
        running.disconnect()
        for number in range(60):
            done = failed(f"rossi-orders-{number}", type_="orders", source="rossi-spa")
            running.do(lambda: running.cluster.put(done))  # noqa: B023 - done before the next
            page.clock.run_for(1000)
            if page.evaluate("window.told"):
                break
        assert page.evaluate("window.told") == "error"


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """Another site: another origin with a folder of its own."""
    handler = partial(SimpleHTTPRequestHandler, directory=str(tmp_path))
    handler.log_message = lambda *_: None  # type: ignore[attr-defined]
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://localhost:{server.server_address[1]}", tmp_path
    server.shutdown()
    server.server_close()
    thread.join(5)


def write_page(folder: Path, url: str) -> None:
    (folder / "index.html").write_text(
        f"""<!doctype html><html lang="it"><title>Intranet</title><script type="module" src="{url}/widget.js"></script>
        <sincro-sync-status source="rossi-spa" type="orders"></sincro-sync-status>
        <script>document.querySelector('sincro-sync-status').token = async () => '{ALICE}';</script></html>"""
    )


def test_on_another_site_it_works_with_a_token_where_that_site_is_named(
    page: Page, elsewhere: tuple[str, Path]
) -> None:
    site, folder = elsewhere
    with serve(allowed_origins=[site]) as running:
        write_page(folder, running.url)
        page.goto(site)
        widget = page.locator("sincro-sync-status")
        expect(widget).to_contain_text("Aggiornato")
        running.operator.holds_at = 3
        widget.get_by_role("button", name="Sincronizza ora").click()
        expect(widget.get_by_role("progressbar")).to_be_visible()
        running.operator.holds_at = None
        expect(widget).to_contain_text("Aggiornato")


def test_on_a_site_that_is_not_named_the_browser_keeps_it_out(page: Page, elsewhere: tuple[str, Path]) -> None:
    site, folder = elsewhere
    with serve() as running:
        write_page(folder, running.url)
        page.goto(site)
        expect(page.locator("sincro-sync-status")).to_contain_text("Sincro non risponde")
        page.goto("about:blank")
        refused = page.wrong  # type: ignore[attr-defined]
        assert refused
        assert all("CORS policy" in text or "WebSocket" in text or "Failed to load" in text for text in refused)
        refused.clear()
