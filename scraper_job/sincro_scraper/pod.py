"""The program inside a Job's pod: files in, outcome out. Decided here: where things are read from and written to.

What the files mean is the contract's; how a run goes is run.py's.
"""

import asyncio
import contextlib
import logging
import os
import signal
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePath
from time import time_ns

from pydantic import ValidationError

from sincro_contract.evidence import CA, BucketUnusable, read_secret
from sincro_contract.exit_codes import EXIT_OK
from sincro_contract.result import Counts, Outcome, RunError
from sincro_contract.run import (
    CREDENTIALS_DIR,
    DATABASE_URL_FILE,
    EVIDENCE_BUCKET_DIR,
    EVIDENCE_DIR,
    PROFILE_FILE,
    REDIS_CA_VARIABLE,
    REDIS_URL_VARIABLE,
    RUN_FILE,
    SESSION_KEY_FILE,
    TERMINATION_MESSAGE_FILE,
    RunSpec,
)
from sincro_scraper.browser.keeping import Bucket, Folder, Place
from sincro_scraper.browser.login import Credentials
from sincro_scraper.errors import TERMINATED_EXIT_CODE, ConfigInvalid, Terminated
from sincro_scraper.failure import exit_code_of, run_error
from sincro_scraper.job import Job
from sincro_scraper.logs import log_to_stderr
from sincro_scraper.masking import Masker
from sincro_scraper.profile import load_profile
from sincro_scraper.progress import RedisSink, Reporter
from sincro_scraper.run import Run

log = logging.getLogger(__name__)

LAST_RESORT_SECONDS = 8.5
"""After SIGTERM: when logging out and closing take longer than this, the program goes without."""


@dataclass(frozen=True)
class Files:
    """Where everything stands; the defaults are the contract's. `root` is put before every path."""

    root: Path = Path("/")

    def at(self, path: PurePath) -> Path:
        """The path under the root."""
        return self.root / str(path).lstrip("/")


def run_in_pod(environment: Mapping[str, str], files: Files | None = None) -> int:
    """Run one sync and write the termination message. Returns the exit code."""
    files = files or Files()
    log_to_stderr(Masker([]), {})
    try:
        job = read_job(files)
    except ConfigInvalid as error:
        outcome = Outcome(error=run_error(error, Masker([])))
        log.error("run.failed", extra={"code": error.code, "reason": error.message})
        _write_outcome(files, outcome)
        return error.exit_code
    return asyncio.run(_run(job, environment, files))


def read_job(files: Files) -> Job:
    """Read run specification, profile and Secrets. Raises ConfigInvalid naming the file."""
    try:
        spec = RunSpec.model_validate_json(_text(files.at(RUN_FILE), "run specification"))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise ConfigInvalid(f"the run specification is not valid: {place}: {first['msg']}", code="RunInvalid") from None
    profile = load_profile(_text(files.at(PROFILE_FILE), "profile"))
    key_file = files.at(SESSION_KEY_FILE)
    job = Job(
        spec=spec,
        profile=profile,
        credentials=read_credentials(files.at(CREDENTIALS_DIR), needed=profile.needs_credentials),
        database_url=_text(files.at(DATABASE_URL_FILE), "database URL").strip(),
        session_key=key_file.read_bytes().strip() if key_file.is_file() else None,
        evidence=evidence_place(spec, files),
    )
    _ = job.stream, job.locale, job.secrets
    return job


def evidence_place(spec: RunSpec, files: Files) -> Place | None:
    """Where evidence of a failure goes; None: nowhere. What is missing for that is logged and stops nothing."""
    task, bucket, folder = spec.task, spec.evidence_bucket, files.at(EVIDENCE_DIR)
    if bucket is not None:
        try:
            arguments = bucket.client_arguments(read_secret(files.at(EVIDENCE_BUCKET_DIR)))
        except (BucketUnusable, OSError, UnicodeDecodeError) as error:
            log.warning("evidence.failed", extra={"what": "bucket", "reason": str(error)})
            return None
        return Bucket(bucket, arguments, bucket.folder(task.namespace, task.name, spec.attempt))
    if spec.evidence and folder.is_dir():
        return Folder(folder, f"{task.namespace}_{task.name}_{spec.attempt}".lstrip("_"))
    return None


