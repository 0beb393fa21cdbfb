"""What is copied into an image comes from the folder that it is said to come from, and has an end."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from portal.base.errors import SituationError
from portal.image.build import require_own_files

WRONG: dict[str, Callable[[Path], None]] = {
    "a link to a file outside": lambda path: path.symlink_to("../../id_rsa"),
    "an absolute link": lambda path: path.symlink_to("/etc/passwd"),
    "a link to a folder outside": lambda path: path.symlink_to("../.."),
    "a link to the folder above": lambda path: path.symlink_to(".."),
    "a link to its own folder": lambda path: path.symlink_to("."),
    "a link to a device": lambda path: path.symlink_to("/dev/zero"),
    "a broken link": lambda path: path.symlink_to("nowhere"),
    "a loop": lambda path: path.symlink_to(path.name),
    "a named pipe": os.mkfifo,
}


@pytest.mark.parametrize("wrong", WRONG)
def test_what_an_image_must_not_have_is_a_sentence_that_names_it(wrong: str, tmp_path: Path) -> None:
    folder = tmp_path / "content" / "catalog"
    folder.mkdir(parents=True)
    (tmp_path / "id_rsa").touch()
    (folder / "all.yaml").touch()
    (folder / "again.yaml").symlink_to("all.yaml")
    require_own_files(tmp_path / "content")
    WRONG[wrong](folder / "wrong")
    with pytest.raises(SituationError, match=r"content/catalog/wrong is "):
        require_own_files(tmp_path / "content")


def test_a_chain_of_links_is_followed_to_its_end(tmp_path: Path) -> None:
    (tmp_path / "content").mkdir()
    (tmp_path / "id_rsa").touch()
    (tmp_path / "content" / "first").symlink_to("second")
    (tmp_path / "content" / "second").symlink_to(tmp_path / "id_rsa")
    with pytest.raises(SituationError, match=r"content/(first|second) is a link to"):
        require_own_files(tmp_path / "content")
