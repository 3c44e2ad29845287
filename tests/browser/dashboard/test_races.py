"""What arrives late, twice or out of order, and what was asked for in between: the newest wish is what is shown."""

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import APIResponse, Error, Page, Route, expect

from sincro_dashboard.cluster.door import Kind
from tests.browser.dashboard.conftest import SECONDS
from tests.browser.dashboard.serving import Served, serve
from tests.browser.dashboard.simulated import now
from tests.unit.dashboard.fake_cluster import ALICE
from tests.unit.dashboard.objects import failed, succeeded, task

expect.set_options(timeout=SECONDS)


class Held:
    """Requests whose answers are kept back until the test lets them go. The answer is made when the request comes."""

    def __init__(self, page: Page, url: str | re.Pattern[str], *, times: int = 1) -> None:
        self._page = page
        self._kept: list[tuple[Route, APIResponse]] = []
        self.asked = 0
        page.route(url, self._keep, times=times)

    def _keep(self, route: Route) -> None:
        self.asked += 1
        self._kept.append((route, route.fetch()))

    def wait(self) -> None:
        """Until the first one is here."""
        while not self._kept:
            self._page.evaluate("new Promise(requestAnimationFrame)")

    def release(self) -> None:
        """Let them go; those that nobody waits for any more are forgotten. What they cause has happened afterwards."""
        self.wait()
        for route, answer in self._kept:
            with contextlib.suppress(Error):
                route.fulfill(response=answer)
        self._kept.clear()
        self._page.evaluate("new Promise((done) => setTimeout(done, 100))")


def go(page: Page, path: str) -> None:
    """Follow a link of the page to here, without loading it anew."""
    page.evaluate("(to) => { history.pushState(null, '', to); dispatchEvent(new PopStateEvent('popstate')) }", path)


# ---------------------------------------------------------------- the history


def test_showing_more_asks_once_and_stays_when_something_ends(page: Page, served: Served) -> None:
    page.goto(f"{served.url}/history")
    rows = page.locator("tbody tr")
    expect(rows).to_have_count(50)
    page.get_by_role("button", name="Show more").dblclick()
    expect(rows.nth(99)).to_be_visible()
    links = page.locator("tbody tr a.title")
    shown = links.evaluate_all("(links) => links.map((link) => link.href)")
    assert len(shown) == len(set(shown)), "a row is there twice"
    before = rows.count()
    served.do(lambda: served.cluster.put(succeeded("just-over", type_="orders", ended=now(), created=now())))
    expect(rows.first.locator("a.title")).to_have_attribute("href", re.compile("just-over"))
    assert rows.count() >= before


def test_more_of_a_former_filter_is_not_shown_under_another(page: Page, served: Served) -> None:
    page.goto(f"{served.url}/history")
    rows = page.locator("tbody tr")
    expect(rows).to_have_count(50)
    held = Held(page, re.compile("/api/history[?].*(cursor|limit=100)"))
    page.get_by_role("button", name="Show more").click()
    held.wait()
    page.get_by_label("State").select_option("DeadLettered")
    page.get_by_label("Type").select_option("products")
    expect(rows).to_have_count(2)
    held.release()
    expect(rows).to_have_count(2)


def test_a_filter_that_is_chosen_before_the_first_answer_holds(page: Page, served: Served) -> None:
    held = Held(page, re.compile("/api/history[?]"))
    page.goto(f"{served.url}/history")
    held.wait()
    page.get_by_label("State").select_option("DeadLettered")
    held.release()
    expect(page.locator("tbody tr").first).to_contain_text("Given up")
    expect(page.locator("tbody .badge.good")).to_have_count(0)


def test_a_filter_that_cannot_be_answered_does_not_show_what_was_there_before(page: Page, served: Served) -> None:
    page.route(re.compile("/api/history[?].*state=Cancelled"), lambda route: route.fulfill(status=500, body="{}"))
    page.goto(f"{served.url}/history")
    expect(page.locator("tbody tr")).to_have_count(50)
    page.get_by_label("State").select_option("Cancelled")
    expect(page.get_by_role("alert")).to_contain_text("That did not work")
    expect(page.locator("tbody tr")).to_have_count(0)


@pytest.mark.parametrize(("label", "query"), [("Source", "source=gone"), ("Type", "type=invoices")])
def test_a_filter_for_what_is_not_there_any_more_is_seen(page: Page, served: Served, label: str, query: str) -> None:
    page.goto(f"{served.url}/history?{query}")
    expect(page.get_by_text("Nothing matches these filters")).to_be_visible()
    expect(page.get_by_label(label)).to_have_value(query.split("=")[1])


