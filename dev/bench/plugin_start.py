"""What the plugin pays for starting kubectl, and what it would pay for a client or the models in its own process.

Keys, CPU milliseconds (user and system), medians: plugin.help_cpu_ms, plugin.kubectl_cpu_ms (one `kubectl get` of the
three kinds), plugin.client_import_cpu_ms, plugin.models_import_cpu_ms (each with Python's own start in it).
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
from pathlib import Path

_ROUNDS = 7
COMMANDS = {
    "plugin.help_cpu_ms": [sys.executable, "-m", "sincro_kubectl", "--help"],
    "plugin.kubectl_cpu_ms": ["kubectl", "get", "ssrc,ssched,stask", "-n", "default", "-o", "json"],
    "plugin.client_import_cpu_ms": [sys.executable, "-c", "import kubernetes.config"],
    "plugin.models_import_cpu_ms": [sys.executable, "-c", "import sincro_contract.resources.sync_task"],
}


def cpu_ms(command: list[str]) -> float:
    """CPU milliseconds of a command. Raises CalledProcessError."""
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
        assert process.stderr is not None
        errors = process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise subprocess.CalledProcessError(process.returncode, command, stderr=errors)
    return 1000 * (usage.ru_utime + usage.ru_stime)


def main() -> int:
    """See the module."""
    parser = argparse.ArgumentParser(prog="python -m dev.bench.plugin_start", description=__doc__)
    parser.add_argument("--json", type=Path, required=True, help="where the figures go")
    file = parser.parse_args().json
    figures = {key: statistics.median(cpu_ms(command) for _ in range(_ROUNDS)) for key, command in COMMANDS.items()}
    print({key: round(value) for key, value in figures.items()}, "load", os.getloadavg())
    file.write_text(json.dumps(figures), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
