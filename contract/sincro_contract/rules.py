"""How a model states what the API server checks beyond types: rules in CEL, each with the message that a person reads.

Decided here: the form of a rule and how it travels in a model's JSON schema. Which rules hold stands with the models.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sincro_contract.durations import DURATION_PATTERN

VALIDATIONS = "x-kubernetes-validations"

_Schema = dict[str, Any]


@dataclass(frozen=True)
class Rule:
    """A CEL expression over `self` (and `oldSelf`, for what must not change) that has to be true.

    Stands in `Annotated[...]` behind a type, or in a model's `cel_rules` for what concerns several fields. `field` is
    the camelCase name of the child that is reported as the wrong one.
    """

    expression: str
    message: str
    field: str = ""

    def document(self) -> dict[str, str]:
        """The rule as an entry of `x-kubernetes-validations`."""
        entry = {"rule": self.expression, "message": self.message}
        return entry | {"fieldPath": f".{self.field}"} if self.field else entry

    def __get_pydantic_json_schema__(self, core_schema: Any, handler: Callable[[Any], _Schema]) -> _Schema:
        """Add the rule to the schema of the annotated type."""
        return with_rules(handler(core_schema), self)


@dataclass(frozen=True)
class Explained:
    """Replaces the answer to a string that its pattern refuses (a regular expression) by a sentence."""

    message: str

    def __get_pydantic_json_schema__(self, core_schema: Any, handler: Callable[[Any], _Schema]) -> _Schema:
        """Turn the schema's `pattern` into a rule with the message."""
        schema = dict(handler(core_schema))
        schema.pop("minLength", None)  # the patterns in use refuse the empty string themselves
        return with_rules(schema, Rule(f"self.matches({cel_string(schema.pop('pattern'))})", self.message))


@dataclass(frozen=True)
class DurationRange:
    """The bounds of a Duration, both inclusive, in its own notation."""

    low: str
    high: str

    def __get_pydantic_json_schema__(self, core_schema: Any, handler: Callable[[Any], _Schema]) -> _Schema:
        """Turn the schema's `pattern` into one rule that checks notation and bounds."""
        schema = dict(handler(core_schema))
        schema.pop("pattern")
        bounds = f"duration(self) >= duration('{self.low}') && duration(self) <= duration('{self.high}')"
        rule = f"{_is_duration('self')} && {bounds}"
        message = f"must be a duration from {self.low} to {self.high}, written like 30s, 10m or 1h30m"
        return with_rules(schema, Rule(rule, message))


def fixed(field: str, kind: str, *, optional: bool = False) -> Rule:
    """The rule for one field of a spec that must stay as it was created.

    An optional field needs the rule on its parent: the API server compares only what is there before and after.
    """
    message = f"{field} cannot be changed: create another {kind}"
    if not optional:
        return Rule("self == oldSelf", message)
    before, after = f"has(oldSelf.{field})", f"has(self.{field})"
    return Rule(f"{before} == {after} && (!{after} || self.{field} == oldSelf.{field})", message, field)


def at_most(shorter: str, longer: str) -> str:
    """The CEL expression: one duration is not longer than the other. Holds if either is none: that has its own rule."""
    return f"!{_is_duration(shorter)} || !{_is_duration(longer)} || duration({shorter}) <= duration({longer})"


def with_rules(schema: _Schema, *rules: Rule) -> _Schema:
    """A copy of a JSON schema with rules added behind those that it has."""
    if not rules:
        return schema
    return schema | {VALIDATIONS: [*schema.get(VALIDATIONS, ()), *(rule.document() for rule in rules)]}


def _is_duration(expression: str) -> str:
    return f"{expression}.matches({cel_string(DURATION_PATTERN)})"


def cel_string(text: str) -> str:
    """A text without apostrophes as a CEL string in which a backslash is just that."""
    if "'" in text:
        raise ValueError(f"{text!r} holds an apostrophe")
    return f"r'{text}'"
