"""A restore ends in one of two ways: the portal works with the backup, or everything is as it was."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from portal.base.age_key import PrivateKey, write_new_key
from portal.base.errors import InputError, PortalError, SituationError
from portal.base.process import piped
from portal.base.progress import PlainProgress
from portal.deploy import restore as module
from portal.deploy.backup_pods import BackupPod, kept_backup
from portal.deploy.backups import Backup, KeptBackup, chosen_backup, parse_backups
from portal.deploy.checked_copy import CheckedCopy
from portal.deploy.restore import RunningStack, restore

WELL = ["aside", "take", "scale 0", "put", "migrate", "scale 2", "rollout", "discard"]


def listed(name: str = "20261128T020000Z", **changes: Any) -> dict[str, Any]:
    whole = {
        "format": 1,
        "name": name,
        "at": "2026-11-28T02:00:00Z",
        "reason": "schedule",
        "stack": "prod",
        "release": "r-0123456789ab",
        "dump": {"bytes": 5, "sha256": "0" * 64, "encryptedBytes": 200},
        "tables": [{"schema": "catalog", "table": "final_entities", "rows": 3, "checksum": "-12"}],
        "migrations": {"catalog.knex_migrations": ["1.js"]},
    }
    return {**whole, **changes}


def backup(name: str = "20261128T020000Z") -> Backup:
    (one,) = parse_backups(json.dumps(listed(name)))
    return one


class Story:
    """Everything that a restore does, written down. ``broken`` is the first thing that fails."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, broken: str | None = None, aside: int = 0) -> None:
        self.said: list[str] = []
        self.unfinished = 0
        self.breaks_next: str | None = None
        self._broken, self._aside = broken, aside

        def scale(_running: RunningStack, replicas: int) -> None:
            self.does(f"scale {replicas}")

        def migrate(_running: RunningStack) -> None:
            self.does("migrate")

        own: dict[str, Callable[..., object]] = {
            "_scale": scale,
            "_migrate": migrate,
            "await_rollout": lambda *_words: self.does("rollout"),
            "portal_of": lambda *_words: {"status": {"replicas": 2, "updatedReplicas": 2 - self.unfinished}},
        }
        for name, function in own.items():
            monkeypatch.setattr(module, name, function)

    def does(self, what: str) -> None:
        self.said.append(what)
        if what == self._broken:
            self._broken = self.breaks_next
            raise PortalError(f"{what} is broken")

    # As a pod.
    def restore(self, verb: str) -> str:
        self.does(verb)
        if verb == "put":
            self._aside = 3
        return str(self._aside)

    def take(self, *_words: object) -> None:
        self.does("take")

    # As kubectl's API: no pod of the portal is left.
    @property
    def api(self) -> Story:
        return self

    def list(self, *_words: object, **_more: object) -> list[object]:
        return []

    def run(self, *, start: bool = True, scaled: bool = False) -> list[str]:
        running = RunningStack(self, "portal", "prod", 2, scaled, PlainProgress())  # pyright: ignore[reportArgumentType]
        pod: BackupPod = self  # pyright: ignore[reportAssignmentType]
        restore(running, pod, KeptBackup(backup(), []), None, start=start)  # pyright: ignore[reportArgumentType]
        return self.said


