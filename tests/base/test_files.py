"""What is written is there whole or not at all, with the rights that it should have."""

from __future__ import annotations

from pathlib import Path

import pytest

from portal.base.files import made_whole, write_whole


def fail(text: str) -> None:
    raise OSError(text)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_that_fails_half_way_leaves_the_one_before(tmp_path: Path) -> None:
    path = tmp_path / "settings"
    write_whole(path, "before")

    def write() -> None:
        with made_whole(path) as partial:
            partial.write_text("half of")
            assert path.read_text() == "before"
            fail("the disk is full")

    with pytest.raises(OSError, match="disk is full"):
        write()
    assert path.read_text() == "before"
    assert names(tmp_path) == ["settings"]


def test_a_folder_takes_the_place_of_the_one_before(tmp_path: Path) -> None:
    folder = tmp_path / "tools"
    for name in ("first", "second"):
        with made_whole(folder) as partial:
            partial.mkdir()
            (partial / name).touch()
    assert names(folder) == ["second"]
    assert names(tmp_path) == ["tools"]


def test_a_folder_that_fails_half_way_is_removed(tmp_path: Path) -> None:
    def make() -> None:
        with made_whole(tmp_path / "tools") as partial:
            partial.mkdir()
            (partial / "half").touch()
            fail("no network")

    with pytest.raises(OSError, match="no network"):
        make()
    assert names(tmp_path) == []


def test_a_private_file_is_never_readable_for_others(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "passphrase"
    write_whole(path, "words", 0o600)
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_file_keeps_its_rights(tmp_path: Path) -> None:
    path = tmp_path / "stack"
    path.touch()
    path.chmod(0o640)
    write_whole(path, b"\x00\xff")
    assert path.stat().st_mode & 0o777 == 0o640
    assert path.read_bytes() == b"\x00\xff"