def test_settled_ones_that_are_asked_for_before_the_first_answer_are_shown(page: Page, served: Served) -> None:
    settled = failed("long-ago", type_="customers", fingerprint="settled", ended=now() - timedelta(days=9))
    served.do(lambda: served.cluster.put(settled))
    page.goto(f"{served.url}/queue")
    expect(page.get_by_role("heading", level=1)).to_have_text("Queue")
    held = Held(page, re.compile("/api/dead-letters"), times=2)
    page.get_by_role("link", name="Dead letters").click()
    held.wait()
    page.get_by_label("Show settled ones too").check()
    held.release()
    expect(page.get_by_text("settled", exact=True)).to_be_visible()


# ---------------------------------------------------------------- one task


FAILED = "/tasks/erp/acme-products-full-880"


def test_evidence_is_there_again_on_the_way_back(page: Page, served: Served) -> None:
    page.goto(f"{served.url}{FAILED}")
    evidence = page.get_by_role("region", name="Evidence")
    expect(evidence.get_by_role("link")).to_have_count(3)
    go(page, "/tasks/erp/acme-customers-2000")
    expect(page.get_by_role("heading", level=1)).to_have_text("Customers of acme")
    expect(evidence).to_have_count(0)
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_have_text("Products of acme")
    expect(evidence.get_by_role("link")).to_have_count(3)


def test_evidence_that_comes_late_is_not_shown_with_another_task(page: Page, served: Served) -> None:
    held = Held(page, "**/acme-products-full-880/evidence*")
    page.goto(f"{served.url}{FAILED}")
    held.wait()
    go(page, "/tasks/erp/rossi-orders-full-31")
    evidence = page.get_by_role("region", name="Evidence")
    expect(evidence).to_contain_text("Nothing was kept")
    held.release()
    expect(evidence).to_contain_text("Nothing was kept")


def test_the_evidence_of_a_further_attempt_is_shown_too(page: Page, served: Served, evidence: Path) -> None:
    for attempt in (1, 2):
        folder = evidence / f"erp_again_{attempt}"
        folder.mkdir()
        (folder / "page.html").write_text("")

    def again(attempt: int) -> None:
        error = {"class": "SessionLost", "message": f"lost on page {attempt}", "fingerprint": "s1"}
        served.cluster.put(task("again", "Retrying", attempt=attempt, lastError=error))

    (evidence / "erp_again_2").rename(evidence / "later")
    served.do(lambda: again(1))
    page.goto(f"{served.url}/tasks/erp/again")
    links = page.get_by_role("region", name="Evidence").get_by_role("link")
    expect(links).to_have_count(1)
    (evidence / "later").rename(evidence / "erp_again_2")
    served.do(lambda: again(2))
    expect(links).to_have_count(2)


def test_a_task_that_is_gone_is_not_shown_as_running_for_ever(page: Page, served: Served) -> None:
    page.goto(f"{served.url}/tasks/erp/acme-customers-delta-29384")
    expect(page.locator("main .badge").first).to_have_text("Running")
    served.do(lambda: served.cluster.remove(Kind.TASK, "erp", "acme-customers-delta-29384"))
    expect(page.get_by_role("alert")).to_contain_text("There is no SyncTask")
    expect(page.locator("main .badge")).to_have_count(0)


def test_a_log_that_grows_does_not_take_its_reader_away(page: Page, served: Served) -> None:
    lines = [b"a line of the log\n" * 200]
    over = False

    async def pieces(*_: object, **_more: object) -> AsyncIterator[bytes]:
        sent = 0
        while not over:
            while sent < len(lines):
                yield lines[sent]
                sent += 1
            await asyncio.sleep(0.02)

    served.cluster.pods = [{"metadata": {"name": "p"}}]
    served.cluster.pod_log = pieces  # type: ignore[method-assign]
    page.goto(f"{served.url}/tasks/erp/acme-customers-delta-29384")
    page.get_by_role("button", name="Show the log").click()
    log = page.locator("pre.log")
    below = "(log) => Math.round(log.scrollHeight - log.scrollTop - log.clientHeight)"
    expect(log).to_contain_text("a line")
    lines.append(b"the second piece\n")
    expect(log).to_contain_text("the second piece")
    page.wait_for_function(f"({below})(document.querySelector('pre.log')) < 3")
    log.evaluate("(log) => { log.scrollTop = 40 }")
    lines.append(b"the third piece\n")
    expect(log).to_contain_text("the third piece")
    page.evaluate("new Promise(requestAnimationFrame)")
    assert log.evaluate("(log) => log.scrollTop") == 40
    over = True


