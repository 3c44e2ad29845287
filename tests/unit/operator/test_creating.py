"""Pods whose container is being created, and how long what was found out about one holds."""

import asyncio

import pytest

from sincro_operator.cluster.creating import Creating, MountProblem
from sincro_operator.planning.model import Name, Pod

P1 = Name("acme", "p1")
WAITING = Pod("p1", "uid-1", waiting_reason="ContainerCreating", waiting_message="it needs Secret erp-user")
RUNNING = Pod("p1", "uid-1", phase="Running")
PROBLEM = MountProblem("ConfigurationMissing", "Secret erp-user does not exist")


class Told:
    """The pods, and who was told of what."""

    def __init__(self) -> None:
        self.of: list[tuple[Name, str | None, str]] = []
        self.creating = Creating(lambda name, pod: self.of.append((name, pod.waiting_reason, pod.waiting_message)))

    def see(self, pod: Pod) -> tuple[str | None, str]:
        seen = self.creating.see(P1, pod)
        return seen.waiting_reason, seen.waiting_message


@pytest.fixture
def told() -> Told:
    return Told()


def test_what_was_found_out_holds_until_the_pod_says_something_else(told: Told) -> None:
    assert told.see(WAITING) == ("ContainerCreating", "it needs Secret erp-user")
    told.creating.explain(P1, "uid-1", PROBLEM)
    assert told.of == [(P1, "ConfigurationMissing", "Secret erp-user does not exist")]
    assert told.see(WAITING) == ("ConfigurationMissing", "Secret erp-user does not exist")
    assert told.creating.pods() == {(P1, "uid-1")}
    assert told.see(RUNNING) == (None, "")
    assert told.creating.pods() == frozenset()
    assert told.see(WAITING) == ("ContainerCreating", "it needs Secret erp-user")


def test_the_latest_words_count_and_the_same_words_are_told_once(told: Told) -> None:
    told.see(WAITING)
    told.creating.explain(P1, "uid-1", MountProblem("FailedMount", "timed out"))
    told.creating.explain(P1, "uid-1", PROBLEM)
    told.creating.explain(P1, "uid-1", PROBLEM)
    assert [reason for _, reason, _ in told.of] == ["FailedMount", "ConfigurationMissing"]


def test_nothing_is_said_of_a_pod_that_runs_is_gone_or_is_another(told: Told) -> None:
    told.see(RUNNING)
    told.creating.explain(P1, "uid-1", PROBLEM)
    told.see(WAITING)
    told.creating.gone(P1)
    told.creating.explain(P1, "uid-1", PROBLEM)
    told.see(Pod("p1", "uid-2", waiting_reason="ContainerCreating"))
    told.creating.explain(P1, "uid-1", PROBLEM)
    assert told.of == []


def test_a_pod_of_the_same_name_does_not_inherit_the_words(told: Told) -> None:
    told.see(WAITING)
    told.creating.explain(P1, "uid-1", PROBLEM)
    assert told.see(Pod("p1", "uid-2", waiting_reason="ContainerCreating")) == ("ContainerCreating", "")


def test_its_own_words_may_change_while_nothing_was_found_out(told: Told) -> None:
    told.see(WAITING)
    other = Pod("p1", "uid-1", waiting_reason="ContainerCreating", waiting_message="it needs ConfigMap p")
    assert told.see(other) == ("ContainerCreating", "it needs ConfigMap p")


def test_somebody_waits_for_the_first_and_again_once_there_is_none(told: Told) -> None:
    async def story() -> None:
        for _ in range(2):
            waiting = asyncio.ensure_future(told.creating.until_some())
            await asyncio.sleep(0)
            assert not waiting.done()
            told.see(RUNNING)
            await asyncio.sleep(0)
            assert not waiting.done()
            told.see(WAITING)
            async with asyncio.timeout(5):
                await waiting
            told.creating.gone(P1)

    asyncio.run(story())
