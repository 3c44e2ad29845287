"""What a profile may say, in its short and long forms, and that its documentation says all of it."""

import json
import re
from pathlib import Path

import pytest
from pydantic import BaseModel

from sincro_scraper.__main__ import main
from sincro_scraper.profile import Profile, load_profile
from sincro_scraper.profile.columns import ColumnSpec
from sincro_scraper.profile.model import BasicSpec, GentleSpec, LoginSpec, MannerSpec, RequestSpec, SignSpec
from sincro_scraper.profile.paging import CursorPaging, NextPaging, OffsetPaging, PagePaging, ScrollPaging
from sincro_scraper.profile.steps import Fill, Goto
from sincro_scraper.profile.streams import (
    DeletionSpec,
    DeltaSpec,
    DetailSpec,
    ExportSpec,
    ProbeSpec,
    ResponseSpec,
    StreamSpec,
    TotalSpec,
)
from sincro_scraper.profile.yaml_source import read_yaml
from tests.unit.scraper.profiles import SMALL, stream_of

ROOT = Path(__file__).parents[3]
DOCUMENTATION = (ROOT / "docs/profile.md").read_text()


@pytest.mark.parametrize("path", sorted((ROOT / "examples/profiles").glob("*.yaml")), ids=lambda path: path.name)
def test_every_example_is_valid(path: Path) -> None:
    load_profile(path.read_text())


def whole_profiles(page: str) -> list[str]:
    blocks = re.findall(r"```yaml\n(.*?)```", (ROOT / "docs" / page).read_text(), flags=re.DOTALL)
    return [block for block in blocks if block.startswith("sincro: 1")]


@pytest.mark.parametrize(("page", "least"), [("profile.md", 2), ("how-to/profiles.md", 8)])
def test_every_whole_profile_in_the_documentation_is_valid(page: str, least: int) -> None:
    blocks = whole_profiles(page)
    assert len(blocks) >= least
    for block in blocks:
        load_profile(block)


@pytest.mark.parametrize(
    "path", sorted((ROOT / "tests/browser/scraper/third_party").glob("*.yaml")), ids=lambda path: path.stem
)
def test_the_documentation_shows_the_profiles_that_are_tested(path: Path) -> None:
    assert path.read_text() in whole_profiles("how-to/profiles.md")


@pytest.mark.parametrize(
    "model",
    [
        *(Profile, LoginSpec, SignSpec, MannerSpec, GentleSpec, StreamSpec, ColumnSpec, TotalSpec, ResponseSpec),
        *(ExportSpec, DetailSpec, DeltaSpec, DeletionSpec, ProbeSpec, RequestSpec, BasicSpec),
        *(NextPaging, PagePaging, OffsetPaging, CursorPaging, ScrollPaging),
    ],
    ids=lambda model: model.__name__,
)
def test_every_word_of_the_language_is_documented(model: type[BaseModel]) -> None:
    words = [field.alias or name for name, field in model.model_fields.items()]
    missing = [word for word in words if not re.search(rf"\b{word}\b", DOCUMENTATION)]
    assert missing == []


def test_the_schema_is_printed_and_holds_every_part(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema"]) == 0
    schema = json.loads(capsys.readouterr().out)
    assert schema["$schema"].endswith("2020-12/schema")
    parts = {"login", "logout", "signs", "window", "manners", "requests", "streams"}
    assert set(schema["properties"]) == {"sincro", "name"} | parts
    assert "StreamSpec" in schema["$defs"]


def test_short_forms() -> None:
    stream = stream_of(
        """
        open: /items
        key: code
        total: "of (.*)"
        paging: none
        empty: text=Nothing
        columns: { code: Code }
        """
    )
    assert stream.open == (Goto(goto="/items"),)
    assert stream.key == ("code",)
    assert stream.total == TotalSpec(pattern="of (.*)")
    assert stream.columns["code"].header == "Code"
    assert stream.empty == ("text=Nothing",)


def test_in_json_a_plain_text_is_a_field() -> None:
    stream = stream_of(
        """
        open: /items
        transport: xhr
        response: { url: /api }
        key: code
        columns: { code: item.code }
        """
    )
    assert stream.columns["code"].field == "item.code"


def test_a_single_step_needs_no_list() -> None:
    profile = load_profile(SMALL + "logout: { goto: /out }\n")
    assert profile.logout == (Goto(goto="/out"),)
    assert profile.login is not None
    assert isinstance(profile.login.steps[1], Fill)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("No", "No"),
        ("yes", "yes"),
        ("on", "on"),
        ("Sì", "Sì"),
        ("01", "01"),
        ("12:30", "12:30"),
        ("2026-12-31", "2026-12-31"),
        ("1_000", "1_000"),
        ("0x1F", "0x1F"),
        ("1e3", "1e3"),
        (".5", ".5"),
        ("true", True),
        ("false", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("12", 12),
        ("-3", -3),
        ("0.25", 0.25),
        ("'12'", "12"),
        ('"true"', "true"),
        ("[No, 1]", ["No", 1]),
        ("{No: Sì}", {"No": "Sì"}),
    ],
)
def test_yaml_without_surprises(text: str, value: object) -> None:
    assert read_yaml(f"key: {text}\n").value == {"key": value}


def test_places_are_found_through_lists_and_mappings() -> None:
    source = read_yaml(SMALL)
    assert source.place(("streams", "items", "columns", "name")).line == 18
    assert source.place(("login", "steps", 1, "with")).line == 7
    assert source.place(("streams", "items", "nothing")).line == 11
