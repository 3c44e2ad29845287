"""What can be set, from the environment (`SINCRO_DASHBOARD_*`) and a YAML file. Frozen, read once.

Decided here: names, defaults, limits, and that the environment wins over the file. Not here: what a setting does.
"""

from collections.abc import Mapping
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, Any, Self

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, model_validator

from sincro_contract.evidence import EvidenceBucket
from sincro_contract.redis_address import redis_tls

PREFIX = "SINCRO_DASHBOARD_"
FILE_VARIABLE = f"{PREFIX}CONFIG"


def _listed(value: object) -> object:
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


Listed = BeforeValidator(_listed)
"""A list; in the environment its items are separated by commas."""


class Settings(BaseModel):
    """All settings of the dashboard."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: str = Field(default="0.0.0.0", description="The address to listen on")  # noqa: S104 - a pod's own network
    port: int = Field(default=8000, ge=1, le=65535, description="The port to listen on")
    base_path: str = Field(
        default="",
        pattern=r"^(/[A-Za-z0-9._~-]+)*$",
        description="Where an ingress mounts the dashboard, such as /sincro",
    )
    web_folder: Path | None = Field(default=None, description="The built pages; without it there is only the API")
    namespaces: Annotated[tuple[str, ...], Listed] = Field(
        default=(), description="The namespaces that are shown; none: all of the cluster"
    )
    default_namespace: str = Field(
        default="", description="The namespace of a request that names none; default the first of `namespaces`"
    )

    token_audiences: Annotated[tuple[str, ...], Listed] = Field(
        default=(), description="Audiences that a token may be for; none: that of the API server"
    )
    review_seconds: float = Field(
        default=20, ge=0, le=300, description="How long the answer of a TokenReview or SubjectAccessReview holds"
    )
    trusted_proxies: Annotated[tuple[IPv4Network | IPv6Network, ...], Listed] = Field(
        default=(), description="Networks of authenticating proxies whose user headers are believed"
    )
    user_header: str = Field(default="x-forwarded-user", description="The trusted proxy's header with the user")
    groups_header: str = Field(
        default="x-forwarded-groups", description="The trusted proxy's header with groups, separated by commas"
    )
    anonymous_user: str = Field(
        default="", description="Who somebody without credentials is taken for; none: they have to sign in"
    )
    secure_cookies: bool = Field(default=True, description="Send the session cookie over HTTPS only")
    allowed_origins: Annotated[tuple[str, ...], Listed] = Field(
        default=(), description="Origins of other sites that may call the API from a browser (the widget's hosts)"
    )
    manual_syncs_per_minute: int = Field(
        default=30,
        ge=1,
        le=100_000,
        description="Syncs that one user may ask for in a minute (on each replica without Redis)",
    )

    redis_url: SecretStr | None = Field(
        default=None,
        description="Redis with the progress stream and what replicas count together; none: no live progress",
    )
    redis_ca_file: Path | None = Field(
        default=None,
        description="Authorities (PEM) for Redis's certificate; the URL is rediss:// then",
    )
    database_url: SecretStr | None = Field(
        default=None, description="PostgreSQL with the history; none: only what the cluster still holds"
    )
    operator_url: str = Field(
        default="",
        pattern=r"^(https?://[^\s]+)?$",
        description="The operator's metrics port, asked for the coming days; none: only the next runs are known",
    )
    evidence_folder: Path | None = Field(default=None, description="The mounted volume with the evidence of failures")
    evidence_bucket: EvidenceBucket | None = Field(
        default=None, description="A bucket with the evidence, instead of the volume: bucket, endpoint, region, prefix"
    )
    evidence_bucket_secret: Path = Field(
        default=Path("/etc/sincro/evidence-bucket"), description="Where the bucket's Secret is mounted"
    )
    log_level: str = Field(default="info", pattern="^(debug|info|warning|error)$", description="How much is logged")

    @model_validator(mode="after")
    def _redis_is_checked(self) -> Self:
        if self.redis_url is not None:
            redis_tls(self.redis_url.get_secret_value(), self.redis_ca_file)
        return self

    @property
    def home_namespace(self) -> str:
        """The namespace of a request that names none."""
        return self.default_namespace or (self.namespaces[0] if self.namespaces else "default")


class SettingsError(Exception):
    """The settings cannot be used. The text names each wrong one."""


def load_settings(environment: Mapping[str, str]) -> Settings:
    """Read the file that SINCRO_DASHBOARD_CONFIG names, if any, and the environment over it. Raises SettingsError.

    Variables that Kubernetes itself makes from a Service called sincro-dashboard (`SINCRO_DASHBOARD_PORT=tcp://...`,
    `SINCRO_DASHBOARD_SERVICE_HOST`) are not ours.
    """
    values: dict[str, Any] = {}
    file = environment.get(FILE_VARIABLE)
    if file:
        values |= _read(Path(file))
    for name in Settings.model_fields:
        text = environment.get(PREFIX + name.upper())
        if text is None or text.startswith("tcp://"):
            continue
        if text or name in ("default_namespace", "base_path", "anonymous_user"):
            values[name] = text
    try:
        return Settings.model_validate(values)
    except ValueError as error:
        raise SettingsError(str(error)) from error


def _read(file: Path) -> dict[str, Any]:
    try:
        document = yaml.safe_load(file.read_text(encoding="utf-8")) or {}
    except (OSError, yaml.YAMLError) as error:
        raise SettingsError(f"{file}: {error}") from error
    if not isinstance(document, dict):
        raise SettingsError(f"{file}: not a mapping of settings")
    return document
