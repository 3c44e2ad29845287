"""`run` and `check` in a terminal: no cluster, no mounted files. Decided here: what is asked and what is shown."""

import asyncio
import getpass
import logging
import os
import sys
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path
from signal import SIGINT, SIGTERM
from time import monotonic, time_ns

from sincro_contract.durations import parse_duration
from sincro_contract.exit_codes import EXIT_OK, ErrorClass
from sincro_contract.result import RunResult
from sincro_contract.run import Mode, RunSpec, TaskReference
from sincro_scraper.browser.keeping import Folder
from sincro_scraper.browser.login import Credentials
from sincro_scraper.check import Check, Remark, StreamReport
from sincro_scraper.errors import ConfigInvalid
from sincro_scraper.failure import exit_code_of, run_error
from sincro_scraper.job import Job
from sincro_scraper.logs import log_to_stderr
from sincro_scraper.masking import Masker
from sincro_scraper.profile import Profile, ProfileError
from sincro_scraper.profile.loading import load_with_places
from sincro_scraper.profile.placeholders import placeholders_in
from sincro_scraper.profile.steps import Fill
from sincro_scraper.profile.yaml_source import Source
from sincro_scraper.progress import Reporter, TerminalSink
from sincro_scraper.run import Run, utc_now
from sincro_scraper.stopwatch import Stopwatch

USERNAME_VARIABLE = "SINCRO_USERNAME"
PASSWORD_VARIABLE = "SINCRO_PASSWORD"  # noqa: S105 - the name of a variable
TOTP_VARIABLE = "SINCRO_TOTP"
SECRET_VARIABLES = "SINCRO_SECRET_"  # noqa: S105 - the beginning of names of variables
"""SINCRO_SECRET_api_key is what {secret.api_key} stands for."""
_WIDTH = 24


def run_by_hand(arguments: Namespace) -> int:
    """`sincro-scraper run`: reads streams into a database. Returns the exit code of the first that fails."""
    opened = _open(arguments)
    if isinstance(opened, int):
        return opened
    profile, _, credentials = opened
    for name in arguments.type or profile.streams:
        job = _job(arguments, profile, credentials, name)
        try:
            masker = Masker([*job.secrets, arguments.database])
        except ConfigInvalid as error:
            return _fail(error.message)
        log_to_stderr(masker, {}, level=logging.INFO if arguments.verbose else logging.ERROR, plain=True)
        code = asyncio.run(_run(job, masker))
        if code != EXIT_OK:
            return code
    return EXIT_OK


def check_by_hand(arguments: Namespace) -> int:
    """`sincro-scraper check`: tries a profile. 0 when everything fits."""
    opened = _open(arguments)
    if isinstance(opened, int):
        return opened
    profile, source, credentials = opened
    names = arguments.type or list(profile.streams)
    try:
        masker = Masker(_job(arguments, profile, credentials, names[0]).secrets)
    except ConfigInvalid as error:
        return _fail(error.message)
    log_to_stderr(masker, {}, level=logging.WARNING, plain=True)
    return asyncio.run(_check(arguments, profile, source, credentials, names, masker))


def _open(arguments: Namespace) -> tuple[Profile, Source, Credentials] | int:
    file: Path = arguments.profile
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        return _fail(f"{file}: {error}")
    try:
        profile, source = load_with_places(text)
    except ProfileError as error:
        for problem in error.problems:
            where = f"{problem.path}: " if problem.path else ""
            print(f"{file}:{problem.line}:{problem.column}: {where}{problem.message}", file=sys.stderr)  # noqa: T201
        return error.exit_code
    unknown = [name for name in arguments.type or [] if name not in profile.streams]
    if unknown:
        return _fail(f"{file}: there is no stream {unknown[0]!r}; there are {', '.join(profile.streams)}")
    credentials = _credentials(arguments, needed=profile.needs_credentials)
    missing = _missing(profile, credentials)
    if missing is not None:
        return _fail(f"{file}: the login takes {missing}")
    return profile, source, credentials


def _missing(profile: Profile, credentials: Credentials) -> str | None:
    """What the login's steps ask for and nobody has given: an application should not be asked with empty fields."""
    given = {"username": credentials.username, "password": credentials.password, "totp": credentials.totp}
    ways = {
        "username": f"a user: set {USERNAME_VARIABLE} or give --username",
        "password": f"a password: set {PASSWORD_VARIABLE} (exported, for this shell)",
        "totp": f"a one-time code: set {TOTP_VARIABLE} to its base32 seed",
    }
    asked: set[str] = set()
    for step in profile.login.steps if profile.login is not None else ():
        if isinstance(step, Fill):
            asked |= placeholders_in(step.text)
    return next((way for name, way in ways.items() if name in asked and not given[name]), None)


def _credentials(arguments: Namespace, *, needed: bool) -> Credentials:
    """From the environment, else asked for. A password is no argument: arguments are seen by everyone."""
    username = arguments.username or os.environ.get(USERNAME_VARIABLE, "")
    password = os.environ.get(PASSWORD_VARIABLE, "")
    if needed and not username and sys.stdin.isatty():
        username = input("User: ")
    if needed and not password and sys.stdin.isatty():
        password = getpass.getpass(f"Password of {username}: ")
    extra = {
        name.removeprefix(SECRET_VARIABLES): value
        for name, value in os.environ.items()
        if name.startswith(SECRET_VARIABLES) and value
    }
    return Credentials(username, password, os.environ.get(TOTP_VARIABLE), extra)


