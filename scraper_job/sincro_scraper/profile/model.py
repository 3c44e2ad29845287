"""The whole profile: how to get into one application, how it behaves, and its streams. Shapes and checks."""

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from sincro_scraper.profile.parts import CssText, DurationText, FilledText, ProfileModel, Signs, StreamName
from sincro_scraper.profile.placeholders import placeholders_in
from sincro_scraper.profile.steps import Steps
from sincro_scraper.profile.streams import StreamSpec

PASSWORD_FIELD = "css=input[type=password]"  # noqa: S105 - a selector


class LoginSpec(ProfileModel):
    """How the service user gets in, and how one sees whether it worked."""

    steps: Steps = Field(min_length=1)
    success: Signs = Field(min_length=1, description="What shows once the user is in.")
    failure: Signs = Field(default=(), description="What shows when user or password are wrong, or the user is locked.")
    busy: Signs = Field(default=(), description="What shows when nobody is let in right now (all sessions taken).")
    timeout: DurationText = "30s"
    keep: DurationText | None = Field(
        default=None,
        description="Keep the session this long for the next run (where a key is mounted); no logout then.",
    )


class SignSpec(ProfileModel):
    """What tells that the page is not the one we asked for."""

    expired: Signs = Field(default=(PASSWORD_FIELD,), description="The session is over; default: a password field.")
    maintenance: Signs = Field(default=(), description="The application is closed for now.")
    loading: CssText | None = Field(default=None, description="CSS of what shows while the page loads its rows.")


class GentleSpec(ProfileModel):
    """Hours in which people work with the application, and how gentle we are then."""

    start: str = Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$", description="Local time, 08:00")
    end: str = Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")
    requests_per_second: float = Field(gt=0, le=1000)


class MannerSpec(ProfileModel):
    """How much the application is asked to bear."""

    requests_per_second: float | None = Field(default=None, gt=0, le=1000)
    concurrency: int = Field(default=2, ge=1, le=32, description="Pages fetched at once by transport http.")
    retries: int = Field(default=2, ge=0, le=10, description="Times that one page is asked for again after an error.")
    timeout: DurationText = Field(default="30s", description="How long to wait for one page.")
    user_agent: str | None = Field(default=None, min_length=1, max_length=300)
    gentle: GentleSpec | None = None
    max_page_bytes: int = Field(default=20_000_000, ge=10_000, le=1_000_000_000)


class WindowSpec(ProfileModel):
    """The size of the browser's window: grids draw only the columns and rows that fit into it."""

    width: int = Field(default=1600, ge=320, le=10_000)
    height: int = Field(default=1000, ge=240, le=10_000)


def _window(value: Any) -> Any:
    match = re.fullmatch(r"(\d{1,5})\s*[x×]\s*(\d{1,5})", value) if isinstance(value, str) else None
    return {"width": int(match.group(1)), "height": int(match.group(2))} if match else value


class BasicSpec(ProfileModel):
    """HTTP basic authentication, as a proxy or a web server asks for it before any page."""

    username: FilledText = "{username}"
    password: FilledText = "{password}"  # noqa: S105 - a placeholder


def _check_header(name: str) -> str:
    if name.lower() in _FIXED_HEADERS:
        raise ValueError(f"{name} is not a header that a profile can set")
    return name


_FIXED_HEADERS = frozenset(
    {
        *(
            "accept-encoding",
            "accept-language",
            "authorization",
            "connection",
            "content-length",
            "content-type",
            "cookie",
        ),
        *("host", "origin", "referer", "transfer-encoding", "upgrade", "user-agent"),
    }
)
HeaderName = Annotated[str, Field(pattern=r"^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$"), AfterValidator(_check_header)]


class RequestSpec(ProfileModel):
    """What goes along with every request to the application, and to nobody else."""

    basic_auth: BasicSpec | None = None
    headers: dict[HeaderName, FilledText] = Field(
        default={}, max_length=20, description="Further headers: X-Api-Key: {secret.api_key}"
    )

    @property
    def placeholders(self) -> frozenset[str]:
        """What of the Secret is needed."""
        texts = [
            *self.headers.values(),
            *((self.basic_auth.username, self.basic_auth.password) if self.basic_auth else ()),
        ]
        return frozenset().union(*(placeholders_in(text) for text in texts))


def _one_table_a_stream(streams: dict[str, StreamSpec]) -> dict[str, StreamSpec]:
    """A full read deletes what it lacks: two streams of one table would delete each other's rows."""
    tables: dict[str, str] = {}
    for name, stream in streams.items():
        other = tables.setdefault(stream.table or name, name)
        if other != name and not stream.deletions == streams[other].deletions == "never":
            raise ValueError(
                f"{other} and {name} fill one table, {stream.table or name}, and would delete each other's rows: "
                "give one another table, or say deletions: never in both"
            )
    return streams


class Profile(ProfileModel):
    """A profile: everything that Sincro knows about one application."""

    sincro: Literal[1] = Field(description="The version of the profile language.")
    name: str = Field(min_length=1, max_length=100)
    login: LoginSpec | None = None
    logout: Steps = ()
    signs: SignSpec = SignSpec()
    window: Annotated[WindowSpec, BeforeValidator(_window)] = Field(
        default=WindowSpec(), description="Size of the browser's window; short form: 2400x1000"
    )
    manners: MannerSpec = MannerSpec()
    requests: RequestSpec = RequestSpec()
    streams: Annotated[
        dict[StreamName, StreamSpec], Field(min_length=1, max_length=100), AfterValidator(_one_table_a_stream)
    ]

    @property
    def needs_credentials(self) -> bool:
        """Whether nothing goes without user and password."""
        return self.login is not None or bool(self.requests.placeholders & {"username", "password"})
