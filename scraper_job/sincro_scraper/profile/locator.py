"""The grammar of locators: `button=Accedi`, `label=Password`, `css=.grid >> link="2"`. Text -> parts, or what is wrong.

The same kinds as Playwright's locators, one string each; how a part is looked up on a page is decided elsewhere.
"""

import re
from dataclasses import dataclass
from difflib import get_close_matches

ROLES = frozenset(
    [
        "alert",
        "button",
        "cell",
        "checkbox",
        "columnheader",
        "combobox",
        "dialog",
        "grid",
        "gridcell",
        "heading",
        "img",
        "link",
        "list",
        "listbox",
        "listitem",
        "menu",
        "menubar",
        "menuitem",
        "navigation",
        "option",
        "progressbar",
        "radio",
        "row",
        "rowheader",
        "search",
        "searchbox",
        "slider",
        "spinbutton",
        "status",
        "switch",
        "tab",
        "table",
        "tabpanel",
        "textbox",
        "toolbar",
        "tree",
        "treeitem",
    ]
)
ATTRIBUTE_KINDS = {"placeholder": "placeholder", "title": "title", "alt": "alt", "testid": "data-testid"}
OTHER_KINDS = frozenset({"css", "xpath", "text", "label", "role", "id", "nth"})
KINDS = ROLES | OTHER_KINDS | frozenset(ATTRIBUTE_KINDS)

_PREFIX = re.compile(r"\s*([a-z]+)\s*=\s*(.*?)\s*\Z", re.DOTALL)
_SEPARATOR = re.compile(r"\s+>>\s+")


@dataclass(frozen=True)
class Part:
    """One step of a locator. `exact`: the text was written in quotes and has to be the whole text."""

    kind: str
    value: str
    exact: bool = False


@dataclass(frozen=True)
class Locator:
    """Parts from the outside in; each is looked up within the one before it."""

    text: str
    parts: tuple[Part, ...]

    def __str__(self) -> str:
        return self.text


def parse_locator(text: str) -> Locator:
    """Read a locator. Raises ValueError that says what is wrong and, for a misspelt kind, what was meant."""
    if not text.strip():
        raise ValueError("a locator must not be empty")
    return Locator(text, tuple(_part(piece) for piece in _SEPARATOR.split(text.strip())))


def _part(piece: str) -> Part:
    match = _PREFIX.match(piece)
    if match is None:
        return Part("css", piece)
    kind, value = match.groups()
    if kind not in KINDS:
        same_letters = [known for known in sorted(KINDS) if sorted(known) == sorted(kind)]
        close = same_letters or get_close_matches(kind, sorted(KINDS), n=1)
        hint = f"did you mean {close[0]!r}?" if close else "for a CSS selector write css=..."
        raise ValueError(f"{kind!r} is not a kind of locator; {hint}")
    if not value:
        raise ValueError(f"nothing stands after {kind}=")
    if kind == "nth" and not re.fullmatch(r"-?\d+", value):
        raise ValueError(f"nth= takes a whole number (0 is the first, -1 the last), not {value!r}")
    if kind in ("css", "xpath", "role", "nth", "id"):
        return Part(kind, value)
    if len(value) > 2 and value[0] == value[-1] and value[0] in "\"'":
        return Part(kind, value[1:-1], exact=True)
    return Part(kind, value)
