"""JSON answers -> rows, and the requests for further pages made from the page's own."""

import json
from decimal import Decimal

import pytest

from sincro_scraper.errors import SchemaDrift
from sincro_scraper.localisation import locale_named
from sincro_scraper.profile.paging import CursorPaging, OffsetPaging, PagePaging
from sincro_scraper.reading.extraction import PageOfRows
from sincro_scraper.reading.fetching import Request
from sincro_scraper.reading.json_paging import check_first_request, request_of_cursor, request_of_page, with_value
from sincro_scraper.reading.json_rows import JsonReader, NothingThereError, at_path, parse_json
from tests.unit.scraper.profiles import stream_of

STREAM = """
    open: /x
    transport: xhr
    response: { url: /api, rows: ROWS }
    total: { field: meta.count }
    key: code
    columns: { code: code, city: address.city, first: "tags[0]" }
"""


def read(text: str, rows: str = "data.items") -> PageOfRows:
    stream = stream_of(STREAM.replace(", rows: ROWS", f", rows: {rows}" if rows else ""))
    return JsonReader(stream, locale_named("it-IT")).read(parse_json(text))


ITEMS = '[{"code": 1, "address": {"city": "Roma"}, "tags": ["x"]}, {"code": 2.50}]'
GOOD = f'{{"meta": {{"count": 2}}, "data": {{"items": {ITEMS}}}}}'


def test_rows_and_total() -> None:
    page = read(GOOD)
    assert page.rows == ((1, "Roma", "x"), (Decimal("2.50"), None, None))
    assert page.total == 2


def test_the_answer_may_be_the_list_itself() -> None:
    assert read('[{"code": 1, "address": null, "tags": []}]', rows="").rows == ((1, None, None),)


def test_numbers_stay_exact() -> None:
    assert str(parse_json("[0.1, 12345678901234567890.123456789]")) == (
        "[Decimal('0.1'), Decimal('12345678901234567890.123456789')]"
    )


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        ("<html>", "NotJson", "<html>"),
        ("[" * 100_000, "NotJson", "["),
        ('{"data": {"rows": []}}', "RowsMissing", "there is no 'items'; there is rows"),
        ('{"data": {"items": {"a": 1}}}', "RowsMissing", "an object with a"),
        ('{"data": null}', "RowsMissing", "null"),
        ('{"data": {"items": [{"kode": 1, "address": {"city": ""}, "tags": []}]}}', "FieldMissing", "kode"),
        ('{"data": {"items": [{"code": {"a": 1}}]}}', "FieldNotScalar", "row 1, column 'code'"),
    ],
)
def test_drift(text: str, code: str, words: str) -> None:
    with pytest.raises(SchemaDrift) as caught:
        read(text)
    assert caught.value.code == code
    assert words in caught.value.message


@pytest.mark.parametrize(
    ("count", "total"), [("7", 7), ('"1.234"', 1234), ("null", None), ("true", None), ("[]", None), ("1.5", None)]
)
def test_totals(count: str, total: int | None) -> None:
    assert read(f'{{"meta": {{"count": {count}}}, "data": {{"items": []}}}}').total == total


@pytest.mark.parametrize(
    ("field", "answer", "told"),
    [
        ("data.0.count.id", '{"data": [{"count": {"id": 7}}]}', 7),
        ("data[0].count.id", '{"data": [{"count": {"id": 7}}]}', 7),
        ("meta.total", '{"meta": {"count": 7}}', "there is no 'total'; there is count"),
        ("data.count", '{"data": [{"count": 7}]}', "'count' is asked of a list of 1"),
        ("meta", '{"meta": {"count": 7}}', "meta is an object with count, not a whole number"),
    ],
)
def test_a_total_in_another_answer_says_where_its_path_ends(field: str, answer: str, told: int | str) -> None:
    total = f'total: {{ field: "{field}", url: /count }}'
    reader = JsonReader(
        stream_of(STREAM.replace(", rows: ROWS", "").replace("total: { field: meta.count }", total)),
        locale_named("it-IT"),
    )
    if isinstance(told, int):
        assert reader.total_in(parse_json(answer)) == told
        return
    with pytest.raises(SchemaDrift) as caught:
        reader.total_in(parse_json(answer))
    assert told in caught.value.message
    assert caught.value.code == "TotalMissing"


