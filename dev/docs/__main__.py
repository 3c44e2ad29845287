"""`python -m dev.docs [--check]`: write the pages of docs/reference/, or say which differ from the code.

Decided here: where the pages stand and what is told of a difference. What stands in them: `dev.docs.pages`.
"""

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from dev.docs.pages import PAGES

FOLDER = Path(__file__).parents[2] / "docs" / "reference"


def differences(folder: Path, wanted: Mapping[str, str]) -> list[str]:
    """One line a page that is missing, that nothing makes, or whose text is not what the code says."""
    found = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.md")}
    return [
        *(f"{folder / name}: missing" for name in sorted(wanted.keys() - found.keys())),
        *(f"{folder / name}: nothing makes this page" for name in sorted(found.keys() - wanted.keys())),
        *(
            f"{folder / name}: differs from the code; run python -m dev.docs"
            for name in sorted(wanted.keys() & found.keys())
            if wanted[name] != found[name]
        ),
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    """Write, or with --check compare; 1 when something differs."""
    parser = argparse.ArgumentParser(prog="python -m dev.docs", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 when a page differs")
    check = parser.parse_args(arguments).check
    wanted = {name: make() for name, make in PAGES.items()}
    if check:
        found = differences(FOLDER, wanted)
        sys.stderr.writelines(f"{line}\n" for line in found)
        return 1 if found else 0
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, text in wanted.items():
        (FOLDER / name).write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
