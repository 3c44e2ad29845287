"""The Debian packages of built images as bills of materials (CycloneDX 1.6), one a container image.

Decided here: what dpkg's database and the copyright files say, in CycloneDX's words. Nothing is asked of a network, and
no image is run: the engine hands its files out. Not here: Python's and npm's packages, of which locks say more.
"""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
import tarfile
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

DATABASE = "/var/lib/dpkg"
COPYRIGHTS = "/usr/share/doc"
RELEASE = "/usr/lib/os-release"

Document = dict[str, Any]


@dataclass(frozen=True)
class Package:
    """An installed package, as dpkg knows it. `source` and `source_version`: what Debian built it from."""

    name: str
    version: str
    architecture: str
    source: str
    source_version: str
    supplier: str = ""
    summary: str = ""
    homepage: str = ""


class NoFiles(Exception):
    """The image or what was asked of it is not there; the message says which."""


# ------------------------------------------------------------------ pure


def packages(status: str) -> list[Package]:
    """The installed packages of a dpkg status text (or of one file of status.d), by name and architecture."""
    found = []
    for stanza in re.split(r"\n\s*\n", status):
        fields = _fields(stanza)
        state = fields.get("status", "install ok installed")  # files of status.d need not say it
        if "package" not in fields or "version" not in fields or state.split()[-1] != "installed":
            continue
        source, version = re.fullmatch(r"(\S+)(?: \((\S+)\))?", fields.get("source", fields["package"])).groups()  # type: ignore[union-attr]
        found.append(
            Package(
                fields["package"],
                fields["version"],
                fields.get("architecture", "all"),
                source,
                version or fields["version"],
                fields.get("maintainer", ""),
                fields.get("description", ""),
                fields.get("homepage", ""),
            )
        )
    return sorted(found, key=lambda one: (one.name, one.architecture))


def licences(text: str) -> list[str]:
    """The licences that a copyright file in Debian's machine-readable format names, as it names them; else none."""
    if not re.match(r"\s*Format(-Specification)?:", text):
        return []
    named = re.findall(r"^License:[ \t]*(\S.*)$", text, re.MULTILINE)
    return sorted({name.strip() for name in named})


def component(package: Package, licence_names: list[str], distribution: str = "") -> Document:
    """One package in CycloneDX's words; `distribution` like debian-12."""
    qualifiers = {"arch": package.architecture}
    if distribution:
        qualifiers["distro"] = distribution
    if (package.source, package.source_version) != (package.name, package.version):
        same = package.source_version == package.version
        qualifiers["upstream"] = package.source if same else f"{package.source}@{package.source_version}"
    asked = "&".join(f"{key}={_quoted(value)}" for key, value in sorted(qualifiers.items()))
    purl = f"pkg:deb/debian/{_quoted(package.name)}@{_quoted(package.version)}?{asked}"
    document: Document = {
        "type": "library",
        "bom-ref": purl,
        "name": package.name,
        "version": package.version,
        "purl": purl,
    }
    if package.supplier:
        document["supplier"] = {"name": package.supplier}
    if package.summary:
        document["description"] = package.summary
    if licence_names:
        document["licenses"] = [{"license": {"name": name}} for name in licence_names]
    if package.homepage:
        document["externalReferences"] = [{"type": "website", "url": package.homepage}]
    return document


def bill(image: str, identity: str, components: list[Document]) -> Document:
    """The bill of an image, called NAME:TAG, with this id (sha256:...): the same image has the same bill."""
    name, _, tag = image.rpartition(":")
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, f'{image}@{identity}')}",
        "version": 1,
        "metadata": {
            "component": {
                "type": "container",
                "bom-ref": image,
                "name": name,
                "version": tag,
                "properties": [{"name": "sincro:image-id", "value": identity}],
            }
        },
        "components": components,
    }


def distribution_of(release: str) -> str:
    """`debian-12` from the text of os-release; empty where it does not say."""
    fields = dict(re.findall(r'^(ID|VERSION_ID)="?([^"\n]*)"?$', release, re.MULTILINE))
    return "-".join(filter(None, (fields.get("ID"), fields.get("VERSION_ID"))))


def _fields(stanza: str) -> Mapping[str, str]:
    """The fields of a stanza, their names in small letters; of one that goes on over lines, the first."""
    return {name.lower(): value.strip() for name, value in re.findall(r"^([A-Za-z-]+):(.*)$", stanza, re.MULTILINE)}


def _quoted(text: str) -> str:
    return quote(text, safe=":~.-_@")


# ------------------------------------------------------------------ the engine


def bill_of(image: str) -> Document:
    """The bill of a built image. Raises NoFiles where it is not there, or has no dpkg database."""
    identity = _engine("image", "inspect", "-f", "{{.Id}}", image).decode().strip()
    made = _engine("create", "--network", "none", image, "nothing").decode().strip()
    try:
        texts = [text for path, text in _files(made, DATABASE) if re.fullmatch(r"dpkg/status(\.d/[^/.]+)?", path)]
        if not texts:
            raise NoFiles(f"{image} has no {DATABASE}/status")
        copyrights = {path.split("/")[1]: text for path, text in _files(made, COPYRIGHTS) if _COPYRIGHT.match(path)}
        release = "".join(text for _, text in _files(made, RELEASE))
    finally:
        _engine("rm", made)
    found = packages("\n\n".join(texts))
    distribution = distribution_of(release)
    documents = [component(one, licences(copyrights.get(one.name, "")), distribution) for one in found]
    return bill(image, identity, documents)


_COPYRIGHT = re.compile(r"doc/[^/]+/copyright$")


def _files(container: str, folder: str) -> Iterator[tuple[str, str]]:
    """Path (from the folder's own name on) and text of every file there; none where there is no such folder."""
    try:
        archive = _engine("cp", "--follow-link", f"{container}:{folder}", "-")
    except NoFiles:
        return
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        for member in tar:
            content = tar.extractfile(member) if member.isfile() else None
            if content is not None:
                yield member.name, content.read().decode("utf-8", errors="replace")


def _engine(*words: str) -> bytes:
    try:
        done = subprocess.run(["docker", *words], capture_output=True, timeout=120, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NoFiles(f"docker {words[0]}: {error}") from error
    if done.returncode != 0:
        raise NoFiles(f"docker {' '.join(words)}: {done.stderr.decode(errors='replace').strip()}")
    return done.stdout


def main(folder: Path, images: list[str]) -> int:
    """Write FOLDER/image-TARGET.cdx.json for each; says of each that is not there that its bill is missing."""
    for image in images:
        target = image.rpartition("/")[2].partition(":")[0]
        file = folder / f"image-{target}.cdx.json"
        file.unlink(missing_ok=True)
        try:
            document = bill_of(image)
        except NoFiles as error:
            print(f"sbom: MISSING: the Debian packages of {image} ({error}); `make images` builds it", file=sys.stderr)
            continue
        file.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
        named = sum("licenses" in one for one in document["components"])
        total = len(document["components"])
        print(f"sbom: {image}: {total} Debian packages, licences named for {named}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:]))
