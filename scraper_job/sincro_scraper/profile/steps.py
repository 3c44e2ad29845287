"""The steps of a profile: what a person would do in the browser, one action each. Shapes only."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator, Discriminator, Field, Tag

from sincro_scraper.profile.parts import DurationText, FilledText, LocatorText, ProfileModel, SignText


class _Step(ProfileModel):
    frame: LocatorText | None = Field(default=None, description="The frame in which the step happens.")
    optional: bool = Field(default=False, description="Go on when the element is not there (a cookie banner).")


class Goto(_Step):
    """Open an address, relative to the source's base URL."""

    goto: FilledText


class Fill(_Step):
    """Put text into a field."""

    fill: LocatorText
    text: FilledText = Field(alias="with")


class Click(_Step):
    """Click a button, a link, anything."""

    click: LocatorText


class Press(_Step):
    """Press a key such as Enter or Control+A, in a field or wherever the focus is."""

    press: str = Field(min_length=1, max_length=64)
    on: LocatorText | None = None


class Select(_Step):
    """Choose an option of a list by its text or its value."""

    select: LocatorText
    option: FilledText


class Check(_Step):
    """Tick a box."""

    check: LocatorText


class Uncheck(_Step):
    """Take the tick out of a box."""

    uncheck: LocatorText


class Hover(_Step):
    """Move the mouse over something (menus that open under it)."""

    hover: LocatorText


class Wait(_Step):
    """Wait until a sign shows."""

    wait: SignText
    timeout: DurationText | None = None


class WaitGone(_Step):
    """Wait until something has gone."""

    wait_gone: LocatorText
    timeout: DurationText | None = None


_ACTIONS: dict[str, type[_Step]] = {
    "goto": Goto,
    "fill": Fill,
    "click": Click,
    "press": Press,
    "select": Select,
    "check": Check,
    "uncheck": Uncheck,
    "hover": Hover,
    "wait": Wait,
    "waitGone": WaitGone,
}
TAG_PREFIX = "step:"


def _action_of(value: Any) -> str | None:
    if isinstance(value, _Step):
        return TAG_PREFIX + next(name for name, model in _ACTIONS.items() if isinstance(value, model))
    if isinstance(value, Mapping):
        found = [name for name in _ACTIONS if name in value]
        if len(found) == 1:
            return TAG_PREFIX + found[0]
    return None


Step = Annotated[
    Annotated[Goto, Tag("step:goto")]
    | Annotated[Fill, Tag("step:fill")]
    | Annotated[Click, Tag("step:click")]
    | Annotated[Press, Tag("step:press")]
    | Annotated[Select, Tag("step:select")]
    | Annotated[Check, Tag("step:check")]
    | Annotated[Uncheck, Tag("step:uncheck")]
    | Annotated[Hover, Tag("step:hover")]
    | Annotated[Wait, Tag("step:wait")]
    | Annotated[WaitGone, Tag("step:waitGone")],
    Discriminator(
        _action_of,
        custom_error_type="step",
        custom_error_message="a step has exactly one action: " + ", ".join(_ACTIONS),
    ),
]


def _steps(value: Any) -> Any:
    """A plain address stands for one step that opens it; a single step may stand without its list."""
    if isinstance(value, str):
        return [{"goto": value}]
    return [value] if isinstance(value, Mapping) else value


Steps = Annotated[tuple[Step, ...], BeforeValidator(_steps), Field(max_length=100)]
"""An address to open, or a list of steps."""
