"""The reference is what the code says, and a difference is told."""

from pathlib import Path

import pytest

from dev.docs.__main__ import FOLDER, differences, main
from dev.docs.markdown import table
from dev.docs.pages import PAGES
from dev.docs.schema import nested_rows, words
from sincro_contract.exit_codes import ErrorClass
from sincro_contract.resources.sync_task import TaskState


@pytest.mark.parametrize("name", PAGES)
def test_the_committed_page_is_what_the_code_says(name: str) -> None:
    assert (FOLDER / name).read_text(encoding="utf-8") == PAGES[name](), "run python -m dev.docs"


def test_nothing_else_is_there() -> None:
    assert {path.name for path in FOLDER.iterdir()} == set(PAGES)


def test_a_difference_is_told(tmp_path: Path) -> None:
    (tmp_path / "same.md").write_text("a")
    (tmp_path / "other.md").write_text("b")
    (tmp_path / "strange.md").write_text("c")
    assert differences(tmp_path, {"same.md": "a", "other.md": "x", "new.md": "y"}) == [
        f"{tmp_path}/new.md: missing",
        f"{tmp_path}/strange.md: nothing makes this page",
        f"{tmp_path}/other.md: differs from the code; run python -m dev.docs",
    ]


def test_check_writes_nothing_and_says_so_by_its_exit_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("dev.docs.__main__.FOLDER", tmp_path / "reference")
    assert main(["--check"]) == 1
    assert "errors.md: missing" in capsys.readouterr().err
    assert not (tmp_path / "reference").exists()
    assert main([]) == 0
    assert main(["--check"]) == 0


def test_every_setting_is_explained() -> None:
    rows = [line.split(" | ") for line in PAGES["settings.md"]().splitlines() if line.startswith("| `")]
    assert len(rows) > 50
    assert [row[0] for row in rows if not row[-1].strip(" |")] == []


def test_every_error_class_is_explained() -> None:
    page = PAGES["errors.md"]()
    assert [error for error in ErrorClass if f"| `{error.value}` |" not in page] == []


def test_every_state_is_named() -> None:
    page = PAGES["resources.md"]()
    assert [state for state in TaskState if f"`{state.value}`" not in page] == []


@pytest.mark.parametrize(
    ("schema", "said"),
    [
        ({"type": "string"}, "text"),
        ({"type": "string", "format": "date-time"}, "instant"),
        ({"type": "integer", "minimum": 1, "maximum": 20}, "integer, 1 to 20"),
        ({"type": "number", "exclusiveMinimum": 0}, "number, more than 0"),
        ({"type": "array", "items": {"type": "string"}, "maxItems": 8}, "list of text, at most 8"),
        ({"enum": ["Skip", "RunOnce"]}, "`Skip`, `RunOnce`"),
        ({"anyOf": [{"type": "boolean"}, {"type": "null"}]}, "boolean"),
        ({"type": "object", "additionalProperties": {"type": "integer"}}, "map of integer"),
        ({"$ref": "#/$defs/Mode"}, "[Mode](#mode)"),
    ],
)
def test_types_in_words(schema: dict[str, object], said: str) -> None:
    assert words(schema) == said


def test_nested_fields_are_named_by_their_path() -> None:
    item = {"type": "object", "properties": {"start": {"type": "string", "description": "From"}}, "required": ["start"]}
    schema = {"properties": {"quiet": {"type": "array", "items": item, "description": "Hours"}}}
    assert list(nested_rows(schema)) == [
        ("`quiet`", "list", "", "Hours"),
        ("`quiet[].start`", "text", "needed", "From"),
    ]


def test_bars_do_not_break_a_table() -> None:
    assert table(("a", "b"), [("x|y", "two\nlines")]) == "| a | b |\n| --- | --- |\n| x\\|y | two lines |\n"
