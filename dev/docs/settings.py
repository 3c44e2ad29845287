"""The page of what can be set for operator and dashboard beyond the chart's values."""

import ast
import inspect
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from dev.docs.markdown import code, head, section, table, value
from dev.docs.schema import words
from sincro_contract.durations import format_duration
from sincro_dashboard.settings import PREFIX
from sincro_dashboard.settings import Settings as DashboardSettings
from sincro_operator.settings import DEFAULT_FILE, FILE_VARIABLE
from sincro_operator.settings import Settings as OperatorSettings

_HEADER = ("setting", "type", "default", "what it is")


def page() -> str:
    """Both programs."""
    operator = f"""
One YAML file: the one that `{FILE_VARIABLE}` names, else `{DEFAULT_FILE}`. The chart writes it from its values, and
lays `operator.settings` over it. An unknown or wrong setting ends the operator at once, with a line that names it.
"""
    dashboard = f"""
From the environment, in capitals behind `{PREFIX}` (lists with commas), or from a YAML file that `{PREFIX}CONFIG`
names; the environment wins. The chart lays `dashboard.settings` and `dashboard.env` over its own.
"""
    text = "Most of this has a value in the [chart](../../helm/sincro/README.md); what has none is set here."
    return (
        head("Settings", "operator/sincro_operator/settings.py and dashboard/sincro_dashboard/settings.py", text)
        + section("Operator", operator.strip(), table(_HEADER, _rows(OperatorSettings)))
        + section("Dashboard", dashboard.strip(), table(_HEADER, _rows(DashboardSettings)))
    )


def _rows(model: type[BaseModel], path: str = "") -> Iterator[tuple[str, str, str, str]]:
    schema = model.model_json_schema(by_alias=True, mode="validation")
    documented = _docstrings(model)
    for name, field in model.model_fields.items():
        alias = field.alias or name
        inner = _group(field.annotation)
        shown = schema["properties"][alias]
        text = field.description or documented.get(name, "") or (_first_line(inner) if inner else "")
        if inner is not None:
            yield code(path + alias), "", "", text
            yield from _rows(inner, f"{path}{alias}.")
        else:
            yield code(path + alias), words(shown), _default(field.get_default(call_default_factory=True)), text


def _group(annotation: Any) -> type[BaseModel] | None:
    options = [annotation, *getattr(annotation, "__args__", ())]
    return next((o for o in options if inspect.isclass(o) and issubclass(o, BaseModel)), None)


def _default(default: object) -> str:
    if default is PydanticUndefined:
        return "needed"
    if isinstance(default, timedelta):
        return code(format_duration(default))
    if isinstance(default, Path):
        return code(str(default))
    return value(list(default) if isinstance(default, tuple) else default) if default != "" else ""


def _first_line(model: type[BaseModel]) -> str:
    return (inspect.getdoc(model) or "").partition("\n")[0]


def _docstrings(model: type[BaseModel]) -> dict[str, str]:
    """The texts that stand below fields in the class: pydantic does not keep them."""
    body = ast.parse(inspect.getsource(model)).body[0]
    assert isinstance(body, ast.ClassDef)
    found = {}
    for field, text in zip(body.body, body.body[1:], strict=False):
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and isinstance(text, ast.Expr):
            found[field.target.id] = str(ast.literal_eval(text.value))
    return found
