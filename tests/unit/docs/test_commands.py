"""Every command of README, tutorial, how-tos and CONTRIBUTING is one that there is: its program, options, files, names.

Nothing is run that changes anything; a line that no check here understands is an error, so that none is passed over.
"""

import importlib.util
import json
import re
import shlex
from collections.abc import Callable, Iterator
from itertools import pairwise, takewhile
from typing import Any

import jsonschema
import pytest
import yaml

from sincro_contract.crd.definitions import DEFINITIONS
from sincro_contract.crd.schema import structural_schema
from sincro_contract.resources.sync_schedule import SyncSchedule
from sincro_contract.resources.sync_source import SyncSource
from sincro_contract.resources.sync_task import SyncTask
from sincro_kubectl.command_line import build_parser, parse
from sincro_scraper.__main__ import main as scraper
from sincro_scraper.profile import Profile
from sincro_scraper.profile.loading import load_profile
from tests.unit.docs.page import ROOT, Page, pages

PAGES = pages(
    "README.md",
    "CONTRIBUTING.md",
    "docs/tutorial.md",
    "docs/kubectl-sincro.md",
    "docs/how-to/*.md",
    "docs/explanation/*.md",
    "helm/sincro/README.md",
)
COMMANDS = [(page, line) for page in PAGES for line in page.commands]
MODELS: dict[str, type[SyncSource] | type[SyncSchedule] | type[SyncTask]] = {
    "SyncSource": SyncSource,
    "SyncSchedule": SyncSchedule,
    "SyncTask": SyncTask,
}
CHART = ROOT / "helm" / "sincro"
VALUES = yaml.safe_load((CHART / "values.yaml").read_text())
OURS = {
    name: definition
    for definition in DEFINITIONS
    for name in (definition.short_name, definition.kind.lower(), definition.plural)
}
KINDS = {"pods", "jobs", "sincro", *OURS}
VERBS = {"get", "describe", "create", "apply", "patch", "label", "exec", "port-forward", "config", "explain", "logs"}


def test_there_is_something_to_check() -> None:
    assert len(COMMANDS) > 50


