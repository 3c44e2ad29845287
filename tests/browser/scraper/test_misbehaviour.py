"""Every way in which the demo ERP misbehaves: either the scraper copes, or the run ends in the right class."""

import pytest

from sincro_contract.exit_codes import ErrorClass
from sincro_scraper.profile import load_profile
from tests.browser.scraper.erp_process import Erp
from tests.browser.scraper.pod_files import Pod
from tests.browser.scraper.rows import canonical, stored


@pytest.fixture
def small_pages(pod: Pod) -> Pod:
    """The demo profile with lists of several pages, and little patience."""
    pod.profile = pod.profile.replace("righe=200", "righe=20")
    pod.profile = pod.profile.replace("streams:\n", "manners: { timeout: 8s }\nstreams:\n", 1)
    return pod


def assert_truth(erp: Erp, pod: Pod, type_: str) -> None:
    stream = load_profile(pod.profile).streams[type_]
    assert stored(pod.database, pod.profile, type_) == [canonical(row, stream) for row in erp.truth(type_)]


@pytest.mark.parametrize(
    ("name", "value", "times"),
    [
        ("slow", "1200", None),
        ("error500", "1", 1),
        ("error503", "1", 2),
        ("logout_after", "3", 1),
        ("rows_shift", "insert", 1),
        ("rows_shift", "delete", 1),
    ],
)
def test_copes(erp: Erp, small_pages: Pod, name: str, value: str, times: int | None) -> None:
    erp.misbehave("retry_after", "1")
    erp.misbehave(name, value, times)
    code, outcome = small_pages.start("customers")
    assert (code, outcome.error) == (0, None)
    assert_truth(erp, small_pages, "customers")
    assert erp.sessions() == 0


@pytest.mark.parametrize(
    ("name", "value", "error_class", "code", "words"),
    [
        ("error500", None, ErrorClass.SOURCE_UNAVAILABLE, "Status500", ["status 500"]),
        ("maintenance", None, ErrorClass.SOURCE_UNAVAILABLE, "Maintenance", ["maintenance"]),
        ("logout_after", "2", ErrorClass.SESSION_LOST, "SessionLost", ["3 times"]),
        ("rows_shift", "insert", ErrorClass.SOURCE_UNAVAILABLE, "UnstablePagination", ["changed", "read 3 times"]),
        ("rows_shift", "delete", ErrorClass.SOURCE_UNAVAILABLE, "UnstablePagination", ["changed", "read 3 times"]),
        ("column_renamed", None, ErrorClass.SCHEMA_DRIFT, "HeaderMissing", ["'Città'", "found: ", "Città (nuovo)"]),
        ("column_missing", "customers/balance", ErrorClass.SCHEMA_DRIFT, "HeaderMissing", ["'Saldo €'"]),
        ("wrong_total", "+1", ErrorClass.SOURCE_UNAVAILABLE, "Incomplete", ["121", "120"]),
        ("wrong_total", "-3", ErrorClass.SOURCE_UNAVAILABLE, "Incomplete", ["117", "120"]),
        ("duplicate_key", None, ErrorClass.SCHEMA_DRIFT, "DuplicateKey", ["twice on page 1"]),
        ("foreign_number", "customers/balance", ErrorClass.SCHEMA_DRIFT, "ValueFormat", ["row 3, column 'balance'"]),
        ("endless_pages", None, ErrorClass.SOURCE_UNAVAILABLE, "ListUnchanged", ["page 7", "did not change"]),
        ("huge_page", None, ErrorClass.SOURCE_UNAVAILABLE, "PageTooLarge", ["maxPageBytes"]),
        ("session_limit", "0", ErrorClass.SOURCE_UNAVAILABLE, "Busy", ["Numero massimo"]),
    ],
)
def test_ends_in_the_right_class(
    erp: Erp, small_pages: Pod, name: str, value: str | None, error_class: ErrorClass, code: str, words: list[str]
) -> None:
    erp.misbehave(name, value)
    exit_code, outcome = small_pages.start("customers")
    error = outcome.error
    assert error is not None
    assert (error.error_class, error.code, exit_code) == (error_class, code, error_class.exit_code)
    for word in words:
        assert word in error.message
    assert erp.sessions() == 0, "a failed run logs out as well"


def test_retry_after_is_passed_on(erp: Erp, small_pages: Pod) -> None:
    erp.misbehave("error503")
    erp.misbehave("retry_after", "120")
    _, outcome = small_pages.start("customers")
    assert outcome.error is not None
    assert outcome.error.error_class is ErrorClass.SOURCE_UNAVAILABLE
    assert outcome.error.retry_after_seconds == 120


@pytest.mark.parametrize("how", ["zero", "none"])
def test_an_empty_list_deletes_nothing(erp: Erp, small_pages: Pod, how: str) -> None:
    small_pages.start("customers")
    erp.misbehave("empty_list", how)
    exit_code, outcome = small_pages.start("customers")
    assert outcome.error is not None
    assert (exit_code, outcome.error.error_class) == (24, ErrorClass.GUARD_TRIPPED)
    erp.control("DELETE", "misbehave")
    assert_truth(erp, small_pages, "customers")


def test_a_person_confirms_deletions(erp: Erp, small_pages: Pod) -> None:
    small_pages.start("customers")
    erp.control("POST", "mutate", {"created": 0, "updated": 0, "deleted": 60, "types": ["customers"]})
    exit_code, _ = small_pages.start("customers")
    assert exit_code == 24
    exit_code, outcome = small_pages.start("customers", confirmDeletions=True)
    assert exit_code == 0
    assert outcome.result is not None
    assert outcome.result.deleted == 60
    assert_truth(erp, small_pages, "customers")


def test_a_wrong_password_is_tried_once(erp: Erp, small_pages: Pod) -> None:
    small_pages.password = "Sbagliata#1"
    exit_code, outcome = small_pages.start("customers")
    assert outcome.error is not None
    assert (exit_code, outcome.error.error_class) == (21, ErrorClass.CREDENTIALS_REJECTED)
    assert "Nome utente o password errati" in outcome.error.message
    assert "Sbagliata" not in outcome.to_json()
    assert erp.logins()["wrong_password"] == 1


def test_a_locked_user_is_told(erp: Erp, small_pages: Pod) -> None:
    erp.misbehave("lockout", "1")
    small_pages.password = "Sbagliata#1"
    small_pages.start("customers")
    small_pages.password = "Segreta#2024"
    exit_code, outcome = small_pages.start("customers")
    assert exit_code == 21
    assert outcome.error is not None
    assert "Utente bloccato" in outcome.error.message


def test_nobody_listens(small_pages: Pod) -> None:
    small_pages.base_url = "http://127.0.0.1:9"
    exit_code, outcome = small_pages.start("customers")
    assert outcome.error is not None
    assert (exit_code, outcome.error.code) == (30, "Unreachable")


def test_no_database(erp: Erp, small_pages: Pod) -> None:
    small_pages.database = "postgresql://sincro:geheim@127.0.0.1:9/nothing"
    exit_code, outcome = small_pages.start("customers")
    assert outcome.error is not None
    assert (exit_code, outcome.error.error_class) == (31, ErrorClass.DATABASE_UNAVAILABLE)
    assert "geheim" not in outcome.to_json()
    assert erp.logins()["logged_in"] == 0, "the source is not bothered for nothing"
