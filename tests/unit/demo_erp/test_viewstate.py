"""The hidden state: what comes back unchanged is accepted, and nothing else."""

from __future__ import annotations

import pytest

from demo_erp.viewstate import Sealer, StateError

SEALER = Sealer(b"secret")
SEALED = SEALER.seal("Clienti.aspx", "s1", {"g": 2})


def test_a_sealed_state_opens() -> None:
    assert SEALER.open("Clienti.aspx", "s1", SEALED) == {"g": 2}


@pytest.mark.parametrize(
    ("page", "owner", "text"),
    [
        ("Ordini.aspx", "s1", SEALED),
        ("Clienti.aspx", "s2", SEALED),
        ("Clienti.aspx", "s1", SEALED[:-8] + "AAAAAAA="),
        ("Clienti.aspx", "s1", "à"),
        ("Clienti.aspx", "s1", ""),
        ("Clienti.aspx", "s1", Sealer(b"other").seal("Clienti.aspx", "s1", {"g": 2})),
    ],
)
def test_any_other_state_is_refused(page: str, owner: str, text: str) -> None:
    with pytest.raises(StateError):
        SEALER.open(page, owner, text)


def test_the_validation_belongs_to_one_state() -> None:
    SEALER.check_validation(SEALED, SEALER.validation(SEALED))
    with pytest.raises(StateError):
        SEALER.check_validation(SEALED, SEALER.validation(SEALED + "x"))
