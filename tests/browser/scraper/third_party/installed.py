"""Packages of the applications under test, installed once into the cache outside the checkout, at exact versions.

They are none of the project's own dependencies: each application has an environment of its own.
"""

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

INSTALL_SECONDS = 540


def python_of(name: str, *packages: str) -> Path:
    """The Python of an environment with these packages (name==version)."""
    with _folder(name, packages) as (folder, ready):
        if not ready:
            _run([sys.executable, "-m", "venv", str(folder)], folder)
            _run([str(folder / "bin/python"), "-m", "pip", "install", "-q", *packages], folder)
    return folder / "bin/python"


def node_modules_of(name: str, *packages: str) -> Path:
    """The folder `node_modules` with these packages (name@version). Their install scripts are not run."""
    with _folder(name, packages) as (folder, ready):
        if not ready:
            (folder / "package.json").write_text('{"private": true}')
            options = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
            _run(["npm", "install", *options, *packages], folder)
    return folder / "node_modules"


@contextmanager
def _folder(name: str, packages: tuple[str, ...]) -> Iterator[tuple[Path, bool]]:
    """The application's folder, held alone, and whether just these packages stand in it."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "sincro/third-party"
    cache.mkdir(parents=True, exist_ok=True)
    folder, wanted = cache / name, "\n".join(packages)
    mark = folder / "installed.txt"
    with (cache / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        ready = mark.is_file() and mark.read_text() == wanted
        if not ready:
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
        yield folder, ready
        mark.write_text(wanted)


def _run(command: list[str], folder: Path) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=INSTALL_SECONDS, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{command[:4]} failed: {done.stderr[-2000:]}")
