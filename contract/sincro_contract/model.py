"""The base of every document that crosses a boundary: camelCase outside, snake_case inside, nothing unknown let in."""

from typing import ClassVar

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from sincro_contract.rules import Rule


class Document(BaseModel):
    """A document written by us and read by us: strict about unknown fields, frozen once read."""

    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, extra="forbid", frozen=True, use_enum_values=False
    )

    cel_rules: ClassVar[tuple[Rule, ...]] = ()
    """What the API server checks over several fields of a custom resource; Python does not evaluate these."""

    def to_json(self) -> str:
        """The document as compact JSON with camelCase names; fields that are None are left out."""
        return self.model_dump_json(by_alias=True, exclude_none=True)

    def to_dict(self) -> dict[str, object]:
        """The document as JSON-ready values with camelCase names; fields that are None are left out."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True)


class Observed(Document):
    """A document that somebody newer may have written: unknown fields are ignored rather than refused."""

    model_config = ConfigDict(extra="ignore")
