"""The program as a process: how it ends when something around it is wrong."""

import subprocess
import sys
from pathlib import Path

import pytest

PLANNER_OR_CLIENT = "sincro_operator|pydantic|kubernetes|yaml|sincro_contract.resources"


def start(*words: str, kubectl: str, folder: Path, **environment: str) -> "subprocess.Popen[bytes]":
    """The program with a kubectl of our own making."""
    program = folder / "kubectl"
    program.write_text(kubectl)
    program.chmod(0o755)
    return subprocess.Popen(
        [sys.executable, "-m", "sincro_kubectl", *words],
        env={"PATH": f"{folder}:/bin:/usr/bin", "PYTHONPATH": ":".join(sys.path), **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def test_an_error_is_one_line_on_standard_error(tmp_path: Path) -> None:
    refusing = "#!/bin/sh\necho 'error: You must be logged in to the server (Unauthorized)' >&2\nexit 1\n"
    process = start("status", kubectl=refusing, folder=tmp_path)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (1, b"")
    assert err == b"error: You must be logged in to the server (Unauthorized)\n"


def test_whoever_reads_may_stop_reading(tmp_path: Path) -> None:
    item = '{"kind": "SyncTask", "metadata": {"name": "' + "x" * 200 + '"}, "status": {"state": "Succeeded"}}'
    listing = "{" + f'"kind": "List", "items": [{", ".join([item] * 2000)}]' + "}"
    (tmp_path / "listing").write_text(listing)
    process = start("history", "--limit", "0", kubectl=f"#!/bin/sh\nexec cat {tmp_path}/listing\n", folder=tmp_path)
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.readline()
    process.stdout.close()
    assert process.wait(timeout=60) == 1
    assert process.stderr.read() == b""
    process.stderr.close()


@pytest.mark.parametrize("locale", ["C", "C.UTF-8", "en_US.ISO-8859-1"])
def test_a_letter_that_the_terminal_lacks_is_no_failure(tmp_path: Path, locale: str) -> None:
    item = '{"kind": "SyncTask", "metadata": {"name": "città-\u2026-\u0416"}, "status": {"state": "Succeeded"}}'
    (tmp_path / "listing").write_text(item)
    kubectl = f"#!/bin/sh\nexec cat {tmp_path}/listing\n"
    process = start(
        "history", kubectl=kubectl, folder=tmp_path, LC_ALL=locale, PYTHONUTF8="0", PYTHONIOENCODING="latin-1"
    )
    out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, b"")
    assert b"citt" in out


def test_what_takes_long_to_import_is_not_imported_for_the_common_commands() -> None:
    look = (
        "import sys, re, sincro_kubectl.__main__, sincro_kubectl.commands.status, sincro_kubectl.commands.sync,"
        " sincro_kubectl.commands.why, sincro_kubectl.completion\n"
        f"print([name for name in sys.modules if re.match(r'({PLANNER_OR_CLIENT})\\b', name)])"
    )
    done = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, timeout=60)
    assert (done.stdout, done.stderr) == ("[]\n", "")
