"""Ten thousand mutilated profiles: each is either understood or refused in words, none ends in a traceback."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sincro_scraper.profile import Problem, ProfileError, load_profile
from tests.unit.scraper.profiles import SMALL

PIECES = [
    *("{", "}", "[", "]", ":", "- ", "&a ", "*a", "!!python/object:os.system ", "|", ">", "'", '"', "\n", "  ", "\t"),
    *("#", "null", "true", "1", "-1", "1e999", "9" * 40, ".inf", "\x00", "\ufeff", "\u2028", "\x85", "é", "🙂"),
    *("<<: ", "? ", "---\n", "\ud800", "{username}", "{", "((((", "[[[", "css=", "by: page", "open", "columns: {}"),
    *("key: []", "transport: xhr"),
]
mutations = st.lists(
    st.tuples(
        st.integers(min_value=0, max_value=len(SMALL)),
        st.integers(min_value=0, max_value=12),
        st.one_of(st.sampled_from(PIECES), st.text(max_size=6)),
    ),
    min_size=1,
    max_size=5,
)


@pytest.mark.thorough
@settings(max_examples=10_000, deadline=None, suppress_health_check=list(HealthCheck), database=None)
@given(mutations)
def test_a_mutilated_profile_is_understood_or_refused(changes: list[tuple[int, int, str]]) -> None:
    text = SMALL
    for at, cut, piece in changes:
        text = text[:at] + piece + text[at + cut :]
    lines = text.count("\n") + text.count("\r") + text.count("\u2028") + text.count("\x85") + 2
    for problem in problems_of(text):
        assert 1 <= problem.line <= lines
        assert problem.message


def problems_of(text: str) -> tuple[Problem, ...]:
    try:
        load_profile(text)
    except ProfileError as error:
        return error.problems
    return ()