def read_credentials(folder: Path, *, needed: bool) -> Credentials:
    """The files of a mounted Secret. A line break at a file's end is not part of it. Raises ConfigInvalid."""
    texts: dict[str, str] = {}
    if folder.is_dir():
        for file in sorted(folder.iterdir()):
            if file.is_file() and not file.name.startswith("."):
                with contextlib.suppress(UnicodeDecodeError, OSError):
                    texts[file.name] = file.read_text(encoding="utf-8").rstrip("\r\n")
    missing = [name for name in ("username", "password") if not texts.get(name)]
    if needed and missing:
        raise ConfigInvalid(f"the credentials have no {' and no '.join(missing)}", code="CredentialsMissing")
    extra = {name: text for name, text in texts.items() if name not in ("username", "password", "totp")}
    return Credentials(texts.get("username", ""), texts.get("password", ""), texts.get("totp"), extra)


def _text(file: Path, what: str) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ConfigInvalid(f"there is no {what}: {file} is missing", code="FileMissing") from None
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise ConfigInvalid(f"the {what} cannot be read: {file}: {reason}", code="FileUnreadable") from None


def _sink(environment: Mapping[str, str]) -> RedisSink | None:
    """Where progress goes. A Redis that cannot be reached the way it has to be costs the progress, never the sync."""
    url = environment.get(REDIS_URL_VARIABLE)
    try:
        return RedisSink(url, environment.get(REDIS_CA_VARIABLE)) if url else None
    except ValueError as error:
        log.warning("progress.off", extra={"reason": str(error)})
        return None


async def _run(job: Job, environment: Mapping[str, str], files: Files) -> int:
    spec = job.spec
    bucket_secret = read_secret(files.at(EVIDENCE_BUCKET_DIR)) if isinstance(job.evidence, Bucket) else {}
    bucket_keys = [text for name, text in bucket_secret.items() if name != CA]
    masker = Masker([*job.secrets, job.database_url, *_password_of(job.database_url), *bucket_keys])
    log_to_stderr(masker, {"task": f"{spec.task.namespace}/{spec.task.name}", "attempt": spec.attempt})
    reporter = Reporter(spec, _sink(environment), now_ms=lambda: time_ns() // 1_000_000)
    run = Run(job, reporter, masker=masker)
    work = asyncio.ensure_future(run.execute())
    loop = asyncio.get_running_loop()

    def stop() -> None:
        log.warning("run.stopping")
        work.cancel()
        loop.call_later(LAST_RESORT_SECONDS, _last_resort, files)

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)
    told = {"source": spec.source, "type": spec.type, "mode": spec.mode.value, "startupMs": since_process_start()}
    log.info("run.started", extra=told)
    try:
        result = await work
    except BaseException as error:
        artifacts = run.artifacts
        failure = run_error(error, masker, artifacts)
        _write_outcome(files, Outcome(error=failure, counts=run.counts))
        unexpected = failure.error_class.value == "Unknown"
        log.error("run.failed", extra={"error": failure.to_dict()}, exc_info=error if unexpected else None)
        await reporter.end(failure.message)
        return exit_code_of(error)
    _write_outcome(files, Outcome(result=result))
    log.info("run.succeeded", extra={"result": result.to_dict()})
    await reporter.end(None)
    return EXIT_OK


def since_process_start() -> int | None:
    """Milliseconds since the kernel started this process, to a hundredth of a second; None where there is no /proc."""
    try:
        began = int(Path("/proc/self/stat").read_text().rpartition(")")[2].split()[19]) / os.sysconf("SC_CLK_TCK")
        return round((float(Path("/proc/uptime").read_text().split()[0]) - began) * 1000)
    except (OSError, ValueError, IndexError):
        return None


def _last_resort(files: Files) -> None:
    error = Terminated("the run was asked to stop; it could not log out in time")
    _write_outcome(files, Outcome(error=run_error(error, Masker([])), counts=None))
    os._exit(TERMINATED_EXIT_CODE)


def _write_outcome(files: Files, outcome: Outcome) -> None:
    file = files.at(TERMINATION_MESSAGE_FILE)
    try:
        file.write_text(outcome.to_termination_message(), encoding="utf-8")
    except OSError as error:
        log.error("outcome.unwritable", extra={"file": str(file), "reason": str(error)})


def _password_of(url: str) -> list[str]:
    """The password inside a database URL: it may turn up alone in a driver's message."""
    from urllib.parse import unquote, urlsplit

    try:
        password = urlsplit(url).password
    except ValueError:
        return []
    return [password, unquote(password)] if password else []


__all__ = ["Counts", "Files", "RunError", "read_credentials", "read_job", "run_in_pod"]
