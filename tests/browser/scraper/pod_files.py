"""A pod's mounted files in a temporary folder, and the scraper started over them as in a Job."""

import json
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sincro_contract.result import Outcome
from sincro_contract.run import (
    CREDENTIALS_DIR,
    DATABASE_URL_FILE,
    EVIDENCE_BUCKET_DIR,
    EVIDENCE_DIR,
    PROFILE_FILE,
    RUN_FILE,
    SESSION_KEY_FILE,
    TERMINATION_MESSAGE_FILE,
)
from sincro_scraper.pod import Files, run_in_pod
from tests.services import BucketServer

PROFILES = Path(__file__).parents[3] / "examples/profiles"


@dataclass
class Pod:
    """What is mounted. `start` runs the program in this process, `popen` in one of its own."""

    root: Path
    base_url: str
    database: str
    username: str
    password: str
    profile: str = (PROFILES / "demo-erp.yaml").read_text()
    spec: dict[str, Any] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)
    session_key: bytes | None = None
    bucket: BucketServer | None = None

    def write(self, type_: str, mode: str = "Full", **spec: Any) -> Files:
        """Write all files."""
        files = Files(self.root)
        run = {
            "task": {"namespace": "default", "name": f"{type_}-1"},
            "source": "erp",
            "type": type_,
            "mode": mode,
            "baseUrl": self.base_url,
            **self.spec,
            **spec,
        }
        texts = {
            RUN_FILE: json.dumps(run),
            PROFILE_FILE: self.profile,
            CREDENTIALS_DIR / "username": self.username,
            CREDENTIALS_DIR / "password": self.password,
            DATABASE_URL_FILE: self.database,
            TERMINATION_MESSAGE_FILE: "",
        }
        if self.session_key is not None:
            file = files.at(SESSION_KEY_FILE)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(self.session_key)
        if self.bucket is not None:
            run["evidenceBucket"] = {"bucket": self.bucket.bucket, "endpoint": self.bucket.url}
            texts[RUN_FILE] = json.dumps(run)
            texts[EVIDENCE_BUCKET_DIR / "accessKey"] = self.bucket.access_key
            texts[EVIDENCE_BUCKET_DIR / "secretKey"] = self.bucket.secret_key
        for path, text in texts.items():
            file = files.at(path)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        if run.get("evidence"):
            files.at(EVIDENCE_DIR).mkdir(parents=True, exist_ok=True)
        return files

    def start(self, type_: str, mode: str = "Full", **spec: Any) -> tuple[int, Outcome]:
        """Run to the end; exit code and termination message."""
        files = self.write(type_, mode, **spec)
        code = run_in_pod(self.environment, files)
        return code, self.outcome()

    def popen(self, type_: str, mode: str = "Full", **spec: Any) -> "subprocess.Popen[bytes]":
        """Start a process; the caller waits for it."""
        self.write(type_, mode, **spec)
        program = (
            "import os, sys, pathlib; from sincro_scraper.pod import Files, run_in_pod; "
            "sys.exit(run_in_pod(os.environ, Files(pathlib.Path(sys.argv[1]))))"
        )
        return subprocess.Popen([sys.executable, "-c", program, str(self.root)], stderr=subprocess.PIPE)

    def outcome(self) -> Outcome:
        """What the termination message says."""
        return Outcome.model_validate_json(Files(self.root).at(TERMINATION_MESSAGE_FILE).read_text())
