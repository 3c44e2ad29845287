"""Packed answers, unpacked within a limit: what a bomb unpacks to is never held. Pure.

Decided here: which ways of packing are understood (those that we say we accept).
"""

import zlib

ACCEPTED = "gzip, deflate"
_HEADER = 2
_EITHER = zlib.MAX_WBITS | 32
"""gzip or zlib, as the first bytes say."""


class PackingError(ValueError):
    """What came cannot be unpacked. The text says why."""


class TooLargeError(ValueError):
    """It unpacks to more than the limit."""


class Unpacker:
    """Unpacks one answer, piece by piece. limit: most bytes of it all."""

    def __init__(self, encoding: str, limit: int) -> None:
        """encoding: the Content-Encoding header. Raises PackingError for one that nobody has accepted."""
        names = [name.strip().lower() for name in encoding.split(",")]
        chosen = [name for name in names if name not in ("", "identity")]
        if len(chosen) > 1 or (chosen and chosen[0] not in ("gzip", "x-gzip", "deflate")):
            raise PackingError(f"it is packed as {encoding!r}, which was not accepted")
        self._packed = bool(chosen)
        self._fed = False
        self._left = limit
        self._head: bytes | None = b"" if chosen == ["deflate"] else None
        self._unpack = zlib.decompressobj(_EITHER)

    def feed(self, data: bytes) -> bytes:
        """The next piece, unpacked. Raises PackingError, TooLargeError."""
        if not self._packed:
            return self._counted(data)
        self._fed = self._fed or bool(data)
        if self._head is not None:
            # Some servers send deflate without the header that it should have: its first two bytes tell.
            data = self._head + data
            if len(data) < _HEADER:
                self._head = data
                return b""
            self._head = None
            if data[0] & 15 != zlib.DEFLATED or int.from_bytes(data[:_HEADER], "big") % 31:
                self._unpack = zlib.decompressobj(-zlib.MAX_WBITS)
        parts: list[bytes] = []
        while data:
            if self._unpack.eof:
                self._unpack = zlib.decompressobj(_EITHER)  # a further member of a gzip file
            try:
                found = self._unpack.decompress(data, self._left + 1)
            except zlib.error as error:
                raise PackingError(f"it cannot be unpacked: {error}") from None
            parts.append(self._counted(found))
            data = self._unpack.unconsumed_tail or self._unpack.unused_data
        return b"".join(parts)

    def finish(self) -> None:
        """At the end of the answer. Raises PackingError for one that was cut off: half a page looks like a whole."""
        if self._packed and self._fed and not self._unpack.eof:
            raise PackingError("it is cut off: what was packed has no end")

    def _counted(self, data: bytes) -> bytes:
        self._left -= len(data)
        if self._left < 0:
            raise TooLargeError
        return data
