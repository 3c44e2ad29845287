from datetime import timedelta
from textwrap import dedent

import pytest

from sincro_kubectl.palette import PLAIN
from sincro_kubectl.resources import task_of
from sincro_kubectl.views.history import Filter, lines, select
from tests.unit.plugin.documents import DEAD, DONE, NOW, QUEUED, RUNNING, SCHEDULED, at, merged, task

TASKS = [
    task_of(one)
    for one in (
        task("a", status=DONE),
        task("b", spec={"requestedBy": "luigi", "type": "prices"}, status=DEAD),
        task(
            "c", spec=SCHEDULED, status=merged(DONE, {"completedAt": at(days=2), "result": {"skipped": "nothing new"}})
        ),
        task(
            "d",
            spec={"sourceRef": {"name": "sap"}},
            status={
                "state": "Cancelled",
                "completedAt": at(minutes=1),
                "merged": [{"requestedBy": "luigi", "at": at(minutes=2), "name": "e"}],
            },
        ),
        task("e", status={"state": "Superseded", "supersededBy": "d", "completedAt": at(minutes=2)}),
        task("f", status=RUNNING),
        task("g", status=QUEUED),
        task("h"),
    )
]


@pytest.mark.parametrize(
    ("wanted", "limit", "names"),
    [
        (Filter(), 0, "d e a b c"),
        (Filter(), 2, "d e"),
        (Filter(sources=("sap",)), 0, "d"),
        (Filter(types=("prices", "orders")), 0, "b c"),
        (Filter(users=("luigi",)), 0, "d b"),  # he joined d
        (Filter(states=("Succeeded", "DeadLettered")), 0, "a b c"),
        (Filter(since=timedelta(minutes=3)), 0, "d e a"),
        (Filter(sources=("erp",), types=("customers",), users=("anna",), states=("Succeeded",)), 0, "a"),
        (Filter(users=("nobody",)), 0, ""),
    ],
)
def test_select(wanted: Filter, limit: int, names: str) -> None:
    assert [task.name for task in select(TASKS, wanted, NOW, limit)] == names.split()


def test_lines() -> None:
    found = lines(select(TASKS, Filter(), NOW, 0), NOW, PLAIN)
    assert "".join(f"{line}\n" for line in found) == dedent(
        """\
        ENDED     TASK   SOURCE   TYPE        MODE    STATE          TOOK   CREATED   UPDATED   DELETED   BY                SAID
        1m ago    d      sap      customers   Delta   Cancelled                                           anna              cancelled
        2m ago    e      erp      customers   Delta   Superseded                                          anna              joined d, which does its work too
        3m ago    a      erp      customers   Delta   Succeeded      41s    3         12        1         anna
        29m ago   b      erp      prices      Delta   DeadLettered   1m                                   luigi             SchemaDrift: page 1: no column 'Prezzo unitario'
        2d ago    c      erp      orders      Full    Succeeded      41s    3         12        1         schedule orders   nothing new
        """  # noqa: E501
    )


def test_wide() -> None:
    found = lines(select(TASKS, Filter(), NOW, 1), NOW, PLAIN, everywhere=True, wide=True)
    assert found == [
        "ENDED    TASK     SOURCE   TYPE        MODE    STATE       BY     PRIORITY   SAID",
        "1m ago   acme/d   sap      customers   Delta   Cancelled   anna   100        cancelled",
    ]


def test_nothing() -> None:
    assert lines([], NOW, PLAIN) == ["No sync that has ended matches. The cluster keeps the last few of each type."]
