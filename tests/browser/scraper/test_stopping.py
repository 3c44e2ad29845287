"""SIGTERM at any time: the program ends within ten seconds, logged out, with nothing written."""

import signal
import time

import psycopg
import pytest

from tests.browser.scraper.erp_process import Erp
from tests.browser.scraper.pod_files import Pod

LIMIT_SECONDS = 10.0


def reached(erp: Erp, what: str) -> bool:
    state = erp.control("GET", "state")
    return bool(state["sessions"]) if what == "session" else state["requests"].get(what, 0) > 0


@pytest.mark.parametrize("moment", ["Login.aspx", "session", "page:customers", "callback:customers"])
def test_a_stopped_run_leaves_nothing(erp: Erp, pod: Pod, moment: str) -> None:
    erp.misbehave("slow", "400")
    pod.profile = pod.profile.replace("righe=200", "righe=20")
    process = pod.popen("customers")
    deadline = time.monotonic() + 30
    while not reached(erp, moment):
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.02)
    asked = time.monotonic()
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=LIMIT_SECONDS)
    assert time.monotonic() - asked < LIMIT_SECONDS
    assert process.returncode == 143
    error = pod.outcome().error
    assert error is not None
    assert error.error_class.value == "Disrupted"
    assert erp.sessions() == 0
    with psycopg.connect(pod.database) as connection:
        tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
    assert tables == []


def test_a_stop_while_the_database_is_written_leaves_the_previous_state(erp: Erp, pod: Pod) -> None:
    assert pod.start("customers")[0] == 0
    with psycopg.connect(pod.database) as connection:
        before = connection.execute("SELECT * FROM customers ORDER BY code").fetchall()
    erp.control("POST", "mutate", {"created": 3, "updated": 5, "deleted": 2, "types": ["customers"]})
    with psycopg.connect(pod.database) as holder, psycopg.connect(pod.database, autocommit=True) as looking:
        holder.execute("LOCK TABLE customers IN SHARE MODE")
        process = pod.popen("customers")
        deadline = time.monotonic() + 60
        while not looking.execute("SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'").fetchall():
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.02)
        assert erp.sessions() == 0, "the source's session ends before the database is written"
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=LIMIT_SECONDS)
    assert process.returncode == 143
    with psycopg.connect(pod.database) as connection:
        assert connection.execute("SELECT * FROM customers ORDER BY code").fetchall() == before


def test_the_time_of_a_run_is_bounded(erp: Erp, pod: Pod) -> None:
    erp.misbehave("slow", "3000")
    started = time.monotonic()
    code, outcome = pod.start("customers", timeoutSeconds=4)
    assert time.monotonic() - started < 4 + LIMIT_SECONDS
    assert outcome.error is not None
    assert (code, outcome.error.error_class.value) == (1, "Timeout")
