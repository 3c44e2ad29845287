"""A value on a detail page, found by the words beside it. Pure.

The patterns are those that forms and data sheets use: th/td, dt/dd, label and field, words and the element after them.
"""

from sincro_scraper.errors import SchemaDrift
from sincro_scraper.reading.headings import plain
from sincro_scraper.reading.html import Node, Tree, attribute_of, fold, text_of

_LABELS = "th, dt, label, td, legend, span, div, strong, b, em, p, h3, h4, h5, h6"
_FIELDS = "input:not([type=hidden]), select, textarea"


class LabelledValues:
    """The labels of one page, gathered once for all columns that are found by them."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._nodes: dict[str, list[Node]] = {}
        for node in tree.css(_LABELS):
            words = plain(fold(node.text()))
            if words and len(words) <= 200:
                self._nodes.setdefault(words, []).append(node)

    def node(self, label: str) -> Node:
        """The element of the value. Raises SchemaDrift: LabelMissing, LabelAmbiguous."""
        nodes = self._nodes.get(plain(label), [])
        found = [value for value in (_value_of(self._tree, node) for node in nodes) if value is not None]
        if not found:
            raise SchemaDrift(f"the page has no value beside {label!r}; it has {self._shown()}", code="LabelMissing")
        if len({node.mem_id for node in found}) > 1 and len({text_of(node) for node in found}) > 1:
            raise SchemaDrift(f"{label!r} stands on the page more than once; use at instead", code="LabelAmbiguous")
        return found[0]

    def _shown(self) -> str:
        labels = [text_of(nodes[0]) for nodes in self._nodes.values() if _value_of(self._tree, nodes[0]) is not None]
        return ", ".join(repr(label[:40]) for label in labels[:25]) or "no labels at all"


def _value_of(tree: Tree, label: Node) -> Node | None:
    if label.tag == "label":
        field = _field_of(tree, label)
        if field is not None:
            return field
    follower = _next_element(label)
    if follower is not None:
        return follower
    if label.tag in ("th", "td"):
        return None
    parent = label.parent
    if parent is not None and parent.tag not in ("body", "html") and fold(parent.text()) == fold(label.text()):
        return _value_of(tree, parent)
    return None


def _field_of(tree: Tree, label: Node) -> Node | None:
    name = attribute_of(label, "for")
    if name and '"' not in name:
        field = tree.css_first(f'[id="{name}"]')
        if field is not None:
            return field
    return label.css_first(_FIELDS)


def _next_element(node: Node) -> Node | None:
    follower = node.next
    while follower is not None and not follower.is_element_node:
        follower = follower.next
    return follower
