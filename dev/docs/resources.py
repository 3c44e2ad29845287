"""The page of the custom resources: every field, and every rule that the API server checks."""

from typing import Any

from dev.docs.markdown import code, head, section, table
from dev.docs.schema import FIELD_HEADER, nested_rows, rules
from sincro_contract.crd.definitions import DEFINITIONS, Definition
from sincro_contract.resources.conditions import API_VERSION

_INTRODUCTION = f"""
`apiVersion: {API_VERSION}`, namespaced, category `sincro` (`kubectl get sincro` shows all of them). In the terminal,
`kubectl explain synctask.spec` says the same. Durations are written like `30s`, `10m`, `1h30m`. A field without a
default may be left out, unless it is *needed*. The operator alone writes `status`.
"""


def page() -> str:
    """All resources."""
    return head("Resources", "contract/sincro_contract/resources", _INTRODUCTION) + "".join(map(_resource, DEFINITIONS))


def _resource(definition: Definition) -> str:
    schema: dict[str, Any] = definition.document()["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    spec, status = schema["properties"]["spec"], schema["properties"]["status"]
    names = f"Short name `{definition.short_name}`. The name has at most {definition.name_limit} characters."
    if definition.selectable:
        names += f" Field selectors: {', '.join(code(path.lstrip('.')) for path in definition.selectable)}."
    refused = table(("field", "refused with"), ((code(field), text) for field, text in rules(spec)))
    columns = table(
        ("column", "from", "shown"),
        (
            (column.name, code(column.path), "with `-o wide`" if column.wide else "always")
            for column in definition.columns
        ),
    )
    return section(
        definition.kind,
        f"{schema['description']} {names}",
        section("spec", table(FIELD_HEADER, nested_rows(spec)), level=3),
        section("What the API server refuses, beyond types", refused, level=3),
        section("status", table(FIELD_HEADER, nested_rows(status)), level=3),
        section("Columns of kubectl get", columns, level=3),
    )
