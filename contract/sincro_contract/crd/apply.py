"""`python -m sincro_contract.crd.apply`: bring the CustomResourceDefinitions up to date, from a pod of the cluster.

Decided here: server-side apply under one field manager, whoever wrote the fields before. Runs in a pod whose service
account may patch the definitions, before an upgrade of the programs that use them.
"""

import json
import os
import ssl
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sincro_contract.crd.definitions import DEFINITIONS, Definition

FIELD_MANAGER = "sincro-crd-upgrade"
_SERVICE_ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")
_TIMEOUT_SECONDS = 30


class ApplyError(Exception):
    """The API server did not take a definition. The text says which and why."""


@dataclass(frozen=True)
class ApiServer:
    """Where the API server is, and how one shows who one is."""

    url: str
    token: str
    authority: Path

    @classmethod
    def from_pod(cls, environment: Mapping[str, str], folder: Path = _SERVICE_ACCOUNT) -> "ApiServer":
        """The API server that a pod is told of. Raises ApplyError outside of a pod."""
        try:
            host, port = environment["KUBERNETES_SERVICE_HOST"], environment["KUBERNETES_SERVICE_PORT"]
            token = (folder / "token").read_text().strip()
        except (KeyError, OSError) as error:
            raise ApplyError(f"not in a pod with a service account: {error}") from error
        return cls(f"https://{f'[{host}]' if ':' in host else host}:{port}", token, folder / "ca.crt")

    def apply(self, definition: Definition) -> None:
        """Server-side apply of one definition. Raises ApplyError with the API server's own words."""
        request = urllib.request.Request(  # noqa: S310 - the URL begins with https:// (from_pod) or is a test's
            f"{self.url}/apis/apiextensions.k8s.io/v1/customresourcedefinitions/{definition.name}"
            f"?fieldManager={FIELD_MANAGER}&force=true",
            method="PATCH",
            data=json.dumps(definition.document()).encode(),
            headers={"Authorization": f"Bearer {self.token}", "Content-Type": "application/apply-patch+yaml"},
        )
        context = ssl.create_default_context(cafile=str(self.authority))
        try:
            with urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS, context=context):  # noqa: S310
                pass
        except urllib.error.HTTPError as error:
            raise ApplyError(f"{definition.name}: {error.code}: {_message(error.read())}") from error
        except OSError as error:
            raise ApplyError(f"{definition.name}: {self.url} does not answer: {error}") from error


def main() -> int:
    """Apply all definitions; 1 and a line that says why when one was not taken."""
    try:
        server = ApiServer.from_pod(os.environ)
        for definition in DEFINITIONS:
            server.apply(definition)
            sys.stdout.write(f"{definition.name} is up to date\n")
    except ApplyError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def _message(body: bytes) -> str:
    try:
        return str(json.loads(body)["message"])
    except (ValueError, KeyError, TypeError):
        return body[:500].decode(errors="replace")


if __name__ == "__main__":
    sys.exit(main())
