"""How a dump is stored, with a real Node: only the private key opens it, and old ones go by the rule."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from portal.base.age_key import PrivateKey, write_new_key
from portal.base.errors import PortalError
from portal.base.process import piped
from tests.components.backup_pod import Pod, dumped

pytestmark = pytest.mark.no_python


@pytest.mark.parametrize("size", [0, 1, 2**16 - 1, 2**16, 2**16 + 1, 3 * 2**16, 1_000_003])
def test_another_implementation_opens_what_was_encrypted(pod: Pod, key: Path, size: int) -> None:
    content = os.urandom(size)
    pod.holds(content)
    ended = pod.store("schedule")
    assert ended.returncode == 0, ended.stderr
    assert pod.opened(key, pod.backups / "20261128T020000Z.age") == content
    assert (pod.backups / "20261128T020000Z.age").read_bytes().startswith(b"age-encryption.org/v1\n-> X25519 ")
    told = json.loads((pod.backups / "20261128T020000Z.json").read_text())
    assert told["dump"]["bytes"] == size
    assert (told["stack"], told["release"], told["reason"]) == ("prod", "r-1", "schedule")


def test_another_key_opens_nothing(pod: Pod, key: Path, tmp_path: Path) -> None:
    dumped(pod)
    assert pod.store("schedule").returncode == 0
    other = tmp_path / "other.key"
    write_new_key(other)
    with pytest.raises(PortalError, match="cannot be decrypted"):
        pod.opened(other, pod.backups / "20261128T020000Z.age")
    assert pod.opened(key, pod.backups / "20261128T020000Z.age") == (pod.work / "dump").read_bytes()


@pytest.mark.parametrize("harm", ["cut off", "changed", "in its header", "empty"])
def test_a_damaged_backup_is_said_to_be_damaged(pod: Pod, key: Path, harm: str) -> None:
    dumped(pod)
    assert pod.store("schedule").returncode == 0
    file = pod.backups / "20261128T020000Z.age"
    whole = file.read_bytes()
    middle = len(whole) // 2
    changed = {
        "cut off": whole[:-500],
        "changed": whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :],
        "in its header": whole.replace(b"X25519", b"X25518", 1),
        "empty": b"",
    }
    file.write_bytes(changed[harm])
    with pytest.raises(PortalError, match="or it is damaged"):
        pod.opened(key, pod.backups / file.name)


def test_decrypting_stops_where_nobody_reads(pod: Pod, key: Path) -> None:
    pod.holds(os.urandom(5_000_000))
    assert pod.store("schedule").returncode == 0
    with pytest.raises(PortalError, match="ended before it had read everything"):
        piped(pod.backups / "20261128T020000Z.age", ["head", "-c", "10"], PrivateKey(key).decrypt)


def test_old_backups_go_by_the_rule_and_what_was_left_half_made_too(pod: Pod) -> None:
    """Seven days, four weeks, two before releases, one by hand; the newest of each."""
    dumped(pod)
    days = [f"202611{day:02}T020000Z" for day in range(1, 28)]
    releases = [f"202611{day:02}T120000Z-before" for day in (2, 3, 4)]
    by_hand = [f"202611{day:02}T030000Z-hand" for day in (5, 6)]
    for name in (*days, *releases, *by_hand):
        for kind in ("age", "json"):
            (pod.backups / f"{name}.{kind}").write_text("{}")
    for name in ("20261101T010000Z.age.partial", "20261101T010000Z.json.partial", "20261102T010000Z.age", "notes.txt"):
        (pod.backups / name).write_text("")
        os.utime(pod.backups / name, (0, 0))
    # Another pod writes this one meanwhile.
    (pod.backups / "20261128T015959Z.age.partial").write_text("")
    ended = pod.store("release")
    assert ended.returncode == 0, ended.stderr
    left = sorted({path.name.partition(".")[0] for path in pod.backups.iterdir()})
    assert left == sorted(
        [
            "20261128T020000Z-before",
            *(f"202611{day:02}T020000Z" for day in (22, 23, 24, 25, 26, 27)),
            *("20261115T020000Z", "20261108T020000Z"),
            "20261104T120000Z-before",
            "20261106T030000Z-hand",
            "20261128T015959Z",
            "notes",
        ]
    )
    assert "deleted 20261121T020000Z" in ended.stdout


def test_a_volume_that_cannot_be_written_is_named_and_keeps_what_it_has(pod: Pod) -> None:
    dumped(pod)
    (pod.backups / "20261128T020000Z.age.partial").mkdir()
    ended = pod.store("schedule")
    assert ended.returncode == 1
    assert "the backup could not be stored: EISDIR" in ended.stderr
    assert not list(pod.backups.glob("*.json"))


def test_the_name_says_why(pod: Pod) -> None:
    dumped(pod)
    for reason, suffix in (("schedule", ""), ("release", "-before"), ("hand", "-hand")):
        assert pod.store(reason).returncode == 0
        assert json.loads((pod.backups / f"20261128T020000Z{suffix}.json").read_text())["reason"] == reason
