"""Evidence in a bucket of a real S3 server: what the scraper puts there, the dashboard shows to whoever may see it."""

from dataclasses import replace
from pathlib import Path

import pytest

from sincro_contract.evidence import EvidenceBucket, read_secret
from sincro_dashboard.evidence_bucket import BucketEvidence, BucketUnavailable
from sincro_scraper.browser.keeping import Bucket
from tests.services import BucketServer, bucket_server, free_port
from tests.unit.dashboard.fake_cluster import FakeCluster
from tests.unit.dashboard.objects import failed
from tests.unit.dashboard.served import client_for, fill, services_for

__all__ = ["bucket_server"]

FILES = [("screenshot.png", b"\x89PNG"), ("page.html", b"<script>alert(1)</script>"), ("trace.zip", b"PK" * 3_000_000)]


@pytest.fixture
def bucket(bucket_server: BucketServer, tmp_path: Path) -> EvidenceBucket:
    """The settings of the server's bucket, with a prefix of the test's own; its Secret is mounted at tmp_path."""
    (tmp_path / "accessKey").write_text(f"{bucket_server.access_key}\n")
    (tmp_path / "secretKey").write_text(bucket_server.secret_key)
    return EvidenceBucket(bucket=bucket_server.bucket, endpoint=bucket_server.url, prefix=f"sincro/{tmp_path.name}")


async def kept(bucket: EvidenceBucket, secret: Path, namespace: str, task: str, attempt: int) -> list[str]:
    arguments = bucket.client_arguments(read_secret(secret))
    return await Bucket(bucket, arguments, bucket.folder(namespace, task, attempt)).keep(FILES)


async def test_the_status_says_where_it_lies(
    bucket: EvidenceBucket, bucket_server: BucketServer, tmp_path: Path
) -> None:
    addresses = await kept(bucket, tmp_path, "erp", "broken", 2)
    assert addresses == [f"s3://evidence/sincro/{tmp_path.name}/erp/broken/2/{name}" for name, _ in FILES]
    for name, data in FILES:
        assert (bucket_server.files / "sincro" / tmp_path.name / "erp/broken/2" / name).read_bytes() == data


async def test_the_dashboard_shows_it_to_whoever_may_see_it(bucket: EvidenceBucket, tmp_path: Path) -> None:
    await kept(bucket, tmp_path, "erp", "broken", 1)
    await kept(bucket, tmp_path, "erp", "broken", 2)
    await kept(bucket, tmp_path, "erp", "broken-2", 1)
    await kept(bucket, tmp_path, "erp-broken", "broken", 1)
    cluster = FakeCluster()
    cluster.put(failed("broken"))
    services = replace(services_for(cluster), bucket=BucketEvidence(bucket, tmp_path))
    await fill(services)
    async with client_for(services) as client:
        listed = (await client.get("/api/tasks/broken/evidence")).json()
        names = [f"{attempt}/{name}" for attempt in (1, 2) for name in ("page.html", "screenshot.png", "trace.zip")]
        assert [each["name"] for each in listed] == names
        assert {each["size"] for each in listed if each["kind"] == "trace"} == {6_000_000}
        picture = await client.get(f"http://sincro.test/{listed[1]['url']}")
        assert (picture.content, picture.headers["content-type"]) == (b"\x89PNG", "image/png")
        page = await client.get(f"http://sincro.test/{listed[0]['url']}")
        assert page.headers["content-disposition"] == 'attachment; filename="page.html"'
        assert page.headers["content-security-policy"] == "default-src 'none'; sandbox"
        assert (await client.get(f"http://sincro.test/{listed[2]['url']}")).content == FILES[2][1]
        for name in ("3/page.html", "1/../../broken-2/1/page.html", "1/missing.png", "1/..%2fpage.html"):
            assert (await client.get(f"/api/tasks/broken/evidence/{name}")).status_code == 404, name
    async with client_for(services, "viewer-token") as client:
        assert (await client.get("/api/tasks/broken/evidence")).status_code == 403
        assert (await client.get("/api/tasks/broken/evidence/1/screenshot.png")).status_code == 403


async def test_a_bucket_that_refuses_or_is_away_stops_nothing(
    bucket: EvidenceBucket, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "secretKey").write_text("wrong-secret-key")
    away = bucket.model_copy(update={"endpoint": f"http://127.0.0.1:{free_port()}"})
    for unusable in (bucket, away, bucket.model_copy(update={"bucket": "missing"})):
        caplog.clear()
        assert await kept(unusable, tmp_path, "erp", "broken", 1) == []
        assert [record.message for record in caplog.records] == ["evidence.failed"]
        assert "wrong-secret-key" not in str(caplog.records[0].__dict__)
        with pytest.raises(BucketUnavailable):
            await BucketEvidence(unusable, tmp_path).list("erp", "broken")


async def test_without_a_key_the_dashboard_says_so(bucket: EvidenceBucket, tmp_path: Path) -> None:
    cluster = FakeCluster()
    cluster.put(failed("broken"))
    services = replace(services_for(cluster), bucket=BucketEvidence(bucket, tmp_path / "not-mounted"))
    await fill(services)
    async with client_for(services) as client:
        answer = await client.get("/api/tasks/broken/evidence")
    assert answer.status_code == 503
    assert "accessKey" in answer.json()["detail"]
