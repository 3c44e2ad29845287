"""The bills of materials name every package that a lock pins, and no other one; images say what they are."""

import json
import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[3]
LOCKS = sorted((ROOT / "requirements").glob("*.lock"))
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The folder, and what was said while it was filled."""
    folder = tmp_path_factory.mktemp("sbom")
    done = subprocess.run([ROOT / "dev/setup/sbom", folder], check=True, capture_output=True, text=True, timeout=280)
    return folder, done.stderr


@pytest.fixture(scope="module")
def said(made: tuple[Path, str]) -> str:
    return made[1]


@pytest.fixture(scope="module")
def documents(made: tuple[Path, str]) -> dict[str, Any]:
    folder, _ = made
    return {path.name.removesuffix(".cdx.json"): json.loads(path.read_text()) for path in folder.iterdir()}


def _named(document: dict[str, Any]) -> set[tuple[str, str]]:
    return {
        ("/".join(filter(None, (part.get("group"), part["name"]))), part["version"]) for part in document["components"]
    }


@pytest.mark.thorough
@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.stem)
def test_every_python_package_of_a_lock(documents: dict[str, Any], lock: Path) -> None:
    pinned = set(re.findall(r"^([A-Za-z0-9._-]+)(?:\[[\w,-]+\])?==([^ ;\\]+)", lock.read_text(), re.MULTILINE))
    assert len(pinned) > 10
    assert _named(documents[lock.stem]) == pinned
    for part in documents[lock.stem]["components"]:
        assert part["purl"] == f"pkg:pypi/{part['name']}@{part['version']}".lower()
        assert any(each.get("hashes") for each in part["externalReferences"]), part["name"]


@pytest.mark.thorough
def test_every_package_of_the_pages(documents: dict[str, Any]) -> None:
    lock = json.loads((ROOT / "dashboard/web/package-lock.json").read_text())
    pinned = {(path.rpartition("node_modules/")[2], part["version"]) for path, part in lock["packages"].items() if path}
    assert _named(documents["web"]) == pinned


@pytest.mark.thorough
def test_they_are_of_this_version(documents: dict[str, Any]) -> None:
    locked = {name for name in documents if not name.startswith("image-")}
    assert locked == {lock.stem for lock in LOCKS} | {"web"}
    for name in locked - {"web"}:
        component = documents[name]["metadata"]["component"]
        assert (component["name"], component["version"]) == ("sincro", VERSION)


@pytest.mark.thorough
def test_of_each_image_there_are_debians_packages_or_word_that_they_are_missing(
    documents: dict[str, Any], said: str
) -> None:
    for target in ("operator", "scraper", "dashboard", "demo-erp", "postgresql", "redis"):
        document = documents.get(f"image-{target}")
        if document is None:
            assert re.search(rf"MISSING: the Debian packages of (all images|sincro/{target}:)", said), said
            continue
        assert {"libc6", "dpkg"} <= {part["name"] for part in document["components"]}
        assert all(part["purl"].startswith("pkg:deb/debian/") for part in document["components"])


@pytest.mark.parametrize("target", ["operator", "scraper", "dashboard", "demo-erp"])
def test_an_image_says_what_it_is(target: str) -> None:
    stage = (ROOT / "Dockerfile").read_text().partition(f" AS {target}\n")[2].partition("\nFROM ")[0]
    labels = dict(re.findall(r'org\.opencontainers\.image\.(\w+)="([^"]+)"', stage))
    assert labels.keys() == {"title", "description", "version", "licenses"}
    assert (labels["version"], labels["licenses"]) == (VERSION, "Apache-2.0")
