"""A session that is kept between runs: no browser and no login where it still lives, silence where it does not."""

import pytest
from cryptography.fernet import Fernet

from sincro_scraper.load import open_target
from tests.browser.scraper.erp_process import Erp
from tests.browser.scraper.pod_files import PROFILES, Pod
from tests.browser.scraper.rows import stored
from tests.browser.scraper.test_demo_erp import truth


@pytest.fixture
def keeping(pod: Pod) -> Pod:
    """A pod with a session key, a profile that keeps sessions, customers over HTTP without details."""
    text = (PROFILES / "demo-erp-fast.yaml").read_text()
    before, _, rest = text.partition("    detail:\n")
    after = rest[rest.index("    delta:\n") :]
    pod.profile = (before + after).replace("righe=200", "righe=20").replace("  success:", "  keep: 1h\n  success:", 1)
    pod.session_key = Fernet.generate_key()
    return pod


def test_the_second_run_needs_neither_browser_nor_login(erp: Erp, keeping: Pod) -> None:
    _, first = keeping.start("customers")
    assert first.result is not None
    assert set(first.result.phases) >= {"launch", "login"}
    assert erp.sessions() == 1, "the session is kept, not logged out"
    _, second = keeping.start("customers")
    assert second.result is not None
    assert set(second.result.phases) & {"launch", "login"} == set()
    assert second.result.unchanged == second.result.read == 120
    assert erp.logins()["logged_in"] == 1
    assert stored(keeping.database, keeping.profile, "customers") == truth(erp, keeping.profile, "customers")


def test_another_list_begins_with_the_kept_session_in_a_browser(erp: Erp, keeping: Pod) -> None:
    keeping.start("customers")
    code, outcome = keeping.start("orders")
    assert code == 0
    assert outcome.result is not None
    assert "launch" in outcome.result.phases
    assert "login" not in outcome.result.phases
    assert erp.logins()["logged_in"] == 1


def test_a_session_that_ended_meanwhile_is_begun_again_silently(erp: Erp, keeping: Pod) -> None:
    keeping.start("customers")
    erp.reset()
    code, outcome = keeping.start("customers")
    assert (code, outcome.error) == (0, None)
    assert outcome.result is not None
    assert "login" in outcome.result.phases
    assert stored(keeping.database, keeping.profile, "customers") == truth(erp, keeping.profile, "customers")


def test_a_failed_run_logs_out_and_forgets(erp: Erp, keeping: Pod) -> None:
    keeping.start("orders")
    erp.misbehave("maintenance")
    assert keeping.start("orders")[0] == 30
    erp.control("DELETE", "misbehave")
    with open_target(keeping.database) as target:
        assert target.load_session("erp") is None


def test_what_is_kept_is_encrypted(erp: Erp, keeping: Pod) -> None:
    keeping.start("customers")
    with open_target(keeping.database) as target:
        blob = target.load_session("erp")
    assert blob is not None
    assert b"GESTAUTH" not in blob
    keeping.session_key = Fernet.generate_key()
    code, _ = keeping.start("customers")
    assert code == 0, "another key finds nothing and logs in"