@pytest.mark.parametrize(("page", "line"), COMMANDS, ids=lambda value: value if isinstance(value, str) else value.name)
def test_the_command_is_there(page: Page, line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for command in ("check_by_hand", "run_by_hand"):
        monkeypatch.setattr(f"sincro_scraper.by_hand.{command}", lambda _chosen: 0)
    _check(line, page)


@pytest.mark.parametrize(
    "line",
    [
        "make nothing",
        "kubectl get nothing",
        "kubectl sincro dance",
        "kubectl sincro sync customers --no-such-option",
        "kubectl create -f not-there.yaml",
        "kubectl create configmap a --from-file=profile.yaml=not-there.yaml",
        "kubectl get stask --field-selector status.job=a",
        "kubectl label ssrc erp sincro.dev/operator",
        "kubectl explain syncschedule.spec.nothing",
        "kubectl port-forward svc/sincro-dashboard 8000:8000",
        """kubectl patch ssched a -p '{"spec":{"rollout":"Somehow"}}' """,
        ".venv/bin/python -m dev.nothing",
        ".venv/bin/python -m pytest tests/unit/nothing.py",
        ".venv/bin/sincro-scraper check my-erp.yaml",
        "helm upgrade sincro helm/sincro -f not-there.yaml",
        "curl http://127.0.0.1:8000/api/nothing",
        "redis-cli ACL SETUSER scraper on '>PASSWORD' +@all",
        "unheard-of --program",
    ],
)
def test_a_dead_command_is_found(line: str) -> None:
    with pytest.raises((AssertionError, KeyError, SystemExit, jsonschema.ValidationError)):
        _check(line, Page(ROOT / "docs" / "tutorial.md"))


def _check(line: str, page: Page) -> None:
    for words in _simple(line):
        _CHECKS[_program(words[0])](words[1:], page)


def _simple(line: str) -> Iterator[list[str]]:
    """The commands in a line: what stands in $(...), then the rest; assignments in front are left out."""
    for inner in re.findall(r"[$<]\(([^()]*)\)", line):
        yield shlex.split(inner)
    if line.startswith("case "):
        yield from (shlex.split(branch) for branch in re.findall(r"\) (kubectl [^;]+);;", line))
        return
    words = shlex.split(re.sub(r"\$\([^()]*\)", "X", re.sub(r" - <<'\w+'$", " -", line)))
    if words[0] in ("export", "eval", "source") or re.fullmatch(r"[A-Z_]+=.*", words[0]):
        return
    yield list(takewhile(lambda word: word not in ("|", ">"), words))


def _program(word: str) -> str:
    return word.rpartition("/")[2]


def _make(words: list[str], _page: Page) -> None:
    targets = set(re.findall(r"^([a-z0-9-]+):.*", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert {word for word in words if not word.startswith("-") and "=" not in word} <= targets


def _python(words: list[str], _page: Page) -> None:
    assert words[0] == "-m"
    assert importlib.util.find_spec(words[1]) is not None
    for path in (word for word in words[2:] if word.startswith("tests/")):
        assert (ROOT / path).exists(), path


def _scraper(words: list[str], page: Page) -> None:
    assert scraper(words) == 0
    assert words[1] in page.files


def _completion(words: list[str], _page: Page) -> None:
    parse(build_parser(), words)


def _pip(words: list[str], _page: Page) -> None:
    """What is not published is installed from the clone."""
    assert words == ["install", "."]


def _helm(words: list[str], page: Page) -> None:
    if words[0] == "test":
        assert words[1:] == ["sincro", "-n", "sincro", "--logs"]
        return
    if words[0] == "install":
        assert re.fullmatch(r"[a-z][a-z0-9-]*", words[1])
        assert words[2] == "helm/sincro"
        assert {value for flag, value in pairwise(words) if flag == "-f"} <= page.files
        for setting in (value for flag, value in pairwise(words) if flag == "--set"):
            place: Any = VALUES
            for name in setting.partition("=")[0].split("."):
                place = place[name]
        return
    assert words[:3] == ["upgrade", "sincro", "helm/sincro"]
    # With --reuse-values alone, a chart that is newer by one value fails.
    assert "--reset-then-reuse-values" in words
    if "-f" not in words:
        return
    assert words[words.index("-f") + 1] in page.files


def _promtool(words: list[str], _page: Page) -> None:
    assert words[:2] == ["check", "rules"]
    assert (ROOT / words[2]).is_file()


def _curl(words: list[str], _page: Page) -> None:
    document = json.loads((ROOT / "dashboard" / "openapi.json").read_text())
    found = next(word for word in words if word.startswith("http"))
    port, path = re.fullmatch(r"http://127\.0\.0\.1:(\d+)(/.*)", found).groups()  # type: ignore[union-attr]
    assert port in ("8000", "9090")
    method = "post" if "POST" in words else "get"
    known = [re.sub(r"\{\w+\}", "[^/]+", route) for route, methods in document["paths"].items() if method in methods]
    assert any(re.fullmatch(route, path) for route in known), f"{method} {path}"


def _kubectl(words: list[str], page: Page) -> None:
    if words[0] == "sincro":
        parse(build_parser(), words[1:])
        return
    assert words[0] in VERBS, words
    for flag, value in pairwise(part for word in words for part in _parted(word)):
        if flag == "-f" and value != "-":
            assert value in page.files or (ROOT / value).exists(), value
        if flag == "--from-file":
            assert value.rpartition("=")[2] in page.files, value
        if flag == "--field-selector":
            assert f".{value.partition('=')[0]}" in OURS[words[1]].selectable
        if flag == "--clusterrole":
            assert value in {f"sincro-{role}" for role in ("viewer", "user", "admin", "behalf")}
    _VERBS.get(words[0], _nothing)(words[1:])


def _parted(word: str) -> list[str]:
    """--flag=value as two words."""
    return word.split("=", 1) if word.startswith("--") and "=" in word else [word]


def _nothing(_words: list[str]) -> None:
    """Nothing more to check."""


def _get(words: list[str]) -> None:
    assert set(words[0].split(",")) <= KINDS, words


def _label(words: list[str]) -> None:
    kind, _name, *labels = words
    assert kind in OURS, words
    assert labels, words
    assert all(re.fullmatch(r"[a-z0-9./-]+(=[\w.-]*|-)", label) for label in labels), labels


def _explain(words: list[str]) -> None:
    kind, *path = words[0].split(".")
    schema: Any = OURS[kind].document()["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    for name in path:
        schema = schema["properties"][name]


def _patch(words: list[str]) -> None:
    definition, patch = OURS[words[0]], json.loads(words[words.index("-p") + 1])
    schema = structural_schema(definition.spec, defaults=False)
    for name, value in patch["spec"].items():
        jsonschema.validate(value, schema["properties"][name])


def _port_forward(words: list[str]) -> None:
    target, ports = (word for word in words if not word.startswith("-") and word != "sincro")
    kind, _, name = target.partition("/")
    assert {"svc": ("sincro-dashboard",), "deploy": ("sincro-operator",)}[kind] == (name,)
    remote = int(ports.rpartition(":")[2])
    assert remote == (VALUES["dashboard"]["service"]["port"] if kind == "svc" else 9090)


def _redis_cli(words: list[str], _page: Page) -> None:
    """The user of Redis that the page tells to make is the one that the chart makes."""
    assert words[:2] == ["ACL", "SETUSER"]
    roles = yaml.safe_load((CHART / "files" / "redis-roles.yaml").read_text())
    assert words[3:5] == ["on", ">PASSWORD"]
    assert words[5:] == roles[words[2]].split()


def _history_tool(words: list[str], _page: Page) -> None:
    """Run as they stand there by tests/integration/operator/test_backup.py."""
    assert "history.dump" in words[-1] + words[-2]


_VERBS: dict[str, Callable[[list[str]], None]] = {
    "get": _get,
    "describe": _get,
    "explain": _explain,
    "patch": _patch,
    "label": _label,
    "port-forward": _port_forward,
}
_CHECKS: dict[str, Callable[[list[str], Page], None]] = {
    "make": _make,
    "python": _python,
    "sincro-scraper": _scraper,
    "kubectl": _kubectl,
    "helm": _helm,
    "promtool": _promtool,
    "kubectl-sincro": _completion,
    "pip": _pip,
    "redis-cli": _redis_cli,
    "pg_dump": _history_tool,
    "pg_restore": _history_tool,
    "curl": _curl,
}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_yaml_is_valid(page: Page) -> None:
    schema = json.loads((CHART / "values.schema.json").read_text())
    for name, document in page.blocks:
        kind = document.get("kind")
        if kind in MODELS:
            spec = MODELS[kind].model_validate(document).spec.to_dict()
            assert document["spec"].keys() <= spec.keys(), "a field that the models do not know"
        elif "sincro" in document:
            Profile.model_validate(document)
        elif "scrape_configs" in document:
            assert document["scrape_configs"][0]["relabel_configs"][0]["regex"] == "metrics"
        else:
            assert name, f"a block of which nobody knows what it is: {document}"
            jsonschema.validate(document, schema)
            _known(document, VALUES)


def _known(values: Any, defaults: Any) -> None:
    """Every value is one of the chart; what the chart leaves open may hold anything."""
    if isinstance(values, dict) and isinstance(defaults, dict) and defaults:
        assert values.keys() <= defaults.keys()
        for name, value in values.items():
            _known(value, defaults[name])


def test_the_first_profile_of_the_tutorial_loads() -> None:
    text = Page(ROOT / "docs" / "profile.md").text
    body = re.search(r"## Ten minutes to a first profile\n+```yaml\n(.*?)```", text, re.DOTALL)
    assert body is not None
    assert "customers" in load_profile(body[1]).streams


def test_every_make_target_of_a_table_is_there() -> None:
    named = set(re.findall(r"`make ([a-z0-9-]+)", "".join(page.text for page in PAGES)))
    targets = set(re.findall(r"^([a-z0-9-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert named <= targets
    assert len(named) > 10


def test_the_readme_is_one_screen() -> None:
    assert len((ROOT / "README.md").read_text().splitlines()) <= 50
