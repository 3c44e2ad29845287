"""What an image is made from: the stages of a Dockerfile that lead to a target, and the files these stages copy.

Decides when an image has to be built again (its content hash); knows nothing of engines, tags or clusters.
"""

from __future__ import annotations

import argparse
import hashlib
import re
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Stage:
    """One FROM and what follows: its name, the stage or image it starts from, and its instructions as written."""

    name: str
    start: str
    instructions: tuple[str, ...]

    @property
    def borrowed(self) -> frozenset[str]:
        """Stages (or images) that COPY --from and RUN --mount=...,from= take files from."""
        found = (re.findall(r"--from=(\S+)|[,=]from=([^\s,]+)", line) for line in self.instructions)
        return frozenset(name for pairs in found for pair in pairs for name in pair if name)

    @property
    def copied(self) -> tuple[str, ...]:
        """Paths of the build context that this stage reads, as written: `contract/`, `.`, `lock*.txt`."""
        paths: list[str] = []
        for line in self.instructions:
            word, *rest = line.split()
            if word.upper() in {"COPY", "ADD"} and not any(flag.startswith("--from=") for flag in rest):
                paths += [path for path in rest if not path.startswith("--")][:-1]
            for mount in re.findall(r"--mount=type=bind\S*", line):
                if ",from=" not in mount and (source := re.search(r"(?:source|src)=([^,\s]+)", mount)):
                    paths.append(source[1])
        return tuple(paths)


def parse(text: str) -> tuple[tuple[str, ...], tuple[Stage, ...]]:
    """The instructions before the first FROM, and the stages in order. Comments are dropped, continued lines joined."""
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    instructions = [
        " ".join(line.split()) for line in re.sub(r"\\\n", " ", "\n".join(lines)).splitlines() if line.strip()
    ]
    preamble: list[str] = []
    stages: list[Stage] = []
    for line in instructions:
        words = line.split()
        if words[0].upper() == "FROM":
            words = [word for word in words if not word.startswith("--")]
            name = words[3] if len(words) > 3 else str(len(stages))
            stages.append(Stage(name, words[1], (line,)))
        elif stages:
            last = stages[-1]
            stages[-1] = Stage(last.name, last.start, (*last.instructions, line))
        else:
            preamble.append(line)
    return tuple(preamble), tuple(stages)


def leading_to(target: str, stages: Iterable[Stage]) -> tuple[Stage, ...]:
    """The stages that a target needs, in the order of the file. Raises KeyError for a target that is not there."""
    named = {stage.name: stage for stage in stages}
    wanted, open_names = {target}, [target]
    named[target]
    while open_names:
        stage = named[open_names.pop()]
        for name in ({stage.start} | stage.borrowed) & named.keys() - wanted:
            wanted.add(name)
            open_names.append(name)
    return tuple(stage for stage in named.values() if stage.name in wanted)


def digest(preamble: Iterable[str], stages: Iterable[Stage], contents: Mapping[str, str], extra: Iterable[str]) -> str:
    """12 hex digits over the instructions, the copied files (path -> hash) and anything else that matters."""
    whole = hashlib.sha256()
    for part in (*preamble, *(line for stage in stages for line in stage.instructions), *extra):
        whole.update(part.encode() + b"\n")
    for path in sorted(contents):
        whole.update(f"{path} {contents[path]}\n".encode())
    return whole.hexdigest()[:12]


def files_below(root: Path, paths: Iterable[str]) -> dict[str, str]:
    """Path -> hash of every file below the given paths of the context that git does not ignore."""
    wanted = sorted({path.rstrip("/").removeprefix("./") or "." for path in paths})
    if not wanted:
        return {}
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *wanted],
        cwd=root, capture_output=True, check=True,
    ).stdout.decode()  # fmt: skip
    found: dict[str, str] = {}
    for name in filter(None, listed.split("\0")):
        file = root / name
        if file.is_file():
            runnable = "x" if file.stat().st_mode & 0o100 else "-"
            found[name] = runnable + hashlib.sha256(file.read_bytes()).hexdigest()
    return found


def main() -> None:
    """Prints the content hash of one target."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("dockerfile", type=Path)
    options.add_argument("target")
    options.add_argument("--context", type=Path, default=Path())
    options.add_argument("--extra", action="append", default=[], help="what else matters, e.g. the base image's id")
    chosen = options.parse_args()
    preamble, stages = parse(chosen.dockerfile.read_text())
    needed = leading_to(chosen.target, stages)
    copied = files_below(chosen.context, (path for stage in needed for path in stage.copied))
    print(digest(preamble, needed, copied, chosen.extra))


if __name__ == "__main__":
    main()
