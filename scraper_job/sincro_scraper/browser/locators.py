"""The profile's locators on a live page: parts -> Playwright's locators, and the one element that is meant."""

from playwright.async_api import Error, Frame, Page
from playwright.async_api import Locator as LiveLocator
from playwright.async_api import TimeoutError as LiveTimeoutError

from sincro_scraper.browser.page_scripts import WORDS_OF_PAGE
from sincro_scraper.errors import ConfigInvalid, SchemaDrift
from sincro_scraper.profile.locator import ATTRIBUTE_KINDS, Locator, Part, parse_locator

Scope = Page | Frame


def live(scope: Scope, locator: Locator, *, exact: bool = False) -> LiveLocator:
    """The locator on a page or frame. `exact`: every text has to be the whole text."""
    found: LiveLocator | None = None
    for part in locator.parts:
        found = _step(found if found is not None else scope, part, exact=exact or part.exact)
    if found is None:
        raise ConfigInvalid(f"the locator {locator.text!r} is empty")
    return found


def _step(within: Scope | LiveLocator, part: Part, *, exact: bool) -> LiveLocator:
    if part.kind == "nth":
        return (within if isinstance(within, LiveLocator) else within.locator("css=*")).nth(int(part.value))
    if part.kind in ("css", "xpath", "role"):
        return within.locator(f"{part.kind}={part.value}")
    if part.kind == "id":
        return within.locator(f'css=[id="{part.value}"]')
    if part.kind == "text":
        return within.get_by_text(part.value, exact=exact)
    if part.kind == "label":
        return within.get_by_label(part.value, exact=exact)
    if part.kind in ATTRIBUTE_KINDS:
        return _by_attribute(within, part, exact=exact)
    if part.value == "*":
        return within.get_by_role(part.kind)  # type: ignore[arg-type]  # the grammar knows the roles
    return within.get_by_role(part.kind, name=part.value, exact=exact)  # type: ignore[arg-type]


def _by_attribute(within: Scope | LiveLocator, part: Part, *, exact: bool) -> LiveLocator:
    if part.kind == "placeholder":
        return within.get_by_placeholder(part.value, exact=exact)
    if part.kind == "title":
        return within.get_by_title(part.value, exact=exact)
    if part.kind == "alt":
        return within.get_by_alt_text(part.value, exact=exact)
    return within.get_by_test_id(part.value)


_REDRAWN_MS = 10_000.0
"""How long something that was on the page a moment ago may be away."""


async def the_one(scope: Scope, text: str, timeout_ms: float) -> LiveLocator:
    """The one visible element that a locator means; where its text fits several, the one that it fits exactly.

    Raises SchemaDrift: ElementMissing after the timeout, ElementAmbiguous; ConfigInvalid for a selector that is none.
    """
    locator = parse_locator(text)
    loose = live(scope, locator).filter(visible=True)
    try:
        await loose.first.wait_for(state="visible", timeout=timeout_ms)
        count = await loose.count()
        if count == 1:
            return loose
        exact = live(scope, locator, exact=True).filter(visible=True)
        if await exact.count() == 1:
            return exact
    except LiveTimeoutError:
        hidden = " to be seen" if await is_hidden_there(scope, text) else ""
        raise SchemaDrift(
            f"nothing{hidden} on the page fits {text!r} ({_address(scope)}, {await clickable(scope)})",
            code="ElementMissing",
        ) from None
    except Error as error:
        raise _as_drift(error, text) from error
    raise SchemaDrift(
        f"{count} elements on the page fit {text!r} ({_address(scope)}); write more of it, put the text in quotes for "
        "the whole text, or add >> nth=0",
        code="ElementAmbiguous",
    )


async def is_there(scope: Scope, text: str) -> bool:
    """Whether something visible fits the locator right now."""
    try:
        return await live(scope, parse_locator(text)).filter(visible=True).count() > 0
    except Error as error:
        if _is_selector_error(error):
            raise _as_drift(error, text) from error
        return False


async def if_there(scope: Scope, text: str) -> LiveLocator | None:
    """The one visible element that a locator means, if there is one now; None where there is none.

    A page that is being redrawn, or that is slow to answer, gets time: what was there a moment ago is not missing yet.
    Raises SchemaDrift (ElementAmbiguous), ConfigInvalid.
    """
    if not await is_there(scope, text):
        return None
    try:
        return await the_one(scope, text, _REDRAWN_MS)
    except SchemaDrift as error:
        if error.code != "ElementMissing":
            raise
        return None


async def is_hidden_there(scope: Scope, text: str) -> bool:
    """Whether something fits the locator, but nothing that is to be seen."""
    try:
        return await live(scope, parse_locator(text)).count() > 0 and not await is_there(scope, text)
    except (Error, SchemaDrift, ConfigInvalid):
        return False


async def clickable(scope: Scope) -> str:
    """What a person could click or fill there, in the words of a profile, for errors; never raises."""
    try:
        words = await scope.evaluate(WORDS_OF_PAGE)
    except Error:
        return "which cannot be looked at"
    return f"which shows {', '.join(repr(word) for word in words)}" if words else "which shows nothing to click"


async def frame_of(page: Page, text: str | None, timeout_ms: float) -> Scope:
    """The page itself, or the frame that a locator means. Raises SchemaDrift: ElementMissing, NotAFrame."""
    if text is None:
        return page
    element = await (await the_one(page, text, timeout_ms)).element_handle()
    frame = await element.content_frame()
    if frame is None:
        raise SchemaDrift(f"{text!r} is not a frame", code="NotAFrame")
    return frame


def _is_selector_error(error: Error) -> bool:
    return "selector" in error.message.lower() and "timeout" not in error.message.lower()


def _as_drift(error: Error, text: str) -> Exception:
    first = error.message.splitlines()[0]
    if _is_selector_error(error):
        return ConfigInvalid(f"{text!r} cannot be looked up: {first}", code="LocatorInvalid")
    return SchemaDrift(f"{text!r} could not be used: {first}", code="ElementUnusable")


def _address(scope: Scope) -> str:
    return scope.url.partition("?")[0]
