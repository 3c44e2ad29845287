"""Gets words with their places, and horizontal rulings, out of a page by pdfium. Nothing is decided about tables here.

Points, the origin at the lower left as the reader sees the page (a rotated page is turned first). Two calls a word
instead of some a character are what makes it fast: pdfium's text already says where words begin and end.
"""

import ctypes
import re
from collections.abc import Iterator
from threading import RLock
from typing import NamedTuple

import pypdfium2 as pdfium
import pypdfium2.raw as raw

PDFIUM = RLock()
"""pdfium is not made for threads: whoever calls it holds this."""

_WORD = re.compile("[^\\s\x02\ufffe]+[\x02\ufffe]?|[\x02\ufffe]")
_BROKEN_HYPHEN = str.maketrans({"\x02": "-", "\ufffe": "-"})
_SAME_LINE = 1.2
_GAP = 0.12
"""Characters whose widths end further apart, in font heights, are of two words; a space is twice as wide."""
# As raw.FPDFText_GetTextObject, but with an address as its result, which costs a third.
_TEXT_OBJECT = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int)(
    ctypes.cast(raw.FPDFText_GetTextObject, ctypes.c_void_p).value or 0
)
_MOST_SEGMENTS = 20_000
_MOST_CHARACTERS = 2_000_000


class Word(NamedTuple):
    """A word: its text, and where it begins and ends: by the widths of its characters, not by their ink."""

    text: str
    x0: float
    x1: float


class Line(NamedTuple):
    """Words on one baseline, from left to right. height: of the font, in points."""

    y: float
    height: float
    words: list[Word]

    @property
    def text(self) -> str:
        """The whole line with single spaces."""
        return " ".join(word.text for word in self.words)


class Ruling(NamedTuple):
    """A horizontal stroke, or the upper or lower edge of a filled area."""

    y: float
    x0: float
    x1: float


class Sheet(NamedTuple):
    """What a page shows: its lines from top to bottom and its rulings."""

    number: int
    lines: list[Line]
    rulings: list[Ruling]


class TooMuchText(Exception):
    """A page holds more text than any page that a person could read."""


def read_sheet(document: pdfium.PdfDocument, index: int) -> Sheet:
    """Page `index` (0-based). Raises pdfium.PdfiumError for a page that cannot be loaded, and TooMuchText."""
    with PDFIUM:
        page = document[index]
        try:
            turn = _Turn(page.get_rotation())
            text_page = page.get_textpage()
            try:
                lines = _lines(text_page.raw, turn)
            finally:
                text_page.close()
            rulings = list(_rulings(page.raw, turn))
        finally:
            page.close()
    return Sheet(index + 1, lines, rulings)


class _Turn:
    """Turns a point as the page is turned (clockwise, in quarters)."""

    def __init__(self, degrees: int) -> None:
        self.degrees = degrees % 360

    def point(self, x: float, y: float) -> tuple[float, float]:
        if self.degrees == 0:
            return x, y
        if self.degrees == 90:
            return y, -x
        if self.degrees == 180:
            return -x, -y
        return -y, x


def _lines(text_page: object, turn: _Turn) -> list[Line]:
    buckets: dict[int, list[Word]] = {}
    heights: dict[int, float] = {}
    box = raw.FS_RECTF()
    for start, word, x0, x1, y in _words(text_page, turn):
        place = round(y * 10)
        bucket = buckets.get(place)
        if bucket is None:
            buckets[place] = [Word(word, x0, x1)]
            raw.FPDFText_GetLooseCharBox(text_page, start, box)
            across, up = turn.point(box.right - box.left, box.top - box.bottom)
            heights[place] = max(abs(up), 1.0) if turn.degrees in (0, 180) else max(abs(across), abs(up), 1.0)
        else:
            bucket.append(Word(word, x0, x1))
    lines: list[Line] = []
    for place in sorted(buckets, reverse=True):
        y = place / 10
        if lines and lines[-1].y - y <= _SAME_LINE:
            lines[-1].words.extend(buckets[place])
        else:
            lines.append(Line(y, heights[place], buckets[place]))
    for line in lines:
        line.words.sort(key=_left)
    return lines


def _left(word: Word) -> float:
    return word.x0


