"""The page of sincro-scraper's commands, as their own help says it."""

import os
from contextlib import redirect_stdout, suppress
from io import StringIO
from unittest.mock import patch

from dev.docs.markdown import block, head, section
from sincro_scraper.__main__ import main

_COMMANDS = ("check", "run", "schema", "job")
_WIDTH = "100"


def page() -> str:
    """The help of the program and of each command."""
    text = """
The program inside a scraper's Job is the same that you try a profile with by hand. It ends with one of the
[exit codes](errors.md).
"""
    return head("sincro-scraper", "scraper_job/sincro_scraper/__main__.py", text) + "".join(
        section(" ".join(("sincro-scraper", *command)), block(help_of(*command)))
        for command in ((), *((c,) for c in _COMMANDS))
    )


def help_of(*command: str) -> str:
    """What `sincro-scraper COMMAND --help` prints, 100 columns wide."""
    printed = StringIO()
    # suppress: argparse ends the program after its help.
    with patch.dict(os.environ, COLUMNS=_WIDTH), redirect_stdout(printed), suppress(SystemExit):
        main([*command, "--help"])
    return printed.getvalue()
