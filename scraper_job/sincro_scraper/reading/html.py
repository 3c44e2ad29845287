"""HTML text -> a tree whose texts read as a person sees them. Decided here: line breaks, hidden parts, form fields.

What the browser serialises and what comes over HTTP go through the same few functions, so both read alike.
"""

import re
from typing import TypeAlias

from selectolax.lexbor import LexborHTMLParser, LexborNode

from sincro_scraper.reading.depth import check_depth

Node: TypeAlias = LexborNode
Tree: TypeAlias = LexborHTMLParser

_BREAK = "\ue000"
"""Stands for a line break while white space is folded (a private-use character: no page means anything by it)."""
_BLOCKS = "p, div, li, address, h1, h2, h3, h4, h5, h6"
_AROUND_BREAKS = re.compile(rf" *{_BREAK}[ {_BREAK}]*")
_SELF_NAMED = "input:not([type=hidden]), textarea, img[alt], [aria-checked], [aria-label], [title]"
_FIELDS = frozenset({"input", "textarea", "img"})
_NEVER_SHOWN = ["script", "style", "template", "noscript"]


def parse_html(text: str) -> Tree:
    """Parse a page. Any text gives a tree, as in a browser. Raises SourceUnavailable for one that nests too deep."""
    check_depth(text)
    tree = LexborHTMLParser(text)
    tree.strip_tags(_NEVER_SHOWN)
    for line_break in tree.css("br"):
        line_break.replace_with(_BREAK)
    for block in tree.css(_BLOCKS):
        block.insert_after(_BREAK)
    if "<select" in text or "<SELECT" in text:
        for options in tree.css("select"):
            _keep_chosen(options)
    return tree


def _keep_chosen(select: Node) -> None:
    options = select.css("option")
    chosen = [option for option in options if "selected" in option.attributes] or options[:1]
    kept = {option.mem_id for option in chosen}
    for option in options:
        if option.mem_id not in kept:
            option.decompose()


def text_of(node: Node) -> str:
    """The text of an element: white space folded, line breaks kept; of fields and images what they stand for."""
    return fold(node.text()) or _spoken(node)


def fold(text: str) -> str:
    """Fold white space as a browser does; marked breaks become line breaks, none at either end."""
    folded = " ".join(text.split())
    if _BREAK not in folded:
        return folded
    return _AROUND_BREAKS.sub("\n", folded).strip("\n ")


def attribute_of(node: Node, name: str) -> str | None:
    """An attribute's value as it was written, or None; an attribute without a value is ''."""
    attributes = node.attributes
    if name not in attributes:
        return None
    return (attributes[name] or "").replace(_BREAK, "\n")


def is_hidden(node: Node) -> bool:
    """True for what the page's own markup hides (attribute or inline style)."""
    attributes = node.attributes
    if "hidden" in attributes:
        return True
    style = attributes.get("style")
    return bool(style) and "display:none" in (style or "").replace(" ", "").lower()


def hidden_parts(tree: Tree) -> frozenset[int]:
    """The marks (mem_id) of all that the page's own markup hides, gathered in one go."""
    return frozenset(node.mem_id for node in tree.css('[hidden], [style*="display"]') if is_hidden(node))


def _spoken(node: Node) -> str:
    """What stands for an element without text: a field's value, a box's state, an image's alternative text."""
    found: Node | None = node
    if node.tag not in _FIELDS and next(node.iter(), None) is not None:
        found = node.css_first(_SELF_NAMED)
    attributes = (found or node).attributes
    if not attributes or found is None:
        return ""
    if found.tag == "input":
        if (attributes.get("type") or "").lower() in ("checkbox", "radio"):
            return "true" if "checked" in attributes else "false"
        return (attributes.get("value") or "").replace(_BREAK, "\n").strip()
    if attributes.get("aria-checked") in ("true", "false"):
        return attributes["aria-checked"] or ""
    return (attributes.get("alt") or attributes.get("aria-label") or attributes.get("title") or "").strip()
