"""The operator's settings, read once at the start from one YAML file.

Decided here: names, defaults and limits. What is wrong is said with the name of the setting, before anything is begun.
"""

import os
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import yaml
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator
from pydantic.alias_generators import to_camel

from sincro_contract.durations import parse_duration
from sincro_contract.evidence import EvidenceBucket
from sincro_operator.cluster.job import CaReference, JobSettings, SecretKey
from sincro_operator.cluster.lease import LeaseSettings
from sincro_operator.notices.message import Form
from sincro_operator.notices.sender import Target
from sincro_operator.planning.model import Limits, Name
from sincro_operator.planning.selection import Selector, parse_selector

DEFAULT_FILE = Path("/etc/sincro/operator/settings.yaml")
FILE_VARIABLE = "SINCRO_SETTINGS"


def _duration(value: object) -> object:
    return parse_duration(value) if isinstance(value, str) else value


def _selectable(value: str) -> str:
    parse_selector(value)
    return value


Duration = Annotated[timedelta, BeforeValidator(_duration)]
"""Written like 30s, 10m or 1h30m."""


class SettingsError(Exception):
    """The settings cannot be used; the message names each setting that is wrong."""


class _Group(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid", frozen=True)


class SecretKeySettings(_Group):
    """A key of a Secret that stands in each namespace with syncs."""

    name: str = Field(min_length=1)
    """The Secret."""
    key: str = Field(min_length=1)
    """Its key."""


class PriorityClassSettings(_Group):
    """PriorityClasses of the pods; none when empty."""

    manual: str | None = None
    """For syncs that a person asked for."""
    scheduled: str | None = None
    """For scheduled ones."""


class CaSettings(_Group):
    """Authorities (PEM) for TLS: a key of a Secret or of a ConfigMap that stands in each namespace with syncs."""

    secret_name: str | None = None
    """The Secret, or"""
    config_map_name: str | None = None
    """the ConfigMap."""
    key: str = Field(default="ca.crt", min_length=1)
    """Its key."""

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.secret_name is None) == (self.config_map_name is None):
            raise ValueError("either secretName or configMapName")
        return self


class BucketSettings(_Group):
    """A bucket of S3, or of a server that speaks its protocol, for evidence; instead of a volume."""

    bucket: str = Field(min_length=1, max_length=255)
    """Its name."""
    endpoint: str | None = Field(default=None, pattern=r"^https?://[^\s]+$", max_length=2048)
    """The server's address; none: AWS."""
    region: str = Field(default="us-east-1", min_length=1, max_length=64)
    """Its region, which servers beside AWS ignore."""
    prefix: str = Field(default="", max_length=255, pattern=r"^([A-Za-z0-9._-]+/?)*$")
    """Put before every key."""
    secret_name: str = Field(min_length=1)
    """A Secret in each namespace with syncs: `accessKey`, `secretKey`, optional `sessionToken` and `ca.crt`."""


class EvidenceSettings(_Group):
    """Where failures leave screenshot, page and trace: on a volume or in a bucket."""

    claim_name: str | None = None
    """PersistentVolumeClaim in each namespace with syncs; none: no evidence is kept."""
    s3: BucketSettings | None = None
    """The bucket, instead of a claim."""

    @model_validator(mode="after")
    def _one(self) -> Self:
        if self.claim_name and self.s3:
            raise ValueError("evidence goes to a volume (claimName) or to a bucket (s3), not to both")
        return self


class NoticeSettings(_Group):
    """The webhook that dead letters are told to: mounted files, since the operator cannot read Secrets."""

    url_file: Path | None = None
    """The file with its address; none: nobody is told."""
    secret_file: Path | None = None
    """The file with the secret that requests are signed with; not there or none: unsigned."""
    form: Literal["generic", "slack"] = "generic"
    """A document of Sincro's own, or one as Slack takes it."""


class TracingSettings(_Group):
    """Traces of ended syncs, by OTLP over HTTP."""

    endpoint: str | None = Field(default=None, pattern=r"^https?://")
    """A collector's address, such as http://collector:4318; none: nothing is traced."""
    authorization_file: Path | None = None
    """A mounted file with the Authorization header that the collector wants; none: no header."""


