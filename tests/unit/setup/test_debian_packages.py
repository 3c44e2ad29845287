"""The bills of images: what dpkg's database and the copyright files say, in CycloneDX's words."""

from typing import Any

import pytest

from dev.images.packages import Package, bill, component, distribution_of, licences, packages

STATUS = """\
Package: zlib1g
Status: install ok installed
Maintainer: Mark Brown <broonie@debian.org>
Architecture: amd64
Multi-Arch: same
Source: zlib
Version: 1:1.2.13.dfsg-1
Description: compression library - runtime
 zlib is a library. Package: not-a-field
 .
 Version: nor is this
Homepage: http://zlib.net/

Package: gone
Status: deinstall ok config-files
Architecture: amd64
Version: 1.0

Package: half
Status: install ok half-configured
Architecture: amd64
Version: 1.0

Package: libstdc++6
Status: install ok installed
Architecture: amd64
Source: gcc-12
Version: 12.2.0-14+deb12u1

Package: bsdutils
Status: hold ok installed
Architecture: amd64
Source: util-linux (2.38.1-5)
Version: 1:2.38.1-5

Package: adduser
Status: install ok installed
Architecture: all
Version: 3.134~rc1
"""

MACHINE_READABLE = """\
Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: Expat

Files: *
Copyright: 2001 Expat maintainers
License: MIT

Files: debian/*
License: GPL-2+ or Artistic

License: MIT
 Permission is hereby granted ...
 License: this line is part of a text
"""


def test_what_is_installed() -> None:
    adduser, bsdutils, libstdcpp, zlib = packages(STATUS)
    assert zlib == Package(
        "zlib1g",
        "1:1.2.13.dfsg-1",
        "amd64",
        source="zlib",
        source_version="1:1.2.13.dfsg-1",
        supplier="Mark Brown <broonie@debian.org>",
        summary="compression library - runtime",
        homepage="http://zlib.net/",
    )
    assert adduser == Package("adduser", "3.134~rc1", "all", "adduser", "3.134~rc1")
    assert (bsdutils.source, bsdutils.source_version) == ("util-linux", "2.38.1-5")
    assert (libstdcpp.source, libstdcpp.source_version) == ("gcc-12", "12.2.0-14+deb12u1")


@pytest.mark.parametrize(
    "status",
    [
        "",
        "\n\n",
        "Package: a",
        "Version: 1",
        "0d3f ./usr/bin/x\n",
        "Package: a\nVersion: 1\nStatus: purge ok not-installed",
    ],
)
def test_what_is_no_installed_package(status: str) -> None:
    assert packages(status) == []


def test_a_file_of_status_d_needs_no_status() -> None:
    assert packages("Package: tzdata\nVersion: 2024a\nArchitecture: all") == [
        Package("tzdata", "2024a", "all", "tzdata", "2024a")
    ]


@pytest.mark.parametrize(
    ("name", "distribution", "purl"),
    [
        ("zlib1g", "", "pkg:deb/debian/zlib1g@1:1.2.13.dfsg-1?arch=amd64&upstream=zlib"),
        ("libstdc++6", "", "pkg:deb/debian/libstdc%2B%2B6@12.2.0-14%2Bdeb12u1?arch=amd64&upstream=gcc-12"),
        ("bsdutils", "", "pkg:deb/debian/bsdutils@1:2.38.1-5?arch=amd64&upstream=util-linux@2.38.1-5"),
        ("adduser", "debian-12", "pkg:deb/debian/adduser@3.134~rc1?arch=all&distro=debian-12"),
    ],
)
def test_what_scanners_know_a_package_by(name: str, distribution: str, purl: str) -> None:
    (package,) = [one for one in packages(STATUS) if one.name == name]
    found = component(package, [], distribution)
    assert (found["purl"], found["bom-ref"]) == (purl, purl)
    assert (found["name"], found["version"]) == (name, package.version)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (MACHINE_READABLE, ["GPL-2+ or Artistic", "MIT"]),
        ("This package was debianized by hand.\nLicense: GPL", []),
        ("", []),
        ("Format: x\n\nLicense:\n  text without a name\n", []),
    ],
    ids=["in Debian's format", "in prose", "none", "without a name"],
)
def test_licences_are_those_that_a_machine_can_read(text: str, names: list[str]) -> None:
    assert licences(text) == names


def test_the_whole_bill() -> None:
    (package,) = packages(STATUS.partition("\n\n")[0])
    document = bill("sincro/operator:0f1e", "sha256:abc", [component(package, ["Zlib"], "debian-12")])
    again: dict[str, Any] = bill("sincro/operator:0f1e", "sha256:abc", document["components"])
    assert document == again
    assert document.pop("serialNumber") != bill("sincro/operator:0f1e", "sha256:abd", [])["serialNumber"]
    purl = "pkg:deb/debian/zlib1g@1:1.2.13.dfsg-1?arch=amd64&distro=debian-12&upstream=zlib"
    assert document == {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": {
                "type": "container",
                "bom-ref": "sincro/operator:0f1e",
                "name": "sincro/operator",
                "version": "0f1e",
                "properties": [{"name": "sincro:image-id", "value": "sha256:abc"}],
            }
        },
        "components": [
            {
                "type": "library",
                "bom-ref": purl,
                "name": "zlib1g",
                "version": "1:1.2.13.dfsg-1",
                "purl": purl,
                "supplier": {"name": "Mark Brown <broonie@debian.org>"},
                "description": "compression library - runtime",
                "licenses": [{"license": {"name": "Zlib"}}],
                "externalReferences": [{"type": "website", "url": "http://zlib.net/"}],
            }
        ],
    }


@pytest.mark.parametrize(
    ("release", "distribution"),
    [('NAME="Debian GNU/Linux"\nVERSION_ID="12"\nID=debian\n', "debian-12"), ("ID=debian\n", "debian"), ("", "")],
)
def test_the_distribution(release: str, distribution: str) -> None:
    assert distribution_of(release) == distribution
