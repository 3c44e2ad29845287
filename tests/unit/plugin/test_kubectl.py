import json
import stat
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from sincro_kubectl.kubectl import Change, Kubectl, KubectlError, Query, Refused, Unavailable, complaint
from sincro_kubectl.resources import SCHEDULES, SOURCES, TASKS
from tests.unit.plugin.documents import source, task

Program = Callable[..., str]


@pytest.fixture
def program(tmp_path: Path) -> Program:
    """Makes a program that stands for kubectl: it notes what it is called with, and says what it is told to."""

    def make(output: str = "", complaints: str = "", code: int = 0) -> str:
        path = tmp_path / "kubectl"
        path.write_text(
            f"#!{sys.executable} -S\nimport sys, pathlib\n"
            f"noted = pathlib.Path({str(tmp_path / 'called')!r})\n"
            "noted.write_text('\\0'.join([*sys.argv[1:], sys.stdin.read()]))\n"
            f"sys.stdout.write({output!r})\nsys.stderr.write({complaints!r})\nsys.exit({code})\n"
        )
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        return str(path)

    return make


def called(program: str) -> list[str]:
    """The words it was called with, and its standard input."""
    return (Path(program).parent / "called").read_text().split("\0")


def test_a_list(program: Program) -> None:
    name = program(json.dumps({"kind": "List", "items": [source("a"), source("b"), "nonsense"]}))
    kubectl = Kubectl(["--context=prod"], "acme", name)
    found = kubectl.read(Query((SOURCES, SCHEDULES), selector="spec.type=orders")).documents()
    assert [one["metadata"]["name"] for one in found] == ["a", "b"]
    assert called(name) == [
        "--context=prod",
        "--request-timeout=30s",
        "get",
        "syncsources.sincro.dev,syncschedules.sincro.dev",
        "--namespace=acme",
        "--field-selector=spec.type=orders",
        "--output=json",
        "",
    ]


@pytest.mark.parametrize("output", ["", json.dumps({"kind": "List", "items": []}), json.dumps({"items": None})])
def test_nothing_there(program: Program, output: str) -> None:
    assert Kubectl(program=program(output)).read(Query((TASKS,))).documents() == []


def test_one_by_name_in_the_contexts_namespace(program: Program) -> None:
    name = program(json.dumps(task()))
    assert Kubectl(program=name).read(Query((TASKS,), name="x")).document() == task()
    assert called(name) == ["--request-timeout=30s", "get", TASKS, "x", "--output=json", ""]


def test_everywhere(program: Program) -> None:
    name = program()
    Kubectl(namespace="ignored", program=name).read(Query((TASKS,), everywhere=True)).output()
    assert "--all-namespaces" in called(name)
    assert "--namespace=ignored" not in called(name)


def test_a_timeout_of_ones_own(program: Program) -> None:
    name = program()
    Kubectl(["--request-timeout=5s"], program=name).read(Query((TASKS,))).output()
    assert [word for word in called(name) if "timeout" in word] == ["--request-timeout=5s"]


def test_create(program: Program) -> None:
    name = program(json.dumps(task()))
    document = {"kind": "SyncTask", "metadata": {"generateName": "customers-now-"}}
    assert Kubectl(namespace="acme", program=name).create(document).document() == task()
    *words, text = called(name)
    assert words == ["--request-timeout=30s", "create", "--namespace=acme", "--filename=-", "--output=json"]
    assert json.loads(text) == document


def test_an_object_is_created_where_it_says(program: Program) -> None:
    name = program(json.dumps(task()))
    Kubectl(namespace="acme", program=name).create({"metadata": {"namespace": "other"}}).output()
    assert "--namespace=other" in called(name)


def test_patch(program: Program) -> None:
    name = program(json.dumps(task()))
    Kubectl(program=name).patch(TASKS, "x", "acme", {"spec": {"cancel": True}}).output()
    words = ["patch", TASKS, "x", "--namespace=acme", "--type=merge", '--patch={"spec": {"cancel": true}}']
    assert called(name) == ["--request-timeout=30s", *words, "--output=json", ""]


def test_warnings_of_the_api_server_are_passed_on(program: Program, capsys: pytest.CaptureFixture[str]) -> None:
    name = program("{}", "Warning: this version is \x1b[2Jold\nI1124 09:00:00.0 1 loader.go:1] noise\n")
    Kubectl(program=name).read(Query((TASKS,))).output()
    assert capsys.readouterr().err == "Warning: this version is [2Jold\n"


def test_no_kubectl() -> None:
    with pytest.raises(Unavailable, match="/nowhere/kubectl is not on the PATH"):
        Kubectl(program="/nowhere/kubectl").read(Query((TASKS,)))


