"""The command line: `job` in a pod; `run`, `check` and `schema` by hand. Arguments are read here and nothing else."""

import argparse
import os
import sys
from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program; returns the exit code."""
    parser = argparse.ArgumentParser(prog="sincro-scraper", description="Reads an application that has no API.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="job|run|check|schema")
    commands.add_parser("job", help="in a pod: run what the mounted files say")
    commands.add_parser("schema", help="print the JSON schema of profiles")
    chosen = parser.parse_args(arguments)
    if chosen.command == "job":
        from sincro_scraper.pod import run_in_pod

        return run_in_pod(os.environ)
    return 2


if __name__ == "__main__":
    sys.exit(main())
