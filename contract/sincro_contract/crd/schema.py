"""From a model to the structural OpenAPI v3 schema that the API server takes.

Decided here: how types, defaults, lists and rules are written down. What they are is decided by the models.
"""

from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue, NoDefault
from pydantic_core import core_schema

from sincro_contract.model import Document
from sincro_contract.rules import VALIDATIONS, Rule, with_rules

Schema = dict[str, Any]

_QUANTITY = Rule(
    "type(self) == int ? self >= 0 : isQuantity(self) && quantity(self).compareTo(quantity('0')) >= 0",
    "must be an amount as Kubernetes writes it, such as 250m, 512Mi or 2, and not negative",
)

_KEPT = (
    "description",
    "type",
    "format",
    "enum",
    "default",
    "minimum",
    "maximum",
    "minLength",
    "maxLength",
    "pattern",
    "minItems",
    "maxItems",
    "minProperties",
    "maxProperties",
    "required",
)
_FREE_MAP_SIZE = 64
"""Entries allowed in a map for which the model states no limit: the API server wants one to price its rules."""


def structural_schema(model: type[Document], *, defaults: bool) -> Schema:
    """The structural schema of a model with camelCase names; `defaults` says whether the API server fills them in.

    Raises ValueError for a type that has no structural form (a union other than `X | None` and `str | int`).
    """
    source = model.model_json_schema(by_alias=True, schema_generator=_WithRulesAndFactories, mode="validation")
    return _translate(source, source.get("$defs", {}), defaults)


class _WithRulesAndFactories(GenerateJsonSchema):
    """Pydantic's schema, plus the models' `cel_rules` and the defaults that a factory makes."""

    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        cls = schema["cls"]
        return with_rules(super().model_schema(schema), *(cls.cel_rules if issubclass(cls, Document) else ()))

    def get_default_value(self, schema: core_schema.WithDefaultSchema) -> Any:
        if "default_factory" not in schema:
            return super().get_default_value(schema)
        value = schema["default_factory"]()  # type: ignore[call-arg]  # none of the models' factories takes one
        return value if isinstance(value, BaseModel) or value else NoDefault

    def encode_default(self, dft: Any) -> Any:
        if isinstance(dft, BaseModel):  # in full: the API server tries the rules on it before it fills anything in
            return {name: value for name, value in dft.model_dump(mode="json", by_alias=True).items() if value}
        if isinstance(dft, list):
            return [self.encode_default(item) for item in dft]
        return super().encode_default(dft)


def _translate(source: Schema, definitions: dict[str, Schema], defaults: bool) -> Schema:
    source = _resolve(source, definitions)
    target = {key: source[key] for key in _KEPT if key in source}
    if not defaults or target.get("default", ...) is None:
        target.pop("default", None)
    if "description" in target:
        target["description"] = " ".join(target["description"].split())
    if "anyOf" in source:
        if {option.get("type") for option in source["anyOf"]} != {"string", "integer"}:
            raise ValueError(f"a union without a structural form: {source['anyOf']}")
        target |= {
            "x-kubernetes-int-or-string": True,
            "anyOf": [{"type": "integer"}, {"type": "string"}],
            "maxLength": 32,
        }
        target = with_rules(target, _QUANTITY)
    if source.get("type") == "array":
        target["items"] = _translate(source["items"], definitions, defaults)
        target["x-kubernetes-list-type"] = "atomic"
    if "properties" in source:
        target["properties"] = {
            name: _translate(field, definitions, defaults) for name, field in source["properties"].items()
        }
    elif source.get("type") == "object":
        target["additionalProperties"] = _translate(source["additionalProperties"], definitions, defaults)
        target.setdefault("maxProperties", _FREE_MAP_SIZE)
    return target | {key: value for key, value in source.items() if key.startswith("x-kubernetes-")}


def _resolve(source: Schema, definitions: dict[str, Schema]) -> Schema:
    """Put in place what a reference and an `X | None` point to; what stands beside them goes over it, rules add up."""
    options = [option for option in source.get("anyOf", ()) if option != {"type": "null"}]
    if "$ref" in source:
        inner, outer = definitions[source["$ref"].removeprefix("#/$defs/")], {**source}
        outer.pop("$ref")
    elif len(options) == 1:
        inner, outer = options[0], {**source}
        outer.pop("anyOf")
    else:
        return source
    inner = _resolve(inner, definitions)
    rules = [*inner.get(VALIDATIONS, ()), *outer.get(VALIDATIONS, ())]
    return inner | outer | ({VALIDATIONS: rules} if rules else {})
