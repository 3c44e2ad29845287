"""Decided here: where the header row stands on a page, and so where each column is. Pure.

A header may be wrapped over lines, and headers of one row may stand at different heights. It has to be the whole text
of its column's head: `Codice` is not found in `Codice articolo`. Heads of columns that nobody asked for count as well.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from sincro_scraper.documents.pdf.words import Line, Word

_MOST_LINES = 6
_LEADING = 2.2
"""Lines of a header row are at most so many font heights apart."""
_WORD_GAP = 0.45
"""Words of a header are at most so many font heights apart."""
_TOUCHING = 0.38
"""An unknown word that stands so near to a header (in font heights) is part of its text."""


@dataclass(frozen=True, slots=True)
class Column:
    """The extent of a column's head. index: of the header asked for, or None for a column that nobody asked for."""

    x0: float
    x1: float
    index: int | None


@dataclass(frozen=True, slots=True)
class HeaderRow:
    """A header row: its columns from left to right, and the lines of the page that it takes (first, and last + 1)."""

    columns: tuple[Column, ...]
    first: int
    end: int


@dataclass(slots=True)
class _Found:
    """Words that make one header so far."""

    words: list[tuple[int, Word]]

    @property
    def x0(self) -> float:
        return min(word.x0 for _, word in self.words)

    @property
    def x1(self) -> float:
        return max(word.x1 for _, word in self.words)


def normalized(text: str) -> tuple[str, ...]:
    """The words of a header for comparison: without case and spaces."""
    return tuple(text.casefold().split())


def find_headers(lines: Sequence[Line], headers: Sequence[str], start: int = 0) -> HeaderRow | None:
    """The first header row at or after line `start` that has all headers."""
    wanted = [normalized(header) for header in headers]
    words = [[word.text.casefold() for word in line.words] for line in lines]
    firsts = {tokens[0] for tokens in wanted}
    needed = {token for tokens in wanted for token in tokens}
    for first in range(start, len(lines)):
        if firsts.isdisjoint(words[first]):
            continue
        end = _window_end(lines, first)
        present: set[str] = set().union(*words[first:end])
        if needed <= present:
            found = _match(lines, words, wanted, first, end)
            if found is not None:
                return found
    return None


def resembles_headers(lines: Sequence[Line], headers: Sequence[str], start: int = 0) -> tuple[str, ...] | None:
    """The head texts of a row that has at least half of the headers, but not all: one was renamed or is gone."""
    wanted = [normalized(header) for header in headers]
    words = [[word.text.casefold() for word in line.words] for line in lines]
    firsts = {tokens[0] for tokens in wanted}
    for first in range(start, len(lines)):
        if firsts.isdisjoint(words[first]):
            continue
        end = _window_end(lines, first)
        matched = [found for tokens in wanted if (found := _find(lines, words, tokens, first, end, set())) is not None]
        if len(matched) >= 2 and 2 * len(matched) >= len(wanted):
            last = max(index for found in matched for index, _ in found.words)
            heads = _group([(index, word) for index in range(first, last + 1) for word in lines[index].words], lines)
            return tuple(" ".join(word.text for _, word in sorted(head.words, key=_reading)) for head in heads)
    return None


def _reading(place: tuple[int, Word]) -> tuple[int, float]:
    return place[0], place[1].x0


def _window_end(lines: Sequence[Line], first: int) -> int:
    end = first + 1
    while end < len(lines) and end - first < _MOST_LINES:
        if lines[end - 1].y - lines[end].y > _LEADING * lines[end].height:
            break
        end += 1
    return end


def _match(
    lines: Sequence[Line], words: list[list[str]], wanted: list[tuple[str, ...]], first: int, end: int
) -> HeaderRow | None:
    used: set[tuple[int, int]] = set()
    matched: list[_Found] = []
    for tokens in wanted:
        found = _find(lines, words, tokens, first, end, used)
        if found is None:
            return None
        used |= {(index, id(word)) for index, word in found.words}
        matched.append(found)
    last = max(index for found in matched for index, _ in found.words)
    rest = [
        (index, word)
        for index in range(first, last + 1)
        for word in lines[index].words
        if (index, id(word)) not in used
    ]
    if any(_belongs(word, index, found, lines) for index, word in rest for found in matched):
        return None
    columns = [Column(found.x0, found.x1, index) for index, found in enumerate(matched)]
    columns += [Column(head.x0, head.x1, None) for head in _group(rest, lines)]
    columns.sort(key=lambda column: column.x0)
    if any(left.x1 >= right.x0 for left, right in pairwise(columns)):
        return None
    return HeaderRow(tuple(columns), first, last + 1)


def _find(
    lines: Sequence[Line],
    words: list[list[str]],
    tokens: tuple[str, ...],
    first: int,
    end: int,
    used: set[tuple[int, int]],
) -> _Found | None:
    for index in range(first, end):
        for position, text in enumerate(words[index]):
            if text != tokens[0] or (index, id(lines[index].words[position])) in used:
                continue
            found = _follow(lines, words, tokens, index, position, end, used)
            if found is not None:
                return found
    return None


def _follow(
    lines: Sequence[Line],
    words: list[list[str]],
    tokens: tuple[str, ...],
    index: int,
    position: int,
    end: int,
    used: set[tuple[int, int]],
) -> _Found | None:
    """The header whose first word is given: each further word is the next on its line, or the first on the next one."""
    found = _Found([(index, lines[index].words[position])])
    for token in tokens[1:]:
        line = lines[index]
        near = position + 1 < len(line.words) and _gap(line.words[position], line.words[position + 1]) <= (
            _WORD_GAP * line.height
        )
        if near and words[index][position + 1] == token and (index, id(line.words[position + 1])) not in used:
            position += 1
        else:
            below = _below(lines, words, token, index, found, end)
            if below is None:
                return None
            index, position = below
        found.words.append((index, lines[index].words[position]))
    return found


def _below(
    lines: Sequence[Line], words: list[list[str]], token: str, index: int, found: _Found, end: int
) -> tuple[int, int] | None:
    for lower in range(index + 1, end):
        if lines[index].y - lines[lower].y > _LEADING * lines[lower].height:
            return None
        for position, word in enumerate(lines[lower].words):
            if word.x0 < found.x1 and word.x1 > found.x0:
                if words[lower][position] == token:
                    return lower, position
                return None
    return None


def _gap(left: Word, right: Word) -> float:
    return right.x0 - left.x1


def _belongs(word: Word, index: int, found: _Found, lines: Sequence[Line]) -> bool:
    """Whether an unmatched word is part of a matched header's text, which then is another header."""
    for at, part in found.words:
        if at == index:
            near = _TOUCHING * lines[index].height
            if -near < part.x0 - word.x1 < near or -near < word.x0 - part.x1 < near:
                return True
        elif word.x0 < part.x1 and word.x1 > part.x0:
            return True
    return False


def _group(words: list[tuple[int, Word]], lines: Sequence[Line]) -> list[_Found]:
    """Words that stand together: side by side on a line, or one under the other."""
    groups: list[_Found] = []
    for index, word in sorted(words, key=lambda place: (place[1].x0, place[0])):
        for group in groups:
            near = _WORD_GAP * lines[index].height
            together = any(
                (at == index and -near < word.x0 - part.x1 < near)
                or (at != index and part.x0 < word.x1 and word.x0 < part.x1)
                for at, part in group.words
            )
            if together:
                group.words.append((index, word))
                break
        else:
            groups.append(_Found([(index, word)]))
    return groups
