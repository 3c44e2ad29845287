"""The examples, as far as they can be read without a cluster."""

from pathlib import Path

import pytest
import yaml

from dev.examples import CONFIG_MAP, FOLDER, PROFILE, config_map
from sincro_contract.resources.sync_schedule import SyncSchedule
from sincro_contract.resources.sync_source import SyncSource
from sincro_contract.resources.sync_task import SyncTask

MODELS = {"SyncSource": SyncSource, "SyncSchedule": SyncSchedule, "SyncTask": SyncTask}
FILES = sorted(FOLDER.glob("*.yaml"))


def test_the_config_map_holds_the_profile() -> None:
    assert CONFIG_MAP.read_text() == config_map(PROFILE.read_text()), "run python -m dev.examples"
    assert yaml.safe_load(CONFIG_MAP.read_text())["data"]["profile.yaml"] == PROFILE.read_text()


def test_kustomize_applies_every_file() -> None:
    assert yaml.safe_load((FOLDER / "Kustomization").read_text())["resources"] == [path.name for path in FILES]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_resources_are_as_the_models_say(path: Path) -> None:
    for document in yaml.safe_load_all(path.read_text()):
        model = MODELS.get(document["kind"])
        if model:
            spec = model.model_validate(document).spec.to_dict()
            assert document["spec"].keys() <= spec.keys(), "a field that the models do not know"


def test_the_order_of_types() -> None:
    schedules = yaml.safe_load_all((FOLDER / "40-schedules.yaml").read_text())
    assert {each["spec"]["type"]: each["spec"]["priority"] for each in schedules} == {
        "customers": 80,
        "orders": 60,
        "products": 40,
        "prices": 20,
    }
