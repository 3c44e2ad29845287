"""From the newest kept release to this checkout and back, each time with a sync in flight: it ends well, nothing is
done twice, and what was there is there. Both run this checkout's images: what is tried is the chart and its settings.
"""

from collections.abc import Iterator

import pytest
import yaml
from packaging.version import Version

from tests.e2e.chart.conftest import RELEASE, ROOT, Document, Release, installed, run, wait_for
from tests.unit.docs.page import Page

ARCHIVES = sorted(
    (ROOT / "helm/releases").glob("sincro-*.tgz"), key=lambda path: Version(path.stem.removeprefix("sincro-"))
)
UPGRADE = next(line for line in Page(ROOT / "docs/explanation/versions.md").commands if line.startswith("helm upgrade"))


VERSION = yaml.safe_load((ROOT / "helm/sincro/Chart.yaml").read_text())["version"]


@pytest.fixture(scope="module")
def previous(images: list[str]) -> Iterator[Release]:
    """The newest kept release, with data that outlive a restart of the database."""
    storage = {"storage": {"persistent": True, "size": "1Gi"}}
    with installed(images, ARCHIVES[-1], postgresql=storage) as release:
        assert release.outcome("demo-customers-now")["state"] == "Succeeded"
        # What is tried are the test's own syncs; the example's schedules would stand in their way.
        release.kubectl("delete", "syncschedules", "--all")
        release.kubectl("delete", "synctasks", "--all", "--wait=false")
        yield release


@pytest.mark.timeout(1500)  # four syncs, and every program started three times
def test_an_upgrade_from_the_release_before_and_a_rollback(previous: Release) -> None:
    assert charts(previous) == {f"sincro-{ARCHIVES[-1].stem.removeprefix('sincro-')}"}
    secrets = passwords(previous)

    running(previous, "through-upgrade")
    words = [previous.namespace if (before, word) == ("-n", RELEASE) else word for before, word in pairs(UPGRADE)]
    run(*words, "--timeout", "4m", seconds=270)
    assert charts(previous) == {f"sincro-{VERSION}"}
    assert {name: passwords(previous)[name] for name in secrets} == secrets
    ended_well(previous, "through-upgrade")
    previous.sync("after-upgrade", mode="Full")
    ended_well(previous, "after-upgrade")

    running(previous, "through-rollback")
    run("helm", "rollback", RELEASE, "-n", previous.namespace, "--wait", "--timeout", "4m", seconds=270)
    assert charts(previous) == {f"sincro-{ARCHIVES[-1].stem.removeprefix('sincro-')}"}
    ended_well(previous, "through-rollback")
    previous.sync("after-rollback", mode="Full")
    ended_well(previous, "after-rollback")


def pairs(line: str) -> list[tuple[str, str]]:
    """Each word of a command with the one before it."""
    words = line.split()
    return list(zip(["", *words], words, strict=False))


def charts(release: Release) -> set[str]:
    """The chart that the release's programs come from."""
    deployments: list[Document] = release.get("deployments")["items"]
    return {deployment["metadata"]["labels"]["helm.sh/chart"] for deployment in deployments}


def passwords(release: Release) -> dict[str, str]:
    """Those that both charts make."""
    found = {}
    for name in ("sincro-postgresql", "sincro-redis"):
        data = release.get("secret", name)["data"]
        found |= {f"{name} {key}": text for key, text in data.items() if key.endswith("-password")}
    return {key: text for key, text in found.items() if key != "sincro-redis sincro-password"}


def running(release: Release, name: str) -> None:
    """A sync that is under way."""
    release.sync(name, mode="Full")
    wait_for(f"{name} runs", lambda: release.task(name).get("state") == "Running", 180)


def ended_well(release: Release, name: str) -> None:
    """Every row was there already, one Job was made for each launch, and the table has each row once."""
    try:
        wait_for(f"{name} has ended", lambda: release.task(name).get("completedAt"), 420)
    except AssertionError as error:
        raise AssertionError(f"{error}: {release.task(name)}\n{release.kubectl('get', 'pods')}") from error
    status = release.task(name)
    assert (status["state"], status["result"]["unchanged"], status["result"]["created"]) == ("Succeeded", 500, 0), (
        status
    )
    jobs = release.get("jobs", "-l", "app.kubernetes.io/component=scraper")["items"]
    assert len([job for job in jobs if job["metadata"]["annotations"]["sincro.dev/task"] == name]) == status["launches"]
