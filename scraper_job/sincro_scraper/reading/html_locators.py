"""The profile's locators and signs on HTML without a browser, as far as that goes: enough for links, words, addresses.

What only a browser can tell (visibility, labels of ARIA) is not guessed: such a locator finds nothing here.
"""

from collections.abc import Sequence
from dataclasses import replace

from sincro_scraper.browser.signs import address_fits
from sincro_scraper.profile.locator import Locator, Part, parse_locator
from sincro_scraper.reading.html import Node, Tree, attribute_of, fold, is_hidden, text_of

_ROLES = {
    "link": "a[href], [role=link]",
    "button": "button, input[type=submit], input[type=button], input[type=image], [role=button]",
    "heading": "h1, h2, h3, h4, h5, h6, [role=heading]",
    "alert": "[role=alert]",
}

_PRECISE = frozenset({"css", "xpath", "id", "testid", "nth"})


def find_nodes(tree: Tree, locator: Locator, *, exact: bool = False) -> list[Node]:
    """The elements that fit; none where the locator needs a browser. exact: only those whose whole text it is."""
    if exact:
        locator = replace(locator, parts=tuple(replace(part, exact=True) for part in locator.parts))
    scope: list[Node] = [tree.root] if tree.root is not None else []
    for part in locator.parts:
        if part.kind == "nth":
            index = int(part.value)
            scope = scope[index : index + 1 or None] if -len(scope) <= index < len(scope) else []
        else:
            scope = [node for within in scope for node in _within(within, part)]
    return scope


def node_to_click(tree: Tree, text: str) -> tuple[Node | None, int]:
    """The element that a click means, and how many fit: as in the browser, of several the one that fits exactly.

    None where there is none, and where it cannot be told which one is meant.
    """
    locator = parse_locator(text)
    nodes = find_nodes(tree, locator)
    if len(nodes) < 2 or locator.parts[-1].kind in _PRECISE:
        return (nodes[0] if nodes else None), len(nodes)
    exact = find_nodes(tree, locator, exact=True)
    links = {attribute_of(node, "href") for node in exact}  # a pager often stands above the list and below it
    return (exact[0] if len(exact) == 1 or (len(links) == 1 and None not in links) else None), len(nodes)


def sign_shown(tree: Tree, address: str, status: int, signs: Sequence[str]) -> str | None:
    """The first sign that shows on a fetched page, or None."""
    for sign in signs:
        kind, _, value = sign.partition("=")
        if kind == "url":
            seen = address_fits(address, value)
        elif kind == "status":
            seen = status == int(value)
        else:
            seen = any(not is_hidden(node) for node in find_nodes(tree, parse_locator(sign)))
        if seen:
            return sign
    return None


def _within(scope: Node, part: Part) -> list[Node]:
    if part.kind == "css":
        return scope.css(part.value)
    if part.kind == "id":
        return scope.css(f'[id="{part.value}"]')
    if part.kind == "text":
        return _with_text(scope, part)
    if part.kind in ("title", "alt", "placeholder"):
        return [node for node in scope.css(f"[{part.kind}]") if _fits(attribute_of(node, part.kind) or "", part)]
    if part.kind == "testid":
        return scope.css(f'[data-testid="{part.value}"]')
    if part.kind in _ROLES:
        return [node for node in scope.css(_ROLES[part.kind]) if part.value == "*" or _fits(_name(node), part)]
    return []


def _with_text(scope: Node, part: Part) -> list[Node]:
    """The innermost elements whose text fits."""
    if not _fits(fold(scope.text()), Part("text", part.value)):
        return []
    found = [node for node in scope.css("*") if _fits(text_of(node), part)]
    return [node for node in found if not any(_fits(text_of(inner), part) for inner in node.iter())]


def _name(node: Node) -> str:
    label = attribute_of(node, "aria-label")
    if label:
        return label
    if node.tag == "input":
        return attribute_of(node, "value") or attribute_of(node, "alt") or ""
    return text_of(node) or attribute_of(node, "title") or ""


def _fits(text: str, part: Part) -> bool:
    folded = " ".join(text.split())
    return folded == part.value if part.exact else part.value.casefold() in folded.casefold()
