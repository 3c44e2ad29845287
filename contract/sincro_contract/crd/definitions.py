"""The three resources as CustomResourceDefinitions: names, columns of `kubectl get`, selectable fields.

Decided here: what a person sees first (priority 0) and what `-o wide` adds (priority 1).
"""

from dataclasses import dataclass, field
from typing import Any

from sincro_contract.crd.schema import Schema, structural_schema
from sincro_contract.model import Document
from sincro_contract.resources.conditions import GROUP, VERSION
from sincro_contract.resources.sync_schedule import SyncSchedule, SyncScheduleSpec, SyncScheduleStatus
from sincro_contract.resources.sync_source import SyncSource, SyncSourceSpec, SyncSourceStatus
from sincro_contract.resources.sync_task import SyncTask, SyncTaskSpec, SyncTaskStatus
from sincro_contract.rules import Rule, with_rules

CATEGORY = "sincro"


@dataclass(frozen=True)
class Column:
    """A column of `kubectl get`."""

    name: str
    path: str
    type: str = "string"
    wide: bool = False
    description: str = ""

    def document(self) -> dict[str, Any]:
        """The column as an entry of `additionalPrinterColumns`."""
        entry: dict[str, Any] = {"name": self.name, "type": self.type, "jsonPath": self.path}
        if self.description:
            entry["description"] = self.description
        return entry | {"priority": 1} if self.wide else entry


@dataclass(frozen=True)
class Definition:
    """What the API server has to know about a resource beside its models. Names of objects are at most `name_limit`."""

    kind: str
    short_name: str
    model: type[Document]
    spec: type[Document]
    status: type[Document]
    columns: tuple[Column, ...]
    name_limit: int
    name_reason: str
    selectable: tuple[str, ...] = field(default=())

    @property
    def plural(self) -> str:
        """The name in URLs, for example synctasks."""
        return self.kind.lower() + "s"

    @property
    def name(self) -> str:
        """The name of the CustomResourceDefinition, for example synctasks.sincro.dev."""
        return f"{self.plural}.{GROUP}"

    def document(self) -> dict[str, Any]:
        """The whole CustomResourceDefinition."""
        version: dict[str, Any] = {
            "name": VERSION,
            "served": True,
            "storage": True,
            "subresources": {"status": {}},
            "additionalPrinterColumns": [column.document() for column in self.columns],
            "schema": {"openAPIV3Schema": self._schema()},
        }
        if self.selectable:
            version["selectableFields"] = [{"jsonPath": path} for path in self.selectable]
        return {
            "apiVersion": "apiextensions.k8s.io/v1",
            "kind": "CustomResourceDefinition",
            "metadata": {"name": self.name},
            "spec": {
                "group": GROUP,
                "scope": "Namespaced",
                "names": {
                    "kind": self.kind,
                    "listKind": f"{self.kind}List",
                    "plural": self.plural,
                    "singular": self.kind.lower(),
                    "shortNames": [self.short_name],
                    "categories": [CATEGORY],
                },
                "versions": [version],
            },
        }

    def _schema(self) -> Schema:
        name_rule = Rule(
            f"self.metadata.name.size() <= {self.name_limit}",
            f"metadata.name must have at most {self.name_limit} characters: {self.name_reason}",
        )
        schema: Schema = {
            "description": " ".join((self.model.__doc__ or "").split()),
            "type": "object",
            "required": ["spec"],
            "properties": {
                "apiVersion": {"type": "string"},
                "kind": {"type": "string"},
                "metadata": {"type": "object"},
                "spec": structural_schema(self.spec, defaults=True),
                "status": structural_schema(self.status, defaults=False),
            },
        }
        return with_rules(schema, name_rule)


_AGE = Column("Age", ".metadata.creationTimestamp", "date")


def _condition(type_: str, part: str = "status") -> str:
    return f'.status.conditions[?(@.type=="{type_}")].{part}'


