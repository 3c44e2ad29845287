"""Resources that an earlier release accepted are accepted still: the schemas are held to those of every kept chart.

What may change: new optional fields, wider limits, more choices, other words. See docs/explanation/versions.md.
"""

import io
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[3]
RELEASES = sorted((ROOT / "helm" / "releases").glob("*.tgz"))
AT_MOST = ("maximum", "maxLength", "maxItems", "maxProperties")
AT_LEAST = ("minimum", "minLength", "minItems", "minProperties")
Schema = dict[str, Any]


def broken(old: Schema, new: Schema, path: str = "") -> Iterator[str]:
    """What a document of the old schema might hold that the new one refuses or forgets."""
    if old.get("type") != new.get("type"):
        yield f"{path}: {old.get('type')} has become {new.get('type')}"
        return
    for name in old.get("properties", {}):
        if name in new.get("properties", {}):
            yield from broken(old["properties"][name], new["properties"][name], f"{path}.{name}")
        else:
            yield f"{path}.{name}: is gone"
    for part in ("items", "additionalProperties"):
        if isinstance(old.get(part), dict) and isinstance(new.get(part), dict):
            yield from broken(old[part], new[part], f"{path}[]")
    needed = set(new.get("required", [])) - set(old.get("required", []))
    yield from (f"{path}.{name}: is needed now" for name in sorted(needed) if "default" not in new["properties"][name])
    if "enum" in new:
        gone = set(old["enum"]) - set(new["enum"]) if "enum" in old else {"any text"}
        yield from (f"{path}: {choice!r} is no choice any more" for choice in sorted(gone))
    for names, sign in ((AT_MOST, 1), (AT_LEAST, -1)):
        for name in names:
            if name in new and (name not in old or sign * new[name] < sign * old[name]):
                yield f"{path}: {name} is narrower"
    if "default" in old and old["default"] != new.get("default"):
        yield f"{path}: the default has changed"


def _definitions(release: Path) -> dict[str, Schema]:
    with tarfile.open(release) as archive:
        texts = [
            archive.extractfile(member).read()  # type: ignore[union-attr]
            for member in archive.getmembers()
            if member.name.startswith("sincro/crds/")
        ]
    return {document["metadata"]["name"]: document for document in map(yaml.safe_load, map(io.BytesIO, texts))}


def _schemas(definition: Schema) -> dict[str, Schema]:
    return {
        version["name"]: version["schema"]["openAPIV3Schema"]["properties"]["spec"]
        for version in definition["spec"]["versions"]
        if version["served"]
    }


def test_there_is_a_release_to_compare_with() -> None:
    assert RELEASES


@pytest.mark.parametrize("release", RELEASES, ids=lambda release: release.stem)
def test_what_a_release_accepted_is_accepted(release: Path) -> None:
    now = {}
    for path in (ROOT / "crds").glob("*.yaml"):
        document = yaml.safe_load(path.read_text())
        now[document["metadata"]["name"]] = document
    for name, definition in _definitions(release).items():
        schemas = _schemas(now[name])
        for version, schema in _schemas(definition).items():
            assert list(broken(schema, schemas[version], f"{name} {version} spec")) == []


OLD: Schema = {
    "type": "object",
    "required": ["name"],
    "properties": {
        "name": {"type": "string", "maxLength": 63},
        "mode": {"type": "string", "enum": ["Delta", "Full"], "default": "Delta"},
        "hours": {"type": "array", "items": {"type": "integer", "minimum": 0}},
    },
}


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({}, []),
        ({"more": {"type": "string"}}, []),
        ({"name": {"type": "string", "maxLength": 253}}, []),
        ({"mode": {"type": "string", "enum": ["Delta", "Full", "Force"], "default": "Delta"}}, []),
        ({"name": {"type": "string", "maxLength": 20}}, [".name: maxLength is narrower"]),
        ({"name": {"type": "string"}, "hours": {"type": "string"}}, [".hours: array has become string"]),
        ({"mode": {"type": "string", "enum": ["Full"], "default": "Full"}},
         [".mode: 'Delta' is no choice any more", ".mode: the default has changed"]),
        ({"hours": {"type": "array", "items": {"type": "integer", "minimum": 1}}}, [".hours[]: minimum is narrower"]),
        ({"name": None}, [".name: is gone"]),
    ],
)  # fmt: skip
def test_what_breaks(change: Schema, found: list[str]) -> None:
    properties = {name: part for name, part in (OLD["properties"] | change).items() if part is not None}
    assert list(broken(OLD, OLD | {"properties": properties})) == found


def test_a_new_need_breaks_unless_it_has_a_default() -> None:
    needed = {"type": "string"}
    new = OLD | {"required": ["name", "more"], "properties": OLD["properties"] | {"more": needed}}
    assert list(broken(OLD, new)) == [".more: is needed now"]
    needed["default"] = "x"
    assert list(broken(OLD, new)) == []
