"""Rows are streamed: ten times as many need hardly more memory."""

import os
import subprocess
import sys
from pathlib import Path

PROGRAM = """
import resource, sys
from sincro_contract.run import Mode
from sincro_scraper.load import open_target
from tests.integration.load.customers import OPTIONS, SPEC, rows
with open_target(sys.argv[1]) as target:
    for mode in (Mode.FULL, Mode.FULL, Mode.FORCE):
        assert target.load(SPEC, rows(range(int(sys.argv[2]))), mode, OPTIONS).read == int(sys.argv[2])
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def peak_megabytes(url: str, count: int) -> float:
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[3])}
    command = [sys.executable, "-c", PROGRAM, url, str(count)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return int(done.stdout) / 1024


def test_memory_grows_by_little(url: str) -> None:
    few = peak_megabytes(url, 5_000)
    assert peak_megabytes(url, 50_000) - few < 10
