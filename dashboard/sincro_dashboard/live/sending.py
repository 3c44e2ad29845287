"""How an event gets to many clients without any of them slowing the server.

Decided here: an event is encoded once and put into each client's queue without waiting; a client that does not read
gets no more progress, and is cut off when its queue is full: it comes back and reads the present state.
"""

from typing import Any

from engineio import packet as engine_packet  # type: ignore[import-untyped]
from socketio import AsyncManager
from socketio import packet as socket_packet

SKIP_PROGRESS_AT = 50
"""Packets that wait for a client: from here on, events that a later one replaces are left out."""
CUT_OFF_AT = 500
"""Packets that wait for a client: it is disconnected."""


class PatientManager(AsyncManager):  # type: ignore[misc]
    """A Socket.IO manager whose `emit` never waits for a client."""

    def __init__(self) -> None:
        super().__init__()
        self.skipped = 0
        self.cut_off = 0

    async def emit(
        self,
        event: str,
        data: Any,
        namespace: str,
        room: Any = None,
        skip_sid: Any = None,
        callback: Any = None,
        to: Any = None,
        *,
        replaceable: bool = False,
        **others: Any,
    ) -> None:
        """See AsyncManager.emit; `replaceable`: a later event makes this one superfluous."""
        if callback is not None:
            await super().emit(event, data, namespace, room, skip_sid, callback, to, **others)
            return
        rooms = to or room
        recipients = list(self.get_participants(namespace, rooms))
        if not recipients:
            return
        encoded = self.server.packet_class(socket_packet.EVENT, namespace=namespace, data=[event, data]).encode()
        packets = [
            engine_packet.Packet(engine_packet.MESSAGE, part)
            for part in (encoded if isinstance(encoded, list) else [encoded])
        ]
        sockets = self.server.eio.sockets
        slow = []
        for _sid, engine_sid in recipients:
            client = sockets.get(engine_sid)
            if client is None or client.closed:
                continue
            waiting = client.queue.qsize()
            if waiting >= CUT_OFF_AT:
                slow.append(engine_sid)
            elif waiting >= SKIP_PROGRESS_AT and replaceable:
                self.skipped += 1
            else:
                for packet in packets:
                    client.queue.put_nowait(packet)
        for engine_sid in slow:
            self.cut_off += 1
            await sockets[engine_sid].close(wait=False, abort=True, reason=self.server.reason.SERVER_DISCONNECT)
