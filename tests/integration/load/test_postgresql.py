"""What only PostgreSQL has: swapping tables with all that hangs on them, locks, readers, lost connections."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from sincro_contract.exit_codes import ErrorClass
from sincro_contract.run import Mode
from sincro_scraper.load import (
    AccessRejected,
    Column,
    ColumnType,
    DatabaseUnavailable,
    LoadCounts,
    LoadInterrupted,
    Row,
    TableBusy,
    TableMismatch,
    TableSpec,
    UnusableDatabaseUrl,
    open_target,
)
from tests.integration.load.customers import AFTERWARDS, LATER, NOW, OPTIONS, SPEC, document, row, rows
from tests.services import PostgresServer, running_postgres


def execute(url: str, *statements: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)


def query(url: str, statement: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url, autocommit=True) as connection:
        return connection.execute(statement).fetchall()


def load(url: str, mode: Mode, numbers: range = range(10), **changes: object) -> LoadCounts:
    with open_target(url) as target:
        return target.load(SPEC, rows(numbers), mode, replace(AFTERWARDS, **changes))  # type: ignore[arg-type]


def loaded(url: str) -> str:
    with open_target(url) as target:
        target.load(SPEC, rows(range(10)), Mode.FULL, OPTIONS)
    return url


@pytest.fixture
def filled(database: str) -> str:
    """A database with ten customers."""
    return loaded(database)


def wait_until(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        if time.monotonic() > deadline:
            pytest.fail(f"{what} did not happen within 20 s")
        time.sleep(0.01)


class TestTables:
    def test_types_and_names(self, filled: str) -> None:
        assert query(
            filled,
            "SELECT attname, format_type(atttypid, atttypmod), attnotnull FROM pg_attribute"
            " WHERE attrelid = 'customers'::regclass AND attnum > 0 ORDER BY attnum",
        ) == [
            ("code", "text", True),
            ("name", "text", False),
            ("orders", "bigint", False),
            ("balance", "numeric", False),
            ("since", "date", False),
            ("seen", "timestamp with time zone", False),
            ("active", "boolean", False),
            ("_sincro_changed_at", "timestamp with time zone", True),
        ]

    def test_an_unchanged_row_keeps_the_time_of_its_last_change(self, filled: str) -> None:
        with open_target(filled) as target:
            target.load(SPEC, [*rows(range(9)), row(9, name="x"), row(10)], Mode.FULL, AFTERWARDS)
            target.load(SPEC, [*rows(range(9)), row(9, name="x"), row(10)], Mode.FORCE, replace(AFTERWARDS, now=NOW))
        times = query(filled, "SELECT count(*), _sincro_changed_at FROM customers GROUP BY 2 ORDER BY 2")
        assert times == [(9, NOW), (2, LATER)]

    def test_nothing_is_written_where_nothing_changed(self, filled: str) -> None:
        before = query(filled, "SELECT ctid::text, xmin::text FROM customers ORDER BY code")
        load(filled, Mode.FULL)
        assert query(filled, "SELECT ctid::text, xmin::text FROM customers ORDER BY code") == before

    def test_a_schema_of_its_own_is_created(self, database: str) -> None:
        spec = replace(SPEC, schema="Gestionale")
        with open_target(database) as target:
            target.load(spec, rows(range(3)), Mode.FULL, OPTIONS)
            assert target.load(spec, rows(range(3)), Mode.FORCE, AFTERWARDS).unchanged == 3
        assert query(database, 'SELECT count(*) FROM "Gestionale".customers') == [(3,)]

    @pytest.mark.parametrize(
        ("column", "shown"), [("varchar(40)", "text"), ("integer", "bigint"), ("numeric(12,2)", "numeric")]
    )
    def test_columns_that_users_made_narrow_are_widened(self, database: str, column: str, shown: str) -> None:
        kinds = {"text": ColumnType.TEXT, "bigint": ColumnType.INTEGER, "numeric": ColumnType.DECIMAL}
        spec = TableSpec("t", (Column("k", ColumnType.TEXT), Column("v", kinds[shown])), ("k",))
        execute(database, f"CREATE TABLE t (k text PRIMARY KEY, v {column})", "INSERT INTO t VALUES ('a', '7')")
        with open_target(database) as target:
            target.load(spec, [("b", None)], Mode.DELTA, OPTIONS)
        assert query(
            database,
            "SELECT format_type(atttypid, atttypmod) FROM pg_attribute"
            " WHERE attrelid = 't'::regclass AND attname = 'v'",
        ) == [(shown,)]

    @pytest.mark.parametrize(
        ("statement", "said"),
        [
            ("CREATE VIEW customers AS SELECT 1 AS code", "is a view"),
            ("CREATE TABLE customers (code text) PARTITION BY LIST (code)", "partitioned"),
            (
                "CREATE TABLE customers (code text PRIMARY KEY, name double precision)",
                "column name is double precision",
            ),
            ("CREATE TABLE customers (code text PRIMARY KEY, seen timestamp)", "column seen is timestamp without"),
            ("CREATE TABLE customers (code text PRIMARY KEY, site text NOT NULL)", "column site .* has no default"),
            ("CREATE TABLE customers (code text, name text GENERATED ALWAYS AS (code) STORED)", "name is computed"),
            ("CREATE TABLE customers (name text)", "key column code is not in the table"),
        ],
    )
    def test_a_table_that_cannot_be_loaded_into_is_an_error(self, database: str, statement: str, said: str) -> None:
        execute(database, statement)
        with pytest.raises(TableMismatch, match=said):
            loaded(database)

    def test_duplicates_in_a_table_without_a_key_are_an_error(self, database: str) -> None:
        execute(database, "CREATE TABLE customers (code text)", "INSERT INTO customers VALUES ('a'), ('a')")
        with pytest.raises(TableMismatch, match="duplicated"):
            load(database, Mode.DELTA)

    def test_a_trigger_that_keeps_rows_from_being_written_is_an_error(self, filled: str) -> None:
        execute(
            filled,
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
            "CREATE TRIGGER t BEFORE INSERT ON customers FOR EACH ROW EXECUTE FUNCTION refuse()",
        )
        with pytest.raises(TableMismatch, match="trigger"):
            load(filled, Mode.FULL, range(12))
        assert query(filled, "SELECT count(*) FROM customers") == [(10,)]


class TestForce:
    def test_what_users_put_on_the_table_goes_along(self, filled: str) -> None:
        execute(
            filled,
            "DROP ROLE IF EXISTS reader",
            "CREATE ROLE reader",
            "GRANT SELECT ON customers TO reader WITH GRANT OPTION",
            "GRANT UPDATE (name) ON customers TO PUBLIC",
            "ALTER DEFAULT PRIVILEGES GRANT DELETE ON TABLES TO reader",
            "CREATE INDEX by_name ON customers (lower(name) text_pattern_ops) WHERE active",
            'CREATE UNIQUE INDEX "by ""USING"" orders" ON customers (orders, code DESC) INCLUDE (name)',
            "COMMENT ON TABLE customers IS 'dal gestionale'",
            "COMMENT ON COLUMN customers.name IS 'ragione sociale'",
            "COMMENT ON INDEX by_name IS 'per la ricerca'",
            "ALTER TABLE customers SET (fillfactor = 70)",
            "ALTER TABLE customers ADD COLUMN note text DEFAULT 'da vedere'",
            "ALTER TABLE customers ADD CONSTRAINT positive CHECK (orders >= 0)",
            "ALTER TABLE customers ADD CONSTRAINT only_once UNIQUE (seen)",
            "UPDATE customers SET note = 'chiamare' WHERE code = 'C0003'",
        )
        before = self._furniture(filled)
        oid = query(filled, "SELECT 'customers'::regclass::oid")
        counts = load(filled, Mode.FORCE, range(3, 12))
        assert (counts.created, counts.deleted, counts.unchanged, counts.replaced) == (2, 3, 7, True)
        assert query(filled, "SELECT 'customers'::regclass::oid") != oid
        assert self._furniture(filled) == before
        assert query(
            filled, "SELECT code, note FROM customers WHERE code IN ('C0003', 'C0004', 'C0011') ORDER BY 1"
        ) == [
            ("C0003", "chiamare"),
            ("C0004", "da vedere"),
            ("C0011", "da vedere"),
        ]
        execute(filled, "ALTER DEFAULT PRIVILEGES REVOKE DELETE ON TABLES FROM reader")
        assert load(filled, Mode.FORCE, range(3, 12)).unchanged == 9

    @staticmethod
    def _furniture(url: str) -> list[tuple[object, ...]]:
        return [
            *query(url, "SELECT pg_get_indexdef(indexrelid), obj_description(indexrelid) FROM pg_index"
                        " WHERE indrelid = 'customers'::regclass ORDER BY 1"),
            *query(url, "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint"
                        " WHERE conrelid = 'customers'::regclass ORDER BY 1"),
            *query(url, "SELECT grantee::regrole::text, privilege_type, is_grantable FROM pg_class, aclexplode(relacl)"
                        " WHERE oid = 'customers'::regclass ORDER BY 1, 2"),
            *query(url, "SELECT attname, attacl::text, attnotnull, col_description(attrelid, attnum) FROM pg_attribute"
                        " WHERE attrelid = 'customers'::regclass AND attnum > 0 ORDER BY attnum"),
            *query(url, "SELECT reloptions, obj_description(oid), relowner FROM pg_class"
                        " WHERE oid = 'customers'::regclass"),
        ]  # fmt: skip

    @pytest.mark.parametrize(
        ("statements", "named"),
        [
            (["CREATE VIEW names AS SELECT name FROM customers"], "the view names"),
            (["CREATE MATERIALIZED VIEW names AS SELECT name FROM customers"], "the view names"),
            (["CREATE TABLE visits (code text REFERENCES customers)"], "the foreign key visits_code_fkey"),
            (
                [
                    "CREATE FUNCTION seen() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
                    "CREATE TRIGGER seen BEFORE UPDATE ON customers FOR EACH ROW EXECUTE FUNCTION seen()",
                ],
                "the trigger seen",
            ),
            (["CREATE POLICY mine ON customers USING (true)"], "the policy mine"),
            (["CREATE PUBLICATION p FOR TABLE customers"], "the publication p"),
            (["ALTER TABLE customers ADD COLUMN number bigserial"], "the sequence customers_number_seq"),
            (["CREATE STATISTICS s ON name, orders FROM customers"], "the statistics s"),
            (["CREATE TABLE copies (whole customers)"], "the table copies"),
            (["ALTER TABLE customers REPLICA IDENTITY FULL"], "its replica identity"),
        ],
    )
    def test_a_table_that_something_depends_on_is_filled_in_place(
        self, filled: str, statements: list[str], named: str
    ) -> None:
        execute(filled, *statements)
        oid = query(filled, "SELECT 'customers'::regclass::oid")
        counts = load(filled, Mode.FORCE, range(3, 12))
        assert (counts.created, counts.deleted, counts.unchanged, counts.replaced) == (2, 3, 7, False)
        assert query(filled, "SELECT 'customers'::regclass::oid") == oid
        wider = replace(SPEC, columns=(*SPEC.columns[:2], Column("orders", ColumnType.BOOLEAN), *SPEC.columns[3:]))
        with open_target(filled) as target, pytest.raises(TableMismatch, match="depends on it: .*" + named):
            target.load(wider, [], Mode.FORCE, AFTERWARDS)

    def test_readers_never_see_an_empty_or_half_table(self, database: str) -> None:
        with open_target(database) as target:
            target.load(SPEC, rows(range(2000)), Mode.FULL, OPTIONS)
        stop = threading.Event()
        seen: list[tuple[object, ...]] = []
        failures: list[psycopg.Error] = []

        def read() -> None:
            with psycopg.connect(database, autocommit=True) as connection:
                while not stop.is_set():
                    try:
                        found = connection.execute("SELECT count(*), count(DISTINCT name) FROM customers")
                        seen.extend(found.fetchall())
                    except psycopg.Error as error:
                        failures.append(error)
                        return

        readers = [threading.Thread(target=read) for _ in range(3)]
        for reader in readers:
            reader.start()
        try:
            for turn in range(6):
                with open_target(database) as target:
                    changed = (
                        row(number, name=f"{turn}" if turn % 2 else f"{turn} {number}") for number in range(2000)
                    )
                    assert target.load(SPEC, changed, Mode.FORCE, AFTERWARDS).replaced
        finally:
            stop.set()
            for reader in readers:
                reader.join()
        assert failures == []
        assert set(seen) <= {(2000, 2000), (2000, 1)}
        assert len(set(seen)) == 2

    def test_a_reader_in_the_middle_of_the_table_delays_the_swap_and_no_longer(self, filled: str) -> None:
        with psycopg.connect(filled) as reader:
            reader.execute("SELECT count(*) FROM customers")
            with pytest.raises(TableBusy):
                load(filled, Mode.FORCE, range(12), wait_seconds=0.3)
        assert load(filled, Mode.FORCE, range(12)).created == 2

    def test_a_key_that_became_another_needs_a_force(self, filled: str) -> None:
        execute(filled, "ALTER TABLE customers ALTER COLUMN orders SET NOT NULL")
        other = replace(SPEC, key=("code", "orders"))
        changed = [*rows(range(10)), row(3, orders=77)]
        with open_target(filled) as target:
            with pytest.raises(TableMismatch, match="customers_pkey"):
                target.load(other, changed, Mode.FULL, AFTERWARDS)
            assert target.load(other, changed, Mode.FORCE, AFTERWARDS).created == 1
            assert target.load(other, changed, Mode.FULL, AFTERWARDS).unchanged == 11
        assert query(
            filled, "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = 'customers'::regclass"
        ) == [("PRIMARY KEY (code, orders)",)]


class TestTwoAtOnce:
    def test_the_second_load_of_a_table_waits_and_then_gives_up(self, filled: str) -> None:
        running, go_on = threading.Event(), threading.Event()

        def slow() -> Iterator[Row]:
            yield row(0)
            running.set()
            assert go_on.wait(20)
            yield from rows(range(1, 10))

        results: list[LoadCounts] = []

        def first() -> None:
            with open_target(filled) as target:
                results.append(target.load(SPEC, slow(), Mode.FULL, AFTERWARDS))

        thread = threading.Thread(target=first)
        thread.start()
        assert running.wait(20)
        try:
            with pytest.raises(TableBusy, match="another load of customers is running") as caught:
                load(filled, Mode.FULL, wait_seconds=0.2)
            assert caught.value.error_class is ErrorClass.DATABASE_UNAVAILABLE
            other = replace(SPEC, name="clients")
            with open_target(filled) as target:
                assert target.load(other, rows(range(3)), Mode.FULL, replace(OPTIONS, stream="clients")).created == 3
                # Readers, and writers elsewhere, go on while rows are being received.
                assert query(filled, "SELECT count(*) FROM customers") == [(10,)]
        finally:
            go_on.set()
            thread.join()
        assert results[0].unchanged == 10

    def test_a_person_who_edits_the_table_meanwhile_is_waited_for(self, filled: str) -> None:
        with psycopg.connect(filled) as person:
            person.execute("UPDATE customers SET name = 'mano' WHERE code = 'C0001'")
            with pytest.raises(TableBusy):
                load(filled, Mode.FULL, wait_seconds=0.2)
        counts = load(filled, Mode.FULL)
        assert (counts.updated, counts.unchanged) == (1, 9)

    def test_the_same_tables_of_bookkeeping_from_two_first_loads(self, database: str) -> None:
        errors: list[BaseException] = []
        barrier = threading.Barrier(4)

        def first_load(number: int) -> None:
            try:
                with open_target(database) as target:
                    barrier.wait(20)
                    spec, options = replace(SPEC, name=f"t{number}"), replace(OPTIONS, stream=f"t{number}")
                    target.load(spec, rows(range(20)), Mode.FULL, options)
            except BaseException as error:
                errors.append(error)

        threads = [threading.Thread(target=first_load, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert errors == []
        assert query(database, "SELECT count(*) FROM sincro_state") == [(4,)]


class TestLost:
    @staticmethod
    def _backends(url: str) -> list[tuple[object, ...]]:
        return query(
            url,
            "SELECT pid FROM pg_stat_activity WHERE application_name = 'sincro-scraper'"
            " AND datname = current_database()",
        )

    @pytest.mark.parametrize("after", [0, 1, 3000])
    def test_a_backend_that_dies_in_mid_copy_leaves_the_previous_state(self, filled: str, after: int) -> None:
        def dying() -> Iterator[Row]:
            for number in range(20_000):
                if number == after:
                    execute(
                        filled,
                        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                        " WHERE application_name = 'sincro-scraper' AND datname = current_database()",
                    )
                yield row(number)

        with open_target(filled) as target:
            with pytest.raises(DatabaseUnavailable) as caught:
                target.load(SPEC, dying(), Mode.FULL, AFTERWARDS)
            assert caught.value.error_class is ErrorClass.DATABASE_UNAVAILABLE
            # The same target connects again by itself.
            assert list(target.dump(SPEC)) == [document(row(number)) for number in range(10)]
            state = target.state("erp", "customers")
            assert state is not None
            assert state.last_load_at == NOW
            assert target.load(SPEC, rows(range(10)), Mode.FULL, AFTERWARDS).unchanged == 10

    @pytest.mark.parametrize("phase", ["compare", "write", "commit"])
    def test_a_backend_that_dies_later_leaves_the_previous_state(self, filled: str, phase: str) -> None:
        def on_phase(reached: str) -> None:
            if reached == phase:
                execute(
                    filled,
                    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                    " WHERE application_name = 'sincro-scraper' AND datname = current_database()",
                )

        for mode in (Mode.FULL, Mode.FORCE):
            with pytest.raises(DatabaseUnavailable):
                load(filled, mode, range(5, 20), on_phase=on_phase)
            with open_target(filled) as target:
                assert list(target.dump(SPEC)) == [document(row(number)) for number in range(10)]

    def test_a_loader_that_is_killed_leaves_the_previous_state_and_no_lock(self, filled: str, tmp_path: Path) -> None:
        program = tmp_path / "loader.py"
        program.write_text(
            "import sys, time\n"
            "from sincro_contract.run import Mode\n"
            "from sincro_scraper.load import open_target\n"
            "from tests.integration.load.customers import SPEC, AFTERWARDS, row\n"
            "def endless():\n"
            "    for number in range(10**9):\n"
            "        if number == 5000:\n"
            "            print('receiving', flush=True)\n"
            "        if number > 5000:\n"
            "            time.sleep(0.01)\n"
            "        yield row(number)\n"
            "open_target(sys.argv[1]).load(SPEC, endless(), Mode.FULL, AFTERWARDS)\n"
        )
        environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[3])}
        with subprocess.Popen([sys.executable, program, filled], stdout=subprocess.PIPE, env=environment) as loader:
            assert loader.stdout is not None
            assert loader.stdout.readline() == b"receiving\n"
            with pytest.raises(TableBusy):
                load(filled, Mode.FULL, wait_seconds=0.1)
            loader.send_signal(signal.SIGKILL)
        wait_until(lambda: not self._backends(filled), "the end of the killed loader's backend")
        with open_target(filled) as target:
            assert list(target.dump(SPEC)) == [document(row(number)) for number in range(10)]
        assert load(filled, Mode.FULL).unchanged == 10
        assert query(filled, "SELECT relname FROM pg_class WHERE relname LIKE '\\_sincro%'") == []

    def test_interrupted_during_a_statement(self, filled: str) -> None:
        with psycopg.connect(filled) as person, open_target(filled) as target:
            person.execute("LOCK TABLE customers IN ACCESS EXCLUSIVE MODE")

            def interrupt() -> None:
                waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted"
                wait_until(lambda: query(filled, waiting) != [(0,)], "the wait for the lock")
                target.interrupt()

            thread = threading.Thread(target=interrupt)
            thread.start()
            with pytest.raises(LoadInterrupted):
                target.load(SPEC, rows(range(5)), Mode.FULL, replace(AFTERWARDS, wait_seconds=20))
            thread.join()

    def test_a_server_that_stops_in_mid_copy_and_is_gone(self) -> None:
        with running_postgres() as server:
            url = loaded(server.create_database())

            def stopping() -> Iterator[Row]:
                for number in range(50_000):
                    if number == 3000:
                        server.process.send_signal(signal.SIGQUIT)
                        server.process.wait(20)
                    yield row(number)

            with open_target(url, patience_seconds=0.0) as target:
                with pytest.raises(DatabaseUnavailable):
                    target.load(SPEC, stopping(), Mode.FULL, AFTERWARDS)
                with pytest.raises(DatabaseUnavailable):
                    target.state("erp", "customers")


class TestAccess:
    def test_errors_name_what_is_wrong_and_no_password(self, postgres_server: PostgresServer, database: str) -> None:
        name = database.rpartition("/")[2]
        port = postgres_server.port
        cases: list[tuple[str, type[Exception]]] = [
            (postgres_server.url(name, password="s3greto%23vero"), AccessRejected),
            (postgres_server.url(name, user="nobody", password="s3greto%23vero"), AccessRejected),
            (postgres_server.url("nothing_here"), AccessRejected),
            (f"postgresql://u:s3greto%23vero@127.0.0.1:1/{name}", DatabaseUnavailable),
            (f"postgresql://u:s3greto%23vero@host.invalid:{port}/{name}", DatabaseUnavailable),
            (f"postgresql://u:s3greto%23vero@127.0.0.1:{port}/{name}?sslmode=verify-full", DatabaseUnavailable),
            (f"postgresql://u:s3greto%23vero@127.0.0.1:{port}/{name}?s3greto#vero=1", UnusableDatabaseUrl),
            ("postgresql://u:s3greto#vero@127.0.0.1:x/y", UnusableDatabaseUrl),
            ("mysql://u:s3greto#vero@127.0.0.1/y", UnusableDatabaseUrl),
            ("s3greto#vero", UnusableDatabaseUrl),
        ]
        for url, expected in cases:
            with pytest.raises(expected) as caught:
                open_target(url, patience_seconds=0.0)
            shown = f"{caught.value!s} {caught.value!r} {caught.value.__cause__!r}"
            assert "s3greto" not in shown or url == "s3greto#vero"
            assert postgres_server.password not in shown

    def test_a_missing_right_is_named(self, postgres_server: PostgresServer, filled: str) -> None:
        name = filled.rpartition("/")[2]
        execute(
            filled,
            "DROP ROLE IF EXISTS weak",
            "CREATE ROLE weak LOGIN PASSWORD 'w'",
            "GRANT SELECT ON customers TO weak",
        )
        weak = postgres_server.url(name, user="weak", password="w")
        with pytest.raises(AccessRejected, match="permission denied for table customers"):
            load(weak, Mode.FULL)
        with open_target(weak) as target, pytest.raises(AccessRejected, match="permission denied for schema public"):
            target.load(replace(SPEC, name="other"), rows(range(3)), Mode.FULL, OPTIONS)
        execute(filled, "REVOKE ALL ON customers FROM weak", "DROP ROLE weak")

    def test_a_role_without_the_right_to_create_loads_into_tables_that_are_there(
        self, postgres_server: PostgresServer, filled: str
    ) -> None:
        execute(
            filled,
            "DROP ROLE IF EXISTS writer",
            "CREATE ROLE writer LOGIN PASSWORD 'w'",
            "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO writer",
        )
        writer = postgres_server.url(filled.rpartition("/")[2], user="writer", password="w")
        for mode in Mode:
            counts = load(writer, mode, range(5, 12) if mode is not Mode.DELTA else range(2))
            assert (counts.read > 0, counts.replaced) == (True, False)
        execute(filled, "REVOKE ALL ON ALL TABLES IN SCHEMA public FROM writer", "DROP ROLE writer")

    def test_a_read_only_server_is_worth_another_attempt(self, filled: str) -> None:
        name = filled.rpartition("/")[2]
        execute(filled, f"ALTER DATABASE {name} SET default_transaction_read_only = on")
        with pytest.raises(DatabaseUnavailable, match="read-only"):
            load(filled, Mode.FULL)


def test_quarantined_rows_can_be_looked_at(database: str) -> None:
    from sincro_scraper.load import QuarantinedRow

    def broken(number: int) -> QuarantinedRow:
        return QuarantinedRow(2, number, "balance", "12.34\x00", "an amount", {"Saldo": "12.34"}, (f"C{number:04d}",))

    looked_at = "SELECT task_id, page, row, column_name, found, key, cells FROM sincro_quarantine ORDER BY id"
    load(database, Mode.FULL, quarantine=[broken(1), broken(2)])
    first = ("task-2", 2, 1, "balance", "12.34\ufffd", {"code": "C0001"}, {"Saldo": "12.34"})
    assert query(database, looked_at)[0] == first
    load(database, Mode.DELTA, quarantine=[broken(3)])
    assert len(query(database, looked_at)) == 3
    load(database, Mode.FULL)
    assert query(database, looked_at) == []


def test_the_change_log_holds_before_and_after(filled: str) -> None:
    with open_target(filled) as target:
        target.load(SPEC, [row(0), row(1, orders=8), row(9), row(77)], Mode.FULL, replace(AFTERWARDS, change_log=True))
    logged = query(filled, "SELECT operation, key, before, after FROM customers_changes ORDER BY operation, key")
    before, after = dict(document(row(1))), dict(document(row(1, orders=8)))
    for shown in (before, after):
        shown["balance"] = float(str(shown["balance"]))
        shown["seen"] = str(shown["seen"]).replace("Z", "+00:00")
    assert logged[0][:3] == ("created", {"code": "C0077"}, None)
    assert [entry[0] for entry in logged].count("deleted") == 7
    assert logged[-1] == ("updated", {"code": "C0001"}, before, after)
