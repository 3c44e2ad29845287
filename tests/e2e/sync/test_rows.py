"""What a sync is for: the database holds the ERP's own rows, and the status says exactly what changed."""

from collections.abc import Callable
from typing import Any

import pytest

from dev.demo.install import Installation

STREAMS = ("customers", "orders", "products", "prices")
Sync = Callable[..., dict[str, Any]]


@pytest.mark.parametrize("stream", STREAMS)
def test_rows_are_the_erps_own(demo: Installation, sync: Sync, stream: str) -> None:
    task = sync(stream)
    assert task["status"]["state"] == "Succeeded", task["status"]
    result = task["status"]["result"]
    assert result["read"] == result["declared"]
    wrong, rows, columns = demo.differences(stream)
    assert wrong == []
    assert (rows, columns >= 11) == (result["read"], True)


def test_nothing_changed_says_so(sync: Sync) -> None:
    sync("prices")
    result = sync("prices")["status"]["result"]
    assert {key: result[key] for key in ("created", "updated", "deleted")} == {"created": 0, "updated": 0, "deleted": 0}
    assert result["unchanged"] == result["read"] > 0


def test_exactly_ten_edits(demo: Installation, sync: Sync) -> None:
    sync("products")
    with demo.erp() as erp:
        edits = erp.mutate(10, "products")
    result = sync("products")["status"]["result"]
    assert {key: result[key] for key in edits} == {key: len(keys) for key, keys in edits.items()}
    assert demo.differences("products")[0] == []


def test_a_delta_reads_what_changed_and_no_more(demo: Installation, sync: Sync) -> None:
    sync("orders")
    with demo.erp() as erp:
        edits = erp.mutate(10, "orders")
    result = sync("orders", "Delta")["status"]["result"]
    assert result["mode"] == "Delta", result.get("modeReason")
    assert (result["created"], result["updated"]) == (len(edits["created"]), len(edits["updated"]))
    assert result["read"] < 100
