"""The programs of a backup, with a real PostgreSQL and a real Node: what is restored is what was dumped, or nothing."""

from __future__ import annotations

import csv
import json
import os
import subprocess
from collections.abc import Generator, Mapping
from pathlib import Path
from typing import Any

import pytest

from components.backstage.backup_age import AGE
from components.backstage.backup_dump import (
    CONNECT,
    CONNECT_FILE,
    CONTENT,
    CONTENT_FILE,
    DUMP,
    DUMP_FILE,
    SNAPSHOT,
    SNAPSHOT_FILE,
)
from components.backstage.backup_restore import RESTORE, RESTORE_FILE
from components.backstage.backup_store import STORE
from portal.base.age_key import PrivateKey, write_new_key
from portal.base.errors import PortalError
from portal.base.process import piped
from portal.contract import ASIDE, BACKUP_WORK, PORTAL_FOLDER
from tests.components.node import NODE
from tests.components.postgres import PROGRAMS, Server, server

SCRIPTS = {
    CONNECT_FILE: CONNECT,
    DUMP_FILE: DUMP,
    SNAPSHOT_FILE: SNAPSHOT,
    CONTENT_FILE: CONTENT,
    RESTORE_FILE: RESTORE,
    f"{PORTAL_FOLDER}/age.mjs": AGE,
    f"{PORTAL_FOLDER}/store.mjs": STORE,
}
SETUP = """
CREATE SCHEMA catalog; CREATE SCHEMA "user-settings";
CREATE TABLE catalog.entities (id serial PRIMARY KEY, name text UNIQUE, at timestamptz, raw bytea, size real);
CREATE TABLE catalog.parts (entity int REFERENCES catalog.entities, note text);
CREATE TABLE "user-settings".settings (who text, what jsonb);
CREATE TABLE "user-settings".empty (nothing text);
CREATE TABLE catalog.knex_migrations (id serial, name text);
INSERT INTO catalog.knex_migrations (name) VALUES ('1_first.js'), ('2_second.js');
INSERT INTO catalog.entities (name, at, raw, size)
  SELECT 'entity ' || n, '2026-11-28 12:00+01'::timestamptz + n * interval '1 s', decode(md5(n::text), 'hex'), n / 7.0
  FROM generate_series(1, 1000) n;
INSERT INTO catalog.parts SELECT id, E'a "note"\\nwith, everything' FROM catalog.entities;
INSERT INTO "user-settings".settings VALUES ('user:default/ada', '{"color": "blue"}');
"""
EVERYTHING = (
    "SELECT md5(string_agg(t::text, ';' ORDER BY id)) FROM catalog.entities t",
    "SELECT count(*) || max(note) FROM catalog.parts",
    "SELECT string_agg(t::text, ';') FROM \"user-settings\".settings t",
)
SCHEMAS = "SELECT nspname FROM pg_namespace WHERE nspowner = 'portal'::regrole ORDER BY 1"


class Pod:
    """The folders of a pod, with its files at other paths."""

    def __init__(self, folder: Path, database: Server, settings: Mapping[str, object]) -> None:
        self.folder, self.work, self.backups = folder, folder / "work", folder / "backups"
        for place in (self.work, self.backups):
            place.mkdir(exist_ok=True)
        for path, text in SCRIPTS.items():
            moved = text.replace(PORTAL_FOLDER, str(folder)).replace(BACKUP_WORK, str(self.work))
            (folder / Path(path).name).write_text(moved.replace("sleep 2", "sleep 0.02"))
        (folder / "password").write_text("a:pass\\word\n")
        (folder / "backup.json").write_text(json.dumps(settings))
        self.environment = {
            "PATH": f"{PROGRAMS}:{os.environ['PATH']}",
            "HOME": str(folder),
            "PORTAL_DB_HOST": str(database.folder),
            "PORTAL_DB_PORT": "5432",
            "PORTAL_DB_USER": "portal",
            "PORTAL_DB_NAME": "portal",
            "PORTAL_DB_PASSWORD_FILE": str(folder / "password"),
            "BACKUP_FOLDER": str(self.backups),
            "BACKUP_WORK": str(self.work),
            "BACKUP_SETTINGS": str(folder / "backup.json"),
        }

    def shell(self, script: str, *words: str) -> subprocess.CompletedProcess[str]:
        return self._run(["sh", str(self.folder / Path(script).name), *words], {})

    def store(self, reason: str, now: str = "2026-11-28T02:00:00.123Z") -> subprocess.CompletedProcess[str]:
        return self._run([str(NODE), str(self.folder / "store.mjs")], {"BACKUP_REASON": reason, "BACKUP_NOW": now})

    def expect(self) -> None:
        """Write down what the dump has, as a restore compares it."""
        tables = json.loads((self.work / "content").read_text())
        with (self.work / "expected").open("w", newline="") as file:
            csv.writer(file).writerows([one[key] for key in ("schema", "table", "rows", "checksum")] for one in tables)

    def _run(self, command: list[str], more: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command, env={**self.environment, **more}, capture_output=True, text=True, check=False, timeout=60
        )