@pytest.mark.parametrize(
    ("path", "value"),
    [("a", {"b": [1, {"c": "x"}]}), ("a.b[1].c", "x"), ("a.b[-2]", 1), ("a.b[9]", None), ("n.x.y", None), (None, ...)],
)
def test_paths(path: str | None, value: object) -> None:
    document = parse_json('{"a": {"b": [1, {"c": "x"}]}, "n": null}')
    assert at_path(document, path) == (document if value is ... else value)


@pytest.mark.parametrize("path", ["z", "a.z", "a[0]", "a.b.c", "a.b[0].d"])
def test_paths_that_lead_nowhere(path: str) -> None:
    with pytest.raises(NothingThereError):
        at_path(parse_json('{"a": {"b": [1]}}'), path)


FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.mark.parametrize(
    ("request_", "name", "url", "content"),
    [
        (Request("http://a/?p=1&x=2"), "p", "http://a/?p=7&x=2", None),
        (Request("http://a/"), "p", "http://a/?p=7", None),
        (Request("http://a/", "POST", {}, b'{"p": 1, "x": [1]}'), "p", "http://a/", '{"p": 7, "x": [1]}'),
        (Request("http://a/", "POST", {}, b'{"p": "1"}'), "p", "http://a/", '{"p": "7"}'),
        (Request("http://a/", "POST", {}, b'{"q": {"p": 1}}'), "q.p", "http://a/", '{"q": {"p": 7}}'),
        (Request("http://a/", "POST", FORM, b"x=1&p=1"), "p", "http://a/", "x=1&p=7"),
        (Request("http://a/?p=1", "POST", FORM, b"x=1"), "p", "http://a/?p=7", "x=1"),
        (Request("http://a/", "POST", FORM, b"x=1"), "p", "http://a/?p=7", "x=1"),
    ],
)
def test_a_value_is_set_where_the_pages_own_request_has_it(
    request_: Request, name: str, url: str, content: str | None
) -> None:
    changed = with_value(request_, name, 7)
    assert (changed.url, changed.content.decode() if changed.content else None) == (url, content)
    assert changed.method == request_.method


def test_pages_and_offsets() -> None:
    request = Request("http://a/", "POST", {}, b'{"start": 0}')
    assert (
        request_of_page(request, OffsetPaging(by="offset", parameter="start", size=50), 3).content == b'{"start": 150}'
    )
    assert (
        request_of_page(Request("http://a/?p=0"), PagePaging(by="page", parameter="p", first=0), 3).url
        == "http://a/?p=3"
    )


@pytest.mark.parametrize(
    ("document", "parameter", "url"),
    [
        ({"next": "/api?c=2"}, None, "http://a/api?c=2"),
        ({"next": "http://b/x"}, None, "http://b/x"),
        ({"next": "abc"}, "cursor", "http://a/api?cursor=abc"),
        ({"next": 12}, "after", "http://a/api?after=12"),
        *(({"next": end}, "cursor", None) for end in (None, "", False)),
        ({}, "cursor", None),
    ],
)
def test_cursors(document: dict[str, object], parameter: str | None, url: str | None) -> None:
    paging = CursorPaging(by="cursor", field="next", parameter=parameter)
    following = request_of_cursor(Request("http://a/api"), paging, parse_json(json.dumps(document)))
    assert (following.url if following else None) == url


def test_a_body_without_the_parameters_place() -> None:
    with pytest.raises(SchemaDrift):
        with_value(Request("http://a/", "POST", {}, b"[1]"), "p", 7)
    with pytest.raises(SchemaDrift):
        with_value(Request("http://a/", "POST", {}, b"{broken"), "p", 7)


@pytest.mark.parametrize(
    ("request_", "parameter", "fits"),
    [
        (Request("/a?page=1"), "page", True),
        (Request("/a?page=0"), "page", False),
        (Request("/a", "POST", None, b'{"v": {"page": 0}}'), "v.page", False),
        (Request("/a", "POST", None, b'{"v": {"page": 1}}'), "v.page", True),
        (Request("/a", "POST", None, b'{"v": {}}'), "v.page", True),
        (Request("/a", "POST", None, b"page=0&x=1"), "page", False),
    ],
)
def test_a_request_for_another_first_page(request_: Request, parameter: str, fits: bool) -> None:
    paging = PagePaging(by="page", parameter=parameter)
    if fits:
        check_first_request(request_, paging)
        return
    with pytest.raises(SchemaDrift, match="first: 0"):
        check_first_request(request_, paging)
