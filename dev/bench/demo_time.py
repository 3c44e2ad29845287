"""How long `make demo` takes where the cluster and the caches are there: in a namespace of its own, removed afterwards.

Keys: demo.warm_s (from the command to its last line), demo.install_to_first_sync_s (of that: from `helm install`, with
databases and ERP to start, until the first sync has succeeded). `make demo` itself notes demo.cold_s on a machine that
has nothing yet, and demo.warm_s on others.
"""

import argparse
import json
import secrets
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def main() -> int:
    """See the module."""
    parser = argparse.ArgumentParser(prog="python -m dev.bench.demo_time", description=__doc__)
    parser.add_argument("--json", type=Path, required=True, help="where the figures go")
    file = parser.parse_args().json
    namespace = f"bench-demo-{secrets.token_hex(3)}"
    command = [str(ROOT / "dev/demo/run"), "--namespace", namespace, "--json", str(file)]
    try:
        done = subprocess.run(command, check=False)
    finally:
        subprocess.run(["helm", "uninstall", "sincro", "-n", namespace, "--ignore-not-found"], check=False)
        subprocess.run(["kubectl", "delete", "namespace", namespace, "--ignore-not-found", "--wait=false"], check=False)
    if done.returncode == 0:
        figures = json.loads(file.read_text(encoding="utf-8"))
        print({key: round(value, 1) for key, value in figures.items()})
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
