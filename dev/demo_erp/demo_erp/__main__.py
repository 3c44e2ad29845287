"""The command line: serve the ERP, print the truth about its rows, make a known set of edits."""

from __future__ import annotations

import argparse
import json
import os
import sys
import urllib.error
import urllib.request
from collections.abc import Sequence
from http.client import HTTPResponse

import uvicorn

from demo_erp import settings as defaults
from demo_erp.app import application
from demo_erp.canonical import truth
from demo_erp.control import PREFIX, TOKEN_HEADER
from demo_erp.edits import DEFAULT_EDITS
from demo_erp.erp import Erp
from demo_erp.fields import ListName
from demo_erp.misbehaviour import Switch, SwitchError
from demo_erp.settings import Settings, parse_rows, parse_users
from demo_erp.store import Table


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command. 0 if it worked, 2 if what was asked makes no sense, 1 if the server did not do it."""
    given = _parser().parse_args(arguments)
    try:
        return int(given.run(given))
    except (SwitchError, ValueError) as error:
        print(f"demo_erp: {error}", file=sys.stderr)
        return 2
    except urllib.error.HTTPError as error:
        print(f"demo_erp: {error.code} {error.read().decode('utf-8', 'replace')}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"demo_erp: {error}", file=sys.stderr)
        return 1


def serve(given: argparse.Namespace) -> int:
    erp = Erp(
        Settings(
            world=parse_rows(given.rows, given.seed),
            users=parse_users(given.user),
            page_delay_ms=given.page_delay_ms,
            session_seconds=given.session_seconds,
            wrong_passwords=given.wrong_passwords,
            control_token=given.control_token,
            misbehave=tuple(given.misbehave),
        )
    )
    uvicorn.run(application(erp), host=given.host, port=given.port, log_level="info" if given.access_log else "warning")
    return 0


def show_truth(given: argparse.Namespace) -> int:
    """From a running server if there is an address; otherwise of a server that nobody has edited yet."""
    if given.url:
        query = f"type={given.type}&details={'false' if given.no_details else 'true'}"
        with _ask(given, f"truth?{query}") as answer:
            for line in answer:
                sys.stdout.write(line.decode())
        return 0
    table = Table(parse_rows(given.rows, given.seed), ListName(given.type))
    sys.stdout.writelines(truth(table, details=not given.no_details))
    return 0


def make_edits(given: argparse.Namespace) -> int:
    wanted: dict[str, object] = {"edits": given.edits}
    if given.type:
        wanted["types"] = given.type
    wanted |= {
        name: getattr(given, name) for name in ("created", "updated", "deleted") if getattr(given, name) is not None
    }
    with _ask(given, "mutate", wanted) as answer:
        print(json.dumps(json.load(answer), ensure_ascii=False, indent=2))
    return 0


def _ask(given: argparse.Namespace, action: str, body: dict[str, object] | None = None) -> HTTPResponse:
    if not given.url.startswith(("http://", "https://")):
        raise ValueError(f"--url {given.url!r}: expected http://HOST:PORT")
    address = f"{given.url.rstrip('/')}{PREFIX}/{action}"
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(address, data, {TOKEN_HEADER: given.control_token})  # noqa: S310 - checked above
    answer: HTTPResponse = urllib.request.urlopen(request)  # noqa: S310 - checked above
    return answer


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="demo_erp", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="serve|truth|mutate")

    command = commands.add_parser("serve", help="run the ERP")
    command.set_defaults(run=serve)
    command.add_argument("--host", default="127.0.0.1")
    command.add_argument("--port", type=int, default=defaults.DEFAULT_PORT)
    _data_options(command)
    _token_option(command)
    command.add_argument(
        "--user", action="append", default=[], metavar="NAME:PASSWORD", help="instead of the usual ones"
    )
    command.add_argument("--page-delay-ms", type=int, default=defaults.DEFAULT_PAGE_DELAY_MS)
    command.add_argument("--session-seconds", type=float, default=defaults.DEFAULT_SESSION_SECONDS)
    command.add_argument("--wrong-passwords", type=int, default=defaults.DEFAULT_WRONG_PASSWORDS, help="until locked")
    command.add_argument("--access-log", action="store_true")
    command.add_argument(
        "--misbehave", action="append", default=[], metavar="NAME[=VALUE][:TIMES]", help=f"one of {', '.join(Switch)}"
    )

    command = commands.add_parser("truth", help="print the rows as JSON lines in canonical form")
    command.set_defaults(run=show_truth)
    command.add_argument("type", choices=[name.value for name in ListName])
    command.add_argument("--url", default="", help="of a running server; otherwise --rows and --seed decide")
    command.add_argument("--no-details", action="store_true", help="without the fields of the detail pages")
    _data_options(command)
    _token_option(command)

    command = commands.add_parser("mutate", help="make a known set of edits in a running server")
    command.set_defaults(run=make_edits)
    command.add_argument("--url", default=os.environ.get("DEMO_ERP_URL", f"http://127.0.0.1:{defaults.DEFAULT_PORT}"))
    command.add_argument("--edits", type=int, default=DEFAULT_EDITS, help="in each list")
    command.add_argument("--type", action="append", choices=[name.value for name in ListName], help="only in this list")
    for name in ("created", "updated", "deleted"):
        command.add_argument(f"--{name}", type=int, help="exact number, instead of --edits")
    _token_option(command)
    return parser


def _data_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("--rows", default="", metavar="customers=500,orders=2000,...")
    command.add_argument("--seed", type=int, default=defaults.DEFAULT_SEED)


def _token_option(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--control-token", default=os.environ.get("DEMO_ERP_CONTROL_TOKEN", defaults.DEFAULT_CONTROL_TOKEN)
    )


if __name__ == "__main__":
    sys.exit(main())
