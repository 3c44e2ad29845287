"""The smallest pieces of the profile language: the base of its models, and the kinds of text that are checked."""

import re
import warnings
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.alias_generators import to_camel
from selectolax.lexbor import LexborHTMLParser, SelectolaxError

from sincro_contract.durations import DURATION_PATTERN
from sincro_scraper.localisation import locale_named
from sincro_scraper.profile.locator import parse_locator
from sincro_scraper.profile.placeholders import check_placeholders

_EMPTY_PAGE = LexborHTMLParser("<html></html>")
_SIGN = re.compile(r"(url|status)=(.+)\Z", re.DOTALL)


class ProfileModel(BaseModel):
    """A part of a profile: camelCase names, frozen, and nothing that is not known."""

    model_config = ConfigDict(alias_generator=to_camel, extra="forbid", frozen=True)


def _check_whole(text: str) -> None:
    """A text that breaks off was cut at its ` #`, which begins a comment in YAML."""
    if text.rstrip().endswith(","):
        raise ValueError(
            f"{text!r} breaks off; write it in quotes: YAML takes for a comment what follows a space and a #"
        )


def _check_locator(text: str) -> str:
    _check_whole(text)
    parse_locator(check_placeholders(text))
    return text


def _check_css(text: str) -> str:
    _check_whole(text)
    try:
        _EMPTY_PAGE.css_first(text)
    except SelectolaxError:
        raise ValueError(f"{text!r} is not a CSS selector") from None
    return text


def _check_sign(text: str) -> str:
    match = _SIGN.match(text)
    if match is None:
        return _check_locator(text)
    if match.group(1) == "status" and not re.fullmatch(r"[1-5]\d\d", match.group(2)):
        raise ValueError(f"status= takes an HTTP status such as 503, not {match.group(2)!r}")
    return text


def _compiled(text: str) -> re.Pattern[str]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)
            return re.compile(text)
    except (re.error, OverflowError, RecursionError) as error:
        raise ValueError(f"{text!r} is not a regular expression: {error}") from None


def _check_pattern(text: str) -> str:
    if _compiled(text).groups != 1:
        raise ValueError(f"{text!r} needs exactly one group in brackets: the part that is wanted")
    return text


def _check_regex(text: str) -> str:
    _compiled(text)
    return text


def _check_locale(text: str) -> str:
    locale_named(text)
    return text


def _as_list(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


LocatorText = Annotated[str, Field(min_length=1, max_length=1000), AfterValidator(_check_locator)]
"""How to find something on a page to click or fill: button=Accedi, label=Password, css=#grid."""
CssText = Annotated[str, Field(min_length=1, max_length=1000), AfterValidator(_check_css)]
"""A CSS selector; the page is read as HTML, so Playwright's own additions to CSS are not available."""
SignText = Annotated[str, Field(min_length=1, max_length=1000), AfterValidator(_check_sign)]
"""Something that shows on a page: a locator, url=/login (part of the address) or status=503."""
Signs = Annotated[tuple[SignText, ...], BeforeValidator(_as_list)]
"""One sign or a list; one of them is enough."""
PatternText = Annotated[str, Field(min_length=1, max_length=1000), AfterValidator(_check_pattern)]
"""A regular expression with one group: the part that is wanted."""
RegexText = Annotated[str, Field(min_length=1, max_length=1000), AfterValidator(_check_regex)]
"""A regular expression."""
FilledText = Annotated[str, Field(max_length=4000), AfterValidator(check_placeholders)]
"""Text with placeholders: {username}, {password}, {totp}, {since}, {now}, {page}, {secret.NAME}."""
DurationText = Annotated[str, Field(pattern=DURATION_PATTERN, max_length=32)]
LocaleName = Annotated[str, Field(min_length=2, max_length=16), AfterValidator(_check_locale)]
ColumnName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
StreamName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
FieldPath = Annotated[str, Field(pattern=r"^[^.\[\]\s]+([.][^.\[\]\s]+|\[-?\d+\])*$", max_length=256)]
"""A place in a JSON document: data.items, address.city, lines[0].amount."""
