"""Which sources an operator looks after, where several share namespaces: those whose labels its selector matches.

Decided here: a selector's grammar (Kubernetes' own), and that a source that is not there has no labels. Schedules,
tasks and Jobs follow the source that they name, whatever labels of their own they have: a person who asks for a sync
needs to know nothing of it. Not here: which namespaces are watched (cluster.watches).
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta

GRACE = timedelta(seconds=10)
"""What names a source that is not there is left alone until it is so old: its source may only not have been seen yet,
and may be another operator's."""

_NAME = r"[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?"
_KEY = rf"(?:[a-z0-9](?:[-a-z0-9.]{{0,251}}[a-z0-9])?/)?{_NAME}"
_VALUE = rf"(?:{_NAME})?"
_IS = re.compile(rf"({_KEY})\s*(==|=|!=)\s*({_VALUE})")
_IN = re.compile(rf"({_KEY})\s+(in|notin)\s*\(([^()]*)\)")
_THERE = re.compile(rf"(!?)\s*({_KEY})")
_COMMA = re.compile(r",(?![^()]*\))")


@dataclass(frozen=True, slots=True)
class Requirement:
    """`values` None: the label is there (`wanted`), or is not. Else: its value is one of these, or is not."""

    key: str
    values: frozenset[str] | None
    wanted: bool

    def met(self, labels: Mapping[str, str]) -> bool:
        """Whether labels meet it; a label that is not there has none of the values."""
        if self.values is None:
            return (self.key in labels) == self.wanted
        return (labels.get(self.key) in self.values) == self.wanted


@dataclass(frozen=True, slots=True)
class Selector:
    """All of its requirements have to be met; one without any matches everything."""

    requirements: tuple[Requirement, ...] = ()

    @property
    def everything(self) -> bool:
        """Nothing is left out."""
        return not self.requirements

    def matches(self, labels: Iterable[tuple[str, str]]) -> bool:
        """Whether these labels are selected."""
        known = dict(labels)
        return all(requirement.met(known) for requirement in self.requirements)


EVERYTHING = Selector()


def parse_selector(text: str) -> Selector:
    """A label selector as `kubectl -l` takes it; the empty one is EVERYTHING. Raises ValueError, with what is wrong."""
    if not text.strip():
        return EVERYTHING
    return Selector(tuple(_requirement(part.strip()) for part in _COMMA.split(text)))


def _requirement(text: str) -> Requirement:
    if found := _IS.fullmatch(text):
        key, sign, value = found.groups()
        return Requirement(key, frozenset({value}), sign != "!=")
    if found := _IN.fullmatch(text):
        key, word, listed = found.groups()
        values = [value.strip() for value in listed.split(",")]
        if all(re.fullmatch(_VALUE, value) for value in values):
            return Requirement(key, frozenset(values), word == "in")
    if found := _THERE.fullmatch(text):
        return Requirement(found.group(2), None, not found.group(1))
    raise ValueError(f"{text!r} is no part of a label selector: KEY=VALUE, KEY!=VALUE, KEY in (A,B), KEY, !KEY")
