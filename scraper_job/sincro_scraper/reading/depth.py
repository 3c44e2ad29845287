"""How deep a page nests, counted before it is parsed: the parser's time grows with the square of the depth. Pure.

Decided here: what is too deep. Browsers stop at 512 levels; a hundred thousand would hold the run for minutes.
"""

import re

from sincro_scraper.errors import SourceUnavailable

DEEPEST = 5_000
_FEW_TAGS = 20_000
"""A page with fewer is parsed in a moment however they nest, and is not counted."""
_NO_END = frozenset({"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"})
_END_LEFT_OUT = frozenset(
    {
        *("body", "caption", "colgroup", "dd", "dt", "head", "html", "li", "optgroup", "option", "p", "rp", "rt"),
        *("tbody", "td", "tfoot", "th", "thead", "tr"),
    }
)
_FLAT = _NO_END | _END_LEFT_OUT
"""Elements without an end tag, or whose end tag may be left out: they do not nest by themselves."""
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9-]*)")


def check_depth(text: str) -> None:
    """Raises SourceUnavailable (PageTooDeep)."""
    if text.count("<") < _FEW_TAGS:
        return
    depth = 0
    for closing, name in _TAG.findall(text):
        if name.lower() in _FLAT:
            continue
        if not closing:
            depth += 1
            if depth > DEEPEST:
                raise SourceUnavailable(f"the page nests deeper than {DEEPEST:,} elements", code="PageTooDeep")
        elif depth:
            depth -= 1
