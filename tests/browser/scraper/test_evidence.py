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

MOUNTED = ("etc",)


def bytes_that_leave(root: Path, process: "subprocess.Popen[bytes]") -> list[tuple[str, bytes]]:
    """Everything that the pod wrote: files outside the mounted ones, entries of archives, its log."""
    found = [("log", (process.communicate(timeout=60)[1] or b""))]
    for file in root.rglob("*"):
        if not file.is_file() or file.relative_to(root).parts[0] in MOUNTED:
            continue
        data = file.read_bytes()
        found.append((str(file), data))
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
    har = json.loads((folder / "default-customers-1-1/requests.har").read_text())
    assert any("Clienti.aspx" in entry["request"]["url"] for entry in har["log"]["entries"])
    for where, data in written:
        for form in spellings(pod.password) | {pod.database}:
            assert form.encode() not in data, f"a secret stands in {where}"


def test_an_error_without_a_page_has_no_evidence(pod: Pod) -> None:
    pod.database = "postgresql://sincro:geheim@127.0.0.1:9/nothing"
    pod.start("customers", evidence=True)
    outcome = pod.outcome()
    assert outcome.error is not None
    assert outcome.error.artifacts == []
