"""The committed CustomResourceDefinitions: as the models say, and whole."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from sincro_contract.crd.__main__ import differences, file_name, main
from sincro_contract.crd.definitions import DEFINITIONS, Definition

ROOT = Path(__file__).parents[3]
FOLDERS = [ROOT / "crds", ROOT / "helm/sincro/crds"]


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: str(folder.relative_to(ROOT)))
def test_committed_files_are_as_the_models_say(folder: Path) -> None:
    assert differences(folder) == []


def test_the_command_writes_what_it_then_finds_unchanged(tmp_path: Path) -> None:
    assert main(["--check", str(tmp_path)]) == 1
    assert main([str(tmp_path)]) == 0
    assert main(["--check", str(tmp_path)]) == 0


def test_differences_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main([str(tmp_path)])
    names = [file_name(definition) for definition in DEFINITIONS]
    (tmp_path / names[0]).unlink()
    (tmp_path / names[1]).write_text("kind: Something\n")
    (tmp_path / "more.yaml").write_text("")
    assert main(["--check", str(tmp_path)]) == 1
    assert capsys.readouterr().err.splitlines() == [
        f"{tmp_path / names[0]}: missing",
        f"{tmp_path / 'more.yaml'}: nothing makes this file",
        f"{tmp_path / names[1]}: differs from the models",
    ]


def test_written_without_anchors() -> None:
    for definition in DEFINITIONS:
        path = ROOT / "crds" / file_name(definition)
        assert not [token for token in yaml.scan(path.read_text()) if isinstance(token, yaml.AnchorToken)]


@pytest.mark.parametrize("definition", DEFINITIONS, ids=lambda definition: definition.kind)
def test_everything_that_a_rule_may_read_is_bounded(definition: Definition) -> None:
    spec = _schema(definition)["properties"]["spec"]
    unbounded = [
        path
        for path, schema in _walk("spec", spec)
        if not {
            "string": {"maxLength", "enum", "format"},
            "array": {"maxItems"},
            "object": {"properties", "maxProperties"},
        }.get(schema.get("type", ""), schema.keys())
        & schema.keys()
    ]
    assert unbounded == []


@pytest.mark.parametrize("definition", DEFINITIONS, ids=lambda definition: definition.kind)
def test_every_field_is_described(definition: Definition) -> None:
    fields = [
        (path, schema)
        for part in ("spec", "status")
        for path, schema in _walk(part, _schema(definition)["properties"][part])
        if not path.endswith(("[]", "{}"))
    ]
    assert [path for path, schema in fields if not schema.get("description")] == []


@pytest.mark.parametrize("definition", DEFINITIONS, ids=lambda definition: definition.kind)
def test_columns_and_selectable_fields_point_at_fields(definition: Definition) -> None:
    known = {
        "." + path for part in ("spec", "status") for path, _ in _walk(part, _schema(definition)["properties"][part])
    } | {".metadata.creationTimestamp"}
    paths = [column.path for column in definition.columns if "conditions[?" not in column.path]
    assert [path for path in (*paths, *definition.selectable) if path not in known] == []


def _schema(definition: Definition) -> dict[str, Any]:
    version = definition.document()["spec"]["versions"][0]
    schema: dict[str, Any] = version["schema"]["openAPIV3Schema"]
    return schema


def _walk(path: str, schema: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every schema below one, with its path; `[]` stands for a list's items and `{}` for a map's values."""
    yield path, schema
    for name, field in schema.get("properties", {}).items():
        yield from _walk(f"{path}.{name}", field)
    if "items" in schema:
        yield from _walk(f"{path}[]", schema["items"])
    if "additionalProperties" in schema:
        yield from _walk(f"{path}{{}}", schema["additionalProperties"])
