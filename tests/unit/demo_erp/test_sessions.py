"""Passwords, lockout, one session per user, expiry."""

from __future__ import annotations

from itertools import count

import pytest

from demo_erp.sessions import Ending, Refusal, Session, Sessions

LIFETIME = 100.0


@pytest.fixture
def sessions() -> Sessions:
    ids = count(1)
    return Sessions({"anna": "a", "ugo": "u"}, new_id=lambda: f"s{next(ids)}")


def _login(sessions: Sessions, user: str, password: str, now: float = 0, limit: int | None = None) -> Session | Refusal:
    return sessions.login(user, password, now, lifetime=LIFETIME, wrong_passwords=3, limit=limit)


def _opened(sessions: Sessions, user: str, password: str, now: float = 0) -> Session:
    session = _login(sessions, user, password, now)
    assert isinstance(session, Session)
    return session


@pytest.mark.parametrize(("user", "password"), [("anna", "u"), ("anna", ""), ("nobody", "a"), ("nobody", ""), ("", "")])
def test_a_wrong_password_or_user_is_refused_alike(sessions: Sessions, user: str, password: str) -> None:
    assert _login(sessions, user, password) is Refusal.WRONG
    assert sessions.open == ()


def test_a_user_is_locked_after_so_many_wrong_passwords_and_stays_so(sessions: Sessions) -> None:
    assert [_login(sessions, "anna", "x") for _ in range(3)] == [Refusal.WRONG, Refusal.WRONG, Refusal.LOCKED]
    assert _login(sessions, "Anna ", "a") is Refusal.LOCKED
    assert isinstance(_login(sessions, "ugo", "u"), Session)
    sessions.unlock("anna")
    assert isinstance(_login(sessions, "anna", "a"), Session)


def test_the_right_password_forgets_the_wrong_ones(sessions: Sessions) -> None:
    for _ in range(4):
        assert _login(sessions, "anna", "x") is Refusal.WRONG
        assert _login(sessions, "anna", "x") is Refusal.WRONG
        assert isinstance(_login(sessions, "anna", "a"), Session)


def test_a_second_login_ends_the_first(sessions: Sessions) -> None:
    first, other, second = _opened(sessions, "anna", "a"), _opened(sessions, "ugo", "u"), _opened(sessions, "anna", "a")
    assert sessions.touch(first.id, 1, LIFETIME) is Ending.SUPERSEDED
    assert sessions.touch(second.id, 1, LIFETIME) is second
    assert sessions.touch(other.id, 1, LIFETIME) is other
    assert sessions.counts.superseded == 1


def test_a_session_ends_so_long_after_its_last_request(sessions: Sessions) -> None:
    session = _opened(sessions, "anna", "a")
    assert sessions.touch(session.id, 100, LIFETIME) is session
    assert sessions.touch(session.id, 200, LIFETIME) is session
    assert sessions.touch(session.id, 300.5, LIFETIME) is Ending.EXPIRED
    assert sessions.counts.expired == 1


def test_logging_out_and_being_dropped_end_a_session(sessions: Sessions) -> None:
    first, second = _opened(sessions, "anna", "a"), _opened(sessions, "ugo", "u")
    sessions.logout(first.id)
    sessions.logout(first.id)
    sessions.drop(second.id)
    assert sessions.touch(first.id, 1, LIFETIME) is Ending.LOGGED_OUT
    assert sessions.touch(second.id, 1, LIFETIME) is Ending.DROPPED
    assert sessions.touch(None, 1, LIFETIME) is Ending.NONE
    assert (sessions.counts.logged_out, sessions.counts.dropped) == (1, 1)


def test_a_limit_counts_other_users_only(sessions: Sessions) -> None:
    _opened(sessions, "anna", "a")
    assert _login(sessions, "ugo", "u", limit=1) is Refusal.FULL
    assert isinstance(_login(sessions, "anna", "a", limit=1), Session)
    assert isinstance(_login(sessions, "ugo", "u", now=200, limit=1), Session)
