"""A damaged file is a sentence, or no cache, and never a traceback."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from portal.base.errors import SituationError
from portal.base.json_file import read_cache, read_json_object, read_state, write_state
from tests.support.checkouts import ROOT


@dataclass(frozen=True)
class Known:
    """A record with one of each."""

    name: str
    pid: int
    rows: tuple[tuple[str, str], ...] = ()
    maybe: str | None = None


FULL = Known("portal", 7, (("a", "b"),), "x")
WHOLE = b'{"name": "portal", "pid": 7}'
DAMAGED = [
    b"",
    b"{",
    b"null",
    b"[]",
    b'"text"',
    b"{}",
    b'{"name": null, "pid": 7}',
    b'{"name": "portal", "pid": "7"}',
    b'{"name": "portal", "pid": 7.5}',
    b'{"name": "portal", "pid": 7, "rows": [["a"]]}',
    b'{"name": "portal", "pid": 7, "rows": {"a": "b"}}',
    b"\xff\xfe{\x00",
    b"\x00" * 100,
    b"[" * 100_000,
    *(WHOLE[:length] for length in range(1, len(WHOLE))),
]


@pytest.mark.parametrize("content", DAMAGED, ids=range(len(DAMAGED)))
def test_damage_is_a_sentence_or_no_cache(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "known.json"
    path.write_bytes(content)
    with pytest.raises(SituationError) as caught:
        read_state(path, Known, ".portal/known.json", "delete it")
    assert caught.value.sentence.startswith(".portal/known.json: The file is damaged: ")
    assert caught.value.sentence.endswith("Delete it.")
    assert read_cache(path, Known) is None


def test_what_was_written_is_read(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "known.json"
    write_state(path, FULL)
    assert path.stat().st_mode & 0o077 == 0
    assert read_state(path, Known, "f", "") == read_cache(path, Known) == FULL


def test_a_newer_version_may_write_more(tmp_path: Path) -> None:
    path = tmp_path / "known.json"
    path.write_bytes(b'{"name": "portal", "pid": 7, "more": {}}')
    assert read_state(path, Known, "f", "") == Known("portal", 7)


def test_without_a_file_there_is_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for path in (tmp_path / "none.json", tmp_path / "file" / "none.json"):
        assert read_state(path, Known, "f", "") is None
        assert read_cache(path, Known) is None


def test_a_folder_in_its_place_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(SituationError, match="it cannot be read"):
        read_state(tmp_path, Known, "f", "delete it")
    assert read_cache(tmp_path, Known) is None


def test_a_committed_file_that_is_nested_without_end_is_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "schema.json"
    path.write_text("[" * 100_000)
    with pytest.raises(SituationError, match="damaged"):
        read_json_object(path, "schema.json", "restore it")


def test_nothing_reads_a_file_of_ours_in_another_way() -> None:
    """What does is named with what it reads: files of the installed program, of packages, and of other programs."""
    named = {
        "portal/aws/make_facts.py": "of cfn-lint, read by the program's maintainers",
        "portal/base/lock.py": "who holds a lock: nobody, if it is damaged",
        "portal/deploy/pulumi_pins.py": "of the program",
        "portal/image/app.py": "what Backstage's builder has just written",
        "portal/image/make_manifest.py": "the manifests of the program, read by its maintainers",
        "portal/image/package_json.py": "of npm packages",
        "portal/image/pinned_images.py": "of the program",
        "portal/image/published_packages.py": "of npm packages, read by the program's maintainers",
        "portal/image/registry_credentials.py": "of docker, podman and buildah",
    }
    reads = re.compile(r"json\.loads?\(.*(read_text|read_bytes|open)\(")
    found = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "portal").rglob("*.py")
        if reads.search(path.read_text()) and path.name != "json_file.py"
    }
    assert found == set(named)
