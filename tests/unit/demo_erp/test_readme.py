"""The README is what a profile is written from: it must name every field, switch and user as they are."""

from __future__ import annotations

from pathlib import Path

import pytest

import demo_erp
from demo_erp.fields import LISTS, Field, Kind, ListName
from demo_erp.misbehaviour import Switch
from demo_erp.settings import DEFAULT_USERS

README = (Path(demo_erp.__file__).parent.parent / "README.md").read_text(encoding="utf-8")


def _row(field: Field, where: str) -> str:
    kind = f"decimal({field.scale})" if field.kind is Kind.DECIMAL else field.kind.value
    return f"| {field.header} | `{field.name}` | `{field.member}` | {kind} | {where} |"


@pytest.mark.parametrize("name", ListName)
def test_the_fields_of_each_list(name: ListName) -> None:
    spec = LISTS[name]
    section = README.split(f"### {name}: key {', '.join(f'`{part}`' for part in spec.key)}\n")[1].split("\n#")[0]
    table = [line for line in section.splitlines() if line.startswith("| ")][2:]
    assert table == [_row(f, "list") for f in spec.fields] + [_row(f, "detail page") for f in spec.details]
    assert f"| {name} | `/{spec.page}` | `{spec.grid_id}` |" in README


@pytest.mark.parametrize("switch", Switch)
def test_the_switches(switch: Switch) -> None:
    assert f"\n| `{switch}` | " in README


def test_the_users() -> None:
    assert all(f"`{user}` / `{password}`" in README for user, password in DEFAULT_USERS.items())
