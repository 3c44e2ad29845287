import json
from dataclasses import fields, is_dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sincro_kubectl.fields import printable
from sincro_kubectl.resources import schedule_of, source_of, task_of
from tests.unit.plugin.documents import DEAD, NOW, QUEUED, RUNNING, SCHEDULED, schedule, source, task

READERS = (task_of, schedule_of, source_of)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


def _keys(document: Any) -> set[str]:
    if isinstance(document, dict):
        return set(document).union(*map(_keys, document.values()))
    return set().union(*map(_keys, document)) if isinstance(document, list) else set()


KNOWN = sorted(_keys([task(status=RUNNING | QUEUED | DEAD), schedule(), source()]))


@st.composite
def misshapen(draw: st.DrawFn) -> dict[str, Any]:
    """An object with the names that are read, and anything at all below them."""
    tree = st.recursive(
        JSON, lambda inner: st.dictionaries(st.sampled_from(KNOWN), inner, max_size=6) | st.lists(inner), max_leaves=20
    )
    return {name: draw(tree) for name in ("metadata", "spec", "status")}


def _texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, tuple):
        return [text for item in value for text in _texts(item)]
    if is_dataclass(value) and not isinstance(value, type):
        return [text for one in fields(value) if one.compare for text in _texts(getattr(value, one.name))]
    return []


@given(misshapen())
def test_anything_can_be_read_and_nothing_reaches_the_terminal_as_a_command(document: dict[str, Any]) -> None:
    for read in READERS:
        for text in _texts(read(document)):
            assert text == printable(text)
            assert all(char.isprintable() or not char.isascii() for char in text)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("two\nlines\tand more", "two lines and more"),
        ("\x1b[31mred\x1b[0m", "[31mred [0m"),
        ("\x1b]0;title\x07", "]0;title"),
        ("\x9b2J", "2J"),
        ("abc\u202edcba", "abcdcba"),
        ("Città È già così", "Città È già così"),
        ("", ""),
    ],
)
def test_printable(text: str, shown: str) -> None:
    assert printable(text) == shown


def test_task() -> None:
    read = task_of(task("orders-29f3c", spec=SCHEDULED, status=RUNNING))
    assert (read.namespace, read.name, read.source, read.type, read.mode) == (
        "acme",
        "orders-29f3c",
        "erp",
        "orders",
        "Full",
    )
    assert (read.asker, read.state, read.final, read.seen) == ("schedule orders", "Running", False, True)
    assert read.progress is not None
    assert (read.progress.phase, read.progress.share) == ("read", 0.45)
    assert read.document["metadata"]["name"] == "orders-29f3c"


def test_a_task_that_nobody_has_looked_at() -> None:
    read = task_of(task())
    assert (read.state, read.seen, read.position, read.failure, read.result) == ("Queued", False, None, None, None)
    assert read.asker == "anna"


def test_the_operators_mode_and_priority_count() -> None:
    read = task_of(task(status=QUEUED | {"effectiveMode": "Full", "effectivePriority": 90}))
    assert (read.mode, read.asked_mode, read.priority) == ("Full", "Delta", 90)


def test_schedule_and_source() -> None:
    read = schedule_of(schedule(spec={"delta": {"every": None, "cron": "30 6 * * *"}}))
    assert (read.full, read.delta, read.quiet_hours) == ("24h", "30 6 * * *", (("00:00", "06:00"),))
    assert read.next is not None
    assert read.next[1] == "Delta"
    assert read.next[0] > NOW
    erp = source_of(source(spec={"paused": True, "pausedBy": "luigi", "pauseReason": "Inventory"}))
    assert (erp.paused, erp.paused_by, erp.pause_reason, erp.types[0].success_rate) == (
        True,
        "luigi",
        "Inventory",
        "99.2%",
    )


def test_the_documents_of_these_tests_are_json() -> None:
    assert json.loads(json.dumps(task(status=DEAD))) == task(status=DEAD)
