"""A column of a stream: where its text comes from, and what kind of value the text stands for. Shapes and checks."""

from enum import StrEnum
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from sincro_scraper.localisation import DatePattern
from sincro_scraper.profile.parts import ColumnName, CssText, FieldPath, LocaleName, PatternText, ProfileModel


class Kind(StrEnum):
    """What the text of a column stands for."""

    TEXT = "text"
    INTEGER = "integer"
    DECIMAL = "decimal"
    MONEY = "money"
    PERCENT = "percent"
    DATE = "date"
    DATETIME = "datetime"
    BOOLEAN = "boolean"
    ENUM = "enum"


def _value_map(value: Any) -> Any:
    """A plain list allows texts and stores them as they are."""
    if isinstance(value, list) and all(isinstance(text, str) for text in value):
        return {text: text for text in value}
    return value


ValueMap = Annotated[
    dict[str, str | bool],
    BeforeValidator(_value_map, json_schema_input_type=dict[str, str | bool] | list[str]),
    Field(min_length=1, max_length=1000),
]


class ColumnSpec(ProfileModel):
    """One column. Its text is found by `header`, by `at`, by `label` (detail pages) or by `field` (JSON)."""

    header: str | None = Field(default=None, min_length=1, max_length=200, description="The heading over the column.")
    at: CssText | None = Field(default=None, description="CSS inside the row (with header: inside that cell).")
    label: str | None = Field(
        default=None, min_length=1, max_length=200, description="On a detail page: the words that stand by the value."
    )
    field: FieldPath | None = Field(default=None, description="In JSON: the place in the record, as address.city")
    attribute: str | None = Field(
        default=None, min_length=1, max_length=64, description="Take this attribute of the element, not its text."
    )
    without: CssText | None = Field(default=None, description="CSS inside the cell: what to leave out of the text.")
    pattern: PatternText | None = Field(default=None, description="The part of the text that is wanted: one group.")
    type: Kind = Kind.TEXT
    required: bool = Field(default=False, description="An empty cell is an error.")
    values: ValueMap | None = Field(
        default=None, description="enum, boolean: what the page writes -> what is stored, or a list of allowed texts."
    )
    format: str | None = Field(
        default=None, min_length=2, max_length=64, description="Date pattern where it is not the locale's: yyyy-MM-dd"
    )
    currency: str | None = Field(
        default=None, pattern=r"^[A-Z]{3}$", description="money: the only currency accepted; default: the locale's."
    )
    lines: Literal["join", "keep", "glue"] = Field(
        default="join",
        description="pdf: a cell's lines are one text wrapped at spaces (join), lines (keep), broken words (glue).",
    )
    locale: LocaleName | None = Field(default=None, description="Where this column is written in another locale: en-US")

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        places = [name for name in ("label", "field") if getattr(self, name)]
        places += ["header or at"] if self.header or self.at else []
        if len(places) > 1:
            raise ValueError(f"a column is found in one way, not by {' and by '.join(places)}")
        if self.type is Kind.ENUM and self.values is None:
            raise ValueError("a column of type enum needs values: what the page writes -> what is stored")
        if self.values is not None:
            self._check_values()
        if self.format is not None and self.type not in (Kind.DATE, Kind.DATETIME):
            raise ValueError("format is for columns of type date or datetime")
        if self.format is not None:
            DatePattern.of(self.format)
        if self.currency is not None and self.type is not Kind.MONEY:
            raise ValueError("currency is for columns of type money")
        return self

    def _check_values(self) -> None:
        if self.type not in (Kind.ENUM, Kind.BOOLEAN):
            raise ValueError("values is for columns of type enum or boolean")
        wanted: type = bool if self.type is Kind.BOOLEAN else str
        for text, value in (self.values or {}).items():
            if not isinstance(value, wanted):
                meaning = "true or false" if wanted is bool else "text"
                raise ValueError(f"values: {text!r} has to stand for {meaning}, not {value!r}")


def _column(value: Any) -> Any:
    """A plain text is the heading of a text column."""
    return {"header": value} if isinstance(value, str) else value


Columns = Annotated[
    dict[ColumnName, Annotated[ColumnSpec, BeforeValidator(_column)]], Field(min_length=1, max_length=300)
]
"""Name in the database -> where to find it. The order is the order of the table's columns."""
