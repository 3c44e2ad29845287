"""Evidence: what belongs to a task is found, and nothing else ever is."""

from pathlib import Path

import pytest

from sincro_dashboard.evidence import find_evidence, kind_of, list_evidence
from tests.unit.dashboard.fake_cluster import FakeCluster
from tests.unit.dashboard.objects import failed
from tests.unit.dashboard.served import client_for, fill, services_for


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "evidence"
    for attempt in ("erp_broken_1", "erp_broken_2", "other_broken_1", "erp-prod_broken_1"):
        (folder / attempt).mkdir(parents=True)
        (folder / attempt / "screenshot.png").write_bytes(b"\x89PNG")
    (folder / "erp_broken_2" / "page.html").write_text("<script>alert(1)</script>")
    (folder / "erp_broken_2" / "deep").mkdir()
    (folder / "erp_broken_2" / "link.txt").symlink_to("/etc/passwd")
    (folder / "erp_linked_1").symlink_to("/etc")
    (tmp_path / "secret.txt").write_text("secret")
    return folder


def test_the_files_of_each_attempt_are_listed(root: Path) -> None:
    assert list_evidence(root, "erp", "broken") == [
        ("1/screenshot.png", 4),
        ("2/page.html", 25),
        ("2/screenshot.png", 4),
    ]


@pytest.mark.parametrize(
    ("namespace", "task", "name"),
    [
        ("erp", "broken", "2/link.txt"),
        ("erp", "broken", "2/deep"),
        ("erp", "broken", "2/../../secret.txt"),
        ("erp", "broken", "../secret.txt"),
        ("erp", "broken", "2/..%2fsecret.txt"),
        ("erp", "broken", "/etc/passwd"),
        ("erp", "broken", "2//etc/passwd"),
        ("erp", "broken", "2/page.html/"),
        ("erp", "broken", "2/.hidden"),
        ("erp", "broken", "2/pa\0ge.html"),
        ("erp", "broken", "2\\page.html"),
        ("erp", "broken", "0/page.html"),
        ("erp", "broken", "page.html"),
        ("erp", "broken", ""),
        ("erp", "linked", "1/passwd"),
        ("..", "broken", "1/screenshot.png"),
        ("erp", "../erp_broken_2/x", "1/screenshot.png"),
        ("erp", "other", "1/screenshot.png"),
    ],
)
def test_nothing_outside_of_the_tasks_own_folder_is_found(root: Path, namespace: str, task: str, name: str) -> None:
    assert find_evidence(root, namespace, task, name) is None


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.png", "screenshot"),
        ("a.html", "page"),
        ("trace.zip", "trace"),
        ("requests.har", "har"),
        ("a.log", "text"),
        ("a", "other"),
    ],
)
def test_kinds_go_by_the_name(name: str, kind: str) -> None:
    assert kind_of(name) == kind


async def test_pictures_are_shown_and_pages_of_the_erp_are_downloads_in_a_sandbox(root: Path) -> None:
    cluster = FakeCluster()
    cluster.put(failed("broken"))
    services = services_for(cluster, evidence_folder=root)
    await fill(services)
    async with client_for(services) as client:
        listed = (await client.get("/api/tasks/broken/evidence")).json()
        assert [each["name"] for each in listed] == ["1/screenshot.png", "2/page.html", "2/screenshot.png"]
        picture = await client.get(f"http://sincro.test/{listed[0]['url']}")
        assert picture.headers["content-type"] == "image/png"
        assert picture.headers["content-disposition"].startswith("inline")
        page = await client.get(f"http://sincro.test/{listed[1]['url']}")
        assert page.headers["content-type"] == "application/octet-stream"
        assert page.headers["content-disposition"].startswith("attachment")
        assert page.headers["content-security-policy"] == "default-src 'none'; sandbox"
        assert page.headers["x-content-type-options"] == "nosniff"
        for path in ("../../secret.txt", "2/..%2f..%2fsecret.txt", "%2fetc%2fpasswd", "2/link.txt"):
            answer = await client.get(f"/api/tasks/broken/evidence/{path}")
            assert answer.status_code == 404, path
            assert "root:" not in answer.text
    async with client_for(services, "viewer-token") as client:
        assert (await client.get("/api/tasks/broken/evidence")).status_code == 403
        assert (await client.get("/api/tasks/broken/evidence/1/screenshot.png")).status_code == 403


def test_names_that_read_the_same_side_by_side_are_not_taken_for_each_other(root: Path) -> None:
    """Somebody who may see evidence in `erp` cannot name a task so that it leads to that of `erp-prod`."""
    assert list_evidence(root, "erp-prod", "broken") != []
    assert list_evidence(root, "erp", "prod-broken") == []
