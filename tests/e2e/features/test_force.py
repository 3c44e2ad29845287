"""Force rereads everything into a new table; who reads meanwhile never sees an empty or half table."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from tests.e2e.conftest import ROWS
from tests.e2e.features.conftest import MakePlace
from tests.e2e.features.place import state


@contextmanager
def counting(url: str, table: str) -> Iterator[list[tuple[int, int]]]:
    """What a reader sees who never stops counting: the table's identity and its rows. Raises what the reader met."""
    seen: list[tuple[int, int]] = []
    problems: list[Exception] = []
    stop = threading.Event()

    def count() -> None:
        try:
            with psycopg.connect(url, autocommit=True) as connection:
                while not stop.is_set():
                    row = connection.execute(
                        f"SELECT '{table}'::regclass::oid::bigint, count(*) FROM {table}"  # noqa: S608 - our own name
                    ).fetchone()
                    assert row is not None
                    seen.append((row[0], row[1]))
                    stop.wait(0.02)
        except psycopg.Error as problem:
            problems.append(problem)

    reader = threading.Thread(target=count)
    reader.start()
    try:
        yield seen
    finally:
        stop.set()
        reader.join(30)
        assert not problems, problems


def test_readers_never_see_an_empty_table(make_place: MakePlace) -> None:
    place = make_place("forced")
    place.warm("customers")
    with place.demo.database() as url, counting(url, "forced_customers") as seen:
        ended = place.end(place.ask("customers", "Force"))
    result = ended["status"]["result"]
    assert (state(ended), result["mode"], result["read"]) == ("Succeeded", "Force", ROWS["customers"])
    assert {rows for _, rows in seen} == {ROWS["customers"]}
    tables = list(dict.fromkeys(table for table, _ in seen))
    assert len(tables) == 2, "the reader was there before and after the exchange"
    assert [t for t, _ in seen] == sorted((t for t, _ in seen), key=tables.index), "exchanged once, never back"
