"""`python -m dev.chart.schemas FOLDER SWAGGER CRD...`: the schemas that kubeconform holds rendered manifests to.

Decided here: one file a kind with all that it refers to, from Kubernetes' own OpenAPI document and from definitions of
custom resources; and that a field which no schema knows is an error. Not here: which version, and where it comes from.
"""

import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import yaml

Schema = dict[str, Any]
_REFERENCE = "#/definitions/"
_EXCEPTIONS: dict[str, Schema] = {
    "io.k8s.apimachinery.pkg.util.intstr.IntOrString": {"type": ["integer", "string"]},
    "io.k8s.apimachinery.pkg.api.resource.Quantity": {"type": ["number", "string"]},
}
"""What is not the text that the document says: YAML has numbers."""


def of_kubernetes(document: Schema) -> Iterator[tuple[str, Schema]]:
    """File name and schema of every kind of the OpenAPI document."""
    definitions: dict[str, Schema] = document["definitions"] | _EXCEPTIONS
    for name, definition in definitions.items():
        kinds = definition.get("x-kubernetes-group-version-kind", [])
        if len(kinds) != 1 or "kind" not in definition.get("properties", {}):
            continue
        reachable = {each: _closed(definitions[each]) for each in _reachable(name, definitions)}
        kind = kinds[0]
        yield (
            file_name(kind["group"], kind["version"], kind["kind"]),
            {"$ref": _REFERENCE + name, "definitions": reachable},
        )


def of_definition(definition: Schema) -> Iterator[tuple[str, Schema]]:
    """File name and schema of every version of a custom resource."""
    spec = definition["spec"]
    for version in spec["versions"]:
        schema = _closed(version["schema"]["openAPIV3Schema"])
        schema["properties"] |= {name: {"type": "string"} for name in ("apiVersion", "kind")} | {"metadata": {}}
        yield file_name(spec["group"], version["name"], spec["names"]["kind"]), schema


def file_name(group: str, version: str, kind: str) -> str:
    """As kubeconform asks for it by `{{.ResourceKind}}-{{.Group}}-{{.ResourceAPIVersion}}.json`.

    Kubernetes' first kinds belong to no group; kubeconform takes their version for it.
    """
    return f"{kind.lower()}-{group or version}-{version}.json"


def _reachable(start: str, definitions: dict[str, Schema]) -> set[str]:
    found: set[str] = set()
    waiting = [start]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += _references(definitions[name])
    return found


def _references(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        if isinstance(reference := schema.get("$ref"), str):
            yield reference.removeprefix(_REFERENCE)
        for part in schema.values():
            yield from _references(part)
    elif isinstance(schema, list):
        for part in schema:
            yield from _references(part)


def _closed(schema: Any) -> Any:
    """The same, closed to fields that nobody described wherever some are; with what CRDs say differently put right."""
    if isinstance(schema, list):
        return [_closed(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    if schema.get("x-kubernetes-int-or-string"):
        return {"type": ["integer", "string"]}
    open_ended = schema.get("x-kubernetes-preserve-unknown-fields")
    closed = {key: _closed(part) for key, part in schema.items() if not key.startswith("x-kubernetes-")}
    if isinstance(schema.get("properties"), dict) and "additionalProperties" not in schema and not open_ended:
        closed["additionalProperties"] = False
    if closed.pop("nullable", False) and isinstance(closed.get("type"), str):
        closed["type"] = [closed["type"], "null"]
    return closed


def write(folder: Path, swagger: Path, definitions: Iterable[Path]) -> int:
    """Write all of them; returns how many."""
    schemas = dict(of_kubernetes(json.loads(swagger.read_text())))
    for path in definitions:
        schemas |= dict(of_definition(yaml.safe_load(path.read_text())))
    folder.mkdir(parents=True, exist_ok=True)
    for name, schema in schemas.items():
        (folder / name).write_text(json.dumps(schema))
    return len(schemas)


if __name__ == "__main__":
    target, swagger_file, *crds = map(Path, sys.argv[1:])
    sys.stdout.write(f"{write(target, swagger_file, crds)} schemas in {target}\n")
