"""When an image has to be built again: tables over Dockerfiles and files."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from dev.images.inputs import digest, files_below, leading_to, parse

DOCKERFILE = """\
# what this is
ARG BASE=debian
FROM ${BASE} AS python
RUN apt-get update \\
 # a comment between
 && apt-get install python3

FROM python AS tools
COPY tools/ /tools/

FROM --platform=linux/amd64 python AS operator
COPY --chown=1:1 contract/ lock.txt /opt/
COPY --from=tools /tools/x /bin/
ENTRYPOINT ["x"]

FROM python AS other
RUN --mount=type=bind,source=bound,target=/b --mount=type=bind,from=tools,source=/q,target=/q true
COPY . /all
"""


def test_stages_with_their_instructions() -> None:
    preamble, stages = parse(DOCKERFILE)
    assert preamble == ("ARG BASE=debian",)
    assert [(stage.name, stage.start) for stage in stages] == [
        ("python", "${BASE}"), ("tools", "python"), ("operator", "python"), ("other", "python"),
    ]  # fmt: skip
    assert stages[0].instructions[1] == "RUN apt-get update && apt-get install python3"


@pytest.mark.parametrize(
    ("target", "stages", "copied"),
    [
        ("python", ["python"], []),
        ("tools", ["python", "tools"], ["tools/"]),
        ("operator", ["python", "tools", "operator"], ["tools/", "contract/", "lock.txt"]),
        ("other", ["python", "tools", "other"], ["tools/", "bound", "."]),
    ],
)
def test_what_a_target_is_made_from(target: str, stages: list[str], copied: list[str]) -> None:
    needed = leading_to(target, parse(DOCKERFILE)[1])
    assert [stage.name for stage in needed] == stages
    assert [path for stage in needed for path in stage.copied] == copied


def test_a_target_that_is_not_there() -> None:
    with pytest.raises(KeyError):
        leading_to("nothing", parse(DOCKERFILE)[1])


@pytest.mark.parametrize(
    ("edit", "changes"),
    [
        (("apt-get install python3", "apt-get install python3 git"), True),
        (("COPY tools/ /tools/", "COPY tools/ /elsewhere/"), True),
        (("ARG BASE=debian", "ARG BASE=ubuntu"), True),
        (("COPY . /all", "COPY . /whole"), False),
        (("# what this is", "# what this was"), False),
    ],
)
def test_an_edit_changes_the_hash_of_the_targets_it_concerns(edit: tuple[str, str], changes: bool) -> None:
    def hashed(text: str) -> str:
        preamble, stages = parse(text)
        return digest(preamble, leading_to("operator", stages), {"contract/a": "1"}, ["base"])

    assert (hashed(DOCKERFILE) != hashed(DOCKERFILE.replace(*edit))) is changes


def test_contents_and_base_count() -> None:
    hashes = {
        digest([], [], contents, extra)
        for contents in ({"a": "1"}, {"a": "2"}, {"b": "1"}, {"a": "1", "b": "1"})
        for extra in (["base 1"], ["base 2"])
    }
    assert len(hashes) == 8


def test_files_are_those_that_git_does_not_ignore(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    for name in ("a/kept.py", "a/__pycache__/x.pyc", "b/other.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    (tmp_path / ".gitignore").write_text("__pycache__/\n")
    assert list(files_below(tmp_path, ["a/"])) == ["a/kept.py"]
    before = files_below(tmp_path, ["."])
    (tmp_path / "a/kept.py").chmod(0o755)
    after = files_below(tmp_path, ["."])
    assert before.keys() == after.keys() == {".gitignore", "a/kept.py", "b/other.py"}
    assert before["a/kept.py"] != after["a/kept.py"]
    assert files_below(tmp_path, []) == {}
