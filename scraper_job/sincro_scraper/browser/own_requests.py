"""What goes along with every request to the application itself: basic authentication and headers of the profile. Pure.

Decided here: to whom they go, which is the base URL's own origin and nobody else: pages load things from other servers,
and redirect to them.
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlsplit

from sincro_scraper.errors import ConfigInvalid
from sincro_scraper.profile.model import RequestSpec
from sincro_scraper.profile.placeholders import MissingPlaceholderError, fill_placeholders, placeholders_in

_DEFAULT_PORTS = {"http": 80, "https": 443}


def origin_of(url: str) -> tuple[str, str, int]:
    """Scheme, host and port; of what is no address, something that equals nothing of use."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return "", "", 0
    return parts.scheme, parts.hostname or "", port or _DEFAULT_PORTS.get(parts.scheme, 0)


@dataclass(frozen=True)
class OwnRequests:
    """The filled parts. `basic`: user and password. `secrets`: what of them must never leave the program."""

    base_url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    basic: tuple[str, str] | None = field(default=None, repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)

    @property
    def origin(self) -> str:
        """The application's origin, as a browser writes it: https://erp.example.com:8443."""
        scheme, host, port = origin_of(self.base_url)
        shown = f"[{host}]" if ":" in host else host
        return f"{scheme}://{shown}" + ("" if port == _DEFAULT_PORTS.get(scheme) else f":{port}")

    @property
    def whole(self) -> dict[str, str]:
        """All header lines, that of the basic authentication included, for those who do not wait to be asked for it."""
        if self.basic is None:
            return dict(self.headers)
        pair = base64.b64encode(":".join(self.basic).encode()).decode()
        return {**self.headers, "Authorization": f"Basic {pair}"}

    def is_own(self, url: str) -> bool:
        """Whether an address is the application's."""
        return origin_of(url) == origin_of(self.base_url)


def own_requests(spec: RequestSpec, base_url: str, values: Mapping[str, str | datetime]) -> OwnRequests:
    """Fill the profile's texts. Raises ConfigInvalid for a placeholder that the Secret has no value for."""

    def filled(text: str, where: str) -> str:
        try:
            return fill_placeholders(text, values, "%Y-%m-%d")
        except MissingPlaceholderError as error:
            raise ConfigInvalid(f"requests.{where}: {error}", code="SecretIncomplete") from None

    headers = {name: filled(text, f"headers.{name}") for name, text in spec.headers.items()}
    broken = next((name for name, value in headers.items() if not value.isprintable()), None)
    if broken is not None:
        raise ConfigInvalid(f"requests.headers.{broken}: a header is one line of printable text", code="HeaderInvalid")
    secrets = [headers[name] for name, text in spec.headers.items() if placeholders_in(text)]
    basic = None
    if spec.basic_auth is not None:
        basic = (filled(spec.basic_auth.username, "basicAuth"), filled(spec.basic_auth.password, "basicAuth"))
        if not all(basic):
            raise ConfigInvalid("requests.basicAuth: user or password is empty", code="SecretIncomplete")
        secrets += [basic[1], ":".join(basic)]
    return OwnRequests(base_url, headers, basic, tuple(secrets))
