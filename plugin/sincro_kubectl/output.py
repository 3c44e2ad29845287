"""How results are written for programs: JSON, YAML, names.

Decided here: the formats and that nothing in them can reach a terminal as a command. Not here: what is in them.
"""

import json
import re
from collections.abc import Iterable, Sequence

from sincro_kubectl.fields import Document, printable
from sincro_kubectl.resources import SINGULAR

FORMATS = ("wide", "json", "yaml", "name")
_C1 = re.compile("[\x7f-\x9f\u2028\u2029]")


def to_json(document: Document) -> str:
    """Indented JSON in UTF-8; every control character stays an escape."""
    text = json.dumps(document, indent=2, ensure_ascii=False)
    return _C1.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def to_yaml(document: Document) -> str:
    """Block-style YAML in the order of the document; special characters are escaped."""
    import yaml  # here, because reading it takes as long as all the rest

    return str(yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=120)).rstrip("\n")


def as_list(documents: Sequence[Document]) -> Document:
    """Objects as kubectl lists them."""
    return {"apiVersion": "v1", "kind": "List", "metadata": {"resourceVersion": ""}, "items": list(documents)}


def names(documents: Iterable[Document]) -> list[str]:
    """`synctask.sincro.dev/NAME` for each object."""
    return [f"{SINGULAR[str(d['kind'])]}.sincro.dev/{printable(str(d['metadata']['name']))}" for d in documents]


def document_lines(document: Document, form: str) -> list[str]:
    """A document as json or yaml."""
    return [to_yaml(document) if form == "yaml" else to_json(document)]


def object_lines(documents: Sequence[Document], form: str) -> list[str]:
    """Objects as json or yaml (one as itself, several as a list) or as names."""
    if form == "name":
        return names(documents)
    return document_lines(documents[0] if len(documents) == 1 else as_list(documents), form)
