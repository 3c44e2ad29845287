"""The order of a load, the same for every database: what is checked before what, what is counted, when deletions wait.

Pure but for the steps it is given: a database says how each step is done (`Steps`), this module when and whether.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from sincro_contract.run import Mode
from sincro_scraper.load.errors import DeletionGuardTripped, TableMismatch
from sincro_scraper.load.shape import Evolution, FoundTable
from sincro_scraper.load.specification import TableSpec
from sincro_scraper.load.target import (
    Difference,
    LoadCounts,
    LoadOptions,
    LoadPhase,
    QuarantinedRow,
    Row,
    RowValue,
    StreamState,
)


@dataclass(frozen=True, slots=True)
class Compared:
    """Numbers of rows: of the target before, of the read, and of each difference between them.

    missing: rows of the target that the read lacks, without those whose keys are in quarantine.
    """

    total: int
    read: int
    created: int
    updated: int
    missing: int


@dataclass(frozen=True, slots=True)
class Plan:
    """What is done with the target: the shape that it has (None: there is no table) and how the rows get in.

    change: what it lacks, in so far as it was not mended before the comparison. replaces: a new table takes its place.
    deletes: rows that are missing from the read are deleted.
    """

    found: FoundTable | None
    change: Evolution
    replaces: bool
    deletes: bool


class Steps(Protocol):
    """What a database does for a load, inside one transaction. Every method may raise LoadError."""

    def take_turn(self) -> None:
        """Wait until no other load of the table is running; TableBusy after `wait_seconds`."""
        ...

    def find(self) -> FoundTable | None:
        """The table's shape as it is now."""
        ...

    def obstacles(self) -> tuple[str, ...]:
        """What depends on the table so that a new one cannot take its place."""
        ...

    def evolution_of(self, found: FoundTable, *, rebuild: bool) -> Evolution:
        """What the table lacks, by the database's own types."""
        ...

    def stage(self, rows: Iterable[Row]) -> int:
        """Take in the rows as they come; their number."""
        ...

    def refuse_duplicates(self) -> None:
        """Raise DuplicateKey where staged rows share a key."""
        ...

    def keep(self, keys: Iterable[tuple[RowValue, ...]]) -> None:
        """Note keys whose rows of the target are not missing although they are not staged."""
        ...

    def lock(self) -> None:
        """Let nobody else write to the table until the transaction ends; readers go on."""
        ...

    def create(self) -> None:
        """Create the table, empty and without its key."""
        ...

    def evolve(self, change: Evolution) -> None:
        """Add and widen columns, add the key."""
        ...

    def compare(self, plan: Plan, *, read: int) -> Compared:
        """Find the differences between the staged rows and the table."""
        ...

    def differences(self, plan: Plan, limit: int) -> Iterable[Difference]:
        """The first `limit` differences of each operation. Called before anything is written."""
        ...

    def log_changes(self, plan: Plan, options: LoadOptions) -> None:
        """Append every difference that will be written to the change log."""
        ...

    def write(self, plan: Plan, compared: Compared, options: LoadOptions) -> None:
        """Carry the differences into the table."""
        ...

    def remember(self, state: StreamState, quarantined: Iterable[QuarantinedRow], options: LoadOptions) -> None:
        """Store the stream's state and its quarantine."""
        ...


class Load:
    """One load of one table."""

    def __init__(self, steps: Steps, spec: TableSpec, mode: Mode, options: LoadOptions) -> None:
        self._steps = steps
        self._spec = spec
        self._mode = mode
        self._options = options
        self._complete = mode is not Mode.DELTA
        self._deletes = self._complete and options.deletes
        self._obstacles: tuple[str, ...] = ()

    def run(self, rows: Iterable[Row]) -> LoadCounts:
        """Take in the rows, compare, and write unless the options say dry. Leaves the commit to the caller."""
        steps, options = self._steps, self._options
        steps.take_turn()
        self._examine()  # fails before the first row is read where it would fail after the last one
        options.on_phase(LoadPhase.RECEIVE)
        read = steps.stage(rows)
        watermark = options.watermark()
        quarantined = tuple(options.quarantine)
        options.on_phase(LoadPhase.COMPARE)
        steps.refuse_duplicates()
        keys = [row.key for row in quarantined if row.key is not None]
        if keys:
            steps.keep(keys)
        plan = self._prepare()
        compared = steps.compare(plan, read=read)
        self._guard(compared)
        withheld = compared.missing if len(keys) < len(quarantined) else 0
        if withheld:
            plan = Plan(plan.found, plan.change, plan.replaces, deletes=False)
        counts = LoadCounts(
            read=read,
            created=compared.created,
            updated=compared.updated,
            unchanged=read - compared.created - compared.updated,
            deleted=compared.missing - withheld,
            total=compared.total + compared.created - compared.missing + withheld,
            withheld=withheld,
            quarantined=len(quarantined),
            replaced=plan.replaces,
            samples=tuple(steps.differences(plan, options.samples)) if options.samples else (),
        )
        if not options.dry_run:
            options.on_phase(LoadPhase.WRITE)
            if options.change_log:
                steps.log_changes(plan, options)
            steps.write(plan, compared, options)
            steps.remember(self._state(counts, watermark), quarantined, options)
        return counts

    def _examine(self) -> Plan:
        found = self._steps.find()
        if found is None:
            return Plan(None, Evolution(), replaces=False, deletes=self._deletes)
        forced = self._mode is Mode.FORCE
        self._obstacles = self._steps.obstacles() if forced else ()
        replaces = forced and not self._obstacles
        try:
            change = self._steps.evolution_of(found, rebuild=replaces)
        except TableMismatch as error:
            if not self._obstacles:
                raise
            standing = ", ".join(self._obstacles)
            raise TableMismatch(
                f"{error} (Force cannot build the table anew while this depends on it: {standing})",
                table=error.table,
                column=error.column,
            ) from None
        return Plan(found, change, replaces, deletes=self._deletes)

    def _prepare(self) -> Plan:
        """Lock the table against other writers and bring it into shape, unless the load is dry."""
        if self._options.dry_run:
            return self._examine()
        if self._steps.find() is not None:
            self._steps.lock()
        plan = self._examine()
        if plan.found is None:
            self._steps.create()
            return plan
        if plan.replaces:
            return plan
        self._steps.evolve(plan.change)
        return Plan(plan.found, Evolution(), replaces=False, deletes=plan.deletes)

    def _guard(self, compared: Compared) -> None:
        if not self._deletes or self._options.confirm_deletions:
            return
        if self._options.guard.trips(missing=compared.missing, total=compared.total, read=compared.read):
            raise DeletionGuardTripped(self._spec.name, compared.missing, compared.total)

    def _state(self, counts: LoadCounts, watermark: Mapping[str, object] | None) -> StreamState:
        options = self._options
        return StreamState(
            source=options.source,
            stream=options.stream,
            table=f"{self._spec.schema}.{self._spec.name}",
            watermark=watermark,
            profile_hash=options.profile_hash,
            last_full_at=options.now if self._complete else None,
            last_load_at=options.now,
            row_count=counts.total,
        )
