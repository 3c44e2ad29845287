"""How a Redis is reached: its URL, and the authority that its certificate has to come from.

Decided here: that a given authority is never passed over. Not here: time limits and what is asked of Redis.
"""

from pathlib import Path, PurePosixPath
from typing import Any


def redis_tls(url: str, ca_file: Path | PurePosixPath | str | None) -> dict[str, Any]:
    """Arguments for redis-py's `from_url` beside the URL: the certificate must be of the server's own name.

    `ca_file`: PEM with the authorities that are believed; None: those of the system. Raises ValueError where a file is
    given and the URL is not `rediss://`: the password would go over the wire as it is.
    """
    secure = url.startswith("rediss://")
    if ca_file is not None and not secure:
        raise ValueError("the URL of Redis has to begin with rediss://, since its certificate is to be checked")
    if not secure:
        return {}
    checked = {"ssl_cert_reqs": "required", "ssl_check_hostname": True}
    return checked if ca_file is None else checked | {"ssl_ca_certs": str(ca_file)}