def _words(text_page: object, turn: _Turn) -> Iterator[tuple[int, str, float, float, float]]:
    """Index of the first character, text, left, right, baseline."""
    count = raw.FPDFText_CountChars(text_page)
    if count <= 0:
        return
    if count > _MOST_CHARACTERS:
        raise TooMuchText(f"{count} characters")
    buffer = (ctypes.c_ushort * (count + 1))()
    length = raw.FPDFText_GetText(text_page, 0, count, buffer)
    text = bytes(buffer)[: 2 * max(0, length - 1)].decode("utf-16-le", "replace")
    index_of = None if len(text) == count else _IndexFinder(text_page, text)
    x, y = ctypes.c_double(), ctypes.c_double()
    box = raw.FS_RECTF()
    at_x, at_y, at_box = map(ctypes.byref, (x, y, box))
    origin, char_box, object_of = raw.FPDFText_GetCharOrigin, raw.FPDFText_GetLooseCharBox, _TEXT_OBJECT
    handle = ctypes.cast(text_page, ctypes.c_void_p)  # type: ignore[arg-type]
    for match in _WORD.finditer(text):
        first, last = match.start(), match.end() - 1
        if index_of is not None:
            first, last = index_of(first), index_of(last)
        if not origin(text_page, first, at_x, at_y):
            continue
        char_box(text_page, last, at_box)
        word = match[0]
        if last > first and object_of(handle, first) != object_of(handle, last) and turn.degrees == 0:
            yield from _split(text_page, word, first, last, y.value)
            continue
        if word[-1] in "\x02\ufffe":
            word = word.translate(_BROKEN_HYPHEN)
        if turn.degrees == 0:
            yield first, word, x.value, box.right, y.value
        else:
            x0, baseline = turn.point(x.value, y.value)
            ends = turn.point(box.left, box.bottom), turn.point(box.right, box.top)
            yield first, word, x0, max(ends[0][0], ends[1][0]), baseline


def _split(
    text_page: object, word: str, first: int, last: int, y: float
) -> Iterator[tuple[int, str, float, float, float]]:
    """The words in a word that was drawn in several pieces: pdfium does not see every gap between pieces."""
    if last - first + 1 != len(word):
        word = word[: last - first + 1].ljust(last - first + 1)
    box = raw.FS_RECTF()
    begin, x0, reach = first, 0.0, 0.0
    for index in range(first, last + 1):
        raw.FPDFText_GetLooseCharBox(text_page, index, box)
        if index == first:
            x0 = box.left
        elif box.left - reach > _GAP * (box.top - box.bottom):
            yield begin, word[begin - first : index - first].translate(_BROKEN_HYPHEN), x0, reach, y
            begin, x0 = index, box.left
        reach = box.right
    yield begin, word[begin - first :].translate(_BROKEN_HYPHEN), x0, reach, y


class _IndexFinder:
    """From a position in the text to the index of the character, where the two differ (unmapped glyphs, emoji)."""

    def __init__(self, text_page: object, text: str) -> None:
        self._text_page = text_page
        units: list[int] = []
        unit = 0
        for character in text:
            units.append(unit)
            unit += 2 if ord(character) > 0xFFFF else 1
        self._units = units

    def __call__(self, position: int) -> int:
        return int(raw.FPDFText_GetCharIndexFromTextIndex(self._text_page, self._units[position]))


def _rulings(page: object, turn: _Turn) -> Iterator[Ruling]:
    left, bottom, right, top = (ctypes.c_float() for _ in range(4))
    bounds = tuple(map(ctypes.byref, (left, bottom, right, top)))
    for index in range(raw.FPDFPage_CountObjects(page)):
        item = raw.FPDFPage_GetObject(page, index)
        if raw.FPDFPageObj_GetType(item) != raw.FPDF_PAGEOBJ_PATH:
            continue
        segments = raw.FPDFPath_CountSegments(item)
        if segments > 5:
            yield from _segments(item, min(segments, _MOST_SEGMENTS), turn)
        elif raw.FPDFPageObj_GetBounds(item, *bounds):
            yield from _edges(left.value, bottom.value, right.value, top.value, turn)


def _edges(left: float, bottom: float, right: float, top: float, turn: _Turn) -> Iterator[Ruling]:
    one, other = turn.point(left, bottom), turn.point(right, top)
    x0, x1 = sorted((one[0], other[0]))
    y0, y1 = sorted((one[1], other[1]))
    if x1 - x0 < 2.0:
        return
    if y1 - y0 <= 2.5:
        yield Ruling((y0 + y1) / 2, x0, x1)
    else:
        yield Ruling(y1, x0, x1)
        yield Ruling(y0, x0, x1)


def _segments(item: object, count: int, turn: _Turn) -> Iterator[Ruling]:
    """The horizontal strokes of a path that draws many, as a whole grid does."""
    matrix = raw.FS_MATRIX()
    raw.FPDFPageObj_GetMatrix(item, matrix)
    x, y = ctypes.c_float(), ctypes.c_float()
    at: tuple[float, float] | None = None
    for index in range(count):
        segment = raw.FPDFPath_GetPathSegment(item, index)
        raw.FPDFPathSegment_GetPoint(segment, x, y)
        to = turn.point(
            matrix.a * x.value + matrix.c * y.value + matrix.e, matrix.b * x.value + matrix.d * y.value + matrix.f
        )
        draws = raw.FPDFPathSegment_GetType(segment) == raw.FPDF_SEGMENT_LINETO
        if draws and at is not None and abs(at[1] - to[1]) < 0.5 and abs(at[0] - to[0]) >= 2.0:
            yield Ruling(to[1], min(at[0], to[0]), max(at[0], to[0]))
        at = to