@pytest.fixture(scope="module")
def running() -> Generator[Server]:
    with server() as one:
        yield one


@pytest.fixture
def database(running: Server) -> Server:
    for schema in running.query(SCHEMAS):
        running.query(f'DROP SCHEMA "{schema}" CASCADE')
    running.query(SETUP)
    return running


@pytest.fixture
def key(tmp_path: Path) -> Path:
    return tmp_path / "backup.key"


@pytest.fixture
def pod(tmp_path: Path, database: Server, key: Path) -> Pod:
    keep = {"daily": 7, "weekly": 4, "releases": 2}
    return Pod(tmp_path, database, {"stack": "prod", "release": "r-1", "publicKey": write_new_key(key), "keep": keep})


def everything(database: Server) -> list[str]:
    return [row for statement in EVERYTHING for row in database.query(statement)]


def dumped(pod: Pod) -> None:
    ended = pod.shell(DUMP_FILE)
    assert ended.returncode == 0, ended.stderr
    pod.expect()


def test_what_was_dumped_comes_back_row_for_row(pod: Pod, database: Server) -> None:
    before = everything(database)
    dumped(pod)
    database.query(
        "UPDATE catalog.entities SET name = name || ' changed'; CREATE SCHEMA later; CREATE TABLE later.t ()"
    )
    ended = pod.shell(RESTORE_FILE, "put")
    assert ended.returncode == 0, ended.stderr
    assert everything(database) == before
    # The next entity has the next number.
    database.query("INSERT INTO catalog.entities (name) VALUES ('one more')")
    aside = [f"{ASIDE}{name}" for name in ("catalog", "later", "user-settings")]
    assert database.query(SCHEMAS) == [*aside, "catalog", "user-settings"]
    assert pod.shell(RESTORE_FILE, "aside").stdout == "3\n"
    assert pod.shell(RESTORE_FILE, "discard").returncode == 0
    assert database.query(SCHEMAS) == ["catalog", "user-settings"]


def test_the_dump_and_its_list_are_of_one_moment_and_name_every_table(pod: Pod) -> None:
    dumped(pod)
    tables = {(one["schema"], one["table"]): one["rows"] for one in json.loads((pod.work / "content").read_text())}
    assert tables == {
        ("catalog", "entities"): 1000,
        ("catalog", "parts"): 1000,
        ("catalog", "knex_migrations"): 2,
        ("user-settings", "settings"): 1,
        ("user-settings", "empty"): 0,
    }
    lists = json.loads((pod.work / "migrations").read_text())
    assert lists == {"catalog.knex_migrations": ["1_first.js", "2_second.js"]}


def test_a_restore_can_be_undone(pod: Pod, database: Server) -> None:
    dumped(pod)
    database.query('DELETE FROM "user-settings".settings; CREATE SCHEMA later')
    before = everything(database)
    assert pod.shell(RESTORE_FILE, "put").returncode == 0
    assert everything(database) != before
    assert pod.shell(RESTORE_FILE, "undo").returncode == 0
    assert everything(database) == before
    assert database.query(SCHEMAS) == ["catalog", "later", "user-settings"]
    assert "nothing was put aside" in pod.shell(RESTORE_FILE, "undo").stderr


def damaged(pod: Pod) -> None:
    file = pod.work / "dump"
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def other_content(pod: Pod) -> None:
    file = pod.work / "expected"
    file.write_text(file.read_text().replace(",1000,", ",1001,", 1))


