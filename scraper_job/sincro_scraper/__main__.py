"""The command line: `job` in a pod; `run`, `check` and `schema` by hand. Arguments are read here and nothing else."""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from sincro_contract.run import Mode


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program; returns the exit code."""
    chosen = _parser().parse_args(arguments)
    # Each command imports only what it needs: a pod's first row should not wait for the terminal's code.
    if chosen.command == "job":
        from sincro_scraper.pod import run_in_pod

        return run_in_pod(os.environ)
    if chosen.command == "schema":
        from sincro_scraper.profile.schema import profile_schema

        print(json.dumps(profile_schema(), indent=2, ensure_ascii=False))  # noqa: T201
        return 0
    from sincro_scraper.by_hand import check_by_hand, run_by_hand

    return run_by_hand(chosen) if chosen.command == "run" else check_by_hand(chosen)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="sincro-scraper",
        description="Reads an application that has no API, as its profile says, and proves that it read everything.",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="job|run|check|schema")
    commands.add_parser("job", help="in a pod: run what the mounted files say")
    commands.add_parser("schema", help="print the JSON schema of profiles, for an editor")
    run = commands.add_parser("run", help="read streams into a database, without a cluster")
    _about_source(run)
    run.add_argument("--database", required=True, metavar="URL", help="sqlite:///out.db or postgresql://...")
    run.add_argument("--mode", choices=[mode.value for mode in Mode], default=Mode.DELTA.value)
    run.add_argument("--dry-run", action="store_true", help="read and compare; write nothing")
    run.add_argument("--confirm-deletions", action="store_true", help="delete what the guard held back")
    run.add_argument("--verbose", action="store_true", help="show the log")
    check = commands.add_parser("check", help="try a profile: log in, open each stream, show the first rows")
    _about_source(check)
    return parser


def _about_source(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("profile", type=Path, metavar="PROFILE", help="the profile, a YAML file")
    parser.add_argument("--url", required=True, help="base URL of the application")
    parser.add_argument("--type", action="append", metavar="STREAM", help="repeatable; default: all of the profile")
    parser.add_argument("--source", help="name of the source in the database's bookkeeping; default: the profile's")
    parser.add_argument("--username", help="default: SINCRO_USERNAME; the password is SINCRO_PASSWORD, or asked for")
    parser.add_argument("--locale", default="it-IT")
    parser.add_argument("--time-zone", default="Europe/Rome")
    parser.add_argument("--timeout", default="30m", help="for each stream; 30m")
    parser.add_argument("--evidence", type=Path, metavar="FOLDER", help="leave page and screenshot of a failure here")


if __name__ == "__main__":
    sys.exit(main())
