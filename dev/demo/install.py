"""Installs the chart with everything that trying it out needs, from the images that were just built."""

import base64
import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from zoneinfo import ZoneInfo

from dev.demo.compare import differences
from dev.demo.erp import DemoErp
from dev.demo.kube import get, kubectl, port_forward, run
from sincro_scraper.load import open_target
from sincro_scraper.profile.loading import load_profile
from sincro_scraper.tables import table_of

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


def merged(values: dict[str, Any], more: dict[str, Any]) -> dict[str, Any]:
    """Values with others laid over them, mapping by mapping, as Helm does."""
    result = dict(values)
    for key, value in more.items():
        old = result.get(key)
        result[key] = merged(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
    return result


@dataclass(frozen=True)
class Installation:
    """A release of the chart with the demo ERP and the servers for trying it out."""

    namespace: str = "sincro"
    release: str = "sincro"

    def install(self, images: Iterable[str] = (), more: dict[str, Any] | None = None) -> None:
        """`helm upgrade --install`, and wait until everything is ready. Raises CommandFailed."""
        values = merged(demo_values(image_tags(images)), more or {})
        chart = str(ROOT / "helm/sincro")
        command = ["helm", "upgrade", "--install", self.release, chart, "-n", self.namespace, "--create-namespace"]
        run(*command, "--values", "-", "--wait", "--timeout", "4m", stdin=json.dumps(values), timeout=300)

    def apply_examples(self) -> str:
        """`kubectl apply -k examples/`; what it said."""
        return kubectl("apply", "-n", self.namespace, "-k", str(ROOT / "examples"))

    @contextmanager
    def erp(self) -> Iterator[DemoErp]:
        """The demo ERP's control interface, through the API server."""
        with port_forward(f"svc/{self.release}-demo-erp", 8080, self.namespace) as port:
            yield DemoErp(f"http://127.0.0.1:{port}")

    @contextmanager
    def database(self, key: str = "erp-url") -> Iterator[str]:
        """The URL of the filled database (`url`: of the history), by a port of this machine."""
        secret = get("secret", f"{self.release}-postgresql", self.namespace)
        parts = urlsplit(base64.b64decode(secret["data"][key]).decode())
        user_info, _, _ = parts.netloc.rpartition("@")
        with port_forward(f"svc/{self.release}-postgresql", 5432, self.namespace) as port:
            yield urlunsplit(parts._replace(netloc=f"{user_info}@127.0.0.1:{port}"))

    def differences(self, stream: str, table: str | None = None) -> tuple[list[str], int, int]:
        """What of a table is not the ERP's own data, in words; and how many rows and columns were compared.

        `table`: where the stream was written to; default the stream's own.
        """
        profile = load_profile((ROOT / "examples/profiles/demo-erp.yaml").read_text(encoding="utf-8"))
        spec = table_of(stream, profile.streams[stream])
        if table is not None:
            spec = replace(spec, name=table)
        with self.erp() as erp:
            truth = erp.truth(stream)
        with self.database() as url, open_target(url) as target:
            rows = list(target.dump(spec, ZoneInfo("Europe/Rome")))
        return differences(truth, rows, spec.key), len(rows), len(truth[0]) if truth else 0