class LeaderElectionSettings(_Group):
    """One of several replicas acts. Seconds; a successor acts at the latest `duration` + `retry` after a SIGKILL."""

    enabled: bool = True
    """Off only where there is one replica for certain: two that act would both write."""
    namespace: str = "sincro"
    """Where the Lease lives."""
    name: str = "sincro-operator"
    """Its name."""
    duration: int = Field(default=6, ge=3, le=60)
    """After this time without renewal another replica may act."""
    renew_deadline: float = Field(default=4.0, gt=0)
    """A holder that could not renew for this long stops acting."""
    renew: float = Field(default=1.5, gt=0)
    """How often the holder renews."""
    retry: float = Field(default=1.0, gt=0)
    """How often the others look."""

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if not self.renew < self.renew_deadline < self.duration:
            raise ValueError("it must be that renew < renewDeadline < duration: a holder stops before another begins")
        return self


class ScraperSettings(_Group):
    """What all Jobs have in common; a SyncSource may override image, resources, nodeSelector, tolerations, runtime."""

    image: str = Field(min_length=1)
    """Image of the scraper, with its tag."""
    image_pull_policy: Literal["Always", "IfNotPresent", "Never"] = "IfNotPresent"
    """When the node fetches it."""
    image_pull_secrets: tuple[str, ...] = ()
    """Names of Secrets in each namespace with syncs."""
    resources: dict[str, Any] = Field(default_factory=dict)
    """Requests and limits of the container."""
    node_selector: dict[str, str] = Field(default_factory=dict)
    """Labels of nodes to run on."""
    tolerations: tuple[dict[str, Any], ...] = ()
    """Taints that do not matter."""
    runtime_class_name: str | None = None
    """RuntimeClass of the pods, such as gvisor."""
    priority_class_names: PriorityClassSettings = PriorityClassSettings()
    redis_url_secret: SecretKeySettings | None = None
    """Where scrapers find the URL of Redis; none: no live progress."""
    redis_ca: CaSettings | None = None
    """Authorities that Redis's certificate has to come from; the URL is rediss:// then."""
    session_key_secret: SecretKeySettings | None = None
    """The key that a kept browser session is encrypted with; none: every run logs in."""
    database_ca: CaSettings | None = None
    """Authorities that a database's certificate has to come from."""
    database_ssl_mode: Literal["require", "verify-ca", "verify-full"] | None = None
    """How much of a database's certificate is checked, where its URL does not say."""
    evidence: EvidenceSettings = EvidenceSettings()
    finished_job_ttl: Duration = timedelta(hours=1)
    """How long a finished Job stays."""
    grace_period: Duration = timedelta(seconds=10)
    """From SIGTERM to SIGKILL."""


