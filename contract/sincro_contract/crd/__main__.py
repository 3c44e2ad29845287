"""`python -m sincro_contract.crd [--check] [FOLDER ...]`: write the CustomResourceDefinitions, or say what differs.

Without a folder: crds/ and the chart's copy, in the current folder. Decided here: file names and how YAML is written.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import yaml

from sincro_contract.crd.definitions import DEFINITIONS, Definition
from sincro_contract.resources.conditions import GROUP

FOLDERS = (Path("crds"), Path("helm/sincro/crds"))
_HEADER = "# Made by `python -m sincro_contract.crd` from contract/sincro_contract/resources: edit the models there.\n"


class _WholeDumper(yaml.SafeDumper):
    """Writes a value that stands in two places twice: anchors are for programs."""

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002
        return True


def file_name(definition: Definition) -> str:
    """The file of a definition, for example sincro.dev_synctasks.yaml."""
    return f"{GROUP}_{definition.plural}.yaml"


def text(definition: Definition) -> str:
    """The definition as YAML with a header that says where it comes from."""
    body = yaml.dump(definition.document(), Dumper=_WholeDumper, sort_keys=False, allow_unicode=True, width=120)
    return _HEADER + str(body)


def differences(folder: Path) -> list[str]:
    """What of a folder is not as the models say: one line a file."""
    expected = {file_name(definition): text(definition) for definition in DEFINITIONS}
    found = {path.name: path.read_text() for path in folder.glob("*.yaml")} if folder.is_dir() else {}
    changed = (name for name in expected.keys() & found.keys() if expected[name] != found[name])
    return [
        *(f"{folder / name}: missing" for name in sorted(expected.keys() - found.keys())),
        *(f"{folder / name}: nothing makes this file" for name in sorted(found.keys() - expected.keys())),
        *(f"{folder / name}: differs from the models" for name in sorted(changed)),
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    """Write, or with --check compare; 1 when something differs."""
    parser = argparse.ArgumentParser(prog="python -m sincro_contract.crd", description=__doc__)
    parser.add_argument("folders", nargs="*", type=Path, default=FOLDERS, metavar="FOLDER")
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 when a file differs")
    options = parser.parse_args(arguments)
    if options.check:
        found = [line for folder in options.folders for line in differences(folder)]
        sys.stderr.writelines(f"{line}\n" for line in found)
        return 1 if found else 0
    for folder in options.folders:
        folder.mkdir(parents=True, exist_ok=True)
        for definition in DEFINITIONS:
            (folder / file_name(definition)).write_text(text(definition))
    return 0


if __name__ == "__main__":
    sys.exit(main())