def one_table_more(pod: Pod) -> None:
    with (pod.work / "expected").open("a") as file:
        file.write("catalog,invented,0,0\r\n")


def no_dump(pod: Pod) -> None:
    (pod.work / "dump").write_bytes(b"not a dump")


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (damaged, "nothing was changed"),
        (no_dump, "the dump cannot be read"),
        (other_content, "differs from what was dumped, so nothing was changed: catalog."),
        (one_table_more, "catalog.invented"),
    ],
)
def test_what_is_not_whole_changes_nothing(pod: Pod, database: Server, harm: Any, said: str) -> None:
    dumped(pod)
    database.query('DELETE FROM "user-settings".settings')
    before, schemas = everything(database), database.query(SCHEMAS)
    harm(pod)
    ended = pod.shell(RESTORE_FILE, "put")
    assert ended.returncode == 1
    assert said in ended.stderr
    assert (everything(database), database.query(SCHEMAS)) == (before, schemas)


def test_a_second_restore_waits_until_what_the_first_put_aside_is_gone(pod: Pod) -> None:
    dumped(pod)
    assert pod.shell(RESTORE_FILE, "put").returncode == 0
    ended = pod.shell(RESTORE_FILE, "put")
    assert ended.returncode == 1
    assert "put schemas aside" in ended.stderr


def test_what_was_put_aside_is_in_no_dump(pod: Pod) -> None:
    dumped(pod)
    first = (pod.work / "content").read_text()
    assert pod.shell(RESTORE_FILE, "put").returncode == 0
    dumped(pod)
    assert (pod.work / "content").read_text() == first


def test_a_restore_that_nobody_waits_for_is_ended(pod: Pod, database: Server) -> None:
    """Whoever brings back what was there before must not be overtaken by it."""
    dumped(pod)
    before = everything(database)
    script = (pod.folder / "restore.sh").read_text()
    slow = script.replace("BEGIN;\nSELECT pg_adv", "BEGIN; SELECT pg_sleep(60);\nSELECT pg_adv")
    assert "pg_sleep" in slow
    (pod.folder / "slow.sh").write_text(slow)
    command = ["sh", pod.folder / "slow.sh", "put"]
    with subprocess.Popen(command, env=pod.environment, stderr=subprocess.DEVNULL) as running:
        while not database.query("SELECT 1 FROM pg_stat_activity WHERE application_name = 'portal-restore'"):
            assert running.poll() is None
        assert pod.shell(RESTORE_FILE, "settle").stdout == "0\n"
        assert running.wait(30) == 1
    assert everything(database) == before


def test_a_backup_waits_for_a_restore_and_a_restore_for_a_backup(pod: Pod, database: Server) -> None:
    """A dump takes tables by their names, and a restore gives these names to other tables."""
    holder = [PROGRAMS / "psql", f"--host={database.folder}", "--username=portal", "--dbname=portal", "--quiet"]
    with subprocess.Popen(holder, stdin=subprocess.PIPE, text=True) as other:
        assert other.stdin is not None
        other.stdin.write("BEGIN; SELECT pg_advisory_xact_lock(7008) \\g /dev/null\n")
        other.stdin.flush()
        while not database.query("SELECT 1 FROM pg_locks WHERE locktype = 'advisory'"):
            assert other.poll() is None
        with subprocess.Popen(
            ["sh", pod.folder / "dump.sh"], env=pod.environment, stdout=subprocess.DEVNULL
        ) as dumping:
            while not database.query("SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"):
                assert dumping.poll() is None
            other.stdin.write("COMMIT;\n")
            other.stdin.close()
            assert dumping.wait(30) == 0
    assert (pod.work / "dump").stat().st_size > 0


def test_schemas_of_another_role_are_not_left_out_in_silence(pod: Pod, database: Server) -> None:
    statement = "CREATE SCHEMA search; CREATE TABLE search.knex_migrations (); GRANT USAGE ON SCHEMA search TO portal"
    database.query(statement, "postgres")
    try:
        ended = pod.shell(DUMP_FILE)
        assert ended.returncode == 1
        assert "another role owns schemas of the portal, so they would be missing: search" in ended.stderr
    finally:
        database.query("DROP SCHEMA search CASCADE", "postgres")


