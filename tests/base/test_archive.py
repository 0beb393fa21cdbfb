"""Nothing is written outside of the folder, on Pythons with a filter for archives and on those without."""

from __future__ import annotations

import io
import os
import tarfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from portal.base.archive import ArchiveError, unpack

PYTHON_HAS_FILTER = hasattr(tarfile, "data_filter")


@pytest.fixture(params=["filter", "no-filter"], autouse=True)
def _python(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Python 3.11.4 and newer, and 3.11.0 to 3.11.3: there `extractall` knows no filter and trusts the archive."""
    if request.param == "filter" and not PYTHON_HAS_FILTER:
        pytest.skip("this Python has no filter for archives")
    if request.param == "no-filter" and PYTHON_HAS_FILTER:
        trusting = tarfile.fully_trusted_filter
        monkeypatch.delattr(tarfile, "data_filter")
        monkeypatch.setattr(tarfile.TarFile, "extraction_filter", staticmethod(trusting), raising=False)


def file(name: str, text: str = "text", mode: int = 0o644) -> tuple[tarfile.TarInfo, bytes]:
    member = tarfile.TarInfo(name)
    member.size, member.mode = len(text), mode
    return member, text.encode()


def other(name: str, kind: bytes, target: str = "", mode: int = 0o777) -> tuple[tarfile.TarInfo, bytes]:
    member = tarfile.TarInfo(name)
    member.type, member.linkname, member.mode = kind, target, mode
    return member, b""


def symlink(name: str, target: str) -> tuple[tarfile.TarInfo, bytes]:
    return other(name, tarfile.SYMTYPE, target)


def hard_link(name: str, target: str) -> tuple[tarfile.TarInfo, bytes]:
    return other(name, tarfile.LNKTYPE, target)


def folder(name: str, mode: int = 0o755) -> tuple[tarfile.TarInfo, bytes]:
    return other(name, tarfile.DIRTYPE, mode=mode)


def packed(path: Path, *members: tuple[tarfile.TarInfo, bytes]) -> Path:
    with tarfile.open(path, "w:gz") as archive:
        for member, content in members:
            archive.addfile(member, io.BytesIO(content))
    return path


def tree(path: Path) -> set[str]:
    return {found.relative_to(path).as_posix() for found in path.rglob("*")}


MALICIOUS: Mapping[str, tuple[tuple[tarfile.TarInfo, bytes], ...]] = {
    "absolute name": (file("/tmp/escaped"),),
    "name that climbs": (file("../escaped"),),
    "name that climbs on the way": (file("a/../../escaped"),),
    "folder that climbs": (folder("../escaped"),),
    "absolute link": (symlink("link", "/etc"),),
    "link that climbs": (symlink("link", ".."), file("link/escaped")),
    "link that climbs from a folder": (symlink("a/link", "../../escaped"),),
    "link to nothing": (symlink("link", ""),),
    "file below a link": (folder("a"), symlink("link", "a"), file("link/escaped")),
    "file below a link that comes later": (file("link/escaped"), symlink("link", "a")),
    # Each of these stays inside by its letters, and leaves when the links are followed.
    "link through a link": (folder("a/b"), symlink("a/b/up", "../.."), symlink("a/b/out", "up/../../escaped")),
    "link below a link": (symlink("a/b/up", "../.."), symlink("a/b/up/x/y/out", "../../../escaped")),
    "link that takes a folder's place": (folder("a"), symlink("a", "b"), file("a/escaped")),
    "file through a link of its name": (symlink("a", "b"), file("a", "escaped")),
    "hard link outside": (hard_link("link", "/etc/passwd"),),
    "hard link that climbs": (hard_link("link", "../outside"),),
    "hard link to a link": (symlink("a", "b"), hard_link("link", "a")),
    "hard link to what is not in it": (hard_link("link", "a"),),
    "device": (other("null", tarfile.CHRTYPE),),
    "block device": (other("disk", tarfile.BLKTYPE),),
    "pipe": (other("pipe", tarfile.FIFOTYPE),),
}


@pytest.mark.parametrize("members", MALICIOUS.values(), ids=MALICIOUS.keys())
def test_a_malicious_archive_is_refused_and_nothing_is_written(
    tmp_path: Path, members: tuple[tuple[tarfile.TarInfo, bytes], ...]
) -> None:
    target = tmp_path / "in" / "target"
    target.mkdir(parents=True)
    (tmp_path / "in" / "outside").write_text("as it was")
    archive = packed(tmp_path / "bad.tar.gz", file("good"), *members)
    with pytest.raises(ArchiveError, match=r"bad\.tar\.gz cannot be unpacked: "):
        unpack(archive, target)
    assert tree(tmp_path) == {"bad.tar.gz", "in", "in/outside", "in/target"}


def test_what_an_honest_archive_holds_is_unpacked(tmp_path: Path) -> None:
    archive = packed(
        tmp_path / "good.tar.gz",
        folder("."),
        folder("./bin/"),
        file("./bin/program", "#!/bin/sh\n", 0o755),
        hard_link("bin/same", "bin/program"),
        file("share/deep/text", "words"),
        symlink("share/deep/program", "../../bin/program"),
        symlink("latest", "share/deep"),
        symlink("again", "latest/text"),
    )
    target = tmp_path / "target"
    unpack(archive, target)
    assert (target / "bin/same").read_text() == "#!/bin/sh\n"
    assert (target / "share/deep/program").resolve() == (target / "bin/program").resolve()
    assert (target / "again").read_text() == "words"


def test_modes_and_owners_are_ours(tmp_path: Path) -> None:
    stranger, content = file("stranger", mode=0o4777)
    stranger.uid = stranger.gid = 12345
    stranger.uname = stranger.gname = "daemon"
    archive = packed(
        tmp_path / "a.tar", (stranger, content), file("secret", mode=0o600), file("none", mode=0), folder("d", 0o2000)
    )
    target = tmp_path / "target"
    unpack(archive, target)
    found = {path.name: path.stat() for path in target.iterdir()}
    assert {name: oct(stat.st_mode & 0o7777) for name, stat in found.items()} == {
        "stranger": "0o755",
        "secret": "0o644",
        "none": "0o644",
        "d": "0o755",
    }
    assert {(stat.st_uid, stat.st_gid) for stat in found.values()} == {(os.geteuid(), os.getegid())}


def test_more_than_the_limit_is_not_unpacked(tmp_path: Path) -> None:
    archive = packed(tmp_path / "big.tar.gz", file("a", "x" * 2**20), file("b", "x" * 2**20))
    unpack(archive, tmp_path / "fits", limit=2 * 2**20)
    with pytest.raises(ArchiveError, match="it holds more than 2 MiB"):
        unpack(archive, tmp_path / "target", limit=2 * 2**20 - 1)
    assert not (tmp_path / "target").exists()


@pytest.mark.parametrize("cut", [0, 10, 30, -300])
def test_a_damaged_archive_is_one_sentence(tmp_path: Path, cut: int) -> None:
    whole = packed(tmp_path / "a.tar.gz", file("a", os.urandom(4096).hex())).read_bytes()
    (tmp_path / "cut.tar.gz").write_bytes(whole[:cut])
    with pytest.raises(ArchiveError, match=r"cut\.tar\.gz cannot be unpacked: "):
        unpack(tmp_path / "cut.tar.gz", tmp_path / "target")


@pytest.mark.parametrize("at", range(10, 400, 13))
def test_a_changed_byte_is_at_worst_one_sentence(tmp_path: Path, at: int) -> None:
    whole = bytearray(packed(tmp_path / "a.tar.gz", file("a", "words " * 200), symlink("b", "a")).read_bytes())
    whole[at % len(whole)] ^= 0x5A
    (tmp_path / "changed.tar.gz").write_bytes(whole)
    try:
        unpack(tmp_path / "changed.tar.gz", tmp_path / "target")
    except ArchiveError as error:
        assert "changed.tar.gz cannot be unpacked" in str(error)  # noqa: PT017 - none is fine too
