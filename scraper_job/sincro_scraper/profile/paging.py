"""How the rest of a list is reached. Shapes only; the decisions about when a list ends stand in reading/."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from sincro_scraper.profile.parts import FieldPath, LocatorText, ProfileModel


class NoPaging(ProfileModel):
    """The page shows the whole list."""

    by: Literal["none"] = "none"


class NextPaging(ProfileModel):
    """A button or link leads to the next page; the list ends where it is missing or disabled."""

    by: Literal["next"]
    click: LocatorText = Field(description='A link or button; may hold {page}, the number wanted: link="{page}"')


class PagePaging(ProfileModel):
    """A parameter of the address counts the pages."""

    by: Literal["page"]
    parameter: str = Field(default="page", min_length=1, max_length=100)
    first: int = Field(default=1, ge=0, le=1, description="The number of the first page: 0 or 1.")


class OffsetPaging(ProfileModel):
    """A parameter of the address counts the rows that come before."""

    by: Literal["offset"]
    parameter: str = Field(default="offset", min_length=1, max_length=100)
    size: int = Field(ge=1, le=100_000, description="Rows a page.")


class CursorPaging(ProfileModel):
    """The JSON answer says where the next one is."""

    by: Literal["cursor"]
    field: FieldPath = Field(
        description="Where the answer holds the next address or cursor; null or missing at the end."
    )
    parameter: str | None = Field(
        default=None, min_length=1, max_length=100, description="The parameter that takes the cursor; none: an address."
    )


class MorePaging(ProfileModel):
    """A button loads more rows under those that are there."""

    by: Literal["more"]
    click: LocatorText


class ScrollPaging(ProfileModel):
    """Rows appear while the list is scrolled down."""

    by: Literal["scroll"]
    within: LocatorText | None = Field(
        default=None, description="What scrolls; by default the page, and what scrolls around or in the list."
    )
    virtual: bool = Field(default=False, description="The page holds only the rows in view (dom): each view is read.")


def _paging(value: Any) -> Any:
    return {"by": value} if isinstance(value, str) else value


Paging = Annotated[
    NoPaging | NextPaging | PagePaging | OffsetPaging | CursorPaging | MorePaging | ScrollPaging,
    Field(discriminator="by"),
    BeforeValidator(_paging),
]
