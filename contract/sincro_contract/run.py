"""What a Job's container is told (RunSpec) and where it finds the rest: one JSON file and a few mounted folders."""

from enum import StrEnum
from pathlib import PurePosixPath
from typing import Literal

from pydantic import Field

from sincro_contract.evidence import EvidenceBucket
from sincro_contract.model import Observed

RUN_FILE = PurePosixPath("/etc/sincro/run/run.json")
PROFILE_FILE = PurePosixPath("/etc/sincro/profile/profile.yaml")
CREDENTIALS_DIR = PurePosixPath("/etc/sincro/credentials")
"""A mounted Secret: files `username` and `password`, and `totp` where the ERP wants a second factor (base32 seed)."""
DATABASE_URL_FILE = PurePosixPath("/etc/sincro/database/url")
SESSION_KEY_FILE = PurePosixPath("/etc/sincro/session/key")
"""Optional: a Fernet key; where it is there, the browser's session is kept encrypted between runs."""
EVIDENCE_DIR = PurePosixPath("/var/lib/sincro/evidence")
"""Optional: a mounted volume where failures leave screenshot, page, trace and HAR."""
EVIDENCE_BUCKET_DIR = PurePosixPath("/etc/sincro/evidence-bucket")
"""Optional: a mounted Secret for the bucket of evidence: `accessKey`, `secretKey`, maybe `sessionToken`, `ca.crt`."""
TERMINATION_MESSAGE_FILE = PurePosixPath("/dev/termination-log")
DATABASE_CA_FILE = PurePosixPath("/etc/sincro/database-ca/ca.crt")
"""Optional: the authorities that a database's certificate may come from; libpq finds it by PGSSLROOTCERT."""
REDIS_CA_FILE = PurePosixPath("/etc/sincro/redis-ca/ca.crt")
"""Optional: the authorities that Redis's certificate may come from."""
REDIS_URL_VARIABLE = "SINCRO_REDIS_URL"
REDIS_CA_VARIABLE = "SINCRO_REDIS_CA"


class Mode(StrEnum):
    """How much a sync reads, and how it is written."""

    DELTA = "Delta"
    """Only what changed since the watermark; deletions are not seen."""
    FULL = "Full"
    """Everything; rows that are gone from the source are deleted."""
    FORCE = "Force"
    """Everything, into a new table that replaces the old one at once."""


class TaskReference(Observed):
    """Which SyncTask a run belongs to."""

    namespace: str
    name: str
    uid: str = ""


class RunSpec(Observed):
    """The run specification: everything the scraper has to know that is not secret and not in the profile."""

    schema_version: Literal["v1alpha1"] = "v1alpha1"
    task: TaskReference
    source: str
    type: str = Field(description="The stream of the profile to read: customers, orders, ...")
    mode: Mode = Mode.DELTA
    attempt: int = Field(default=1, ge=1)
    dry_run: bool = Field(default=False, description="Read and compare; write nothing.")
    confirm_deletions: bool = Field(default=False, description="A person has confirmed what the deletion guard held.")
    probe: bool = Field(default=False, description="Ask the profile's cheap probe first; end there if nothing changed.")
    base_url: str
    locale: str = "it-IT"
    time_zone: str = "Europe/Rome"
    timeout_seconds: int = Field(default=1800, ge=1)
    evidence: bool = Field(default=False, description="A volume is mounted at EVIDENCE_DIR.")
    evidence_bucket: EvidenceBucket | None = Field(
        default=None, description="Evidence of a failure goes to this bucket; its Secret is at EVIDENCE_BUCKET_DIR."
    )