SYNC_SOURCE = Definition(
    kind="SyncSource",
    short_name="ssrc",
    model=SyncSource,
    spec=SyncSourceSpec,
    status=SyncSourceStatus,
    columns=(
        Column("URL", ".spec.baseUrl"),
        Column("Ready", _condition("Ready")),
        Column("Paused", ".spec.paused", "boolean"),
        Column("Circuit", ".status.circuit.state"),
        Column("Running", ".status.running", "integer"),
        Column("Queued", ".status.queued", "integer"),
        Column("Dead", ".status.deadLettered", "integer", description="Syncs that were given up and wait for a person"),
        _AGE,
        Column("Why", _condition("Ready", "message"), wide=True),
        Column("Retrying", ".status.retrying", "integer", wide=True),
        Column("Sessions", ".spec.maxConcurrent", "integer", wide=True, description="Sessions that the ERP allows"),
        Column("Pause-Reason", ".spec.pauseReason", wide=True),
        Column("Last-Error", ".status.lastError.message", wide=True),
        Column("Error-Time", ".status.lastError.time", "date", wide=True),
    ),
    name_limit=63,
    name_reason="it is a label's value on what belongs to the source",
)

SYNC_SCHEDULE = Definition(
    kind="SyncSchedule",
    short_name="ssched",
    model=SyncSchedule,
    spec=SyncScheduleSpec,
    status=SyncScheduleStatus,
    columns=(
        Column("Source", ".spec.sourceRef.name"),
        Column("Type", ".spec.type"),
        Column("Ready", _condition("Ready")),
        Column("Fresh", _condition("Fresh")),
        Column("Suspended", ".spec.suspend", "boolean"),
        Column("Next-Delta", ".status.next.delta"),
        Column("Next-Full", ".status.next.full"),
        Column("Last-Success", ".status.lastSuccessTime", "date"),
        Column("Rate", ".status.successRate", description="Share of its syncs that succeeded"),
        Column("Active", ".status.activeTask"),
        _AGE,
        Column("Rollout", ".spec.rollout", wide=True),
        Column("Priority", ".spec.priority", "integer", wide=True),
        Column("Interval", ".status.effectiveInterval.interval", wide=True),
        Column("Average", ".status.averageDuration", wide=True),
        Column("Last-Failure", ".status.lastFailureTime", "date", wide=True),
        Column("Skipped", ".status.skipped", "integer", wide=True),
        Column("Why", _condition("Ready", "message"), wide=True),
    ),
    name_limit=52,
    name_reason="its SyncTasks are named after it",
    selectable=(".spec.type", ".spec.sourceRef.name"),
)

SYNC_TASK = Definition(
    kind="SyncTask",
    short_name="stask",
    model=SyncTask,
    spec=SyncTaskSpec,
    status=SyncTaskStatus,
    columns=(
        Column("Source", ".spec.sourceRef.name"),
        Column("Type", ".spec.type"),
        Column("Mode", ".spec.mode"),
        Column("State", ".status.state"),
        Column("Waiting-For", ".status.waitingFor.reason"),
        Column("%", ".status.progress.percentage", "number", description="How far the running attempt is"),
        Column("Created", ".status.result.created", "integer"),
        Column("Updated", ".status.result.updated", "integer"),
        Column("Deleted", ".status.result.deleted", "integer"),
        Column("Error", ".status.lastError.class"),
        _AGE,
        Column("Priority", ".spec.priority", "integer", wide=True),
        Column("By", ".spec.requestedBy", wide=True),
        Column("Queue", ".status.queuePosition", "integer", wide=True, description="1 is the next one to run"),
        Column("Estimated-Start", ".status.estimatedStart", wide=True),
        Column("Attempt", ".status.attempt", "integer", wide=True),
        Column("Unchanged", ".status.result.unchanged", "integer", wide=True),
        Column("Took-Ms", ".status.result.durationMs", "integer", wide=True),
        Column("Job", ".status.job", wide=True),
        Column("Why", ".status.waitingFor.message", wide=True),
        Column("Error-Message", ".status.lastError.message", wide=True),
    ),
    name_limit=253,
    name_reason="Kubernetes allows no more",
    selectable=(".spec.type", ".spec.sourceRef.name", ".spec.triggeredBy", ".status.state"),
)

DEFINITIONS = (SYNC_SOURCE, SYNC_SCHEDULE, SYNC_TASK)
