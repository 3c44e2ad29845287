"""`python -m dev.chart.readme [--check]`: write the table of values into helm/sincro/README.md.

Decided here: one row a value, named by its path, with the default of values.yaml and the description of the schema. A
part that takes anything (an empty map or list, resources) is one row.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

CHART = Path(__file__).parents[2] / "helm" / "sincro"
README = CHART / "README.md"
BEGIN, END = "<!-- values: begin -->\n", "<!-- values: end -->\n"


def rows(values: Any, schema: dict[str, Any], path: str = "") -> Iterator[tuple[str, Any, str]]:
    """Path, default and description of every value. Raises KeyError for a value that the schema does not know."""
    fields = schema.get("properties")
    if not fields:
        yield path, values, schema["description"]
        return
    for name, value in values.items():
        yield from rows(value, fields[name], f"{path}.{name}" if path else name)


def table() -> str:
    """The table in Markdown."""
    values = yaml.safe_load((CHART / "values.yaml").read_text())
    schema = json.loads((CHART / "values.schema.json").read_text())
    lines = ["| value | default | what it is |", "| --- | --- | --- |"]
    for path, value, description in rows(values, schema):
        lines.append(f"| `{path}` | `{json.dumps(value, ensure_ascii=False)}` | {description} |")
    return "\n".join(lines) + "\n"


def readme(text: str) -> str:
    """The README with its table as it should be."""
    before, rest = text.split(BEGIN)
    return before + BEGIN + table() + END + rest.split(END)[1]


if __name__ == "__main__":
    found = README.read_text()
    wanted = readme(found)
    if "--check" in sys.argv[1:]:
        sys.exit(0 if found == wanted else f"{README}: the table of values differs; run python -m dev.chart.readme")
    README.write_text(wanted)
