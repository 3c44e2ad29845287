"""SyncSource: one ERP and the database it fills."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field, StringConstraints

from sincro_contract.durations import Duration
from sincro_contract.model import Observed
from sincro_contract.resources.conditions import Condition, LastError, Message, ObjectName, TimeZoneName, UserName

Url = Annotated[str, StringConstraints(pattern=r"^https?://[^\s]+$", max_length=2048)]
LocaleName = Annotated[str, StringConstraints(pattern=r"^(it|en|de|fr)-[A-Z]{2}$")]


class ProfileReference(Observed):
    """The ConfigMap that holds the profile."""

    name: ObjectName
    key: str = Field(default="profile.yaml", min_length=1, max_length=253, pattern=r"^[-._a-zA-Z0-9]+$")


class CredentialsReference(Observed):
    """The Secret with the service user: keys `username` and `password`, and `totp` where the ERP asks for one."""

    name: ObjectName


class DatabaseReference(Observed):
    """The Secret with the URL of the database that is filled."""

    name: ObjectName
    key: str = Field(default="url", min_length=1, max_length=253, pattern=r"^[-._a-zA-Z0-9]+$")


class CircuitBreakerSpec(Observed):
    """When a source that keeps failing is left alone."""

    failure_threshold: int = Field(default=5, ge=1, le=100, description="Transient failures in a row that open it")
    open_duration: Duration = Field(default="5m", description="How long it stays open before one probe is let through")


class ResourceAmounts(Observed):
    """Kubernetes' own shape of requests and limits."""

    requests: dict[str, str | int] = Field(default_factory=dict, max_length=16)
    limits: dict[str, str | int] = Field(default_factory=dict, max_length=16)


class ScraperSpec(Observed):
    """How this source's Jobs differ from the operator's defaults."""

    image: str | None = Field(default=None, min_length=1, max_length=512)
    resources: ResourceAmounts | None = None
    node_selector: dict[str, str] = Field(default_factory=dict, max_length=32)
    tolerations: list[dict[str, Any]] = Field(
        default_factory=list, max_length=32, json_schema_extra={"x-sincro-schema": "tolerations"}
    )
    runtime_class_name: ObjectName | None = None


class SyncSourceSpec(Observed):
    """What a person states about a source."""

    profile: ProfileReference
    base_url: Url
    credentials_secret_ref: CredentialsReference
    database_secret_ref: DatabaseReference
    locale: LocaleName = "it-IT"
    time_zone: TimeZoneName = "Europe/Rome"
    max_concurrent: int = Field(default=1, ge=1, le=100, description="Sessions that the ERP allows at once")
    paused: bool = False
    paused_by: UserName | None = None
    pause_reason: Message | None = None
    circuit_breaker: CircuitBreakerSpec = Field(default_factory=CircuitBreakerSpec)
    scraper: ScraperSpec = Field(default_factory=ScraperSpec)


class TypeStatistics(Observed):
    """How the syncs of one type of a source have gone."""

    type: str = Field(max_length=64)
    last_sync_time: datetime | None = None
    last_success_time: datetime | None = None
    last_failure_time: datetime | None = None
    last_full_time: datetime | None = Field(default=None, description="End of the last sync that read everything")
    succeeded: int = Field(default=0, ge=0)
    failed: int = Field(default=0, ge=0)
    success_rate: str | None = Field(default=None, max_length=8, description="Percent, for example 99.2%")
    average_duration: str | None = Field(default=None, max_length=32)
    average_duration_ms: int | None = Field(default=None, ge=0)


class CircuitStatus(Observed):
    """The circuit breaker's memory: it must outlive the operator's process."""

    state: str = Field(default="Closed", max_length=16, description="Closed, Open, HalfOpen")
    consecutive_failures: int = Field(default=0, ge=0)
    opened_at: datetime | None = None
    retry_at: datetime | None = None
    reason: str = Field(default="", max_length=64)
    message: Message = ""


class SyncSourceStatus(Observed):
    """What the operator says about a source."""

    observed_generation: int | None = None
    conditions: list[Condition] = Field(default_factory=list, max_length=16)
    queued: int = Field(default=0, ge=0)
    running: int = Field(default=0, ge=0)
    retrying: int = Field(default=0, ge=0)
    dead_lettered: int = Field(default=0, ge=0)
    active_tasks: list[str] = Field(default_factory=list, max_length=100)
    last_error: LastError | None = None
    circuit: CircuitStatus = Field(default_factory=CircuitStatus)
    types: list[TypeStatistics] = Field(default_factory=list, max_length=64)
