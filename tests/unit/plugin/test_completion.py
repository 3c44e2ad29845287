import shutil
import stat
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from sincro_kubectl.completion import answer
from sincro_kubectl.completion_scripts import SCRIPTS
from sincro_kubectl.fields import Document
from sincro_kubectl.kubectl import Kubectl, Unavailable
from tests.unit.plugin.documents import DEAD, QUEUED, RUNNING, merged, schedule, source, task
from tests.unit.plugin.fake_cluster import FakeCluster

OBJECTS = [
    source(),
    source("sap", spec={"paused": True}, status={"types": [{"type": "invoices"}]}),
    schedule("every-hour"),
    task("customers-now-1", status=QUEUED),
    task("customers-now-2", status=RUNNING),
    task("prices-1", spec={"type": "prices"}, status=DEAD),
]


def offered(*words: str, objects: list[Document] | None = None) -> list[str]:
    """The candidates' words for the last of these, and the directive."""
    fake = FakeCluster(objects=OBJECTS if objects is None else objects)
    return [line.partition("\t")[0] for line in answer(list(words), lambda *_: fake).splitlines()]


@pytest.mark.parametrize(
    ("words", "candidates"),
    [
        (["st"], ["status"]),
        (["re"], ["resume", "retry"]),
        (["-n", "acme", "st"], ["status"]),
        (["--context=prod", "st"], ["status"]),
        (["status", ""], ["erp", "sap"]),
        (["status", "erp", ""], ["sap"]),
        (["status", "-o", ""], ["json", "wide", "yaml"]),
        (["status", "--output=j"], ["--output=json"]),
        (["status", "--all"], ["--all-namespaces"]),
        (["sync", ""], ["customers", "invoices"]),
        (["sync", "customers", "--source", "s"], ["sap"]),
        (["sync", "customers", "--mode", ""], ["Delta", "Force", "Full"]),
        (["sync", "customers", "--mode=F"], ["--mode=Force", "--mode=Full"]),
        (["sync", "customers", "--priority", ""], []),
        (["cancel", ""], ["customers-now-1", "customers-now-2"]),
        (["follow", "customers-now-1", ""], ["customers-now-2"]),
        (["retry", ""], ["prices-1"]),
        (["retry", "--group", ""], ["3f0a9be1c2d47788"]),
        (["why", "c"], ["customers-now-1", "customers-now-2"]),
        (["why", "e"], ["erp", "every-hour"]),
        (["resume", "--schedule", ""], ["every-hour"]),
        (["preview", ""], ["every-hour"]),
        (["history", "--state", "S"], ["Shadowed", "Succeeded", "Superseded"]),
        (["completion", ""], ["bash", "fish", "zsh"]),
        (["status", "-n", ""], ["acme", "beta"]),
        (["--context", "p"], ["prod"]),
        (["status", "--conte"], ["--context"]),
        (["nonsense", ""], [
            "cancel", "completion", "dead-letters", "follow", "history", "pause", "preview", "resume", "retry",
            "status", "sync", "version", "why",
        ]),
    ],
)  # fmt: skip
def test_what_is_offered(words: list[str], candidates: list[str]) -> None:
    assert offered(*words) == [*candidates, ":4"]


def test_a_file_is_asked_for_only_where_one_is_meant() -> None:
    assert offered("--kubeconfig", "") == [":0"]
    assert offered("status", "--kubeconfig=") == [":0"]


def test_descriptions() -> None:
    fake = FakeCluster(objects=OBJECTS)
    assert answer(["status", "s"], lambda *_: fake) == "sap\thttps://erp.example.com, paused\n:4\n"
    assert answer(["why", "prices"], lambda *_: fake) == "prices-1\tSchemaDrift, prices from erp\n:4\n"


def test_the_connection_that_was_typed_is_the_one_that_is_asked() -> None:
    asked: list[tuple[Sequence[str], str]] = []

    def connect(connection: Sequence[str], namespace: str) -> Kubectl:
        asked.append((connection, namespace))
        return FakeCluster()

    answer(["--context", "prod", "status", "--as=eve", "-n", "acme", ""], connect)
    assert asked == [(["--context=prod", "--as=eve", "--request-timeout=3s"], "acme")]


@pytest.mark.parametrize("words", [[], ["-n"], ["--", "x"], ["-x", "="], ["status", "--nonsense=", "-"]])
def test_there_is_always_an_answer(words: list[str]) -> None:
    assert offered(*words)[-1] == ":4"


def test_an_api_server_that_is_away_is_no_error_at_the_press_of_tab() -> None:
    fake = FakeCluster(refuse=Unavailable("refused"))
    assert answer(["status", ""], lambda *_: fake) == ":4\n"


# ---------------------------------------------------------------- in real shells

SHELLS = [shell for shell in SCRIPTS if shutil.which(shell)]
DRIVERS = {
    "bash": """
        source "$SCRIPT"
        COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
        _kubectl_sincro
        printf '%s\\n' "${COMPREPLY[@]}"
    """,
    "zsh": """
        compdef() { }
        _files() { print -r FILES }
        _describe() { print -rl -- "${(@P)${@[-1]}%%:*}" }
        source "$SCRIPT"
        words=("$@"); CURRENT=$#
        _kubectl-sincro
    """,
    "fish": """
        source $SCRIPT
        complete -C (string join ' ' -- $argv) | string replace -r '\\t.*' ''
    """,
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A folder with a kubectl-sincro whose kubectl answers with the objects of these tests."""
    program = tmp_path / "kubectl-sincro"
    program.write_text(
        f"#!{sys.executable}\nimport sys\nsys.path[:0] = {sys.path!r}\n"
        "from sincro_kubectl.completion import answer\n"
        "from tests.unit.plugin.fake_cluster import FakeCluster\n"
        "from tests.unit.plugin.test_completion import OBJECTS\n"
        "assert sys.argv[1] == '__complete'\n"
        "sys.stdout.write(answer(sys.argv[2:], lambda *_: FakeCluster(objects=OBJECTS)))\n"
    )
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    for shell, script in SCRIPTS.items():
        (tmp_path / f"script.{shell}").write_text(script)
    return tmp_path


def test_bash_is_among_the_shells_that_are_tested() -> None:
    assert "bash" in SHELLS


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize(
    ("words", "candidates"),
    [
        (["st"], ["status"]),
        (["sync", ""], ["customers", "invoices"]),
        (["cancel", "customers-now-1", ""], ["customers-now-2"]),
    ],
)
def test_scripts(path: Path, shell: str, words: list[str], candidates: list[str]) -> None:
    done = subprocess.run(
        [shell, "-c", DRIVERS[shell], *([shell] if shell != "fish" else []), "kubectl-sincro", *words],
        env={
            "PATH": f"{path}:/usr/bin:/bin",
            "SCRIPT": str(path / f"script.{shell}"),
            "HOME": str(path),
            "LANG": "C.UTF-8",
        },
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.stdout.split(), done.stderr) == (candidates, "")


def test_bash_splits_at_the_sign_of_equality(path: Path) -> None:
    words = ["kubectl-sincro", "sync", "x", "--mode", "=", "F"]
    done = subprocess.run(
        ["bash", "-c", DRIVERS["bash"], "bash", *words],
        env={"PATH": f"{path}:/usr/bin:/bin", "SCRIPT": str(path / "script.bash")},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.stdout.split() == ["Force", "Full"]


def test_objects_of_these_tests_are_of_one_namespace() -> None:
    assert {merged(one, {})["metadata"]["namespace"] for one in OBJECTS} == {"acme"}
