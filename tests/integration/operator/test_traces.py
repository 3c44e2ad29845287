"""Traces at a collector: an HTTP server that reads them with OpenTelemetry's own protocol definitions."""

import asyncio
import base64
import random
from dataclasses import replace
from datetime import timedelta
from typing import Any

from aiohttp import web
from google.protobuf.json_format import ParseDict
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from sincro_contract.resources.sync_task import TaskState
from sincro_contract.result import RunResult
from sincro_contract.run import Mode
from sincro_operator.cluster.facts import task_of
from sincro_operator.planning.actions import WriteTask
from sincro_operator.planning.model import Attempt, TaskStatus
from sincro_operator.tracing.exporter import Exporter
from tests.unit.operator import objects

UID = "6f1c2a34-0000-4000-8000-00000000000a"
TASK = task_of(objects.task(uid=UID, status={"state": "Running"}))
LATER = TASK.created + timedelta(seconds=30)
WELL = Attempt(1, "t1-1", TASK.created + timedelta(seconds=2), LATER, node="node-a")
RESULT = RunResult(mode=Mode.FULL, phases={"launch": 900, "read": 4000})
DONE = TaskStatus(TaskState.SUCCEEDED, attempts=(WELL,), completed_at=LATER, result=RESULT)


class Collector:
    """Answers with these statuses in turn, then with 200; keeps what it could read."""

    def __init__(self, *answers: int) -> None:
        self.answers = list(answers)
        self.received: list[ExportTraceServiceRequest] = []
        self.authorization: list[str | None] = []

    async def take(self, request: web.Request) -> web.Response:
        self.authorization.append(request.headers.get("Authorization"))
        if self.answers:
            return web.Response(status=self.answers.pop(0))
        assert request.content_type == "application/json"
        self.received.append(ParseDict(_ids_as_protobuf(await request.json()), ExportTraceServiceRequest()))
        return web.json_response({})


def _ids_as_protobuf(document: Any) -> Any:
    """OTLP writes ids in hexadecimal digits where protobuf's JSON has base64: the one difference between the two."""
    if isinstance(document, list):
        return [_ids_as_protobuf(each) for each in document]
    if not isinstance(document, dict):
        return document
    ids = {"traceId", "spanId", "parentSpanId"}
    return {
        key: base64.b64encode(bytes.fromhex(value)).decode() if key in ids else _ids_as_protobuf(value)
        for key, value in document.items()
    }


async def exported(collector: Collector, *actions: WriteTask, wanted: int) -> list[tuple[str, int]]:
    """The outcomes, once there are so many, of exporting these actions' ends to the collector."""
    app = web.Application()
    app.add_routes([web.post("/v1/traces", collector.take)])
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        return await sent(f"http://127.0.0.1:{runner.addresses[0][1]}/", *actions, wanted=wanted)
    finally:
        await runner.cleanup()


async def sent(endpoint: str, *actions: WriteTask, wanted: int) -> list[tuple[str, int]]:
    """The outcomes, once there are so many, of exporting these actions' ends to this address."""
    outcomes: list[tuple[str, int]] = []
    exporter = Exporter(
        endpoint,
        headers=lambda: {"Authorization": "Bearer ours"},
        counted=lambda outcome, syncs: outcomes.append((outcome, syncs)),
        randomness=random.Random(1),
    )
    for action in actions:
        exporter.acted(action, "done")
        exporter.acted(action, "Conflict")
    running = asyncio.ensure_future(exporter.run())
    try:
        async with asyncio.timeout(20):
            while len(outcomes) < wanted:  # noqa: ASYNC110 - a plain list
                await asyncio.sleep(0.01)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    return outcomes


async def test_a_collector_that_is_away_at_first_reads_the_whole_trace() -> None:
    collector = Collector(503, 429)
    assert await exported(collector, WriteTask(TASK, DONE), wanted=1) == [("sent", 1)]
    assert collector.authorization == ["Bearer ours"] * 3
    [resource] = collector.received[0].resource_spans
    assert {a.key: a.value.string_value for a in resource.resource.attributes}["service.name"] == "sincro"
    spans = resource.scope_spans[0].spans
    assert [span.name for span in spans] == ["sync customers", "queued", "attempt 1", "launch", "read"]
    assert {span.trace_id.hex() for span in spans} == {UID.replace("-", "")}
    assert all(span.kind == Span.SPAN_KIND_INTERNAL and span.status.code == Status.STATUS_CODE_OK for span in spans)
    root, queued, attempt, launch, read = spans
    assert (root.parent_span_id, queued.parent_span_id, attempt.parent_span_id) == (b"", root.span_id, root.span_id)
    assert launch.parent_span_id == read.parent_span_id == attempt.span_id
    assert read.end_time_unix_nano == attempt.end_time_unix_nano == round(LATER.timestamp()) * 10**9
    assert read.start_time_unix_nano == read.end_time_unix_nano - 4 * 10**9


async def test_what_is_refused_is_dropped_and_the_next_is_sent() -> None:
    assert await exported(Collector(400), WriteTask(TASK, DONE), wanted=1) == [("dropped", 1)]


async def test_ends_are_told_once_and_nothing_else_is() -> None:
    running = replace(DONE, state=TaskState.RUNNING, completed_at=None)
    again = WriteTask(replace(TASK, status=DONE), replace(DONE, archived=True))
    collector = Collector()
    assert await exported(collector, WriteTask(TASK, running), again, WriteTask(TASK, DONE), wanted=1) == [("sent", 1)]
    assert len(collector.received) == 1
