"""How every program of ours logs: one event name a line, and whoever names a task says whose and which attempt."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PROGRAMS = ("operator/sincro_operator", "scraper_job/sincro_scraper", "dashboard/sincro_dashboard")
_LEVELS = {"debug", "info", "warning", "error", "exception", "critical", "log"}
_EVENT = re.compile(r"[a-z][a-z0-9]*([_.][a-z0-9]+)*")


def calls() -> Iterator[tuple[str, ast.Call, str]]:
    """Every call of a logger: where, the call, and its method."""
    for program in PROGRAMS:
        for file in sorted((ROOT / program).rglob("*.py")):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _LEVELS:
                    of = node.func.value
                    if isinstance(of, ast.Name) and of.id in ("logger", "log"):
                        yield f"{file.relative_to(ROOT)}:{node.lineno}", node, node.func.attr


FOUND = list(calls())


def test_there_are_some_in_every_program() -> None:
    assert all(any(where.startswith(program) for where, _, _ in FOUND) for program in PROGRAMS)


@pytest.mark.parametrize(("where", "call", "method"), FOUND, ids=[where for where, _, _ in FOUND])
def test_a_line_has_an_events_name_and_fields(where: str, call: ast.Call, method: str) -> None:
    arguments = call.args[1:] if method == "log" else call.args
    names = list(_texts(arguments[0]))
    assert names, f"{where}: the event's name is not written out"
    assert all(_EVENT.fullmatch(name) for name in names), f"{where}: {names}"
    assert len(arguments) == 1, f"{where}: fields belong into extra"
    assert {keyword.arg for keyword in call.keywords} <= {"extra", "exc_info"}


@pytest.mark.parametrize(("where", "call", "method"), FOUND, ids=[where for where, _, _ in FOUND])
def test_a_task_is_named_with_its_namespace_and_attempt(where: str, call: ast.Call, method: str) -> None:
    del method
    keys = {
        key.value
        for keyword in call.keywords
        if keyword.arg == "extra"
        for node in ast.walk(keyword.value)
        if isinstance(node, ast.Dict)
        for key in node.keys
        if isinstance(key, ast.Constant)
    }
    assert "task" not in keys or {"namespace", "attempt"} <= keys, where


def _texts(node: ast.expr) -> Iterator[str]:
    """The texts that an expression can be, where they are written out."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from _texts(node.body)
        yield from _texts(node.orelse)
