"""What the containers of the simulation do: how long a read takes and how it ends, drawn for each source and type."""

import random
from dataclasses import dataclass, field

from sincro_contract.exit_codes import ErrorClass
from sincro_contract.result import Outcome, RunError, RunResult
from sincro_contract.run import RunSpec
from sincro_operator.planning.model import Name
from tests.simulation.kubelet import Ending

TRANSIENT = (
    ErrorClass.SOURCE_UNAVAILABLE,
    ErrorClass.DATABASE_UNAVAILABLE,
    ErrorClass.SESSION_LOST,
    ErrorClass.UNKNOWN,
)
PERMANENT = (
    ErrorClass.CONFIG_INVALID,
    ErrorClass.CREDENTIALS_REJECTED,
    ErrorClass.SCHEMA_DRIFT,
    ErrorClass.GUARD_TRIPPED,
)


@dataclass
class Temper:
    """How the world behaves at the moment; shares of runs. All 0: every run ends well."""

    transient: float = 0.0
    permanent: float = 0.0
    silent: float = 0.0
    """Dies without a word (killed for memory)."""
    start_troubles: float = 0.0
    """Image, Secret, scheduling."""
    evicted: float = 0.0

    @property
    def calm(self) -> bool:
        """True when every run ends well."""
        return self == Temper()


@dataclass
class SimulatedErp:
    """Implements tests.simulation.kubelet.Workload."""

    randomness: random.Random
    temper: Temper = field(default_factory=Temper)
    shortest: float = 5.0
    longest: float = 240.0
    running: dict[Name, RunSpec] = field(default_factory=dict)
    succeeded: list[tuple[Name, RunSpec]] = field(default_factory=list)
    started_count: int = 0

    def begin(self, run: RunSpec, job: Name) -> Ending:
        """Draw an ending. The draw depends on nothing but the stream of numbers, so that a seed repeats."""
        dice, seconds = self.randomness.random(), self.randomness.uniform(self.shortest, self.longest)
        temper = self.temper
        if dice < (share := temper.transient):
            return self._failure(self.randomness.choice(TRANSIENT), seconds / 4)
        if dice < (share := share + temper.permanent):
            return self._failure(self.randomness.choice(PERMANENT), seconds / 4)
        if dice < (share := share + temper.silent):
            return Ending(seconds / 2, 137, "", "OOMKilled")
        if dice < (share := share + temper.start_troubles):
            return Ending(0, start=self.randomness.choice(("image", "secret", "unschedulable")))
        if dice < share + temper.evicted:
            return Ending(seconds / 2, start="evicted")
        changed = self.randomness.randrange(20)
        result = RunResult(mode=run.mode, read=1000, declared=1000, updated=changed, unchanged=1000 - changed)
        return Ending(seconds, 0, Outcome(result=result).to_termination_message())

    def started(self, run: RunSpec, job: Name) -> None:
        """A container runs."""
        self.running[job] = run
        self.started_count += 1

    def ended(self, run: RunSpec, job: Name, ending: Ending | None) -> None:
        """A container has ended."""
        self.running.pop(job, None)
        if ending is not None and ending.exit_code == 0:
            self.succeeded.append((job, run))

    def _failure(self, error: ErrorClass, seconds: float) -> Ending:
        document = RunError.model_validate({"class": error, "code": "Simulated", "message": f"simulated {error}"})
        return Ending(seconds, error.exit_code, Outcome(error=document).to_termination_message(), "Error")
