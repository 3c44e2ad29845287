"""Asks the operator what the coming days will look like: only its planner knows. Nothing is decided here."""

from typing import Protocol

import aiohttp
from pydantic import ValidationError

from sincro_contract.outlook import OUTLOOK_PATH, Outlook

_SECONDS = 20
"""The operator may have to compute it; the page shows everything else meanwhile."""


class ForecastAway(Exception):
    """The operator cannot be asked, or does not know; the message says why."""


class Forecast(Protocol):
    """What the operator is asked."""

    async def outlook(self, days: int) -> Outlook:
        """The coming days, 1 to 31. Raises ForecastAway."""
        ...


class OperatorForecast:
    """The real one, over HTTP. It connects when it is used."""

    def __init__(self, url: str) -> None:
        self._url = url.rstrip("/") + OUTLOOK_PATH
        self._session: aiohttp.ClientSession | None = None

    async def outlook(self, days: int) -> Outlook:
        """See Forecast.outlook."""
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=_SECONDS))
        try:
            async with self._session.get(self._url, params={"days": str(days)}) as answer:
                text = await answer.text()
        except (aiohttp.ClientError, OSError, TimeoutError, UnicodeDecodeError) as error:
            raise ForecastAway(f"The operator cannot be asked: {str(error) or type(error).__name__}") from error
        if answer.status != 200:
            raise ForecastAway(f"The operator does not know: {text.strip()[:200] or answer.status}")
        try:
            return Outlook.model_validate_json(text)
        except ValidationError as error:
            raise ForecastAway("The operator is of another version: its answer cannot be read.") from error

    async def close(self) -> None:
        """Give the connections back."""
        if self._session is not None:
            await self._session.close()