class Settings(_Group):
    """Everything that can be set."""

    namespaces: tuple[str, ...] = ()
    """Empty: all namespaces."""
    source_selector: Annotated[str, AfterValidator(_selectable)] = ""
    """Labels of the SyncSources that this operator looks after, as `kubectl -l` takes them; empty: all. What belongs to
    a source follows it; what names a source that is not there is for the operator that takes sources without labels."""
    scraper: ScraperSettings
    max_concurrent_jobs: int = Field(default=50, ge=1)
    """Syncs at once, over all sources."""
    ageing: Duration = timedelta(minutes=10)
    """A waiting task gains a point of priority each time this has passed."""
    start_deadline: Duration = timedelta(minutes=5)
    """A pod that has not started by then ends its attempt."""
    stop_deadline: Duration = timedelta(minutes=2)
    """A pod that has not ended this long after it was told to is removed by force."""
    redis_url_file: Path | None = None
    """File with the URL of Redis; none: no live progress in the status."""
    redis_ca_file: Path | None = None
    """File with the authorities (PEM) that Redis's certificate has to come from."""
    history_url_file: Path | None = None
    """File with the URL of the history database; none: nothing is archived before it is pruned."""
    notices: NoticeSettings = NoticeSettings()
    tracing: TracingSettings = TracingSettings()
    leader_election: LeaderElectionSettings = LeaderElectionSettings()
    workers: int = Field(default=32, ge=1, le=256)
    """Writes to the API server at once."""
    health_endpoint: str = "http://0.0.0.0:8080/healthz"
    """Where the liveness probe is answered."""
    metrics_port: int = Field(default=9090, ge=0, le=65535)
    """Port of /metrics and /readyz; 0: any free one."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """How much is logged."""
    log_format: Literal["json", "text"] = "json"
    """One JSON document a line, or text for people."""

    @property
    def selector(self) -> Selector:
        """Which sources are looked after."""
        return parse_selector(self.source_selector)

    @property
    def operator(self) -> str:
        """What this operator is called among several: its Lease, which all its replicas share."""
        return f"{self.leader_election.namespace}/{self.leader_election.name}"

    @property
    def limits(self) -> Limits:
        """What decisions depend on."""
        return Limits(
            max_concurrent=self.max_concurrent_jobs,
            ageing=self.ageing,
            start_deadline=self.start_deadline,
            stop_deadline=self.stop_deadline,
            archive=self.history_url_file is not None,
            notices=self.notices.url_file is not None,
            operator=self.operator,
        )

    @property
    def jobs(self) -> JobSettings:
        """What Jobs are built from."""
        scraper = self.scraper
        return JobSettings(
            image=scraper.image,
            image_pull_policy=scraper.image_pull_policy,
            image_pull_secrets=scraper.image_pull_secrets,
            resources=scraper.resources,
            node_selector=scraper.node_selector,
            tolerations=scraper.tolerations,
            runtime_class=scraper.runtime_class_name,
            manual_priority_class=scraper.priority_class_names.manual,
            scheduled_priority_class=scraper.priority_class_names.scheduled,
            redis_url=_secret_key(scraper.redis_url_secret),
            session_key=_secret_key(scraper.session_key_secret),
            traced=self.tracing.endpoint is not None,
            redis_ca=_ca(scraper.redis_ca),
            database_ca=_ca(scraper.database_ca),
            database_ssl_mode=scraper.database_ssl_mode,
            evidence_claim=scraper.evidence.claim_name,
            evidence_bucket=_bucket(scraper.evidence.s3),
            evidence_secret=scraper.evidence.s3.secret_name if scraper.evidence.s3 else None,
            start_deadline=self.start_deadline,
            keep=scraper.finished_job_ttl,
            grace=scraper.grace_period,
            operator=self.operator,
        )

    @property
    def lease(self) -> LeaseSettings:
        """How the leader is chosen."""
        election = self.leader_election
        return LeaseSettings(
            name=Name(election.namespace, election.name),
            duration=election.duration,
            renew_deadline=election.renew_deadline,
            renew=election.renew,
            retry=election.retry,
        )

    @property
    def elects(self) -> bool:
        """Whether a Lease decides who acts."""
        return self.leader_election.enabled

    def history_url(self) -> str:
        """The history's URL, as it stands in its file now. Raises OSError."""
        return self.history_url_file.read_text("utf-8").strip() if self.history_url_file is not None else ""

    def notice_target(self) -> Target:
        """The webhook, as it stands in its files now. Raises OSError, or ValueError where the address is none."""
        settings = self.notices
        url = settings.url_file.read_text("utf-8").strip() if settings.url_file is not None else ""
        if not url.startswith(("http://", "https://")):
            raise ValueError("the webhook's address does not begin with https:// or http://")
        secret = settings.secret_file if settings.secret_file is not None and settings.secret_file.exists() else None
        return Target(url, secret.read_text("utf-8") if secret is not None else None, Form(settings.form))

    def tracing_headers(self) -> dict[str, str]:
        """What a collector wants to be told besides, as it stands in its file now. Raises OSError."""
        file = self.tracing.authorization_file
        return {"Authorization": file.read_text("utf-8").strip()} if file is not None else {}

    def redis_url(self) -> str:
        """Redis's URL, as it stands in its file now. Raises OSError."""
        return self.redis_url_file.read_text("utf-8").strip() if self.redis_url_file is not None else ""


def _bucket(settings: BucketSettings | None) -> EvidenceBucket | None:
    return EvidenceBucket(**settings.model_dump(exclude={"secret_name"})) if settings else None


def _secret_key(settings: SecretKeySettings | None) -> SecretKey | None:
    return SecretKey(settings.name, settings.key) if settings is not None else None


def _ca(settings: CaSettings | None) -> CaReference | None:
    if settings is None:
        return None
    return CaReference(settings.secret_name or settings.config_map_name or "", settings.key, bool(settings.secret_name))


def load_settings(environment: Mapping[str, str] = os.environ) -> Settings:
    """Read the file that SINCRO_SETTINGS names, else the default one.

    Raises SettingsError when it is not there, is not YAML, or holds a setting that is unknown or out of range.
    """
    path = Path(environment.get(FILE_VARIABLE) or DEFAULT_FILE)
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise SettingsError(f"cannot read the settings: {error}") from error
    return parse_settings(text, str(path))


def parse_settings(text: str, where: str = "settings") -> Settings:
    """Settings from YAML. Raises SettingsError."""
    try:
        document = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise SettingsError(f"{where} is not YAML: {error}") from error
    try:
        return Settings.model_validate(document if document is not None else {})
    except ValidationError as error:
        lines = [f"{'.'.join(map(str, e['loc'])) or 'the document'}: {e['msg']}" for e in error.errors()]
        raise SettingsError(f"{where}: " + "; ".join(lines)) from error
