"""An explanation as text and as a document. Nothing is decided here about what it says."""

import textwrap

from sincro_kubectl.fields import Document
from sincro_kubectl.palette import Palette
from sincro_kubectl.resources import SINGULAR
from sincro_kubectl.views.why_task import Explanation

_MARGIN = 10
_MOODS = ("Why", "Failed")


def lines(explanation: Explanation, width: int, palette: Palette) -> list[str]:
    """Name, headline, and the answers with their questions in the margin. No word, command or path is broken."""
    kind = SINGULAR[explanation.kind]
    found = [palette.strong(f"{kind}/{explanation.name}"), *_wrapped(explanation.headline, width, "  ", "  "), ""]
    last = ""
    for answer in explanation.answers:
        label = answer.question if answer.question != last else ""
        last = answer.question
        first, *more = _wrapped(answer.text, width, "  " + label.ljust(_MARGIN), " " * (_MARGIN + 2))
        head, text = first[: _MARGIN + 2], first[_MARGIN + 2 :]
        mark = palette.doubt if answer.question in _MOODS else str
        found += [palette.faint(head) + mark(text), *(" " * (_MARGIN + 2) + mark(line.lstrip()) for line in more)]
    return found


def _wrapped(text: str, width: int, first: str, following: str) -> list[str]:
    return textwrap.wrap(
        text,
        max(40, width),
        initial_indent=first,
        subsequent_indent=following,
        break_long_words=False,
        break_on_hyphens=False,
    ) or [first]


def document(explanation: Explanation) -> Document:
    """For programs: identity, facts, and the sentences by their question."""
    return {
        "kind": explanation.kind,
        "namespace": explanation.namespace,
        "name": explanation.name,
        "summary": explanation.headline,
        "facts": explanation.facts,
        "answers": [{"question": answer.question, "text": answer.text} for answer in explanation.answers],
    }
