"""YAML text -> plain values, with the place of every value. Decided here: which scalars are not strings.

Only `true`, `false`, `null`, `~`, whole numbers and decimals are: `No`, `Sì`, `on`, `01` and `12:30` stay text, because
profiles are full of what applications write on their pages. Not decided here: what a profile may say.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from sincro_scraper.profile.problems import Problem, ProfileError

MAX_BYTES = 1024 * 1024
MAX_NODES = 50_000
MAX_DEPTH = 100

_INTEGER = re.compile(r"-?(0|[1-9][0-9]*)\Z")
_DECIMAL = re.compile(r"-?(0|[1-9][0-9]*)\.[0-9]+\Z")
_WORDS: dict[str, bool | None] = {"true": True, "false": False, "null": None, "~": None, "": None}

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The parser in C where the library has it; it understands the same documents."""

Value = str | int | float | bool | None | list["Value"] | dict[str, "Value"]


@dataclass(frozen=True)
class Place:
    """Where a value stands; both numbers count from 1."""

    line: int
    column: int


@dataclass(frozen=True)
class Source:
    """A YAML document as plain values, and the nodes that know their places."""

    value: Value
    root: yaml.Node

    def place(self, path: Sequence[str | int]) -> Place:
        """The place of a value. Parts of the path that the document does not have are passed over."""
        node, mark = self.root, self.root.start_mark
        for part in path:
            if isinstance(node, yaml.MappingNode) and isinstance(part, str):
                for key, child in node.value:
                    if key.value == part:
                        mark, node = (key.start_mark if key.start_mark.line != child.start_mark.line else mark), child
                        mark = key.start_mark
                        break
            elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and 0 <= part < len(node.value):
                node = node.value[part]
                mark = node.start_mark
        return Place(mark.line + 1, mark.column + 1)


def read_yaml(text: str) -> Source:
    """Parse one YAML document. Raises ProfileError: syntax, duplicate keys, sizes out of all proportion."""
    try:
        size = len(text.encode())
    except UnicodeEncodeError as error:
        line = text.count("\n", 0, error.start) + 1
        raise ProfileError([Problem(line, 1, "", "not valid Unicode: half of a surrogate pair")]) from None
    if size > MAX_BYTES:
        raise ProfileError([Problem(1, 1, "", f"the profile is larger than {MAX_BYTES // 1024} KiB")])
    try:
        _check_depth(text)
        root = yaml.compose(text, Loader=_LOADER)
        if root is None:
            raise ProfileError([Problem(1, 1, "", "the profile is empty")])
        return Source(_Builder().build(root), root)
    except yaml.MarkedYAMLError as error:
        unfinished = "end of stream" in (error.problem or "") and error.context_mark is not None
        mark = error.context_mark if unfinished else error.problem_mark or error.context_mark
        place = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        raise ProfileError([Problem(*place, "", f"not valid YAML: {error.problem or error.context}")]) from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        message = f"not valid YAML: the character U+{_code_of(error.character):04X} is not allowed"
        raise ProfileError([Problem(line, 1, "", message)]) from None
    except yaml.YAMLError as error:
        raise ProfileError([Problem(1, 1, "", f"not valid YAML: {error}")]) from None


def _check_depth(text: str) -> None:
    """A document is composed by recursion: how deep that goes is looked at first, event by event."""
    depth = 0
    for event in yaml.parse(text, Loader=_LOADER):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > MAX_DEPTH:
                raise ProfileError([Problem(1, 1, "", "the profile is nested too deeply")])
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


def _code_of(character: object) -> int:
    return ord(character) if isinstance(character, str) else int(str(character))


class _Builder:
    """Turns nodes into values, counting them so that aliases cannot multiply without end."""

    def __init__(self) -> None:
        self._nodes = 0
        self._open: set[int] = set()

    def build(self, node: yaml.Node) -> Value:
        self._nodes += 1
        if self._nodes > MAX_NODES:
            raise _problem(node, "the profile is larger than any application needs (aliases multiply it)")
        if isinstance(node, yaml.ScalarNode):
            return _scalar(node)
        if id(node) in self._open:
            raise _problem(node, "an alias refers to itself")
        self._open.add(id(node))
        try:
            if isinstance(node, yaml.SequenceNode):
                return [self.build(child) for child in node.value]
            return self._mapping(node)
        finally:
            self._open.discard(id(node))

    def _mapping(self, node: yaml.Node) -> Value:
        result: dict[str, Value] = {}
        for key, child in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise _problem(key, "a key has to be plain text")
            if key.value in result:
                raise _problem(key, f"{key.value!r} stands here twice")
            result[key.value] = self.build(child)
        return result


def _scalar(node: yaml.ScalarNode) -> Value:
    text: str = node.value
    if node.style:
        return text
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.match(text) and len(text) < 19:
        return int(text)
    return float(text) if _DECIMAL.match(text) and len(text) < 19 else text


def _problem(node: yaml.Node, message: str) -> ProfileError:
    mark = node.start_mark
    return ProfileError([Problem(mark.line + 1, mark.column + 1, "", message)])