# ---------------------------------------------------------------- ways between pages


def test_the_page_that_was_asked_for_last_is_shown(page: Page, served: Served) -> None:
    page.goto(f"{served.url}/queue")
    expect(page.get_by_role("heading", level=1)).to_have_text("Queue")
    held = Held(page, "**/assets/history-*.js")
    page.get_by_role("navigation").get_by_role("link", name="History").click()
    held.wait()
    page.get_by_role("navigation").get_by_role("link", name="Queue").click()
    held.release()
    assert page.url.endswith("/queue")
    expect(page.get_by_role("heading", level=1)).to_have_text("Queue")
    expect(page.get_by_role("link", name="Queue")).to_have_attribute("aria-current", "page")


def test_a_page_that_a_newer_version_no_longer_has_is_loaded_with_that_version(page: Page, served: Served) -> None:
    page.goto(f"{served.url}/queue")
    expect(page.get_by_role("heading", level=1)).to_have_text("Queue")
    page.route("**/assets/history-*.js", lambda route: route.fulfill(status=404))
    page.once("load", lambda: page.unroute_all())
    page.get_by_role("navigation").get_by_role("link", name="History").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("History")
    page.wrong.clear()  # type: ignore[attr-defined]


@pytest.mark.parametrize("path", ["tasks/erp/%E0%A4%A", "tasks/%/x"])
def test_an_address_that_cannot_be_read_is_no_blank_page(page: Page, served: Served, path: str) -> None:
    page.goto(f"{served.url}/{path}")
    expect(page.get_by_role("heading", name="There is no such page")).to_be_visible()


def test_below_a_path_the_pages_are_live(page: Page) -> None:
    with serve(anonymous_user="alice", base_path="/sincro") as running:
        page.goto(f"{running.url}/sincro/queue")
        expect(page.get_by_role("heading", level=1)).to_have_text("Queue")
        expect(page.get_by_text("Live", exact=True)).to_be_visible()


# ---------------------------------------------------------------- what people do


def test_a_double_click_asks_for_one_sync(page: Page, served: Served) -> None:
    page.goto(served.url)
    page.get_by_role("button", name="Sync now: Orders, acme").dblclick()
    expect(page.locator(".toast")).to_have_count(1)
    assert len(served.cluster.created) == 1


def test_a_reason_that_was_typed_is_not_lost_by_a_slip_of_the_mouse(page: Page, served: Served) -> None:
    page.goto(f"{served.url}/sources")
    page.get_by_role("button", name="Pause: acme").dblclick()
    reason = page.get_by_role("dialog").get_by_label("Reason")
    reason.fill("ERP maintenance until two o'clock")
    box = reason.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 10)
    page.mouse.down()
    page.mouse.move(5, 5)
    page.mouse.up()
    expect(reason).to_have_value("ERP maintenance until two o'clock")
    page.mouse.click(5, 5)
    expect(page.get_by_role("dialog")).to_have_count(0)


@pytest.fixture
def strict() -> Iterator[Served]:
    """A dashboard that wants everybody to sign in."""
    with serve() as running:
        yield running


def sign_in(page: Page, url: str) -> None:
    page.goto(url)
    page.get_by_label("Token").fill(ALICE)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("Live", exact=True)).to_be_visible()


def test_a_sign_out_that_fails_is_said(page: Page, strict: Served) -> None:
    sign_in(page, strict.url)
    page.route("**/api/session", lambda route: route.abort(), times=1)
    page.get_by_role("button", name="Sign out").click()
    expect(page.locator(".toast.bad")).to_contain_text("tried again")
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()


def test_who_has_signed_in_in_another_window_is_seen_after_the_first_click(page: Page, strict: Served) -> None:
    sign_in(page, strict.url)
    page.get_by_role("navigation").get_by_role("link", name="Sources").click()
    pause = page.get_by_role("button", name="Pause: acme")
    expect(pause).to_be_enabled()
    page.request.post(f"{strict.url}/api/session", data={"token": "viewer-token"})
    pause.click()
    page.get_by_role("dialog").get_by_role("button", name="Pause").click()
    expect(page.locator(".toast.bad")).to_be_visible()
    expect(page.get_by_title("Signed in as viewer")).to_be_visible()
    expect(pause).to_be_disabled()


