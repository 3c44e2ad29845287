"""What a run is told, put together: specification, profile, credentials, database. Shapes only."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

from sincro_contract.run import RunSpec
from sincro_scraper.browser.keeping import Place
from sincro_scraper.browser.login import Credentials
from sincro_scraper.browser.own_requests import own_requests
from sincro_scraper.errors import ConfigInvalid
from sincro_scraper.localisation import Locale, UnknownLocaleError, locale_named
from sincro_scraper.profile.model import Profile
from sincro_scraper.profile.streams import StreamSpec


@dataclass(frozen=True)
class Job:
    """Everything that a run is told."""

    spec: RunSpec
    profile: Profile
    credentials: Credentials
    database_url: str = field(repr=False)
    session_key: bytes | None = field(default=None, repr=False)
    evidence: Place | None = None

    @property
    def stream(self) -> StreamSpec:
        """The stream to read. Raises ConfigInvalid."""
        found = self.profile.streams.get(self.spec.type)
        if found is None:
            known = ", ".join(self.profile.streams)
            raise ConfigInvalid(f"the profile has no stream {self.spec.type!r}; it has {known}", code="StreamUnknown")
        return found

    @property
    def secrets(self) -> list[str]:
        """Texts that must never leave the program. Raises ConfigInvalid."""
        values = self.credentials.values(datetime.now(UTC))
        own = own_requests(self.profile.requests, self.spec.base_url, values)
        return [*self.credentials.secrets(), *own.secrets]

    @property
    def locale(self) -> Locale:
        """The source's locale. Raises ConfigInvalid."""
        try:
            return locale_named(self.spec.locale)
        except UnknownLocaleError as error:
            raise ConfigInvalid(str(error), code="LocaleUnknown") from None
