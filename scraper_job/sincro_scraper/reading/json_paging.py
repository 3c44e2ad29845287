"""The request for a further page of JSON, made from the page's own request. Pure.

Decided here: where a page number or cursor goes: into the address, a JSON body or a form body, wherever the
page's own request has it.
"""

import json
from dataclasses import replace
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

from sincro_scraper.errors import SchemaDrift
from sincro_scraper.profile.paging import CursorPaging, OffsetPaging, PagePaging
from sincro_scraper.reading.addresses import check_first, check_first_value, with_parameter
from sincro_scraper.reading.fetching import Request
from sincro_scraper.reading.json_rows import Json, NothingThereError, at_path


def request_of_page(request: Request, paging: PagePaging | OffsetPaging, index: int) -> Request:
    """The request for the page with this index (0 is the first). Raises SchemaDrift: ParameterMissing."""
    value = paging.first + index if isinstance(paging, PagePaging) else paging.size * index
    return with_value(request, paging.parameter, value)


def check_first_request(request: Request, paging: PagePaging | OffsetPaging) -> None:
    """Raises SchemaDrift where the page's own request says that the first page has another number."""
    check_first(request.url, paging)
    text = (request.content or b"").decode("utf-8", "replace")
    if text.lstrip()[:1] in ("{", "["):
        try:
            check_first_value(at_path(json.loads(text), paging.parameter), paging)
        except (ValueError, NothingThereError):
            return
    for name, value in parse_qsl(text):
        if name == paging.parameter:
            check_first_value(value, paging)


def request_of_cursor(request: Request, paging: CursorPaging, document: Json) -> Request | None:
    """The request for what comes after an answer; None at the end. Raises SchemaDrift: CursorUnusable."""
    try:
        cursor = at_path(document, paging.field)
    except NothingThereError:
        return None
    if cursor is None or cursor == "" or cursor is False:
        return None
    if isinstance(cursor, dict | list):
        raise SchemaDrift(f"paging.field: {paging.field} is not a single value", code="CursorUnusable")
    if paging.parameter is not None:
        return with_value(request, paging.parameter, cursor if isinstance(cursor, int) else str(cursor))
    return replace(request, url=urljoin(request.url, str(cursor)))


def with_value(request: Request, name: str, value: int | str) -> Request:
    """The request with a parameter set where the page's own request has it; in the address when it has it nowhere."""
    in_address = any(key == name for key, _ in parse_qsl(urlsplit(request.url).query, keep_blank_values=True))
    if in_address or not request.content:
        return replace(request, url=with_parameter(request.url, name, str(value)))
    text = request.content.decode("utf-8", "replace")
    if text.lstrip()[:1] in "{[":
        return replace(request, content=_in_json(text, name, value))
    pairs = parse_qsl(text, keep_blank_values=True)
    if any(key == name for key, _ in pairs):
        pairs = [(key, str(value) if key == name else old) for key, old in pairs]
        return replace(request, content=urlencode(pairs).encode())
    return replace(request, url=with_parameter(request.url, name, str(value)))


def _in_json(text: str, path: str, value: int | str) -> bytes:
    try:
        body = json.loads(text)
    except ValueError:
        raise SchemaDrift(
            "the page's own request has a body that is neither JSON nor a form", code="BodyUnknown"
        ) from None
    *parents, last = path.split(".")
    place = body
    for name in parents:
        place = place.get(name) if isinstance(place, dict) else None
    if not isinstance(place, dict):
        raise SchemaDrift(f"the page's own request has no {path!r} in its body", code="ParameterMissing")
    old = place.get(last)
    place[last] = str(value) if isinstance(old, str) else value
    return json.dumps(body).encode()
