"""What an image says about its base is found wherever a layer has it; what it does not say is not invented."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile
from pathlib import Path

import pytest

from portal.base.errors import PortalError
from portal.image.image_packages import DebianPackage, ImagePackages, image_packages

SYSTEM = 'PRETTY_NAME="Debian GNU/Linux 13 (trixie)"\nID=debian\nVERSION_ID="13"\n'
FIRST = (
    "Package: libc6\nStatus: install ok installed\nArchitecture: amd64\nVersion: 2.41-12\nDescription: C\n  as: it is\n"
)
LATER = f"{FIRST}\nPackage: perl-base\nStatus: deinstall ok config-files\nArchitecture: amd64\nVersion: 5.40.1-6\n"


def tar(files: dict[str, str]) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as written:
        for name, text in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(text.encode())
            written.addfile(member, io.BytesIO(text.encode()))
    return stream.getvalue()


def archive(path: Path, *layers: bytes, environment: list[str] | None = None) -> Path:
    """An OCI archive with these layers."""
    blobs: dict[str, bytes] = {}

    def stored(content: bytes) -> dict[str, str]:
        digest = hashlib.sha256(content).hexdigest()
        blobs[f"blobs/sha256/{digest}"] = content
        return {"digest": f"sha256:{digest}"}

    config = stored(json.dumps({"config": {"Env": environment}}).encode())
    listed = [stored(layer) for layer in layers]
    manifest = stored(json.dumps({"config": config, "layers": listed}).encode())
    with tarfile.open(path, "w") as written:
        for name, content in {**blobs, "index.json": json.dumps({"manifests": [manifest]}).encode()}.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            written.addfile(member, io.BytesIO(content))
    return path


LIBC = DebianPackage("libc6", "2.41-12", "amd64")


def test_the_last_layer_that_has_debians_database_counts(tmp_path: Path) -> None:
    base = tar({"usr/lib/os-release": SYSTEM, "var/lib/dpkg/status": "Package: gone\nVersion: 1\n"})
    image = archive(
        tmp_path / "image.tar",
        gzip.compress(base),
        tar({"./var/lib/dpkg/status": LATER}),
        environment=["PATH=/bin", "NODE_VERSION=24.19.0"],
    )
    assert image_packages(image) == ImagePackages("24.19.0", ("debian", "13"), (LIBC,))


def test_packages_that_were_only_unpacked_have_a_file_each(tmp_path: Path) -> None:
    recorded = {
        "var/lib/dpkg/status.d/libc6": FIRST.replace("Status: install ok installed\n", ""),
        "var/lib/dpkg/status.d/base-files": "Package: base-files\nVersion: 13.8\nArchitecture: all\n",
        "var/lib/dpkg/status.d/libc6.md5sums": "Package: none\nVersion: 1\n",
    }
    found = image_packages(archive(tmp_path / "image.tar", tar(recorded)))
    assert found == ImagePackages(debian=(DebianPackage("base-files", "13.8", "all"), LIBC))


def test_what_a_portal_brings_is_not_taken_for_its_base(tmp_path: Path) -> None:
    ours = tar({"app/content/catalog.yaml": "", "var/lib/dpkg/status": FIRST})
    deeper = tar({"home/var/lib/dpkg/status": FIRST, "var/lib/dpkg/status-old": FIRST})
    assert image_packages(archive(tmp_path / "image.tar", ours, deeper)) == ImagePackages()


def test_what_is_no_archive_of_an_image_is_a_sentence(tmp_path: Path) -> None:
    files = {
        "nothing.tar": b"",
        "other.tar": tar({"manifest.json": "[]"}),
        "empty.tar": tar({"index.json": '{"manifests": []}'}),
        "damaged.tar": tar({"index.json": "{"}),
        "whole.tar": archive(tmp_path / "whole", b"\x28\xb5\x2f\xfd a layer in zstd").read_bytes(),
        "cut.tar": archive(tmp_path / "cut", gzip.compress(tar({"a": "b" * 10_000}))[:60]).read_bytes(),
    }
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(PortalError, match="cannot be read"):
            image_packages(tmp_path / name)
    with pytest.raises(PortalError, match="cannot be read"):
        image_packages(tmp_path / "missing.tar")
