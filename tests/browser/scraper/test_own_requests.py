"""An application behind a proxy: basic authentication and headers reach it with every request, and nobody else."""

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from sincro_contract.run import Mode, RunSpec, TaskReference
from sincro_scraper.browser.keeping import Files
from sincro_scraper.browser.login import Credentials
from sincro_scraper.errors import CredentialsRejected
from sincro_scraper.job import Job
from sincro_scraper.masking import Masker, spellings
from sincro_scraper.profile import load_profile
from sincro_scraper.progress import Reporter
from sincro_scraper.reading.plan import ReadPlan
from sincro_scraper.reading.spool import Spool
from sincro_scraper.run import Run

PASSWORD = "pr0xy&Segreto!"
PAIR = f"proxy:{PASSWORD}"
KEY = "chiave-del-cliente-42"
ROWS = 25
PROFILE = """
sincro: 1
name: Behind a proxy
manners: { timeout: 6s, retries: 0 }
requests:
  basicAuth: { username: proxy, password: "{secret.proxy_password}" }
  headers: { X-Tenant: "42", X-Api-Key: "{secret.api_key}" }
streams:
  items:
    open: /list
    transport: TRANSPORT
    paging: { by: page, parameter: p }
    key: code
    columns: { code: Codice }
"""


@dataclass
class Seen:
    """A server that remembers the headers of every request."""

    url: str = ""
    requests: list[tuple[str, dict[str, str]]] = field(default_factory=list)


@contextmanager
def serving(answer: "type[BaseHTTPRequestHandler]", seen: Seen) -> Iterator[Seen]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), answer)
    seen.url = f"http://127.0.0.1:{server.server_port}"
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield seen
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def elsewhere() -> Iterator[Seen]:
    """A server of somebody else, which the application's pages load a picture from."""
    seen = Seen()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.requests.append((self.path, {k.lower(): v for k, v in self.headers.items()}))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with serving(Handler, seen):
        yield seen


@pytest.fixture
def guarded(elsewhere: Seen) -> Iterator[Seen]:
    """The application; it lets nobody in without basic authentication, tenant and key."""
    seen = Seen()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            headers = {k.lower(): v for k, v in self.headers.items()}
            seen.requests.append((self.path, headers))
            if headers.get("x-tenant") != "42" or headers.get("x-api-key") != KEY:
                return self.reply(403, "no key")
            if headers.get("authorization") != "Basic " + base64.b64encode(PAIR.encode()).decode():
                return self.reply(401, "who is it?")
            if self.path.endswith("p=3"):
                return self.reply(302, "", f"{elsewhere.url}/redirected")
            page = int(self.path.partition("p=")[2] or 1)
            rows = "".join(f"<tr><td>{n:03}" for n in range(page * 10 - 9, page * 10 + 1))
            body = f"<!DOCTYPE html><p>KEY <img src='{elsewhere.url}/picture.png'><table><tr><th>Codice{rows}</table>"
            return self.reply(200, body.replace("KEY", KEY))

        def reply(self, status: int, body: str, location: str = "") -> None:
            self.send_response(status)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(body.encode())))
            if status == 401:
                self.send_header("WWW-Authenticate", 'Basic realm="proxy"')
            if location:
                self.send_header("Location", location)
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_: object) -> None:
            pass

    with serving(Handler, seen):
        yield seen


@dataclass
class Kept:
    """Evidence in memory."""

    files: dict[str, bytes] = field(default_factory=dict)

    async def keep(self, files: Files) -> list[str]:
        self.files |= dict(files)
        return list(self.files)


def run_of(url: str, transport: str, folder: Path, password: str = PASSWORD) -> Run:
    spec = RunSpec(task=TaskReference(namespace="n", name="t"), source="s", type="items", base_url=url)
    credentials = Credentials(extra={"proxy_password": password, "api_key": KEY})
    profile = load_profile(PROFILE.replace("TRANSPORT", transport))
    job = Job(spec, profile, credentials, f"sqlite:///{folder}/out.db", evidence=Kept())
    return Run(job, Reporter(spec, None, now_ms=lambda: 0), masker=Masker(job.secrets))


@pytest.mark.parametrize("transport", ["dom", "http"])
async def test_they_reach_the_application_and_nobody_else(
    guarded: Seen, elsewhere: Seen, transport: str, tmp_path: Path
) -> None:
    run = run_of(guarded.url, transport, tmp_path)
    with Spool() as spool:
        try:
            # Its third page leads to somebody else, where there is no list.
            with pytest.raises(Exception):  # noqa: B017, PT011 - how that ends is not the point here
                await run._read(ReadPlan(Mode.FULL), spool)
        finally:
            await run.session.leave()
    pages = [
        path for path, headers in guarded.requests if headers.get("x-api-key") == KEY and "authorization" in headers
    ]
    assert {"/list", "/list?p=2", "/list?p=3"} <= set(pages)
    assert {path for path, _ in elsewhere.requests} == {"/picture.png", "/redirected"}
    for path, headers in elsewhere.requests:
        assert not {"authorization", "x-api-key", "x-tenant"} & headers.keys(), (path, headers)


@pytest.mark.parametrize("transport", ["dom", "http"])
async def test_a_refused_authentication_is_told_and_nothing_of_it_kept(
    guarded: Seen, transport: str, tmp_path: Path
) -> None:
    wrong = "sbagliata-1234"
    run = run_of(guarded.url, transport, tmp_path, wrong)
    with pytest.raises(CredentialsRejected, match="basicAuth"):
        await run.execute()
    kept = run.job.evidence
    assert isinstance(kept, Kept)
    assert set(kept.files) >= {"page.html", "requests.har", "trace.zip"}
    for name, data in kept.files.items():
        for form in spellings(wrong) | spellings(f"proxy:{wrong}") | spellings(KEY):
            assert form.encode() not in data, (name, form)
