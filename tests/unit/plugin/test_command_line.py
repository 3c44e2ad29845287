import contextlib
import io
import re
from datetime import timedelta
from pathlib import Path

import pytest

from sincro_kubectl.__main__ import COMMANDS, load, main
from sincro_kubectl.command_line import CONNECTION_FLAGS, build_parser, connection_words, parse
from sincro_kubectl.completion import _subparsers
from sincro_kubectl.exit_status import ExitStatus

DOCUMENT = Path(__file__).parents[3] / "docs" / "kubectl-sincro.md"


@pytest.mark.parametrize(
    "words",
    [
        "-n acme --context=prod status -o json",
        "status -n acme --context prod -o json",
        "status -o=json --context=prod --namespace acme",
    ],
)
def test_common_options_stand_anywhere(words: str) -> None:
    arguments = parse(build_parser(), words.split())
    assert (arguments.namespace, arguments.output, arguments.color) == ("acme", "json", "auto")
    assert connection_words(arguments) == ["--context=prod"]


def test_everything_for_kubectl_goes_along() -> None:
    words = [f"{flag}=x" for flag, _ in CONNECTION_FLAGS]
    arguments = parse(build_parser(), ["status", *words, "--as-group=y"])
    assert sorted(connection_words(arguments)) == sorted([*words, "--as-group=y"])


def test_durations() -> None:
    assert parse(build_parser(), ["history", "--since", "7d"]).since == timedelta(days=7)


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ("nonsense", "invalid choice: 'nonsense'"),
        ("sync", "the following arguments are required: TYPE"),
        ("sync customers --mode Half", "'Half' is none of Delta, Full, Force"),
        ("sync customers --priority 0", "'0' is not a whole number from 1 to 100"),
        ("sync customers --priority ٣", "'٣' is not a whole number from 1 to 100"),
        ("sync customers --follow --wait", "not allowed with argument"),
        ("sync customers --timeout 5m", "sync: --timeout goes with --follow or --wait"),
        ("sync customers --wait --timeout soon", "'soon' is not a duration"),
        ("sync customers --not-before tomorrow", "'tomorrow' is neither"),
        ("sync customers --confirm-deletions", "sync: --confirm-deletions needs --mode Full or Force"),
        ("sync customers --dry-run --mode Force", "sync: --dry-run and --mode Force exclude each other"),
        ("sync customers --dry", "unrecognized arguments: --dry"),
        ("pause erp", "the following arguments are required: --reason"),
        ("pause --reason x", "pause: name a SOURCE or a --schedule"),
        ("resume", "resume: name a SOURCE or a --schedule"),
        ("retry", "retry: name TASKs or a --group, one of the two"),
        ("retry a --group b", "retry: name TASKs or a --group, one of the two"),
        ("retry a --confirm-deletions --mode Delta", "retry: --confirm-deletions needs Full or Force"),
        ("cancel a --timeout 5m", "cancel: --timeout goes with --follow or --wait"),
        ("status -A -n acme", "status: -A and -n exclude each other"),
        ("status -o name", "invalid choice: 'name'"),
        ("history --limit many", "'many' is not a whole number"),
        ("history --state Tired", "'Tired' is none of Succeeded, DeadLettered"),
        ("preview --days 32", "'32' is not a whole number from 1 to 31"),
        ("completion powershell", "invalid choice: 'powershell'"),
    ],
)
def test_what_is_wrong_is_said_and_ends_with_2(words: str, complaint: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words.split()) == ExitStatus.USAGE
    assert complaint in capsys.readouterr().err


def test_every_command_is_there() -> None:
    assert set(_subparsers(build_parser())) == set(COMMANDS)
    for command in COMMANDS.values():
        assert callable(load(command))


@pytest.mark.parametrize("words", ["", "--help", *(f"{name} --help" for name in COMMANDS)])
def test_help(words: str) -> None:
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        assert main(words.split()) == ExitStatus.OK
    assert printed.getvalue().startswith("usage: kubectl sincro")


def test_the_documentation_tells_of_every_command_option_and_exit_code() -> None:
    text = DOCUMENT.read_text()
    parser = build_parser()
    for name, command in _subparsers(parser).items():
        assert f"sincro {name}" in text, name
        for option in command._option_string_actions:
            assert not option.startswith("--") or f"{option}" in text, f"{name} {option}"
    rows = dict(re.findall(r"^\| (\d+) +\| (.*?) +\|$", text, re.MULTILINE))
    assert rows == {str(status.value): status.meaning for status in ExitStatus}
