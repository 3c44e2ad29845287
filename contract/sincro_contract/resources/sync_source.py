"""SyncSource: one ERP and the database it fills."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field, StringConstraints

from sincro_contract.durations import Duration
from sincro_contract.model import Observed
from sincro_contract.resources.conditions import (
    Conditions,
    KeyName,
    LastError,
    Message,
    ObjectName,
    TimeZoneName,
    UserName,
)
from sincro_contract.rules import DurationRange, Explained, Rule

Url = Annotated[
    str,
    StringConstraints(pattern=r"^https?://[^\s/?#]+[^\s]*$", max_length=2048),
    Explained("must be a URL that begins with http:// or https:// and names a host, such as https://erp.example.com"),
    Rule(
        "!self.matches('^[A-Za-z]+://[^/?#]*@')",
        "must not carry a user or password: they belong into the Secret that credentialsSecretRef names",
    ),
    Rule("!self.contains('#')", "must not carry a fragment (#...): the profile's paths are added to it"),
]
LocaleName = Annotated[
    str,
    StringConstraints(pattern=r"^(it|en|de|fr)-[A-Z]{2}$", max_length=5),
    Explained("must be a locale whose numbers and dates Sincro reads: it-, en-, de- or fr- and a country, as in it-IT"),
]

_TOLERATIONS: dict[str, Any] = {
    "items": {
        "type": "object",
        "properties": {
            "key": {
                "type": "string",
                "maxLength": 317,
                "description": "The taint's key; none with Exists: all taints",
            },
            "operator": {
                "type": "string",
                "enum": ["Exists", "Equal"],
                "description": "How key and value are compared; default Equal",
            },
            "value": {"type": "string", "maxLength": 63, "description": "The taint's value"},
            "effect": {
                "type": "string",
                "enum": ["NoSchedule", "PreferNoSchedule", "NoExecute"],
                "description": "The taint's effect; default all",
            },
            "tolerationSeconds": {
                "type": "integer",
                "format": "int64",
                "description": "How long a NoExecute taint is tolerated; default for ever",
            },
        },
    }
}


class ProfileReference(Observed):
    """The ConfigMap that holds the profile: how this ERP is logged into and read."""

    name: ObjectName = Field(description="Name of a ConfigMap in the same namespace")
    key: KeyName = Field(default="profile.yaml", description="The key that holds the profile")


class CredentialsReference(Observed):
    """The Secret with the service user: keys `username` and `password`, and `totp` where the ERP asks for one."""

    name: ObjectName = Field(description="Name of a Secret in the same namespace")


class DatabaseReference(Observed):
    """The Secret with the URL of the database that is filled, for example postgresql://user:password@host:5432/name."""

    name: ObjectName = Field(description="Name of a Secret in the same namespace")
    key: KeyName = Field(default="url", description="The key that holds the URL")


class CircuitBreakerSpec(Observed):
    """When a source that keeps failing is left alone, so that no account is locked and no ERP is hammered."""

    failure_threshold: int = Field(default=5, ge=1, le=100, description="Transient failures in a row that open it")
    open_duration: Annotated[Duration, DurationRange("1s", "24h")] = Field(
        default="5m", description="How long it stays open before one probe is let through"
    )


class ResourceAmounts(Observed):
    """Kubernetes' own shape of requests and limits."""

    requests: dict[str, str | int] = Field(
        default_factory=dict, max_length=16, description="What the container is promised, for example memory: 512Mi"
    )
    limits: dict[str, str | int] = Field(
        default_factory=dict, max_length=16, description="What the container may use at most"
    )


class ScraperSpec(Observed):
    """How this source's Jobs differ from the operator's defaults."""

    image: str | None = Field(
        default=None, min_length=1, max_length=512, description="Another image than the operator's own for its scrapers"
    )
    resources: ResourceAmounts | None = Field(default=None, description="Requests and limits of the container")
    node_selector: dict[str, Annotated[str, StringConstraints(max_length=63)]] = Field(
        default_factory=dict, max_length=32, description="Labels that a node must have"
    )
    tolerations: list[dict[str, Any]] = Field(
        default_factory=list,
        max_length=32,
        description="Taints of nodes that do not keep the pod away",
        json_schema_extra=_TOLERATIONS,
    )
    runtime_class_name: ObjectName | None = Field(
        default=None,
        description="RuntimeClass of the pod, for example gvisor: one more wall around the browser",
    )


