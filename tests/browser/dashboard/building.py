"""The pages as `npm run build` makes them, built when something that they are made from is newer."""

import shutil
import subprocess

from tests.browser.dashboard.serving import WEB

SOURCES = WEB.parent


class PagesNotBuiltError(RuntimeError):
    """The pages cannot be built; the message says what is missing."""


def build_pages() -> None:
    """Build them unless they are newer than all of their sources. Raises PagesNotBuiltError."""
    inputs = [*SOURCES.glob("src/**/*"), *SOURCES.glob("public/*"), *SOURCES.glob("*.*")]
    newest = max(path.stat().st_mtime for path in inputs if path.is_file())
    page = WEB / "widget.js"
    if page.exists() and page.stat().st_mtime >= newest:
        return
    npm = shutil.which("npm")
    if npm is None:
        raise PagesNotBuiltError("the pages are not built and there is no npm: apt-get install -y npm")
    commands = [[npm, "run", "build"]]
    if not (SOURCES / "node_modules").exists():
        commands.insert(0, [npm, "ci", "--no-audit", "--no-fund"])
    for command in commands:
        done = subprocess.run(command, cwd=SOURCES, check=False, capture_output=True, text=True)
        if done.returncode != 0:
            raise PagesNotBuiltError(f"{' '.join(command)} failed:\n{(done.stdout + done.stderr)[-3000:]}")
