"""The demo profile against the demo ERP, through a real browser into a real database: row for row, edit for edit."""

import pytest

from sincro_contract.run import Mode
from sincro_scraper.profile import load_profile
from tests.browser.scraper.erp_process import Erp
from tests.browser.scraper.pod_files import PROFILES, Pod
from tests.browser.scraper.rows import canonical, stored

TYPES = ["customers", "orders", "products", "prices"]


def truth(erp: Erp, profile: str, type_: str) -> list[dict[str, object]]:
    stream = load_profile(profile).streams[type_]
    return [canonical(row, stream) for row in erp.truth(type_)]


@pytest.mark.parametrize("type_", TYPES)
def test_every_row_and_every_edit(erp: Erp, pod: Pod, type_: str) -> None:
    code, outcome = pod.start(type_)
    assert (code, outcome.error) == (0, None)
    expected = truth(erp, pod.profile, type_)
    assert stored(pod.database, pod.profile, type_) == expected
    first = outcome.result
    assert first is not None
    assert (first.created, first.updated, first.unchanged, first.deleted) == (len(expected), 0, 0, 0)
    assert (first.read, first.declared) == (len(expected), len(expected))
    assert first.mode is Mode.FULL

    _, outcome = pod.start(type_)
    second = outcome.result
    assert second is not None
    assert (second.created, second.updated, second.unchanged, second.deleted) == (0, 0, len(expected), 0)

    edits = erp.control("POST", "mutate", {"created": 3, "updated": 5, "deleted": 2, "types": [type_]})[type_]
    _, outcome = pod.start(type_)
    third = outcome.result
    assert third is not None
    counts = (third.created, third.updated, third.deleted)
    assert counts == (len(edits["created"]), len(edits["updated"]), len(edits["deleted"]))
    assert stored(pod.database, pod.profile, type_) == truth(erp, pod.profile, type_)
    assert erp.sessions() == 0, "every run logs out"


def test_delta_reads_only_what_changed(erp: Erp, pod: Pod) -> None:
    _, outcome = pod.start("customers", "Delta")
    assert outcome.result is not None
    assert outcome.result.mode is Mode.FULL
    assert outcome.result.mode_reason == "there is no earlier read to start from"
    erp.control("POST", "mutate", {"created": 1, "updated": 3, "deleted": 0, "types": ["customers"]})
    _, outcome = pod.start("customers", "Delta")
    result = outcome.result
    assert result is not None
    assert (result.mode, result.created, result.updated, result.deleted) == (Mode.DELTA, 1, 3, 0)
    assert result.read < 20
    assert stored(pod.database, pod.profile, "customers") == truth(erp, pod.profile, "customers")


@pytest.mark.parametrize("type_", TYPES)
def test_every_transport_reads_the_same(erp: Erp, pod: Pod, type_: str) -> None:
    """http with detail pages, xhr, xlsx, pdf: each equal to the truth, details included."""
    pod.profile = (PROFILES / "demo-erp-fast.yaml").read_text()
    if type_ == "orders":
        pod.profile = pod.profile.replace("righe=200", "righe=20")
    code, outcome = pod.start(type_)
    assert (code, outcome.error) == (0, None)
    stream = load_profile(pod.profile).streams[type_]
    expected = [canonical(row, stream) for row in erp.truth(type_, details=True)]
    assert stored(pod.database, pod.profile, type_) == expected
    assert erp.sessions() == 0


def test_the_csv_export(erp: Erp, pod: Pod) -> None:
    pod.profile = (PROFILES / "demo-erp-fast.yaml").read_text()
    pod.profile = pod.profile.replace("transport: xlsx", "transport: csv").replace("formato=xlsx", "formato=csv")
    code, outcome = pod.start("products")
    assert (code, outcome.error) == (0, None)
    assert stored(pod.database, pod.profile, "products") == truth(erp, pod.profile, "products")


def test_the_pdf_of_customers_has_addresses_of_several_lines(erp: Erp, pod: Pod) -> None:
    pod.profile = pod.profile.replace(
        "    paging: { by: next, click: css=a.dxpNext }\n",
        "    transport: pdf\n    export: { steps: [{ click: link=PDF }] }\n",
        1,
    ).replace("address: Indirizzo", "address: { header: Indirizzo, lines: keep }")
    code, outcome = pod.start("customers")
    assert (code, outcome.error) == (0, None)
    assert stored(pod.database, pod.profile, "customers") == truth(erp, pod.profile, "customers")


def test_a_truncated_pdf_is_the_sources_fault(erp: Erp, pod: Pod) -> None:
    pod.profile = (PROFILES / "demo-erp-fast.yaml").read_text()
    erp.misbehave("truncated_pdf")
    code, outcome = pod.start("prices")
    assert outcome.error is not None
    assert (code, outcome.error.error_class.value) == (30, "SourceUnavailable")
    assert erp.sessions() == 0
