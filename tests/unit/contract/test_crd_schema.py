"""From small models to structural schemas: the whole schema each time."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

import pytest
from pydantic import Field, StringConstraints

from sincro_contract.crd.schema import structural_schema
from sincro_contract.durations import DURATION_PATTERN, Duration
from sincro_contract.model import Observed
from sincro_contract.rules import DurationRange, Explained, Rule, fixed


class Colour(StrEnum):
    """Which colour."""

    RED = "Red"
    BLUE = "Blue"


class Part(Observed):
    """A part
    of the whole."""

    cel_rules = (Rule("self.size > 1", "size must be above 1", "size"),)

    size: int = Field(default=2, ge=0, le=9, description="How big")
    note: str | None = None


class Whole(Observed):
    """All of it."""

    long_name: str = Field(max_length=8, description="A name")
    colour: Colour = Colour.RED
    part: Annotated[Part, Rule("self == oldSelf", "part stays")] = Field(default_factory=Part)
    other_part: Part | None = Field(default=None, description="Another one")
    when: datetime | None = None
    numbers: list[int] = Field(default_factory=list, max_length=3)
    parts: list[Part] = Field(default_factory=lambda: [Part(size=3)], max_length=4)
    free: dict[str, int] = Field(default_factory=dict)
    amounts: dict[str, str | int] = Field(default_factory=dict, max_length=5)


PART_RULE = {"rule": "self.size > 1", "message": "size must be above 1", "fieldPath": ".size"}
PART = {
    "description": "A part of the whole.",
    "type": "object",
    "properties": {
        "size": {"description": "How big", "type": "integer", "minimum": 0, "maximum": 9, "default": 2},
        "note": {"type": "string"},
    },
    "x-kubernetes-validations": [PART_RULE],
}


def test_a_whole_model() -> None:
    assert structural_schema(Whole, defaults=True) == {
        "description": "All of it.",
        "type": "object",
        "required": ["longName"],
        "properties": {
            "longName": {"description": "A name", "type": "string", "maxLength": 8},
            "colour": {
                "description": "Which colour.",
                "type": "string",
                "enum": ["Red", "Blue"],
                "default": "Red",
            },
            "part": PART
            | {
                "default": {"size": 2},
                "x-kubernetes-validations": [PART_RULE, {"rule": "self == oldSelf", "message": "part stays"}],
            },
            "otherPart": PART | {"description": "Another one"},
            "when": {"type": "string", "format": "date-time"},
            "numbers": {
                "type": "array",
                "maxItems": 3,
                "items": {"type": "integer"},
                "x-kubernetes-list-type": "atomic",
            },
            "parts": {
                "type": "array",
                "maxItems": 4,
                "items": PART,
                "default": [{"size": 3}],
                "x-kubernetes-list-type": "atomic",
            },
            "free": {"type": "object", "additionalProperties": {"type": "integer"}, "maxProperties": 64},
            "amounts": {
                "type": "object",
                "maxProperties": 5,
                "additionalProperties": {
                    "x-kubernetes-int-or-string": True,
                    "anyOf": [{"type": "integer"}, {"type": "string"}],
                    "maxLength": 32,
                    "x-kubernetes-validations": [
                        {
                            "rule": (
                                "type(self) == int ? self >= 0"
                                " : isQuantity(self) && quantity(self).compareTo(quantity('0')) >= 0"
                            ),
                            "message": (
                                "must be an amount as Kubernetes writes it, such as 250m, 512Mi or 2, and not negative"
                            ),
                        }
                    ],
                },
            },
        },
    }


def test_a_status_has_no_defaults() -> None:
    assert "default" not in str(structural_schema(Whole, defaults=False))


class Lists(Observed):
    """Lists of other kinds."""

    by_key: list[Part] = Field(
        max_length=2, json_schema_extra={"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["size"]}
    )


def test_a_list_with_keys() -> None:
    schema = structural_schema(Lists, defaults=True)["properties"]["byKey"]
    assert (schema["x-kubernetes-list-type"], schema["x-kubernetes-list-map-keys"]) == ("map", ["size"])


class Mixed(Observed):
    """Has no structural form."""

    value: int | list[int]


def test_a_union_is_refused() -> None:
    with pytest.raises(ValueError, match="a union without a structural form"):
        structural_schema(Mixed, defaults=True)


class Texts(Observed):
    """Strings whose refusal is a sentence."""

    code: Annotated[str, StringConstraints(pattern="^[a-z]+$", min_length=1, max_length=4), Explained("letters only")]
    wait: Annotated[Duration, DurationRange("1s", "1h"), fixed("wait", "Thing")]


@pytest.mark.parametrize(
    ("field", "schema"),
    [
        (
            "code",
            {
                "type": "string",
                "maxLength": 4,
                "x-kubernetes-validations": [{"rule": "self.matches(r'^[a-z]+$')", "message": "letters only"}],
            },
        ),
        (
            "wait",
            {
                "type": "string",
                "maxLength": 32,
                "x-kubernetes-validations": [
                    {
                        "rule": f"self.matches(r'{DURATION_PATTERN}') && duration(self) >= duration('1s')"
                        " && duration(self) <= duration('1h')",
                        "message": "must be a duration from 1s to 1h, written like 30s, 10m or 1h30m",
                    },
                    {"rule": "self == oldSelf", "message": "wait cannot be changed: create another Thing"},
                ],
            },
        ),
    ],
)
def test_explained_strings(field: str, schema: dict[str, Any]) -> None:
    assert structural_schema(Texts, defaults=True)["properties"][field] == schema


def test_a_rule_for_an_optional_field_stands_on_its_parent() -> None:
    assert fixed("due", "SyncTask", optional=True) == Rule(
        "has(oldSelf.due) == has(self.due) && (!has(self.due) || self.due == oldSelf.due)",
        "due cannot be changed: create another SyncTask",
        "due",
    )