def test_an_empty_database_is_dumped_and_restored(pod: Pod, database: Server) -> None:
    """Before the first release there is nothing yet."""
    for schema in database.query(SCHEMAS):
        database.query(f'DROP SCHEMA "{schema}" CASCADE')
    dumped(pod)
    assert json.loads((pod.work / "content").read_text()) == []
    assert pod.shell(RESTORE_FILE, "put").returncode == 0


def test_a_database_that_does_not_answer_is_named(pod: Pod) -> None:
    pod.environment["PORTAL_DB_HOST"] = "/nowhere"
    ended = pod.shell(DUMP_FILE)
    assert ended.returncode == 1
    assert "no connection to the database: " in ended.stderr


def opened(pod: Pod, key: Path, name: str) -> bytes:
    plain = pod.folder / "plain"
    with (pod.backups / name).open("rb") as source, plain.open("wb") as target:
        PrivateKey(key).decrypt(source, target)
    return plain.read_bytes()


@pytest.mark.parametrize("size", [0, 1, 2**16 - 1, 2**16, 2**16 + 1, 3 * 2**16, 1_000_003])
def test_another_implementation_opens_what_was_encrypted(pod: Pod, key: Path, size: int) -> None:
    content = os.urandom(size)
    (pod.work / "dump").write_bytes(content)
    for name, text in (("content", "[]"), ("migrations", "{}")):
        (pod.work / name).write_text(text)
    ended = pod.store("schedule")
    assert ended.returncode == 0, ended.stderr
    assert opened(pod, key, "20261128T020000Z.age") == content
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
        opened(pod, other, "20261128T020000Z.age")
    assert opened(pod, key, "20261128T020000Z.age") == (pod.work / "dump").read_bytes()


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
        opened(pod, key, file.name)


def test_decrypting_stops_where_nobody_reads(pod: Pod, key: Path) -> None:
    (pod.work / "dump").write_bytes(os.urandom(5_000_000))
    for name, text in (("content", "[]"), ("migrations", "{}")):
        (pod.work / name).write_text(text)
    assert pod.store("schedule").returncode == 0
    with pytest.raises(PortalError, match="ended before it had read everything"):
        piped(pod.backups / "20261128T020000Z.age", ["head", "-c", "10"], PrivateKey(key).decrypt)


def test_old_backups_go_by_the_rule_and_what_was_left_half_made_too(pod: Pod) -> None:
    """Seven days, four weeks, two before releases; the newest of each."""
    dumped(pod)
    days = [f"202611{day:02}T020000Z" for day in range(1, 28)]
    releases = [f"202611{day:02}T120000Z-before" for day in (2, 3, 4)]
    for name in (*days, *releases):
        for kind in ("age", "json"):
            (pod.backups / f"{name}.{kind}").write_text("{}")
    for name in ("20261101T010000Z.partial", "20261101T010000Z.list", "20261102T010000Z.age", "notes.txt"):
        (pod.backups / name).write_text("")
        os.utime(pod.backups / name, (0, 0))
    # Another pod writes this one meanwhile.
    (pod.backups / "20261128T015959Z.partial").write_text("")
    ended = pod.store("release")
    assert ended.returncode == 0, ended.stderr
    left = sorted({path.name.partition(".")[0] for path in pod.backups.iterdir()})
    assert left == sorted(
        [
            "20261128T020000Z-before",
            *(f"202611{day:02}T020000Z" for day in (22, 23, 24, 25, 26, 27)),
            *("20261115T020000Z", "20261108T020000Z"),
            "20261104T120000Z-before",
            "20261128T015959Z",
            "notes",
        ]
    )
    assert "deleted 20261121T020000Z" in ended.stdout


def test_a_volume_that_cannot_be_written_is_named_and_keeps_what_it_has(pod: Pod) -> None:
    dumped(pod)
    (pod.backups / "20261128T020000Z.partial").mkdir()
    ended = pod.store("schedule")
    assert ended.returncode == 1
    assert "the backup could not be stored: EISDIR" in ended.stderr
    assert not list(pod.backups.glob("*.json"))
