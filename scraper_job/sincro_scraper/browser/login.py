"""Logs in once, and says what came of it; logs out within a few seconds whatever happens.

Decided here: a refused password is final (an account must not be locked by us). Not here: when to log in again.
"""

import asyncio
import base64
import hmac
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from playwright.async_api import Error, Request

from sincro_contract.durations import parse_duration
from sincro_scraper.browser.locale_check import assert_header
from sincro_scraper.browser.locators import clickable, is_hidden_there, is_there
from sincro_scraper.browser.signs import shown
from sincro_scraper.browser.visit import Values, Visit
from sincro_scraper.errors import ConfigInvalid, CredentialsRejected, ScraperError, SourceUnavailable
from sincro_scraper.localisation import Locale
from sincro_scraper.profile.model import PASSWORD_FIELD, LoginSpec
from sincro_scraper.profile.placeholders import SECRET_PREFIX

log = logging.getLogger(__name__)

LOGOUT_SECONDS = 4.0
_POLL_SECONDS = 0.05


@dataclass(frozen=True)
class Credentials:
    """What the Secret holds. `extra`: further files of the Secret, for {secret.NAME}."""

    username: str = ""
    password: str = field(default="", repr=False)
    totp: str | None = field(default=None, repr=False)
    extra: Mapping[str, str] = field(default_factory=dict, repr=False)

    def values(self, now: datetime) -> dict[str, str | datetime]:
        """The placeholders that these credentials fill. Raises ConfigInvalid for a TOTP seed that is none."""
        values: dict[str, str | datetime] = {"username": self.username, "password": self.password, "now": now}
        values |= {f"{SECRET_PREFIX}{name}": value for name, value in self.extra.items()}
        if self.totp:
            values["totp"] = one_time_code(self.totp, now)
        return values

    def secrets(self) -> list[str]:
        """Texts that must never leave the program."""
        return [text for text in (self.password, self.totp or "", *self.extra.values()) if text]


def one_time_code(seed: str, now: datetime) -> str:
    """The code of six digits for this half minute, after RFC 6238 (SHA-1, 30 s). Raises ConfigInvalid.

    Seeds of any length are taken: those of 80 bits are short by today's measure and common.
    """
    letters = seed.replace(" ", "").replace("-", "").rstrip("=").upper()
    try:
        key = base64.b32decode(letters + "=" * (-len(letters) % 8))
    except ValueError:
        raise ConfigInvalid("the Secret's totp is not a base32 seed", code="TotpInvalid") from None
    digest = hmac.digest(key, (int(now.timestamp()) // 30).to_bytes(8, "big"), "sha1")
    start = digest[-1] & 15
    return f"{(int.from_bytes(digest[start : start + 4], 'big') & 0x7FFFFFFF) % 1_000_000:06}"


async def log_in(visit: Visit, credentials: Credentials, now: datetime, locale: Locale) -> None:
    """Carry out the profile's login and wait for a sign of success.

    Raises CredentialsRejected (also where a password field is all that comes back), SourceUnavailable, SchemaDrift,
    LocaleMismatch.
    """
    spec = visit.profile.login
    if spec is None:
        return
    first: list[Request] = []

    def first_request(request: Request) -> None:
        if request.is_navigation_request() and not first:
            first.append(request)

    visit.page.on("request", first_request)
    try:
        await visit.run(spec.steps, credentials.values(now), ("login", "steps"), retry=True)
    finally:
        visit.page.remove_listener("request", first_request)
    if first:
        assert_header((await first[0].all_headers()).get("accept-language"), locale)
    await _outcome(visit, spec)


async def _outcome(visit: Visit, spec: LoginSpec) -> None:
    loop = asyncio.get_running_loop()
    deadline = loop.time() + parse_duration(spec.timeout).total_seconds()
    while True:
        busy = await shown(visit.page, visit.traffic, spec.busy)
        if busy:
            raise SourceUnavailable(f"the application lets nobody in: {await _words(visit, busy)}", code="Busy")
        failure = await shown(visit.page, visit.traffic, spec.failure)
        if failure:
            raise CredentialsRejected(f"the application refused the login: {await _words(visit, failure)}")
        if await shown(visit.page, visit.traffic, spec.success):
            return
        await visit.raise_for_page()
        if loop.time() > deadline:
            break
        await asyncio.sleep(_POLL_SECONDS)
    if await is_there(visit.page, PASSWORD_FIELD):
        raise CredentialsRejected(
            "the application showed its login page again, and no sign of success; it is not tried again, "
            "so that the account is not locked",
            code="LoginNotAccepted",
        )
    raise SourceUnavailable(
        f"no sign of a successful login within {spec.timeout}: {await _why_not(visit, spec.success)}; "
        f"the page is {visit.page.url.partition('?')[0]}, {await clickable(visit.page)}",
        code="LoginUnclear",
        place=("login", "success"),
    )


async def _why_not(visit: Visit, signs: Sequence[str]) -> str:
    """For each sign whether it is missing, or there and hidden (in a menu that is closed)."""
    told: list[str] = []
    for sign in signs:
        hidden = sign.partition("=")[0] not in ("url", "status") and await is_hidden_there(visit.page, sign)
        told.append(f"{sign!r} {'is there, but hidden: choose something that is to be seen' if hidden else 'is not'}")
    return ", ".join(told)


async def _words(visit: Visit, sign: str) -> str:
    """What the page says where the sign shows, for the error."""
    kind = sign.partition("=")[0]
    if kind in ("url", "status"):
        return sign
    try:
        from sincro_scraper.browser.locators import the_one

        text = await (await the_one(visit.page, sign, 500)).inner_text(timeout=500)
    except (Error, ScraperError):
        return sign
    return " ".join(text.split())[:200] or sign


async def log_out(visit: Visit, values: Values) -> None:
    """Carry out the profile's logout within LOGOUT_SECONDS. Never raises: a run does not fail for it."""
    if not visit.profile.logout:
        return
    try:
        async with asyncio.timeout(LOGOUT_SECONDS):
            await visit.run(visit.profile.logout, values, ("logout",), retry=False)
    except (ScraperError, Error, TimeoutError) as error:
        log.warning("logout.failed", extra={"reason": str(error)})
