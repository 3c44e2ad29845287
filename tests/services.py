"""PostgreSQL, Redis, an S3 server and Jaeger as local processes for tests and benchmarks. Nothing is left behind.

The first two are Debian's packages, the others Go modules; the S3 server is versitygw, which checks signatures as AWS
does.

In a test module: `from tests.services import database, postgres_server, redis_server` (fixtures), or as context
managers: `with running_postgres() as server: server.create_database()`. Both listen on loopback only.
"""

import ctypes
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

ROOT = Path(__file__).parents[1]
START_SECONDS = 60.0
_USER = "sincro"
_PR_SET_PDEATHSIG = 1


class ServiceMissingError(RuntimeError):
    """A server's program is not installed; the message says how to install it."""


@dataclass(frozen=True)
class PostgresServer:
    """A running server of its own data. The superuser has a password over TCP and none over the socket."""

    port: int
    directory: Path
    process: "subprocess.Popen[bytes]"
    password: str

    def url(self, database: str = "postgres", *, user: str = _USER, password: str | None = None) -> str:
        """postgresql://user:password@127.0.0.1:port/database"""
        return f"postgresql://{user}:{password or self.password}@127.0.0.1:{self.port}/{database}"

    def create_database(self, name: str | None = None) -> str:
        """Create a database (of a random name) and give back its URL."""
        chosen = name or f"test_{secrets.token_hex(6)}"
        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(chosen)))
        return self.url(chosen)

    def drop_database(self, url: str) -> None:
        """Drop a database and end whoever is connected to it."""
        name = sql.Identifier(url.rpartition("/")[2])
        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))


@dataclass(frozen=True)
class RedisServer:
    """A running Redis without persistence."""

    port: int
    process: "subprocess.Popen[bytes]"
    secure: bool = False

    @property
    def url(self) -> str:
        """redis://127.0.0.1:port/0, rediss:// with TLS"""
        return f"redis{'s' if self.secure else ''}://127.0.0.1:{self.port}/0"


@contextmanager
def running_postgres(*settings: str, tls: "ServerCertificate | None" = None) -> Iterator[PostgresServer]:
    """A PostgreSQL of its own (fsync off) until the block ends. settings: more of them, `name=value`."""
    programs = postgres_programs()
    with _service_directory("postgres") as directory:
        password = secrets.token_urlsafe(16)
        (directory / "password").write_text(password)
        data = directory / "data"
        subprocess.run(
            [
                *(programs / "initdb", "-D", data, "-U", _USER, "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"),
                *("--auth-local=trust", "--auth-host=scram-sha-256", f"--pwfile={directory / 'password'}"),
            ],
            check=True,
            stdout=subprocess.DEVNULL,
            cwd=directory,
            **_unprivileged(),
        )
        port = free_port()
        options = ["fsync=off", "full_page_writes=off", "synchronous_commit=off", "listen_addresses=127.0.0.1"]
        options += [f"port={port}", f"unix_socket_directories={directory}", "max_connections=50", *settings]
        if tls is not None:
            certificate, key = tls.placed(directory)
            options += ["ssl=on", f"ssl_cert_file={certificate}", f"ssl_key_file={key}"]
        arguments = [argument for option in options for argument in ("-c", option)]
        with _process([str(programs / "postgres"), "-D", str(data), *arguments], directory, signal.SIGINT) as process:
            server = PostgresServer(port, directory, process, password)
            _wait(process, directory, lambda: psycopg.connect(server.url(), connect_timeout=2).close())
            yield server


@dataclass(frozen=True)
class ServerCertificate:
    """A certificate and its key, both PEM."""

    certificate: bytes
    key: bytes

    def placed(self, directory: Path) -> tuple[Path, Path]:
        """Files of both in a folder, the key for its owner alone."""
        paths = directory / "server.crt", directory / "server.key"
        for path, text in zip(paths, (self.certificate, self.key), strict=True):
            path.write_bytes(text)
            path.chmod(0o600)
            user = _service_user()
            if user is not None:
                os.chown(path, user.pw_uid, user.pw_gid)
        return paths


@contextmanager
def running_redis(tls: ServerCertificate | None = None) -> Iterator[RedisServer]:
    """A Redis of its own, without persistence, until the block ends; with a certificate it speaks TLS only."""
    program = shutil.which("redis-server")
    if program is None:
        raise ServiceMissingError("redis-server is not installed: apt-get install -y redis-server")
    with _service_directory("redis") as directory:
        port = free_port()
        arguments = ["--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--port", "0" if tls else str(port)]
        if tls is not None:
            certificate, key = tls.placed(directory)
            arguments += ["--tls-port", str(port), "--tls-auth-clients", "no"]
            arguments += ["--tls-cert-file", str(certificate), "--tls-key-file", str(key)]
        with _process([program, *arguments, "--dir", str(directory)], directory, signal.SIGTERM) as process:
            _wait(process, directory, partial(_connects, port))
            yield RedisServer(port, process, tls is not None)


@dataclass(frozen=True)
class BucketServer:
    """A running S3 server with one bucket; `files` is the folder in which its objects lie."""

    port: int
    bucket: str
    access_key: str
    secret_key: str
    files: Path

    @property
    def url(self) -> str:
        """http://127.0.0.1:port"""
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def running_bucket() -> Iterator[BucketServer]:
    """An S3 server of its own with an empty bucket, until the block ends."""
    program = _built("versitygw")
    with _service_directory("bucket") as directory:
        port, key, secret = free_port(), secrets.token_hex(8), secrets.token_urlsafe(24)
        store = directory / "store"
        (store / "evidence").mkdir(parents=True)
        (directory / "sidecar").mkdir()
        arguments = ["--port", f"127.0.0.1:{port}", "--access", key, "--secret", secret]
        backend = ["posix", "--sidecar", str(directory / "sidecar"), str(store)]
        # Built below the home folder of whoever runs the tests, where another user may not go.
        command = [program, *arguments, *backend]
        with _process(command, directory, signal.SIGTERM, unprivileged=False) as process:
            _wait(process, directory, partial(_connects, port))
            yield BucketServer(port, "evidence", key, secret, store / "evidence")


