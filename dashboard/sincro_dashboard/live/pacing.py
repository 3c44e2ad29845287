"""How often one task's progress is sent, and what is too late to be sent. PURE but for what it remembers.

Decided here: at most one running event per task and interval, the newest one wins; nothing of an earlier attempt or row
than was sent; nothing at all once the end was sent. Ends and beginnings are never held back.
"""

from collections import OrderedDict
from dataclasses import dataclass

from sincro_contract.progress import ProgressStatus
from sincro_dashboard.live.transitions import Routed

_REMEMBERED = 20_000
_FINAL = (ProgressStatus.COMPLETED, ProgressStatus.ERROR)


@dataclass(slots=True)
class _Sent:
    status: ProgressStatus
    started: int
    current: int
    at: float


class Pacing:
    """Remembers what was sent of each task. `interval` in seconds."""

    def __init__(self, interval: float) -> None:
        self._interval = interval
        self._sent: OrderedDict[tuple[str, str], _Sent] = OrderedDict()
        self._held: dict[tuple[str, str], Routed] = {}

    def offer(self, routed: Routed, now: float) -> Routed | None:
        """The event if it is to be sent now; None when it is held for later or not worth sending."""
        event, sent = routed.event, self._sent.get(routed.key)
        running = event.status is ProgressStatus.RUNNING
        if sent is not None and running:
            if sent.status in _FINAL:
                return None
            same_attempt = event.started_at is None or event.started_at <= sent.started
            behind = same_attempt and sent.status is ProgressStatus.RUNNING and event.progress.current < sent.current
            if behind:
                return None
            if sent.status is ProgressStatus.RUNNING and now - sent.at < self._interval:
                self._held[routed.key] = routed
                return None
        self._held.pop(routed.key, None)
        self._note(routed, now)
        return routed

    def due(self, now: float) -> list[Routed]:
        """Held events whose time has come."""
        ready = [routed for key, routed in self._held.items() if now - self._sent[key].at >= self._interval]
        for routed in ready:
            del self._held[routed.key]
            self._note(routed, now)
        return ready

    @property
    def holding(self) -> bool:
        """True while something is held."""
        return bool(self._held)

    def _note(self, routed: Routed, now: float) -> None:
        event = routed.event
        earlier = self._sent.get(routed.key)
        started = event.started_at or (earlier.started if earlier else 0)
        self._sent[routed.key] = _Sent(event.status, started, event.progress.current, now)
        self._sent.move_to_end(routed.key)
        while len(self._sent) > _REMEMBERED:
            key, _ = self._sent.popitem(last=False)
            self._held.pop(key, None)
