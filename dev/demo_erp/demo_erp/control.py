"""The control interface for tests and demos: truth, edits, switches, counts. Not part of the ERP that people see."""

from __future__ import annotations

import dataclasses
import hmac
import json
from collections.abc import Awaitable, Callable, Iterator
from itertools import islice

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from demo_erp.canonical import truth
from demo_erp.edits import DEFAULT_EDITS, Plan, mutate
from demo_erp.erp import Erp
from demo_erp.fields import ListName
from demo_erp.misbehaviour import SwitchError
from demo_erp.settings import parse_rows

PREFIX = "/__control"
TOKEN_HEADER = "X-Control-Token"

Action = Callable[[Erp, Request], Awaitable[Response]]


def routes() -> list[Route]:
    return [
        Route("/healthz", healthz),
        Route(f"{PREFIX}/state", _guarded(state)),
        Route(f"{PREFIX}/truth", _guarded(show_truth)),
        Route(f"{PREFIX}/mutate", _guarded(make_edits), methods=["POST"]),
        Route(f"{PREFIX}/misbehave", _guarded(misbehave), methods=["GET", "POST", "DELETE"]),
        Route(f"{PREFIX}/unlock", _guarded(unlock), methods=["POST"]),
        Route(f"{PREFIX}/reset", _guarded(reset), methods=["POST"]),
    ]


async def healthz(_request: Request) -> Response:
    return JSONResponse({"status": "ok"})


async def state(erp: Erp, _request: Request) -> Response:
    """Sessions, locked users, counts, switches, rows."""
    now = erp.clock()
    erp.sessions.expire(now, erp.session_seconds)
    return JSONResponse(
        {
            "sessions": [
                {
                    "user": session.user,
                    "age_seconds": round(now - session.started, 3),
                    "idle_seconds": round(now - session.seen, 3),
                    "list_pages": session.list_pages,
                }
                for session in erp.sessions.open
            ],
            "locked_users": sorted(erp.sessions.locked),
            "wrong_passwords_in_a_row": erp.sessions.failures,
            "logins": dataclasses.asdict(erp.sessions.counts),
            "requests": dict(erp.requests),
            "misbehaviour": _switches(erp),
            "rows": {name.value: len(table) for name, table in erp.store.tables.items()},
            "edit_rounds": erp.store.rounds,
            "seed": erp.settings.world.seed,
        }
    )


async def show_truth(erp: Erp, request: Request) -> Response:
    """`?type=customers[&details=false]`: the rows as JSON lines."""
    name = request.query_params.get("type", "")
    if name not in list(ListName):
        return _bad(f"type: expected one of {', '.join(ListName)}, got {name!r}")
    details = request.query_params.get("details", "true") != "false"
    lines = truth(erp.store.tables[ListName(name)], details=details)
    return StreamingResponse(_in_chunks(lines), media_type="application/x-ndjson")


async def make_edits(erp: Erp, request: Request) -> Response:
    """`{"edits": 10, "types": [...]}`, or `created`, `updated`, `deleted` for exact numbers."""
    wanted = await _body(request)
    unknown = set(wanted) - {"edits", "types", "created", "updated", "deleted"}
    types = wanted.get("types", list(ListName))
    if unknown or not isinstance(types, list) or not set(types) <= set(ListName):
        return _bad(f"expected edits, types, created, updated, deleted; types out of {', '.join(ListName)}")
    try:
        numbers = {name: _count(wanted[name]) for name in ("created", "updated", "deleted") if name in wanted}
        plan = Plan(**numbers) if numbers else Plan.of(_count(wanted.get("edits", DEFAULT_EDITS)))
        return JSONResponse(mutate(erp.store, plan, [ListName(name) for name in types], erp.now()))
    except ValueError as error:
        return _bad(str(error))


async def misbehave(erp: Erp, request: Request) -> Response:
    """GET shows the switches that are on; POST `{"name": ..., "value": ..., "times": ...}` switches one on (or a list
    of such); DELETE `?name=` switches one off, without a name all."""
    try:
        if request.method == "DELETE":
            erp.misbehaviour.switch_off(request.query_params.get("name"))
        elif request.method == "POST":
            given = json.loads(await request.body() or b"{}")
            for one in given if isinstance(given, list) else [given]:
                value = one.get("value")
                erp.misbehaviour.switch_on(
                    str(one.get("name")), None if value is None else str(value), one.get("times")
                )
    except (SwitchError, json.JSONDecodeError, AttributeError, TypeError) as error:
        return _bad(str(error))
    return JSONResponse(_switches(erp))


async def unlock(erp: Erp, request: Request) -> Response:
    """`{"user": ...}` unlocks one user, `{}` all."""
    user = (await _body(request)).get("user")
    erp.sessions.unlock(None if user is None else str(user))
    return JSONResponse({"locked_users": sorted(erp.sessions.locked)})


async def reset(erp: Erp, request: Request) -> Response:
    """Back to the start; `{"rows": "customers=10", "seed": 3}` with other data. Sessions and edits are gone."""
    wanted = await _body(request)
    settings = erp.settings
    if "rows" in wanted or "seed" in wanted:
        try:
            world = parse_rows(str(wanted.get("rows", "")), int(str(wanted.get("seed", settings.world.seed))))
        except ValueError as error:
            return _bad(str(error))
        settings = dataclasses.replace(settings, world=world)
    erp.reset(settings)
    return JSONResponse({"rows": {name.value: len(table) for name, table in erp.store.tables.items()}})


def _guarded(action: Action) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        erp: Erp = request.app.state.erp
        given = request.headers.get(TOKEN_HEADER, "")
        if not hmac.compare_digest(given.encode(), erp.settings.control_token.encode()):
            return JSONResponse({"error": f"the header {TOKEN_HEADER} is missing or wrong"}, status_code=403)
        return await action(erp, request)

    return endpoint


def _switches(erp: Erp) -> dict[str, object]:
    return {switch.value: dataclasses.asdict(active) for switch, active in erp.misbehaviour.active.items()}


def _in_chunks(lines: Iterator[str], size: int = 500) -> Iterator[str]:
    while chunk := list(islice(lines, size)):
        yield "".join(chunk)


def _count(value: object) -> int:
    if type(value) is not int or value < 0:
        raise ValueError(f"edits, created, updated and deleted are whole numbers from 0, not {value!r}")
    return value


async def _body(request: Request) -> dict[str, object]:
    try:
        body = json.loads(await request.body() or b"{}")
    except json.JSONDecodeError:
        body = None
    return body if isinstance(body, dict) else {"not a JSON object": True}


def _bad(message: str) -> Response:
    return JSONResponse({"error": message}, status_code=400)