def test_nobody_listens_after_signing_out(page: Page, strict: Served) -> None:
    page.clock.install()
    sign_in(page, strict.url)
    sockets: list[str] = []
    page.on("websocket", lambda socket: sockets.append(socket.url))
    strict.disconnect()
    expect(page.get_by_text("Connection lost, trying again")).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_label("Token")).to_be_visible()
    page.clock.run_for(10_000)
    assert sockets == []


def test_a_loss_is_told_once_to_those_who_listen_and_not_each_second(page: Page) -> None:
    page.clock.install()
    with serve(anonymous_user="alice") as running:
        page.goto(f"{running.url}/queue")
        expect(page.get_by_text("Live", exact=True)).to_be_visible()
    notice = page.get_by_role("status").filter(has_text="The connection was lost")
    page.clock.run_for(3000)
    expect(notice).to_contain_text(re.compile(r"at \d\d:\d\d\."))
    said = notice.text_content()
    page.clock.run_for(30_000)
    assert notice.text_content() == said


# ---------------------------------------------------------------- what is written


@pytest.mark.parametrize(
    ("seconds", "words"), [(59.7, "1 min 00 s"), (119.7, "2 min 00 s"), (9.97, "10 s"), (3599.8, "1 h 00 min")]
)
def test_a_duration_is_rounded_before_it_is_taken_apart(page: Page, served: Served, seconds: float, words: str) -> None:
    served.do(lambda: served.cluster.put(succeeded("long", ended=now(), created=now(), seconds=seconds)))
    page.goto(f"{served.url}/history")
    expect(page.locator("tbody tr").first.locator("td.number")).to_have_text(words)


def test_two_dates_ago_is_not_called_yesterday(page: Page, served: Served) -> None:
    ended = now() - timedelta(hours=47)
    done = succeeded("long-ago", ended=ended, created=ended, spec={"requestedBy": "carla"})
    served.do(lambda: served.cluster.put(done))
    page.goto(f"{served.url}/history?user=carla")
    expect(page.locator("tbody tr time")).to_have_text("1 day ago")


def test_quiet_hours_are_drawn_at_the_schedules_own_time_also_when_the_clock_changes(
    page: Page, served: Served
) -> None:
    """The week in which Rome's summer time ends, and a schedule in New York, where it goes on for another week."""
    night = [{"start": "00:00", "end": "06:00"}]

    def plans(route: Route) -> None:
        shown = {each["name"]: each for each in route.fetch().json()}
        rome = shown["acme-orders"] | {"quietHours": night, "timeZone": "Europe/Rome"}
        york = shown["acme-orders"] | {
            "quietHours": night,
            "timeZone": "America/New_York",
            "type": "far",
            "name": "far",
        }
        route.fulfill(json=[rome, york])

    week = {"since": "2026-10-24T10:00:00Z", "until": "2026-10-31T10:00:00Z", "origin": "planner", "notice": None}
    page.route("**/api/schedules", plans)
    page.route("**/api/schedules/preview*", lambda route: route.fulfill(json=week | {"runs": [], "onlyNext": []}))
    page.goto(f"{served.url}/schedules")
    hour = 7000 / 169  # seven days, and one hour twice

    def hours(name: str, what: str, *attributes: str) -> list[list[int]]:
        row = page.get_by_role("img", name=re.compile(f"^{name} of acme"))
        expect(row).to_be_visible()
        return [
            [round(float(each.get_attribute(name) or 0) / hour) for name in attributes]
            for each in row.locator(what).all()
        ]

    later = [49, 73, 97, 121, 145]
    assert hours("Orders", "line.day", "x1") == [[24], *([at] for at in later)]
    assert hours("Orders", "rect.quiet", "x", "width") == [[0, 6], [24, 7], *([at, 6] for at in later)]
    # Six hours behind Rome, and five from Sunday on.
    assert hours("Far", "rect.quiet", "x", "width") == [[6, 6], [30, 6], *([at + 5, 6] for at in later)]


@pytest.mark.parametrize(
    ("language", "words"),
    [("en-GB", ["1 row read", "1 announced by the ERP", "1 page"]), ("it-IT", ["1 riga letta", "1 pagina"])],
)
def test_one_is_one(new_page: Callable[[str], Page], served: Served, language: str, words: list[str]) -> None:
    done = succeeded("single", ended=now(), created=now())
    done["status"]["result"] |= {"read": 1, "declared": 1, "pages": 1}
    served.do(lambda: served.cluster.put(done))
    page = new_page(language)
    page.goto(f"{served.url}/tasks/erp/single")
    facts = page.locator("section[aria-labelledby=result] .card-head .facts span")
    for text in words:
        expect(facts.get_by_text(text, exact=True)).to_be_visible()
