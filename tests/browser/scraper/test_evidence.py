"""What a failure leaves behind, and that no secret is in it: every byte that leaves the pod is searched."""

import json
import subprocess
import zipfile
from pathlib import Path

from sincro_contract.run import EVIDENCE_DIR
from sincro_scraper.masking import spellings
from sincro_scraper.pod import Files
from tests.browser.scraper.erp_process import Erp
from tests.browser.scraper.pod_files import Pod
from tests.services import BucketServer

MOUNTED = ("etc",)


def bytes_that_leave(root: Path, process: "subprocess.Popen[bytes]") -> list[tuple[str, bytes]]:
    """Everything that the pod wrote: files outside the mounted ones, entries of archives, its log."""
    found = [("log", (process.communicate(timeout=60)[1] or b""))]
    for file in root.rglob("*"):
        if not file.is_file() or file.relative_to(root).parts[0] in MOUNTED:
            continue
        found += opened(file)
    return found


def opened(file: Path) -> list[tuple[str, bytes]]:
    """The file's bytes, and those of its entries where it is an archive."""
    found = [(str(file), file.read_bytes())]
    if zipfile.is_zipfile(file):
        with zipfile.ZipFile(file) as archive:
            found += [(f"{file}!{name}", archive.read(name)) for name in archive.namelist()]
    return found


def test_a_failure_leaves_masked_evidence(erp: Erp, pod: Pod) -> None:
    erp.misbehave("column_renamed", "customers/city")
    pod.profile = pod.profile.replace("streams:\n", "manners: { timeout: 3s }\nstreams:\n", 1)
    process = pod.popen("customers", evidence=True)
    written = bytes_that_leave(pod.root, process)
    assert process.returncode == 23
    outcome = pod.outcome()
    assert outcome.error is not None
    names = {Path(artifact).name for artifact in outcome.error.artifacts}
    assert names == {"screenshot.png", "page.html", "trace.zip", "requests.har"}
    folder = Files(pod.root).at(EVIDENCE_DIR)
    for artifact in outcome.error.artifacts:
        assert (folder / artifact).stat().st_size > 100
    har = json.loads((folder / "default_customers-1_1/requests.har").read_text())
    assert any("Clienti.aspx" in entry["request"]["url"] for entry in har["log"]["entries"])
    for where, data in written:
        for form in spellings(pod.password) | {pod.database}:
            assert form.encode() not in data, f"a secret stands in {where}"


def test_evidence_in_a_bucket_is_masked_too(erp: Erp, pod: Pod, bucket_server: BucketServer) -> None:
    erp.misbehave("column_renamed", "customers/city")
    pod.profile = pod.profile.replace("streams:\n", "manners: { timeout: 3s }\nstreams:\n", 1)
    pod.bucket = bucket_server
    process = pod.popen("customers", attempt=3)
    written = bytes_that_leave(pod.root, process)
    outcome = pod.outcome()
    assert outcome.error is not None
    place = "default/customers-1/3"
    names = ("screenshot.png", "page.html", "requests.har", "trace.zip")
    assert outcome.error.artifacts == [f"s3://evidence/{place}/{name}" for name in names]
    written += [found for file in bucket_server.files.rglob("*") if file.is_file() for found in opened(file)]
    assert len(written) > 10
    for where, data in written:
        for form in spellings(pod.password) | {pod.database, bucket_server.secret_key}:
            assert form.encode() not in data, f"a secret stands in {where}"
    assert erp.sessions() == 0


def test_an_error_without_a_page_has_no_evidence(pod: Pod) -> None:
    pod.database = "postgresql://sincro:geheim@127.0.0.1:9/nothing"
    pod.start("customers", evidence=True)
    outcome = pod.outcome()
    assert outcome.error is not None
    assert outcome.error.artifacts == []
