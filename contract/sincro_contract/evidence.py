"""Where the evidence of failures lies in an S3-compatible bucket: addresses of files, arguments of a client. Pure.

Not here: what is kept, and for how long (the scraper; the bucket's own lifecycle rules), or who may see it (dashboard).
"""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from pydantic import Field

from sincro_contract.model import Observed

ACCESS_KEY, SECRET_KEY, SESSION_TOKEN, CA = "accessKey", "secretKey", "sessionToken", "ca.crt"


class BucketUnusable(Exception):
    """The bucket's Secret does not have what is needed. The text names it."""


class EvidenceBucket(Observed):
    """A bucket of S3 or of a server that speaks its protocol (MinIO, Ceph, Garage, SeaweedFS ...)."""

    bucket: str = Field(min_length=1, max_length=255, description="Its name")
    endpoint: str | None = Field(
        default=None, max_length=2048, pattern=r"^https?://[^\s]+$", description="https://s3.example.com; default: AWS"
    )
    region: str = Field(default="us-east-1", min_length=1, max_length=64, description="What servers beside AWS ignore")
    prefix: str = Field(
        default="", max_length=255, pattern=r"^([A-Za-z0-9._-]+/?)*$", description="Put before every key: team/sincro"
    )

    def folder(self, namespace: str, task: str, attempt: int) -> str:
        """The key below which all files of one attempt lie, without a slash at the end."""
        parts = [part for part in self.prefix.split("/") if part]
        return "/".join([*parts, namespace or "local", task, str(attempt)])

    def address(self, key: str) -> str:
        """How a person is told where a file lies: s3://bucket/key."""
        return f"s3://{self.bucket}/{key}"

    def client_arguments(self, secret: Mapping[str, str]) -> dict[str, Any]:
        """Arguments of obstore.store.S3Store; `secret` holds the files of the Secret. Raises BucketUnusable.

        Bounded: a bucket that does not answer costs seconds, never the outcome.
        """
        missing = [name for name in (ACCESS_KEY, SECRET_KEY) if not secret.get(name)]
        if missing:
            raise BucketUnusable(f"the Secret of the bucket {self.bucket} has no {' and no '.join(missing)}")
        plain = self.endpoint is not None and self.endpoint.startswith("http://")
        client: dict[str, Any] = {"connect_timeout": "3s", "timeout": "15s", "allow_http": plain}
        if secret.get(CA):
            client["root_certificate"] = secret[CA]
        arguments: dict[str, Any] = {
            "region": self.region,
            "access_key_id": secret[ACCESS_KEY],
            "secret_access_key": secret[SECRET_KEY],
            "client_options": client,
            "retry_config": {"max_retries": 3, "retry_timeout": timedelta(seconds=15)},
        }
        optional = {"endpoint": self.endpoint, "session_token": secret.get(SESSION_TOKEN)}
        return arguments | {name: value for name, value in optional.items() if value}


def read_secret(folder: Path) -> dict[str, str]:
    """The files of the bucket's mounted Secret; none where it is not mounted. A last line break is no part of it."""
    found = {}
    for name in (ACCESS_KEY, SECRET_KEY, SESSION_TOKEN, CA):
        file = folder / name
        if file.is_file():
            found[name] = file.read_text(encoding="utf-8").strip("\r\n")
    return found
