"""The request behind a link to the next page, read from HTML: a plain link, or a form that posts itself (WebForms).

Pure. None where only a script knows: then the browser has to turn the page.
"""

import re
from urllib.parse import urlencode, urljoin

from sincro_scraper.reading.fetching import Request
from sincro_scraper.reading.html import Node, attribute_of

_POST_BACK = re.compile(r"__doPostBack\(\s*'([^']*)'\s*,\s*'([^']*)'\s*\)")


def request_of_link(link: Node, page_url: str) -> Request | None:
    """What following the link asks for."""
    href = (attribute_of(link, "href") or "").strip()
    match = _POST_BACK.search(href)
    if match is not None:
        form = _form_around(link)
        return _post_back(form, page_url, *match.groups()) if form is not None else None
    if not href or href.startswith("#") or re.match(r"(?i)(javascript|mailto|data):", href):
        return None
    return Request(urljoin(page_url, href))


def is_disabled(link: Node) -> bool:
    """Whether the page's markup says that the link leads nowhere (on itself or on what wraps only it)."""
    node: Node | None = link
    for up in range(3):
        if node is None:
            return False
        attributes = node.attributes
        if "disabled" in attributes or attributes.get("aria-disabled") == "true":
            return True
        if up and len(list(node.iter())) > 1:
            return False
        if re.search(r"(?i)(^|[\s_-])disabled($|[\s_-])", attributes.get("class") or ""):
            return True
        node = node.parent
    return False


def _form_around(node: Node) -> Node | None:
    parent = node.parent
    while parent is not None and parent.tag != "form":
        parent = parent.parent
    return parent


def _post_back(form: Node, page_url: str, target: str, argument: str) -> Request:
    fields: list[tuple[str, str]] = []
    for field in form.css("input[name], select[name], textarea[name]"):
        fields.extend(_submitted(field))
    wanted = {"__EVENTTARGET": target, "__EVENTARGUMENT": argument}
    fields = [(name, value) for name, value in fields if name not in wanted] + list(wanted.items())
    action = urljoin(page_url, attribute_of(form, "action") or page_url)
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    return Request(action, "POST", headers, urlencode(fields).encode())


def _submitted(field: Node) -> list[tuple[str, str]]:
    """What a field adds to its form when no button is pressed."""
    name = attribute_of(field, "name") or ""
    attributes = field.attributes
    if "disabled" in attributes:
        return []
    if field.tag == "select":
        return [(name, attributes_value(option)) for option in field.css("option")]
    if field.tag == "textarea":
        return [(name, field.text())]
    kind = (attributes.get("type") or "text").lower()
    if kind in ("submit", "button", "image", "reset", "file"):
        return []
    if kind in ("checkbox", "radio") and "checked" not in attributes:
        return []
    return [(name, attributes.get("value") or ("on" if kind in ("checkbox", "radio") else ""))]


def attributes_value(option: Node) -> str:
    """What a chosen option submits."""
    value = option.attributes.get("value")
    return value if value is not None else option.text().strip()
