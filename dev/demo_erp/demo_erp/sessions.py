"""Who may come in: passwords, lockout, one session per user, expiry. Time is a parameter; no HTTP stands here."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Refusal(StrEnum):
    """Why a login failed, by the text on the login page."""

    WRONG = "Nome utente o password errati."
    LOCKED = "Utente bloccato. Contattare l'amministratore del sistema."
    FULL = "Numero massimo di sessioni contemporanee raggiunto. Riprovare più tardi."


class Ending(StrEnum):
    """Why a session is over: the word in the login page's address."""

    NONE = "accesso"
    EXPIRED = "scaduta"
    SUPERSEDED = "altra_postazione"
    LOGGED_OUT = "uscita"
    DROPPED = "interrotta"


ENDING_TEXTS = {
    Ending.NONE: "Effettuare l'accesso per continuare.",
    Ending.EXPIRED: "Sessione scaduta. Effettuare nuovamente l'accesso.",
    Ending.SUPERSEDED: "Sessione terminata: l'utente ha effettuato l'accesso da un'altra postazione.",
    Ending.LOGGED_OUT: "Disconnessione avvenuta.",
    Ending.DROPPED: "Sessione scaduta. Effettuare nuovamente l'accesso.",
}


@dataclass
class Session:
    """One open session. Times are seconds of the server's clock."""

    id: str
    user: str
    started: float
    seen: float
    list_pages: int = 0


@dataclass
class Counts:
    """What happened to logins since the start."""

    logged_in: int = 0
    wrong_password: int = 0
    refused_locked: int = 0
    refused_full: int = 0
    logged_out: int = 0
    superseded: int = 0
    expired: int = 0
    dropped: int = 0


@dataclass
class Sessions:
    """All sessions of one server, at most one per user."""

    users: Mapping[str, str]
    new_id: Callable[[], str] = field(default=lambda: secrets.token_hex(16))
    counts: Counts = field(default_factory=Counts)
    failures: dict[str, int] = field(default_factory=dict)
    locked: set[str] = field(default_factory=set)
    _open: dict[str, Session] = field(default_factory=dict)
    _ended: dict[str, Ending] = field(default_factory=dict)

    def login(
        self, user: str, password: str, now: float, *, lifetime: float, wrong_passwords: int, limit: int | None
    ) -> Session | Refusal:
        """Opens a session, which ends the user's other one; or says why not.

        `wrong_passwords` in a row lock the user; `limit` is the number of sessions that all users together may have.
        """
        user = user.strip().lower()
        self.expire(now, lifetime)
        if user in self.locked:
            self.counts.refused_locked += 1
            return Refusal.LOCKED
        if not hmac.compare_digest(self.users.get(user, "").encode(), password.encode()) or not password:
            return self._wrong(user, wrong_passwords)
        others = [session for session in self._open.values() if session.user != user]
        if limit is not None and len(others) >= limit:
            self.counts.refused_full += 1
            return Refusal.FULL
        for session in [session for session in self._open.values() if session.user == user]:
            self._end(session.id, Ending.SUPERSEDED)
            self.counts.superseded += 1
        self.failures.pop(user, None)
        self.counts.logged_in += 1
        session = Session(self.new_id(), user, now, now)
        self._open[session.id] = session
        return session

    def touch(self, session_id: str | None, now: float, lifetime: float) -> Session | Ending:
        """The open session of that id, its time running anew; or why there is none."""
        self.expire(now, lifetime)
        session = self._open.get(session_id or "")
        if session is None:
            return self._ended.get(session_id or "", Ending.NONE)
        session.seen = now
        return session

    def logout(self, session_id: str | None) -> None:
        if session_id in self._open:
            self._end(session_id, Ending.LOGGED_OUT)
            self.counts.logged_out += 1

    def drop(self, session_id: str) -> None:
        """Ends a session for no reason that the user could see."""
        self._end(session_id, Ending.DROPPED)
        self.counts.dropped += 1

    def expire(self, now: float, lifetime: float) -> None:
        for session in [session for session in self._open.values() if now - session.seen > lifetime]:
            self._end(session.id, Ending.EXPIRED)
            self.counts.expired += 1

    def unlock(self, user: str | None = None) -> None:
        """Unlocks one user, or all."""
        for name in [user] if user else [*self.locked, *self.failures]:
            self.locked.discard(name)
            self.failures.pop(name, None)

    @property
    def open(self) -> tuple[Session, ...]:
        return tuple(self._open.values())

    def _wrong(self, user: str, wrong_passwords: int) -> Refusal:
        self.counts.wrong_password += 1
        if user not in self.users:
            return Refusal.WRONG
        self.failures[user] = self.failures.get(user, 0) + 1
        if self.failures[user] < wrong_passwords:
            return Refusal.WRONG
        self.locked.add(user)
        return Refusal.LOCKED

    def _end(self, session_id: str, ending: Ending) -> None:
        del self._open[session_id]
        self._ended[session_id] = ending
