"""Who goes first on a real cluster: priority, limits of a type, load over sources, and a person before all of them."""

import time
from datetime import timedelta

from dev.demo.documents import TYPES, Document
from dev.demo.erp import DemoErp
from tests.e2e.conftest import SLOTS
from tests.e2e.features.conftest import MakePlace
from tests.e2e.features.place import Place, condition, eventually, instant, spans, started, state

SOON = {"every": "4m"}
"""Due within 12 seconds of being made: a schedule's spread is a twentieth of its interval."""
HELD = "15000"
"""Milliseconds a page: a sync lasts until the ERP behaves again, or the better part of a minute."""
AGEING = 600
"""Seconds that a point of priority is worth by default: the width of a band, within which load decides."""


def all_ended(place: Place, tasks: list[str]) -> bool:
    """Whether all of them have come to their end, and well."""
    states = [state(place.task(task)) for task in tasks]
    assert not set(states) & {"DeadLettered", "Cancelled"}, states
    return all(s == "Succeeded" for s in states)


def runs(place: Place, *tasks: str) -> None:
    """Wait until all of them run."""
    for task in tasks:
        eventually(lambda task=task: state(place.task(task)) == "Running", f"{task} runs")  # type: ignore[misc]


def test_a_person_then_customers_then_orders_then_products_then_prices(make_place: MakePlace, erp: DemoErp) -> None:
    place = make_place("order", maxConcurrent=1)
    place.warm()
    erp.misbehave("slow", HELD)
    # What people ask for here writes nothing: it does not stand for what is scheduled.
    first = place.ask("customers", dryRun=True)
    runs(place, first)
    schedules = [place.schedule(type_, full=SOON) for type_ in reversed(TYPES)]
    eventually(lambda: all(place.tasks(name) for name in schedules), "each schedule has made its task")
    second = place.ask("prices", dryRun=True)
    eventually(lambda: state(place.task(second)) == "Queued" and place.task(second).get("status"), "it is in the queue")
    assert place.task(second)["status"]["queuePosition"] == 1

    def positions() -> list[int]:
        queued = [task for name in schedules for task in place.tasks(name)]
        return sorted(task.get("status", {}).get("queuePosition", 0) for task in queued)

    eventually(lambda: positions() == [2, 3, 4, 5], "what is scheduled comes after the person")
    erp.behave()
    made = [place.tasks(name)[0]["metadata"]["name"] for name in schedules]
    eventually(lambda: all_ended(place, [first, second, *made]), "all have succeeded", 180)
    tasks = sorted((place.task(name) for name in [first, second, *made]), key=started)
    ran = [(t["spec"]["triggeredBy"], t["spec"]["type"], t["spec"]["priority"]) for t in tasks]
    assert ran == [
        ("Manual", "customers", 100),
        ("Manual", "prices", 100),
        ("Scheduler", "customers", 80),
        ("Scheduler", "orders", 60),
        ("Scheduler", "products", 40),
        ("Scheduler", "prices", 20),
    ]
    ended = [span[1] for span in spans(tasks)]
    begun = [span[0] for span in spans(tasks)]
    assert all(end <= start for end, start in zip(ended, begun[1:], strict=False)), "one at a time"


def test_a_types_limit_holds_over_all_sources(make_place: MakePlace, erp: DemoErp) -> None:
    places = [make_place(name) for name in ("limit-a", "limit-b")]
    for place in places:
        place.warm("orders")
    erp.misbehave("slow", HELD)
    names = [place.schedule("orders", full=SOON, maxConcurrent=1) for place in places]

    def made() -> list[Document]:
        return [task for place, name in zip(places, names, strict=True) for task in place.tasks(name)[:1]]

    def waits() -> bool:
        return any(t.get("status", {}).get("waitingFor", {}).get("reason") == "TypeLimit" for t in made())

    eventually(waits, "one waits for the other, which is another source's")
    erp.behave()
    eventually(lambda: [state(t) for t in made()] == ["Succeeded"] * 2, "both have succeeded")
    (_, first_end, _), (second_start, _, _) = spans(p.tasks(n)[0] for p, n in zip(places, names, strict=True))
    assert first_end <= second_start


def test_the_source_that_holds_fewer_slots_goes_first(make_place: MakePlace, erp: DemoErp) -> None:
    busy, idle = make_place("busy", maxConcurrent=4), make_place("idle")
    busy.warm()
    idle.warm("prices")
    erp.misbehave("slow", HELD)
    if AGEING - time.time() % AGEING < 30:  # all of them are to be asked for within one band
        eventually(lambda: time.time() % AGEING < 20, "a new band has begun")
    running = [busy.ask(type_) for type_ in TYPES[:SLOTS]]
    runs(busy, *running)
    older = busy.ask(TYPES[SLOTS])
    eventually(lambda: busy.task(older).get("status"), "the older request is in the queue")
    time_of_older = instant(busy.task(older)["metadata"]["creationTimestamp"])
    eventually(lambda: time.time() > time_of_older.timestamp() + 1, "the younger request is a second younger")
    younger = idle.ask("prices")
    eventually(lambda: idle.task(younger).get("status"), "the younger request is in the queue")
    assert state(busy.task(older)) == state(idle.task(younger)) == "Queued"
    erp.behave()
    eventually(lambda: all_ended(busy, [*running, older]) and all_ended(idle, [younger]), "all have succeeded")
    assert started(idle.task(younger)) <= started(busy.task(older))
    assert time_of_older < instant(idle.task(younger)["metadata"]["creationTimestamp"])


def test_a_person_takes_a_slot_from_scheduled_work_within_ten_seconds(make_place: MakePlace, erp: DemoErp) -> None:
    crowd, person = make_place("crowd", maxConcurrent=4), make_place("person")
    crowd.warm()
    person.warm("customers")
    erp.misbehave("slow", HELD)
    schedules = [crowd.schedule(type_, full=SOON) for type_ in TYPES]

    def states() -> list[str]:
        return sorted(state(t) for name in schedules for t in crowd.tasks(name))

    eventually(lambda: states() == ["Queued", "Running", "Running", "Running"], "every slot is taken, and one waits")
    asked = person.ask("customers")
    eventually(lambda: person.task(asked).get("status", {}).get("state") == "Running", "the person's sync runs", 30)
    erp.behave()
    mine = person.end(asked)
    assert mine["status"]["state"] == "Succeeded"
    waited = started(mine) - instant(mine["metadata"]["creationTimestamp"])
    assert waited <= timedelta(seconds=10), f"a person's sync started after {waited}"
    eventually(lambda: states() == ["Succeeded"] * len(TYPES), "scheduled work has succeeded all the same", 180)
    victims = [
        t
        for name in schedules
        for t in crowd.tasks(name)
        if any(a.get("class") == "Preempted" for a in t["status"]["attempts"])
    ]
    assert len(victims) == 1
    status = victims[0]["status"]
    assert (status["attempt"], status["launches"]) == (1, 2), "it cost no attempt"
    assert [a["number"] for a in status["attempts"]] == [1, 1]
    assert condition(status, "Complete")["status"] == "True"