def test_a_failure(program: Program) -> None:
    name = program(complaints='Error from server (NotFound): synctasks.sincro.dev "x" not found\n', code=1)
    with pytest.raises(Refused) as caught:
        Kubectl(program=name).read(Query((TASKS,), name="x")).document()
    assert (caught.value.reason, str(caught.value)) == ("NotFound", 'synctasks.sincro.dev "x" not found')


POLICY = (
    'Error from server (Forbidden): error when creating "STDIN": synctasks.sincro.dev "customers-now-abc" is forbidden:'
    " ValidatingAdmissionPolicy 'sincro-tasks' with binding 'sincro-tasks' denied request: spec.priority: above 80 (the"
    " default is 100) needs the right to create synctasks/urgent; set it to 80 or lower"
)


@pytest.mark.parametrize(
    ("text", "kind", "reason", "message"),
    [
        (
            POLICY,
            Refused,
            "Forbidden",
            "spec.priority: above 80 (the default is 100) needs the right to create synctasks/urgent; set it to 80 or"
            " lower",
        ),
        (
            'Error from server (Forbidden): synctasks.sincro.dev is forbidden: User "eve" cannot list resource',
            Refused,
            "Forbidden",
            'synctasks.sincro.dev is forbidden: User "eve" cannot list resource',
        ),
        (
            'The SyncTask "x" is invalid: spec.type: Invalid value: "string": must be the name of a stream',
            Refused,
            "Invalid",
            'The SyncTask "x" is invalid: spec.type: Invalid value: "string": must be the name of a stream',
        ),
        (
            "E1124 09:00:00.123456    1 memcache.go:265] couldn't get\n"
            "The connection to the server localhost:1 was refused - did you specify the right host or port?",
            Unavailable,
            None,
            "The connection to the server localhost:1 was refused - did you specify the right host or port?",
        ),
        (
            "Error from server (ServiceUnavailable): the server is currently unable to handle the request",
            Unavailable,
            None,
            "the server is currently unable to handle the request",
        ),
        (
            "Error from server (TooManyRequests): the server has received too many requests",
            Unavailable,
            None,
            "the server has received too many requests",
        ),
        ("Error from server (Timeout): etcdserver: leader changed", Unavailable, None, "etcdserver: leader changed"),
        ('error: context "nope" does not exist', Unavailable, None, 'context "nope" does not exist'),
        (
            'error: the server doesn\'t have a resource type "syncsources"',
            Unavailable,
            None,
            "this cluster does not know Sincro's resources: the CRDs are not installed there",
        ),
        ("", Unavailable, None, "kubectl failed and did not say why"),
        ("error: \x1b]0;owned\x07 in\nlines", Unavailable, None, "]0;owned in lines"),
    ],
)
def test_complaints(text: str, kind: type[KubectlError], reason: str | None, message: str) -> None:
    error = complaint(text)
    assert type(error) is kind
    assert getattr(error, "reason", None) == reason
    assert str(error) == message


@pytest.fixture
def watching(tmp_path: Path) -> Callable[[str], Kubectl]:
    """Makes a Kubectl whose list is one task and whose watch prints this and ends."""

    def make(stream: str) -> Kubectl:
        path = tmp_path / "kubectl"
        listed = json.dumps({"metadata": {"resourceVersion": "41"}, "items": [task()]})
        path.write_text(
            f"#!{sys.executable} -S\nimport sys\nurl = sys.argv[-1]\n"
            f"assert 'fieldSelector=metadata.name%3Dx' in url, url\n"
            f"sys.stdout.write({stream!r} if 'watch=true' in url and 'resourceVersion=41' in url else {listed!r})\n"
        )
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        return Kubectl(program=str(path))

    return make


def _line(type_: str, document: object) -> str:
    return json.dumps({"type": type_, "object": document}) + "\n"


@pytest.mark.parametrize(
    "end",
    [
        "",
        _line("ERROR", {"code": 410, "reason": "Expired"}),
        '{"type": "MODIFIED", "obj',
        "<html>a proxy has a bad day</html>\n",
        "[]\n",
        '{"type": "MODIFIED"}\n',
    ],
)
def test_a_watch_and_its_ends(watching: Callable[[str], Kubectl], end: str) -> None:
    watch = watching(_line("MODIFIED", task("x")) + _line("DELETED", task("x")) + end).watch("acme", ["x"])
    try:
        assert watch.listed == [task()]
        assert watch.next(10) == Change("MODIFIED", task("x"))
        assert watch.next(10) == Change("DELETED", task("x"))
        with pytest.raises(EOFError):
            watch.next(10)
    finally:
        watch.close()


def test_a_watch_that_is_silent(tmp_path: Path) -> None:
    path = tmp_path / "kubectl"
    path.write_text('#!/bin/sh\ncase "$*" in *watch=true*) exec sleep 60 ;; *) echo "{}" ;; esac\n')
    path.chmod(0o755)
    watch = Kubectl(program=str(path)).watch("acme", ["x", "y"])
    assert watch.listed == []
    assert watch.next(0.05) is None
    watch.close()
