"""Profile text -> Profile, or every problem in it with its line. Decided here: how a validation error reads."""

from typing import Any

from pydantic import ValidationError

from sincro_scraper.profile.model import Profile
from sincro_scraper.profile.problems import Problem, ProfileError
from sincro_scraper.profile.steps import TAG_PREFIX
from sincro_scraper.profile.yaml_source import Source, read_yaml

_PAGING_KINDS = frozenset({"none", "next", "page", "offset", "cursor", "more", "scroll"})


def load_profile(text: str) -> Profile:
    """Read a profile. Raises ProfileError with every problem that was found."""
    return load_with_places(text)[0]


def load_with_places(text: str) -> tuple[Profile, Source]:
    """Read a profile and keep where everything stands, for errors that only show when it is used."""
    source = read_yaml(text)
    if not isinstance(source.value, dict):
        raise ProfileError([Problem(1, 1, "", "a profile is a mapping: sincro, name, login, streams")])
    try:
        return Profile.model_validate(source.value), source
    except ValidationError as error:
        details = error.errors(include_url=False, include_context=True)
        raise ProfileError([_problem(source, detail) for detail in details]) from None
    except RecursionError:
        raise ProfileError([Problem(1, 1, "", "the profile is nested too deeply")]) from None


def _problem(source: Source, detail: Any) -> Problem:
    path = _path(detail["loc"])
    place = source.place(path)
    return Problem(place.line, place.column, _words(path), _message(detail))


def _path(loc: tuple[str | int, ...]) -> list[str | int]:
    """The way to the value in the document: without what only the validator knows (tags, [key] markers)."""
    path: list[str | int] = []
    for part in loc:
        if isinstance(part, str):
            if part.startswith((TAG_PREFIX, "function-", "literal[", "constrained-", "nullable[")) or part == "[key]":
                continue
            if part in _PAGING_KINDS and path and path[-1] == "paging":
                continue
            if part in ("DeletionSpec", "str", "bool"):
                continue
        path.append(part)
    return path


def _words(path: list[str | int]) -> str:
    text = ""
    for part in path:
        text += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text


def _message(detail: Any) -> str:
    kind, message = detail["type"], detail["msg"]
    if kind == "extra_forbidden":
        return "is not known here"
    if kind == "missing":
        return "is missing"
    if kind in ("value_error", "assertion_error"):
        return str(detail["ctx"]["error"])
    if kind == "union_tag_invalid":
        return f"{detail['ctx']['tag']!r} is not one of {detail['ctx']['expected_tags']}"
    if kind == "union_tag_not_found":
        return "say by which means: by: none, next, page, offset, cursor, more or scroll"
    found = detail.get("input")
    shown = f", not {found!r}" if isinstance(found, str | int | float | bool) else ""
    return f"{message[:1].lower()}{message[1:]}{shown}"
