"""What the scraper's benchmarks share: the demo ERP and a PostgreSQL as processes, runs of the scraper over them.

Every benchmark is a program of its own: `python -m dev.bench.scraper_NAME [--json PATH]`. Ratios are what counts: both
sides of one are measured on the same machine, against the same server, in the same minute.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sincro_contract.result import RunResult
from tests.browser.scraper.erp_process import PASSWORD, USER, Erp, running_erp
from tests.browser.scraper.pod_files import PROFILES, Pod
from tests.services import running_postgres

ROOT = Path(__file__).parents[2]
PAGE_DELAY_MS = 45
"""The demo ERP's own default: what such a server takes for a page."""


class BenchError(Exception):
    """A run did not end well, so there is nothing to measure."""


@contextmanager
def erp_and_pod(rows: str, *, page_delay_ms: int = PAGE_DELAY_MS) -> Iterator[tuple[Erp, Pod]]:
    """An ERP with so many rows, and a pod that reads it into an empty database."""
    with (
        running_erp(rows, page_delay_ms=page_delay_ms) as erp,
        running_postgres() as server,
        tempfile.TemporaryDirectory() as folder,
    ):
        yield erp, Pod(Path(folder), erp.url, server.create_database(), USER, PASSWORD)


def http_profile(concurrency: int = 2) -> str:
    """The demo profile with customers over HTTP, list only."""
    text = (PROFILES / "demo-erp-fast.yaml").read_text()
    before, _, rest = text.partition("    detail:\n")
    after = rest[rest.index("    delta:\n") :]
    whole = before + after
    return whole.replace("concurrency: 4", f"concurrency: {concurrency}").replace(
        whole[whole.index("    probe:\n") : whole.index("  orders:\n")], "\n", 1
    )


def ended_well(pod: Pod, type_: str, mode: str = "Full") -> RunResult:
    """Run one sync; its result. Raises BenchError."""
    _, outcome = pod.start(type_, mode)
    if outcome.result is None:
        raise BenchError(f"{type_}: {outcome.error}")
    return outcome.result


def run(name: str, bench: Callable[[], dict[str, float]]) -> None:
    """Parse --json, run, print the keys, and write them."""
    parser = argparse.ArgumentParser(prog=name)
    parser.add_argument("--json", type=Path, help="write the keys here")
    arguments = parser.parse_args()
    found = {key: round(value, 4) for key, value in bench().items()}
    for key, value in found.items():
        sys.stdout.write(f"{key:32} {value:12.3f}\n")
    if arguments.json:
        arguments.json.write_text(json.dumps(found, indent=2))
