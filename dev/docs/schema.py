"""JSON schemas in words: what a field may hold, and the fields of a schema as rows of a table.

Decided here: the words for types and limits. Not here: which schemas are shown.
"""

from collections.abc import Iterator
from typing import Any

from dev.docs.markdown import code, section, table, value

Schema = dict[str, Any]
VALIDATIONS = "x-kubernetes-validations"
FIELD_HEADER = ("field", "type", "default", "what it is")


def words(schema: Schema) -> str:
    """What a value may be, for example `integer, 1 to 100` or `list of text, at most 8`."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    alternatives: list[Schema] = schema.get("anyOf") or schema.get("oneOf") or []
    options = [option for option in alternatives if option.get("type") != "null"]
    if schema.get("x-kubernetes-int-or-string"):
        return "an amount, such as 250m or 512Mi"
    if options:
        return " or ".join(dict.fromkeys(words(option) for option in options))
    if "const" in schema:
        return value(schema["const"])
    if "enum" in schema:
        return ", ".join(code(str(option)) for option in schema["enum"])
    return ", ".join(filter(None, (_type(schema), _limits(schema))))


def _type(schema: Schema) -> str:
    kind = schema.get("type")
    if kind == "array":
        return f"list of {words(schema.get('items', {}))}"
    if kind == "object":
        inner = [*schema.get("patternProperties", {}).values()]
        more = schema.get("additionalProperties")
        inner += [more] if isinstance(more, dict) and more else []
        return f"map of {words(inner[0])}" if inner else "map"
    if kind == "string":
        return {"date-time": "instant", "duration": "duration", "path": "path"}.get(schema.get("format", ""), "text")
    return str(kind) if kind else "anything"


def _limits(schema: Schema) -> str:
    above, low = schema.get("exclusiveMinimum"), schema.get("minimum")
    high = schema.get("maximum", schema.get("maxItems"))
    if low is not None and high is not None:
        return f"{low} to {high}"
    parts = (("more than", above), ("at least", low), ("at most", high))
    return ", ".join(f"{words} {limit}" for words, limit in parts if limit is not None)


def nested_rows(schema: Schema, path: str = "") -> Iterator[tuple[str, str, str, str]]:
    """Every field below a structural schema, named by its path; lists of objects go on with `[]`."""
    needed = schema.get("required", ())
    for name, field in schema.get("properties", {}).items():
        here = f"{path}.{name}" if path else name
        default = value(field.get("default")) or ("needed" if name in needed else "")
        inner = field.get("items", {}) if field.get("type") == "array" else field
        deeper = bool(inner.get("properties"))
        kind = ("list" if inner is not field else "") if deeper else words(field)
        yield code(here), kind, "" if deeper and default.startswith("`{") else default, field.get("description", "")
        if deeper:
            yield from nested_rows(inner, here + ("[]" if inner is not field else ""))


def rules(schema: Schema, path: str = "") -> Iterator[tuple[str, str]]:
    """Each rule of a structural schema as (field, the message of its refusal), deeper ones after their parents'."""
    for rule in schema.get(VALIDATIONS, ()):
        field = path + rule.get("fieldPath", "")
        yield field, rule["message"]
    for name, field in schema.get("properties", {}).items():
        inner = field.get("items", {}) if field.get("type") == "array" else {}
        yield from rules(field, f"{path}.{name}" if path else name)
        yield from rules(inner, f"{path}.{name}[]" if path else f"{name}[]")


def flat_rows(schema: Schema) -> Iterator[tuple[str, str, str, str]]:
    """The fields of one definition, without those below them, whose defaults stand with their own definition."""
    needed = schema.get("required", ())
    for name, field in schema.get("properties", {}).items():
        default = field.get("default")
        shown = "needed" if name in needed else "" if isinstance(default, dict) else value(default)
        yield code(name), words(field), shown, field.get("description", "")


def definitions(schema: Schema) -> str:
    """A section for each definition that a pydantic schema has beside its own; those of enumerations list the words."""
    parts = []
    for name, definition in schema.get("$defs", {}).items():
        if "enum" in definition or "const" in definition:
            body = f"One of {words(definition)}."
        elif definition.get("properties"):
            body = table(FIELD_HEADER, flat_rows(definition))
        else:
            body = words(definition)
        parts.append(section(name, definition.get("description", ""), body, level=3))
    return "".join(parts)
