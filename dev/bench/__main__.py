"""`python -m dev.bench [NAME...]`: runs the benchmarks, prints one table, and writes build/bench.json.

Every benchmark is a program of its own that writes flat keys to numbers; this one only gathers. One that fails is
named, the others go on, and the exit code is 1. Without names: all of them.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
RESULTS = ROOT / "build/bench.json"


def benchmarks() -> list[str]:
    """Names of all benchmarks: the modules beside this one that are programs."""
    return sorted(
        path.stem
        for path in HERE.glob("*.py")
        if not path.stem.startswith("_") and 'if __name__ == "__main__"' in path.read_text(encoding="utf-8")
    )


def main() -> int:
    """See the module."""
    parser = argparse.ArgumentParser(prog="python -m dev.bench", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[[], *benchmarks()], help="which; default all")
    names = parser.parse_args().names or benchmarks()
    figures: dict[str, float] = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    failed = []
    for name in names:
        began = time.monotonic()
        print(f"bench: {name} ...", flush=True)
        with tempfile.NamedTemporaryFile(suffix=".json") as file:
            done = subprocess.run(
                [sys.executable, "-m", f"dev.bench.{name}", "--json", file.name], cwd=ROOT, check=False
            )
            text = Path(file.name).read_text(encoding="utf-8")
        if done.returncode != 0 or not text:
            failed.append(name)
            continue
        figures |= json.loads(text)
        print(f"bench: {name} took {time.monotonic() - began:.0f}s", flush=True)
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(figures, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    width = max(map(len, figures), default=0)
    print(f"\n{RESULTS.relative_to(ROOT)}:")
    for key, value in sorted(figures.items()):
        print(f"  {key:{width}}  {value:,.4g}")
    if failed:
        print(f"failed: {', '.join(failed)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
