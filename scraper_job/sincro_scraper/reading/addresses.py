"""Addresses of further pages: a parameter set in an address, the rest left as it is. Pure."""

from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from sincro_scraper.errors import SchemaDrift
from sincro_scraper.profile.paging import OffsetPaging, PagePaging


def full_address(base_url: str, path: str) -> str:
    """An address of the source: paths are appended to its base URL, full addresses stay."""
    return path if urlsplit(path).scheme else f"{base_url.rstrip('/')}/{path.lstrip('/')}"


def with_parameter(address: str, name: str, value: str) -> str:
    """The address with a parameter of its query set to a value; its other parameters keep their places."""
    parts = urlsplit(address)
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    if any(key == name for key, _ in pairs):
        pairs = [(key, value if key == name else old) for key, old in pairs]
    else:
        pairs.append((name, value))
    return urlunsplit(parts._replace(query=urlencode(pairs)))


def check_first(address: str, paging: PagePaging | OffsetPaging) -> None:
    """Raises SchemaDrift where the list's own address says that its first page has another number."""
    for name, text in parse_qsl(urlsplit(address).query):
        if name == paging.parameter:
            check_first_value(text, paging)


def check_first_value(value: object, paging: PagePaging | OffsetPaging) -> None:
    """The same for a number that stands elsewhere; what is no number says nothing."""
    text, first = str(value).strip(), paging.first if isinstance(paging, PagePaging) else 0
    if not text.isdecimal() or int(text) == first:
        return
    advice = (
        f"say first: {text}" if isinstance(paging, PagePaging) and text in ("0", "1") else "open it at its beginning"
    )
    raise SchemaDrift(
        f"the list opens with {paging.parameter}={text}, and the profile counts from {first}: pages would be left out; "
        f"{advice}",
        code="FirstPage",
        place=("paging",),
    )


def address_of_page(address: str, paging: PagePaging | OffsetPaging, index: int) -> str:
    """The address of the page with this index (0 is the first)."""
    if isinstance(paging, PagePaging):
        return with_parameter(address, paging.parameter, str(paging.first + index))
    return with_parameter(address, paging.parameter, str(paging.size * index))
