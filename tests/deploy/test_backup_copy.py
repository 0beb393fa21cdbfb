"""A backup on this machine: all of it, or none of it."""

from __future__ import annotations

import json
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from portal.base.errors import PortalError, SituationError
from portal.contract import BACKUP_BY_HAND, BACKUP_OF_SCHEDULE, BACKUP_REASON, BACKUP_STORE
from portal.deploy import backup_copy as module
from portal.deploy.backup_copy import copy_backup
from portal.deploy.backup_now import by_hand
from portal.deploy.backups import Backup, parse_backups
from tests.deploy.test_restore import listed

NAME = "20261128T020000Z"


class Stored:
    """A place with one backup, whose encrypted file has 200 bytes by its list. ``there`` is how many it really has."""

    def __init__(self, folder: Path, there: int) -> None:
        self.folder, self.asked = folder, list[str]()
        (folder / f"{NAME}.age").write_bytes(bytes(there))
        (folder / f"{NAME}.json").write_text(json.dumps(listed()))

    def backups(self) -> tuple[Backup, ...]:
        return parse_backups(json.dumps(listed()))

    def reading(self, file: str) -> list[str]:
        self.asked.append(file)
        return ["cat", str(self.folder / file)]


def copied(monkeypatch: pytest.MonkeyPatch, folder: Path, *, there: int = 200, name: str | None = None) -> list[str]:
    """What was asked for, in this order."""
    (folder / "place").mkdir()
    stored = Stored(folder / "place", there)

    @contextmanager
    def opened(*_words: object) -> Generator[Stored]:
        yield stored

    monkeypatch.setattr(module, "stored_backups", opened)
    file = copy_backup(None, "portal", "prod", name, folder / "copies")  # pyright: ignore[reportArgumentType]
    assert file == folder / "copies" / f"{NAME}.age"
    return stored.asked


def test_both_files_arrive_and_the_list_is_last(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert copied(monkeypatch, tmp_path) == [f"{NAME}.age", f"{NAME}.json"]
    for kind in ("age", "json"):
        file = f"{NAME}.{kind}"
        assert (tmp_path / "copies" / file).read_bytes() == (tmp_path / "place" / file).read_bytes()


def test_what_is_cut_off_leaves_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with pytest.raises(PortalError, match="only 199 of 200 bytes"):
        copied(monkeypatch, tmp_path, there=199)
    assert list((tmp_path / "copies").iterdir()) == []


def test_a_file_is_no_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "copies").write_text("mine")
    with pytest.raises(SituationError, match="is not a folder"):
        copied(monkeypatch, tmp_path)
    assert (tmp_path / "copies").read_text() == "mine"


def test_a_backup_by_hand_says_so_and_is_otherwise_one_of_the_schedule() -> None:
    def spec(reason: str) -> dict[str, Any]:
        store = {"name": BACKUP_STORE, "env": [{"name": "A", "value": "1"}, {"name": BACKUP_REASON, "value": reason}]}
        return {"backoffLimit": 2, "template": {"spec": {"containers": [store]}}}

    given = spec(BACKUP_OF_SCHEDULE)
    assert by_hand(given) == spec(BACKUP_BY_HAND)
    assert given == spec(BACKUP_OF_SCHEDULE)