@dataclass(frozen=True)
class Jaeger:
    """A running Jaeger that keeps traces in memory."""

    otlp: str
    """Where it takes OTLP over HTTP."""
    query: str
    """Where its own pages ask: /api/traces/ID."""


@contextmanager
def running_jaeger() -> Iterator[Jaeger]:
    """A Jaeger of its own until the block ends."""
    program = _built("jaeger")
    flags = ("collector.otlp.http", "query.http-server", "collector.otlp.grpc", "collector.grpc-server")
    flags += ("collector.http-server", "query.grpc-server", "admin.http")
    with _service_directory("jaeger") as directory:
        ports = {flag: free_port() for flag in flags}
        command = [program, *(f"--{flag}.host-port=127.0.0.1:{port}" for flag, port in ports.items())]
        with _process(command, directory, signal.SIGTERM, unprivileged=False) as process:
            otlp, query = (f"http://127.0.0.1:{ports[flag]}" for flag in flags[:2])
            for flag in flags[:2]:
                _wait(process, directory, partial(_connects, ports[flag]))
            yield Jaeger(otlp, query)


def _connects(port: int) -> None:
    socket.create_connection(("127.0.0.1", port), timeout=2).close()


def _built(tool: str) -> str:
    """The path of a program that is built from Go modules, built now if it is not there."""
    built = subprocess.run([ROOT / "dev/cluster/tools", tool], check=False, capture_output=True, text=True)
    if built.returncode != 0:
        raise ServiceMissingError(f"{tool} cannot be built: {built.stderr[-500:]}")
    return str(Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "sincro/cluster/bin" / tool)


def wait_until(answers: Callable[[], bool], *errors: type[Exception]) -> None:
    """Until it answers True; these errors mean not yet. Raises AssertionError after START_SECONDS."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        with suppress(*errors):
            if answers():
                return
        time.sleep(0.05)
    raise AssertionError(f"not within {START_SECONDS:.0f} s")


def free_port() -> int:
    """A TCP port of the loopback address that nobody listens on right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """One PostgreSQL for all tests of the session."""
    with running_postgres() as server:
        yield server


@pytest.fixture
def database(postgres_server: PostgresServer) -> Iterator[str]:
    """The URL of an empty database that lasts for one test."""
    url = postgres_server.create_database()
    yield url
    postgres_server.drop_database(url)


@pytest.fixture(scope="session")
def bucket_server() -> Iterator[BucketServer]:
    """One S3 server for all tests of the session."""
    with running_bucket() as server:
        yield server


@pytest.fixture(scope="session")
def redis_server() -> Iterator[RedisServer]:
    """One Redis for all tests of the session."""
    with running_redis() as server:
        yield server


def postgres_programs() -> Path:
    """The folder of the newest installed PostgreSQL's programs."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name), reverse=True)
    on_path = shutil.which("initdb")
    candidates = [*folders, *([Path(on_path).parent] if on_path else [])]
    for folder in candidates:
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    raise ServiceMissingError("PostgreSQL is not installed: apt-get install -y postgresql-15")


@contextmanager
def _service_directory(name: str) -> Iterator[Path]:
    """A temporary folder that the service's user owns. Short: a socket's path has room for 107 bytes."""
    directory = Path(tempfile.mkdtemp(prefix=f"sincro-{name}-"))
    try:
        user = _service_user()
        if user is not None:
            os.chown(directory, user.pw_uid, user.pw_gid)
        yield directory
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def _service_user() -> pwd.struct_passwd | None:
    """Who runs the servers when we are root, which PostgreSQL refuses to be; None when we are not."""
    if os.getuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise ServiceMissingError("there is no unprivileged user to run servers as: apt-get install -y postgresql-15")


def _unprivileged() -> dict[str, Any]:
    user = _service_user()
    return {} if user is None else {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": ()}


@contextmanager
def _process(
    arguments: list[str], directory: Path, stop: signal.Signals, *, unprivileged: bool = True
) -> Iterator["subprocess.Popen[bytes]"]:
    with (directory / "log").open("wb") as log:
        process = subprocess.Popen(
            arguments,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd=directory,
            preexec_fn=_ends_with_us(stop),
            **(_unprivileged() if unprivileged else {}),
        )
    try:
        yield process
    finally:
        process.send_signal(stop)
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(timeout=20)


def _ends_with_us(stop: signal.Signals) -> Callable[[], None]:
    """Makes the kernel stop the server when the test process dies without cleaning up."""
    libc = ctypes.CDLL(None, use_errno=True)

    def prepare() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, int(stop))

    return prepare


def _wait(process: "subprocess.Popen[bytes]", directory: Path, answers: Callable[[], object]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            answers()
        except (OSError, psycopg.OperationalError) as error:
            if process.poll() is not None or time.monotonic() > deadline:
                log = (directory / "log").read_text(errors="replace")[-2000:]
                raise RuntimeError(f"{process.args!r} did not start: {error}\n{log}") from error
            time.sleep(0.05)
        else:
            return