def _job(arguments: Namespace, profile: Profile, credentials: Credentials, name: str) -> Job:
    spec = RunSpec(
        task=TaskReference(namespace="", name=name),
        source=arguments.source or profile.name,
        type=name,
        mode=Mode(getattr(arguments, "mode", Mode.DELTA.value)),
        dry_run=getattr(arguments, "dry_run", False),
        confirm_deletions=getattr(arguments, "confirm_deletions", False),
        base_url=arguments.url,
        locale=arguments.locale,
        time_zone=arguments.time_zone,
        timeout_seconds=max(1, int(parse_duration(arguments.timeout).total_seconds())),
    )
    folder = getattr(arguments, "evidence", None)
    evidence = Folder(folder, f"{name}-1") if folder is not None else None
    return Job(spec, profile, credentials, getattr(arguments, "database", ""), evidence=evidence)


async def _run(job: Job, masker: Masker) -> int:
    reporter = Reporter(job.spec, TerminalSink(), now_ms=lambda: time_ns() // 1_000_000)
    try:
        run = Run(job, reporter, masker=masker)
    except ConfigInvalid as error:
        return _fail(error.message)
    try:
        work = asyncio.ensure_future(run.execute())
        for number in (SIGTERM, SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, work.cancel)
        result = await work
    except Exception as error:
        failure = run_error(error, masker, run.artifacts)
        await reporter.end(failure.message)
        print(f"{job.spec.type}: {failure.error_class.value} ({failure.code}): {failure.message}", file=sys.stderr)  # noqa: T201
        for artifact in failure.artifacts:
            root = f"{job.evidence.root}/" if isinstance(job.evidence, Folder) else ""
            print(f"  {root}{artifact}", file=sys.stderr)  # noqa: T201
        if failure.error_class is ErrorClass.UNKNOWN:
            logging.getLogger(__name__).exception("run.failed")
        return exit_code_of(error)
    await reporter.end(None)
    print(f"{job.spec.type}: {summary(result)}")  # noqa: T201
    return EXIT_OK


def summary(result: RunResult) -> str:
    """One line about a run that ended well."""
    if result.skipped:
        return f"nothing to do: {result.skipped}"
    counts = (
        f"{result.created} created, {result.updated} updated, {result.unchanged} unchanged, {result.deleted} deleted"
    )
    declared = f" of {result.declared} declared" if result.declared is not None else ""
    reason = f" ({result.mode_reason})" if result.mode_reason else ""
    dry = "; dry run, nothing was written" if result.dry_run else ""
    seconds = result.duration_ms / 1000
    return f"{counts}; {result.read} rows{declared} read in {seconds:.1f} s, {result.mode.value}{reason}{dry}"


async def _check(
    arguments: Namespace,
    profile: Profile,
    source: Source,
    credentials: Credentials,
    names: Sequence[str],
    masker: Masker,
) -> int:
    job = _job(arguments, profile, credentials, names[0])
    try:
        check = Check(job, source, Reporter(job.spec, None, now_ms=lambda: 0), utc_now, Stopwatch(monotonic), masker)
    except ConfigInvalid as error:
        return _fail(error.message)
    wrong = 0
    try:
        remark = await check.login()
        if remark is not None:
            _show_remark(arguments.profile, remark)
            await _show_evidence(check, job)
            return ErrorClass.CONFIG_INVALID.exit_code
        for name in names:
            report = await check.stream(name)
            print(shown(report))  # noqa: T201
            for found in report.remarks:
                _show_remark(arguments.profile, found)
                wrong += found.error
            print()  # noqa: T201
            if any(found.error for found in report.remarks):
                await _show_evidence(check, job)
    finally:
        await check.leave()
    print("everything fits" if not wrong else f"{wrong} things do not fit")  # noqa: T201
    return EXIT_OK if not wrong else ErrorClass.CONFIG_INVALID.exit_code


async def _show_evidence(check: Check, job: Job) -> None:
    root = f"{job.evidence.root}/" if isinstance(job.evidence, Folder) else ""
    for file in await check.evidence():
        print(f"  {root}{file}", file=sys.stderr)  # noqa: T201


def _show_remark(file: Path, remark: Remark) -> None:
    kind = "error" if remark.error else "note"
    where = f":{remark.place.line}:{remark.place.column}" if remark.place else ""
    print(f"{file}{where}: {kind}: {remark.path}: {remark.message}")  # noqa: T201


def shown(report: StreamReport) -> str:
    """The first rows of a stream as a table, one column of the database a line: rows are wide."""
    declared = f", {report.total} declared" if report.total is not None else ""
    lines = [f"{report.name}: {report.read} rows on {report.pages} page(s) looked at{declared}"]
    width = max((len(name) for name in report.columns), default=0)
    for index, name in enumerate(report.columns):
        values = [_cut(row[index]) for row in report.rows]
        lines.append(f"  {name:<{width}}  " + "  ".join(f"{value:<{_WIDTH}}" for value in values).rstrip())
    return "\n".join(lines)


def _cut(value: object) -> str:
    text = "NULL" if value is None else str(value).replace("\n", "\\n")
    return text if len(text) <= _WIDTH else text[: _WIDTH - 1] + "…"


def _fail(message: str) -> int:
    print(message, file=sys.stderr)  # noqa: T201
    return ErrorClass.CONFIG_INVALID.exit_code
