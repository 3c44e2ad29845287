"""What `dev/cluster/env` exports, by what the cluster stands on."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[3] / "dev" / "cluster" / "env"


def exported(home: Path, mode: str | None, **variables: str) -> dict[str, str]:
    """The variables that a shell has after eval of the script's output, started with only the given ones."""
    ground = home / "sincro" / "cluster"
    ground.mkdir(parents=True)
    if mode is not None:
        (ground / "mode").write_text(mode)
    bash = shutil.which("bash")
    assert bash is not None
    result = subprocess.run(
        [bash, "-c", f'eval "$({SCRIPT})"; env'],
        env={"PATH": "/usr/bin:/bin", "HOME": str(home), "XDG_CACHE_HOME": str(home), **variables},
        capture_output=True, check=True, text=True,
    ).stdout  # fmt: skip
    return dict(line.split("=", 1) for line in result.splitlines() if "=" in line)


@pytest.mark.parametrize(
    ("mode", "variables", "expected"),
    [
        ("packages", {}, {
            "DOCKER_HOST": "unix://{ground}/engine/docker.sock", "DOCKER_BUILDKIT": "1",
            "KUBECONFIG": "{ground}/kubeconfig", "PATH": "{ground}/bin:/usr/bin:/bin",
        }),
        ("docker", {"DOCKER_HOST": "tcp://own:1"}, {
            "DOCKER_HOST": "tcp://own:1", "DOCKER_BUILDKIT": None,
            "KUBECONFIG": "{ground}/kubeconfig", "PATH": "/usr/bin:/bin:{ground}/bin",
        }),
        ("docker", {"DOCKER_HOST": "unix://{ground}/engine/docker.sock"}, {"DOCKER_HOST": None}),
        ("packages", {"CLUSTER": "existing", "KUBECONFIG": "/mine"}, {
            "DOCKER_HOST": None, "KUBECONFIG": "/mine", "PATH": "/usr/bin:/bin:{ground}/bin",
        }),
        ("packages", {"CLUSTER": "existing"}, {"KUBECONFIG": None}),
        (None, {}, {"DOCKER_HOST": None, "KUBECONFIG": "{ground}/kubeconfig"}),
    ],
)  # fmt: skip
def test_exports(tmp_path: Path, mode: str | None, variables: dict[str, str], expected: dict[str, str | None]) -> None:
    ground = str(tmp_path / "sincro" / "cluster")
    given = {name: value.format(ground=ground) for name, value in variables.items()}
    found = exported(tmp_path, mode, **given)
    assert {name: found.get(name) for name in expected} == {
        name: value and value.format(ground=ground) for name, value in expected.items()
    }


def test_evaluating_twice_changes_nothing(tmp_path: Path) -> None:
    once = exported(tmp_path / "a", "packages")
    again = subprocess.run(
        [str(SCRIPT)], env={**once, "XDG_CACHE_HOME": str(tmp_path / "a")}, capture_output=True, check=True, text=True
    ).stdout
    assert "PATH" not in again


def test_an_unknown_kind_of_cluster_is_named(tmp_path: Path) -> None:
    result = subprocess.run(
        [str(SCRIPT)],
        env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "CLUSTER": "minikube"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert result.returncode != 0
    assert "CLUSTER=minikube" in result.stderr