def test_all_goes_well(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Story(monkeypatch).run() == WELL


def test_a_portal_that_stays_stopped_keeps_what_was_put_aside(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Story(monkeypatch).run(start=False) == WELL[:4]


@pytest.mark.parametrize("broken", ["migrate", "rollout"])
def test_if_the_portal_does_not_work_with_it_the_data_of_before_comes_back(
    monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    story = Story(monkeypatch, broken)
    with pytest.raises(PortalError, match=f"{broken} is broken"):
        story.run()
    assert story.said[-4:] == ["settle", "scale 0", "undo", "scale 2"]
    assert "discard" not in story.said


def test_if_nothing_could_be_restored_the_portal_starts_with_what_it_had(monkeypatch: pytest.MonkeyPatch) -> None:
    story = Story(monkeypatch, "put")
    with pytest.raises(PortalError, match="put is broken"):
        story.run()
    assert story.said == ["aside", "take", "scale 0", "put", "settle", "scale 2"]


def test_a_portal_that_could_not_be_stopped_starts_again(monkeypatch: pytest.MonkeyPatch) -> None:
    story = Story(monkeypatch, "scale 0")
    with pytest.raises(PortalError, match="scale 0 is broken"):
        story.run()
    assert story.said == ["aside", "take", "scale 0", "settle", "scale 2"]


def test_what_cannot_be_brought_back_is_said_with_the_way_on(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    story = Story(monkeypatch, "rollout")
    story.breaks_next = "undo"
    with pytest.raises(PortalError, match="rollout is broken"):
        story.run()
    assert story.said[-1] == "undo", "no pod may write into what was restored"
    assert "portal restore --undo --stack prod" in " ".join(capsys.readouterr().err.split())


def test_pods_of_a_deployment_that_was_not_finished_are_not_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    story = Story(monkeypatch)
    story.unfinished = 1
    with pytest.raises(SituationError, match="--leave-stopped"):
        story.run()
    assert story.said == ["aside"]
    assert Story(monkeypatch).run(start=False)


def test_what_scales_by_itself_is_not_left_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SituationError, match="portal:autoscaling"):
        Story(monkeypatch).run(start=False, scaled=True)
    assert Story(monkeypatch).run(scaled=True) == WELL


@pytest.mark.parametrize("broken", ["take", "aside"])
def test_nothing_is_stopped_before_the_backup_is_in_the_cluster(monkeypatch: pytest.MonkeyPatch, broken: str) -> None:
    story = Story(monkeypatch, broken)
    with pytest.raises(PortalError):
        story.run()
    assert not [said for said in story.said if said.startswith("scale")]


def test_an_unfinished_restore_is_finished_first(monkeypatch: pytest.MonkeyPatch) -> None:
    story = Story(monkeypatch, aside=3)
    with pytest.raises(SituationError, match=r"--undo --stack prod.*--discard --stack prod"):
        story.run()
    assert story.said == ["aside"]


def test_backups_are_read_newest_first_and_those_of_another_format_are_left_out() -> None:
    documents = [
        listed("20261127T020000Z"),
        listed("20261128T020000Z-before"),
        listed(format=2),
        listed(name="../x"),
        [1],
    ]
    text = "\n".join(json.dumps(one, indent=1) for one in documents)
    assert [one.name for one in parse_backups(text)] == ["20261128T020000Z-before", "20261127T020000Z"]
    assert parse_backups(" \n") == ()
    with pytest.raises(PortalError, match="cannot be read"):
        parse_backups('{"format": 1} {')


def test_a_backup_is_chosen_by_name_and_a_wrong_one_is_corrected() -> None:
    kept = [backup("20261128T020000Z"), backup("20261127T020000Z")]
    assert chosen_backup(None, kept, "prod") == kept[0]
    assert chosen_backup("20261127T020000Z", kept, "prod") == kept[1]
    with pytest.raises(InputError, match="20261127T020000Z"):
        chosen_backup("20261127T020001Z", kept, "prod")
    with pytest.raises(SituationError, match="portal backup now --stack prod"):
        chosen_backup(None, [], "prod")


def in_file(file: Path) -> KeptBackup:
    """Without a cluster: there may be none any more, or no bucket."""
    with kept_backup(None, "portal", "prod", str(file)) as kept:  # pyright: ignore[reportArgumentType]
        return kept


def test_a_backup_from_a_folder_needs_both_files(tmp_path: Path) -> None:
    file = tmp_path / "20261128T020000Z.age"
    with pytest.raises(SituationError, match="There is no"):
        in_file(file)
    file.write_bytes(b"")
    file.with_suffix(".json").write_text("{")
    with pytest.raises(SituationError, match="does not say"):
        in_file(file)
    file.with_suffix(".json").write_text(json.dumps(listed()))
    assert in_file(file) == KeptBackup(backup(), file)


@pytest.mark.parametrize(
    ("hours", "said"), [(0.5, "30 minutes"), (1.5, "90 minutes"), (30, "30 hours"), (49, "2 days"), (24 * 9, "9 days")]
)
def test_what_will_be_lost_is_said_in_one_unit(hours: float, said: str) -> None:
    at = datetime(2026, 11, 28, 2, tzinfo=UTC)
    assert backup().written_since(datetime.fromtimestamp(at.timestamp() + hours * 3600, UTC)) == said


def test_the_list_for_the_comparison_has_every_table() -> None:
    assert backup().expected() == "catalog,final_entities,3,-12\r\n"


def test_a_new_key_replaces_none_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    file = tmp_path / "backup.key"
    public = write_new_key(file)
    assert public.startswith("age1")
    assert file.stat().st_mode & 0o777 == 0o600
    with pytest.raises(SituationError, match="is there already"):
        write_new_key(file)


@pytest.mark.parametrize("text", ["", "canary", "AGE-SECRET-KEY-1CANARY", "AGE-SECRET-KEY-1A\nAGE-SECRET-KEY-1B"])
def test_what_is_no_key_is_refused_and_not_repeated(tmp_path: Path, text: str) -> None:
    file = tmp_path / "backup.key"
    file.write_text(text)
    with pytest.raises(InputError) as refused:
        PrivateKey(file)
    assert "CANARY" not in str(refused.value).upper().replace("BACKUP.KEY", "")


def test_a_stream_passes_through_and_is_compared(tmp_path: Path) -> None:
    target, file = tmp_path / "target", tmp_path / "source"
    file.write_bytes(b"x" * 3_000_000)
    sha256 = hashlib.sha256(b"X" * 3_000_000).hexdigest()

    def through(given: Any, taken: Any) -> None:
        copy = CheckedCopy(taken)
        copy.write(given.read().upper())
        copy.require(sha256, "one")

    for source in (file, ["cat", file]):
        piped(source, ["sh", "-c", f"cat > {target}"], through)
        assert target.read_bytes() == b"X" * 3_000_000
    sha256 = "0" * 64
    with pytest.raises(PortalError, match="its hash differs"):
        piped(file, ["sh", "-c", f"cat > {target}"], through)


def test_a_program_at_either_end_that_fails_is_named() -> None:
    def copied(given: Any, taken: Any) -> None:
        taken.write(given.read())

    with pytest.raises(PortalError, match="full disk"):
        piped(["echo", "text"], ["sh", "-c", "cat >/dev/null; echo a full disk >&2; exit 1"], copied)
    with pytest.raises(PortalError, match="gone"):
        piped(["sh", "-c", "echo gone >&2; exit 1"], ["cat"], copied)
    with pytest.raises(PortalError, match="cannot be started"):
        piped(["/nowhere"], ["cat"], copied)


@pytest.mark.parametrize(
    ("end", "said"), [("exit 0", "ended before it had read everything"), ("echo no; exit 1", "no")]
)
def test_a_program_that_stops_reading_ends_both(end: str, said: str) -> None:
    """The other one would wait for ever until somebody reads what it writes."""

    def copied(given: Any, taken: Any) -> None:
        while piece := given.read(65536):
            taken.write(piece)

    with pytest.raises(PortalError, match=said):
        piped(["sh", "-c", "exec cat /dev/zero"], ["sh", "-c", f"head -c 1000 >/dev/null; ({end}) >&2; {end}"], copied)
