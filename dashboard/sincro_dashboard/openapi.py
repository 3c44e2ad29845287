"""Writes the OpenAPI document: `python -m sincro_dashboard.openapi FILE`. The types of the pages follow it."""

import json
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sincro_dashboard.api.services import Services
from sincro_dashboard.application import create_api
from sincro_dashboard.cluster.cache import Cache
from sincro_dashboard.identity.authenticator import Authenticator
from sincro_dashboard.identity.authorizer import Authorizer
from sincro_dashboard.measurements import Measurements
from sincro_dashboard.rate_limit import RateLimit
from sincro_dashboard.settings import Settings


def document() -> dict[str, Any]:
    """The OpenAPI document of the API. No server runs and no cluster is asked for it."""
    nowhere: Any = None
    services = Services(
        settings=Settings(),
        cluster=nowhere,
        cache=Cache(),
        authenticator=Authenticator(nowhere, (), 0, time.monotonic),
        authorizer=Authorizer(nowhere, 0, time.monotonic),
        rate_limit=RateLimit(1, time.monotonic),
        history=None,
        forecast=None,
        measurements=Measurements(),
        clock=lambda: datetime.now(UTC),
        started=datetime.now(UTC),
    )
    return create_api(services).openapi()


def main(arguments: Sequence[str]) -> int:
    """Write the document to the file that is named."""
    Path(arguments[0]).write_text(json.dumps(document(), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
