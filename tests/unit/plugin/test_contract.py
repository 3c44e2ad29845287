"""The plugin does not import the contract's models when it runs; here it is held to them."""

import json
from pathlib import Path
from typing import get_args

import jsonschema
import pytest
import yaml

from sincro_contract.exit_codes import ErrorClass
from sincro_contract.resources.conditions import API_VERSION, GROUP
from sincro_contract.resources.sync_schedule import SyncSchedule
from sincro_contract.resources.sync_source import SyncSource
from sincro_contract.resources.sync_task import SyncTask, SyncTaskSpec, TaskState
from sincro_contract.run import Mode
from sincro_kubectl import changes, resources
from sincro_kubectl.exit_status import status_of
from sincro_kubectl.views import advice
from tests.unit.plugin.documents import DEAD, DONE, NOW, QUEUED, RUNNING, SCHEDULED, schedule, source, task

CRDS = Path(__file__).parents[3] / "crds"


def test_words() -> None:
    assert set(resources.FINAL) == {state.value for state in TaskState if state.final}
    assert set(resources.WAITING) == {"Queued", "Retrying"} < {state.value for state in TaskState}
    assert tuple(mode.value for mode in Mode) == resources.MODES
    assert resources.GROUP_VERSION == API_VERSION
    assert all(name.endswith(f".{GROUP}") for name in (resources.SOURCES, resources.SCHEDULES, resources.TASKS))


@pytest.mark.parametrize("error", ErrorClass)
def test_there_is_advice_for_every_class_of_errors(error: ErrorClass) -> None:
    assert advice.about_error(error.value).endswith(".")


def test_advice_for_a_class_of_a_newer_version() -> None:
    assert advice.about_error("Gremlins") == ""


@pytest.mark.parametrize("state", TaskState)
def test_every_state_has_an_exit_code(state: TaskState) -> None:
    expected = {TaskState.DEAD_LETTERED: 3, TaskState.CANCELLED: 4}.get(state, 0)
    assert status_of(state.value) == expected


def _schema(kind: str) -> dict[str, object]:
    document = yaml.safe_load((CRDS / f"sincro.dev_{kind.lower()}s.yaml").read_text())
    schema: dict[str, object] = document["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    return schema


WISHES = [
    changes.Wish("erp", "customers", "anna"),
    changes.Wish("erp", "customers", "anna", "acme", "Full", 80, NOW, "45m", True, True),
    changes.Wish("erp", "customers", "", mode="Force"),
    changes.Wish("erp", "customers", "x" * 254),
    changes.Wish("erp", "customers", "anna", retry_of="customers-1"),
]


@pytest.mark.parametrize("wish", WISHES)
def test_what_is_created_is_what_the_contract_knows(wish: changes.Wish) -> None:
    document = changes.sync_task(wish)
    jsonschema.validate(document, _schema("SyncTask"))
    spec = SyncTaskSpec.model_validate(document["spec"])
    assert spec.model_dump(mode="json", by_alias=True).items() >= document["spec"].items()
    assert set(document["spec"]) <= {field.alias for field in SyncTaskSpec.model_fields.values()}


@pytest.mark.parametrize(
    ("kind", "patch"),
    [
        ("SyncSource", changes.pause_patch("SyncSource", "anna", "Inventory")),
        ("SyncSource", changes.resume_patch("SyncSource")),
        ("SyncSchedule", changes.pause_patch("SyncSchedule", "anna", "Inventory")),
        ("SyncSchedule", changes.resume_patch("SyncSchedule")),
        ("SyncTask", changes.cancel_patch("anna")),
    ],
)
def test_what_is_patched_is_what_the_contract_knows(kind: str, patch: dict[str, dict[str, object]]) -> None:
    model = {"SyncSource": SyncSource, "SyncSchedule": SyncSchedule, "SyncTask": SyncTask}[kind]
    spec = model.model_fields["spec"].annotation
    assert spec is not None
    assert not get_args(spec)
    assert set(patch["spec"]) <= {field.alias for field in spec.model_fields.values()}
    assert json.loads(json.dumps(patch)) == patch


@pytest.mark.parametrize(
    ("model", "document"),
    [
        (SyncSource, source()),
        (SyncSchedule, schedule()),
        (SyncTask, task(status=QUEUED)),
        (SyncTask, task("orders-29f3c", spec=SCHEDULED, status=RUNNING)),
        (SyncTask, task(status=DEAD)),
        (SyncTask, task(status=DONE)),
    ],
)
def test_the_documents_of_these_tests_are_the_contracts(
    model: type[SyncSource | SyncSchedule | SyncTask], document: dict[str, object]
) -> None:
    known = model.model_validate(document).model_dump(mode="json", by_alias=True, exclude_none=True)
    for part in ("spec", "status"):
        given = document[part]
        assert isinstance(given, dict)
        assert set(given) <= set(known[part])
