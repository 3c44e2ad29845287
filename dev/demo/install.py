"""Installs the chart with everything that trying it out needs, from the images that were just built."""

import base64
import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from dev.demo.kube import get, kubectl, run

NAMESPACE = "sincro"
RELEASE = "sincro"
ROOT = Path(__file__).resolve().parents[2]
TARGETS = ("operator", "scraper", "dashboard", "demo-erp", "postgresql", "redis")


def image_tags(names: Iterable[str] = ()) -> dict[str, str]:
    """Target -> its tag, from names like sincro/operator:HASH; without names, as dev/images/build would name them."""
    found = list(names) or run(str(ROOT / "dev/images/build"), "--names", *TARGETS).split()
    return {name.partition(":")[0].rpartition("/")[2]: name.partition(":")[2] for name in found}


def demo_values(tags: dict[str, str]) -> dict[str, Any]:
    """The chart's values for the demo: all optional parts on, with the images of this checkout."""

    def image(target: str) -> dict[str, str]:
        return {"repository": f"sincro/{target}", "tag": tags[target]}

    return {
        "operator": {"image": image("operator")},
        "scraper": {"image": image("scraper")},
        "dashboard": {"enabled": True, "image": image("dashboard")},
        "demoErp": {"enabled": True, "image": image("demo-erp")},
        "postgresql": {"enabled": True, "image": image("postgresql")},
        "redis": {"enabled": True, "image": image("redis")},
    }


def install(show: Callable[[str], None], images: Iterable[str] = (), **more: Any) -> None:
    """`helm upgrade --install`, and wait until everything is ready. Raises CommandFailed."""
    values = demo_values(image_tags(images)) | more
    command = [
        "helm",
        "upgrade",
        "--install",
        RELEASE,
        str(ROOT / "helm/sincro"),
        "-n",
        NAMESPACE,
        "--create-namespace",
    ]
    run(*command, "--values", "-", "--wait", "--timeout", "5m", stdin=json.dumps(values), timeout=400)
    show(kubectl("get", "deployments,statefulsets", "-n", NAMESPACE))


def database_url(port: int, secret: str = f"{RELEASE}-postgresql", key: str = "erp-url") -> str:
    """The URL of the filled database, by a port of this machine instead of the cluster's address."""
    encoded: str = get("secret", secret, NAMESPACE)["data"][key]
    parts = urlsplit(base64.b64decode(encoded).decode())
    user_info, _, _ = parts.netloc.rpartition("@")
    return urlunsplit(parts._replace(netloc=f"{user_info}@127.0.0.1:{port}"))
