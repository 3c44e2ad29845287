"""Answers that are meant to hurt: bombs, floods and depths end in an error of their own, in bounded memory."""

import gzip
import tracemalloc
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from sincro_scraper.errors import SchemaDrift, SourceUnavailable
from sincro_scraper.localisation import locale_named
from sincro_scraper.profile.model import MannerSpec
from sincro_scraper.profile.streams import StreamSpec
from sincro_scraper.reading.extraction import PageReader
from sincro_scraper.reading.fetching import Fetcher
from sincro_scraper.reading.json_rows import JsonReader, parse_json
from sincro_scraper.reading.pace import Pacer
from sincro_scraper.reading.unpacking import PackingError, TooLargeError, Unpacker

LIMIT = 2_000_000
MANNERS = MannerSpec.model_validate({"maxPageBytes": LIMIT, "retries": 0})
IT = locale_named("it-IT")
ROWS = StreamSpec.model_validate({"open": "/list", "key": "code", "columns": {"code": "Codice"}})
JSON_ROWS = StreamSpec.model_validate(
    {"open": "/list", "transport": "xhr", "response": {"url": "/api"}, "key": "code", "columns": {"code": "code"}}
)


@cache
def packed_zeros(size: int) -> bytes:
    """So many zeros as a gzip file, made without holding them: this process's memory is what is measured."""
    packer, piece = zlib.compressobj(wbits=31), b"\0" * 1_000_000
    return b"".join(packer.compress(piece) for _ in range(size // len(piece))) + packer.flush()


@contextmanager
def serving(answer: Callable[[BaseHTTPRequestHandler], None]) -> Iterator[str]:
    """One address that answers like that. It may break off: the client goes away in the middle."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            try:
                answer(self)
            except OSError:
                self.close_connection = True

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()


def flood(handler: BaseHTTPRequestHandler) -> None:
    """A hundred megabytes that do not say how many they are."""
    handler.send_response(200)
    handler.send_header("Content-Type", "text/html")
    handler.end_headers()
    for _ in range(100):
        handler.wfile.write(b"<p>" * 333_333)


def bomb(handler: BaseHTTPRequestHandler) -> None:
    """Two hundred megabytes in a fifth of one."""
    data = packed_zeros(200_000_000)
    handler.send_response(200)
    handler.send_header("Content-Encoding", "gzip")
    handler.send_header("Content-Length", str(len(data)))
    handler.end_headers()
    handler.wfile.write(data)


@pytest.mark.parametrize("answer", [flood, bomb])
async def test_a_page_without_end_costs_little_memory(answer: Callable[[BaseHTTPRequestHandler], None]) -> None:
    pacer = Pacer(MANNERS, "Europe/Rome", lambda: datetime.now(UTC))
    packed_zeros(200_000_000)
    with serving(answer) as url:
        fetcher = Fetcher([], manners=MANNERS, pacer=pacer, locale=IT, user_agent="test", timeout_seconds=60)
        tracemalloc.start()
        try:
            with pytest.raises(SourceUnavailable) as caught:
                await fetcher.get(url)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
            await fetcher.close()
    assert caught.value.code == "PageTooLarge"
    assert "maxPageBytes" in caught.value.message
    assert peak < 5 * LIMIT


TEXT = b"<p>pagina</p>" * 5_000


def raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


@pytest.mark.parametrize(
    ("encoding", "data"),
    [
        *(("", TEXT), ("identity", TEXT), ("gzip", gzip.compress(TEXT)), ("x-gzip", gzip.compress(TEXT))),
        *(("deflate", zlib.compress(TEXT)), ("deflate", raw_deflate(TEXT))),
        ("gzip", gzip.compress(TEXT[:1000]) + gzip.compress(TEXT[1000:])),
    ],
)
@pytest.mark.parametrize("piece", [1, 7, 1000, 1_000_000])
def test_what_was_accepted_is_unpacked(encoding: str, data: bytes, piece: int) -> None:
    unpacker = Unpacker(encoding, len(TEXT))
    assert b"".join(unpacker.feed(data[at : at + piece]) for at in range(0, len(data), piece)) == TEXT
    with pytest.raises(TooLargeError):
        Unpacker(encoding, len(TEXT) - 1).feed(data)


@pytest.mark.parametrize(
    ("encoding", "data"), [("gzip", gzip.compress(TEXT)), ("deflate", zlib.compress(TEXT)), ("deflate", b"x")]
)
def test_what_is_packed_and_cut_off_is_refused(encoding: str, data: bytes) -> None:
    """A server that dies while it packs ends its answer properly: half a page would be a short page."""
    unpacker = Unpacker(encoding, len(TEXT))
    unpacker.feed(data[: len(data) // 2 + 1])
    with pytest.raises(PackingError, match="cut off"):
        unpacker.finish()


@pytest.mark.parametrize(("encoding", "data"), [("gzip", gzip.compress(TEXT)), ("gzip", b""), ("", TEXT[:10])])
def test_what_is_whole_or_not_packed_is_not(encoding: str, data: bytes) -> None:
    unpacker = Unpacker(encoding, len(TEXT))
    unpacker.feed(data)
    unpacker.finish()


def broken_off(handler: BaseHTTPRequestHandler) -> None:
    """An answer whose packed page was cut off behind a server that ends it as if nothing had happened."""
    data = gzip.compress(TEXT)[:60]
    handler.send_response(200)
    handler.send_header("Content-Encoding", "gzip")
    handler.send_header("Content-Length", str(len(data)))
    handler.end_headers()
    handler.wfile.write(data)


async def test_half_a_page_is_no_page() -> None:
    pacer = Pacer(MANNERS, "Europe/Rome", lambda: datetime.now(UTC))
    with serving(broken_off) as url:
        fetcher = Fetcher([], manners=MANNERS, pacer=pacer, locale=IT, user_agent="test", timeout_seconds=60)
        try:
            with pytest.raises(SourceUnavailable, match="cut off"):
                await fetcher.get(url)
        finally:
            await fetcher.close()


@pytest.mark.parametrize("encoding", ["br", "zstd", "gzip, gzip", "nonsense"])
def test_what_was_not_accepted_is_refused(encoding: str) -> None:
    with pytest.raises(PackingError, match="not accepted"):
        Unpacker(encoding, 10)


def test_garbage_is_refused() -> None:
    with pytest.raises(PackingError):
        Unpacker("gzip", 10).feed(b"<html>")


DEEP = 100_000
PAGES = {
    "deep": "<div>" * DEEP + "x" + "</div>" * DEEP,
    "deep inside a cell": f"<table><tr><th>Codice<tr><td>{'<b>' * DEEP}x</table>",
    "wide spans": "<table><tr><th colspan=999999999 rowspan=999999999>Codice<tr><td>1</table>",
    "open tags": "<" * 500_000,
    "entities": "&lt;" * 500_000,
    "nothing": "",
    "zeros": "\0" * 100_000,
}


def test_rows_without_end_tags_are_not_deep() -> None:
    rows = "".join(f"<tr><td>{number:05}<br>" for number in range(20_000))
    assert len(PageReader(ROWS, IT).read(f"<table><tr><th>Codice{rows}</table>").rows) == 20_000


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES.keys())
def test_a_page_that_is_built_to_hurt_is_read_or_refused(page: str) -> None:
    rows = 0
    with suppress(SchemaDrift, SourceUnavailable):
        rows = len(PageReader(ROWS, IT).read(page).rows)
    assert rows <= 1


@pytest.mark.parametrize(
    "text", ["[" * DEEP, '{"a":' * DEEP + "1" + "}" * DEEP, "[1e999999999]", "[" + "9" * 10_000 + "]"]
)
def test_json_that_is_built_to_hurt_is_refused(text: str) -> None:
    with pytest.raises(SchemaDrift):
        JsonReader(JSON_ROWS, IT).read(parse_json(text))
