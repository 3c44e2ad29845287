"""The page of the dashboard's REST API, from the OpenAPI document that is committed beside it."""

import json
from pathlib import Path
from typing import Any

from dev.docs.markdown import code, head, section, table

DOCUMENT = Path(__file__).parents[2] / "dashboard" / "openapi.json"

_INTRODUCTION = """
The whole document, with shapes and examples, is `dashboard/openapi.json`; a running dashboard serves it at
`/api/openapi.json`. Everything but *System* asks who you are: see [signing in](../how-to/sign-in.md). Errors are
problem details (RFC 9457). Live progress comes by Socket.IO: see the [progress event](run.md#progress-event).
"""


def page() -> str:
    """Every route, by tag, in the order of the document."""
    paths: dict[str, dict[str, Any]] = json.loads(DOCUMENT.read_text(encoding="utf-8"))["paths"]
    tags: dict[str, list[tuple[str, str]]] = {}
    for path, methods in paths.items():
        for method, operation in methods.items():
            row = code(f"{method.upper()} {path}"), operation["summary"]
            tags.setdefault(operation["tags"][0], []).append(row)
    return head("REST API", "dashboard/openapi.json", _INTRODUCTION) + "".join(
        section(tag.capitalize(), table(("request", "what it does"), rows)) for tag, rows in tags.items()
    )