class SyncSourceSpec(Observed):
    """What a person states about a source: where the ERP is, how it is read, which database is filled."""

    profile: ProfileReference
    base_url: Url = Field(description="Where the ERP is: the address that the profile's paths are added to")
    credentials_secret_ref: CredentialsReference
    database_secret_ref: DatabaseReference
    locale: LocaleName = Field(
        default="it-IT", description="The language that the ERP is made to speak: decides how 1.234,56 is read"
    )
    time_zone: TimeZoneName = Field(
        default="Europe/Rome", description="The IANA time zone of the ERP's dates, and of quiet hours and cron fields"
    )
    max_concurrent: int = Field(default=1, ge=1, le=100, description="Sessions that the ERP allows at once")
    paused: bool = Field(
        default=False, description="Hold back scheduled syncs of all types; syncs that a person asks for still run"
    )
    paused_by: UserName | None = Field(default=None, description="Who paused it")
    pause_reason: Message | None = Field(default=None, description="Why it is paused; shown at whatever waits for it")
    circuit_breaker: CircuitBreakerSpec = Field(default_factory=CircuitBreakerSpec)
    scraper: ScraperSpec = Field(default_factory=ScraperSpec)


class TypeStatistics(Observed):
    """How the syncs of one type of a source have gone."""

    type: str = Field(max_length=64, description="The stream")
    last_sync_time: datetime | None = Field(default=None, description="End of the last sync, good or bad")
    last_success_time: datetime | None = Field(default=None, description="End of the last sync that succeeded")
    last_failure_time: datetime | None = Field(default=None, description="End of the last sync that failed")
    last_full_time: datetime | None = Field(default=None, description="End of the last sync that read everything")
    succeeded: int = Field(default=0, ge=0, description="Syncs that succeeded")
    failed: int = Field(default=0, ge=0, description="Syncs that ended as a dead letter")
    success_rate: str | None = Field(default=None, max_length=8, description="Percent, for example 99.2%")
    average_duration: str | None = Field(default=None, max_length=32, description="Of successful syncs, for people")
    average_duration_ms: int | None = Field(default=None, ge=0, description="The same in milliseconds")
    full_profile_hash: str | None = Field(
        default=None, max_length=64, description="The profile under which the last sync that read everything ran"
    )


class CircuitStatus(Observed):
    """The circuit breaker's memory: it must outlive the operator's process."""

    state: str = Field(default="Closed", max_length=16, description="Closed, Open, HalfOpen")
    consecutive_failures: int = Field(default=0, ge=0, description="Transient failures in a row so far")
    opened_at: datetime | None = Field(default=None, description="When it opened")
    retry_at: datetime | None = Field(default=None, description="When one probe is let through")
    reason: str = Field(default="", max_length=64, description="Why it opened, in one word")
    message: Message = Field(default="", description="Why it opened, and what closes it")
    revision: str = Field(
        default="", max_length=128, description="The source and profile with which the credentials were rejected"
    )
    rejections: int = Field(default=0, ge=0, description="Logins rejected in a row with that revision")


class SyncSourceStatus(Observed):
    """What the operator says about a source."""

    observed_generation: int | None = Field(default=None, description="The generation of the spec that was looked at")
    conditions: Conditions = Field(default_factory=list)
    queued: int = Field(default=0, ge=0, description="Syncs that wait")
    running: int = Field(default=0, ge=0, description="Syncs that run")
    retrying: int = Field(default=0, ge=0, description="Syncs that wait for another attempt")
    dead_lettered: int = Field(default=0, ge=0, description="Syncs that were given up and wait for a person")
    active_tasks: list[str] = Field(default_factory=list, max_length=100, description="The SyncTasks that run now")
    last_error: LastError | None = None
    circuit: CircuitStatus = Field(default_factory=CircuitStatus)
    counted_until: datetime | None = Field(
        default=None, description="Ends of attempts up to here are in the statistics and in the circuit"
    )
    types: list[TypeStatistics] = Field(
        default_factory=list,
        max_length=64,
        description="How the syncs of each type have gone",
        json_schema_extra={"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["type"]},
    )


class SyncSource(Observed):
    """One ERP and the database it fills: where it is, how it is logged into and read, how many sessions it allows."""

    spec: SyncSourceSpec
    status: SyncSourceStatus = Field(default_factory=SyncSourceStatus)
