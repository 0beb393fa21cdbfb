"""A dump and its restore, with a real PostgreSQL: what is restored is what was dumped, or nothing."""

from __future__ import annotations

import json
import subprocess
from typing import Any

import pytest

from components.backstage.backup_dump import DUMP_FILE
from portal.contract import ASIDE, BACKUP_RESTORE_FILE
from tests.components.backup_pod import SCHEMAS, Pod, dumped, everything
from tests.components.postgres import PROGRAMS, Server

pytestmark = pytest.mark.no_python


def test_what_was_dumped_comes_back_row_for_row(pod: Pod, database: Server) -> None:
    before = everything(database)
    dumped(pod)
    database.query(
        "UPDATE catalog.entities SET name = name || ' changed'; CREATE SCHEMA later; CREATE TABLE later.t ()"
    )
    ended = pod.shell(BACKUP_RESTORE_FILE, "put")
    assert ended.returncode == 0, ended.stderr
    assert everything(database) == before
    # The next entity has the next number.
    database.query("INSERT INTO catalog.entities (name) VALUES ('one more')")
    aside = [f"{ASIDE}{name}" for name in ("catalog", "later", "user-settings")]
    assert database.query(SCHEMAS) == [*aside, "catalog", "user-settings"]
    assert pod.shell(BACKUP_RESTORE_FILE, "aside").stdout == "3\n"
    assert pod.shell(BACKUP_RESTORE_FILE, "discard").returncode == 0
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
    assert pod.shell(BACKUP_RESTORE_FILE, "put").returncode == 0
    assert everything(database) != before
    assert pod.shell(BACKUP_RESTORE_FILE, "undo").returncode == 0
    assert everything(database) == before
    assert database.query(SCHEMAS) == ["catalog", "later", "user-settings"]
    assert "nothing was put aside" in pod.shell(BACKUP_RESTORE_FILE, "undo").stderr


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
    ended = pod.shell(BACKUP_RESTORE_FILE, "put")
    assert ended.returncode == 1
    assert said in ended.stderr
    assert (everything(database), database.query(SCHEMAS)) == (before, schemas)


def test_a_second_restore_waits_until_what_the_first_put_aside_is_gone(pod: Pod) -> None:
    dumped(pod)
    assert pod.shell(BACKUP_RESTORE_FILE, "put").returncode == 0
    ended = pod.shell(BACKUP_RESTORE_FILE, "put")
    assert ended.returncode == 1
    assert "put schemas aside" in ended.stderr


def test_what_was_put_aside_is_in_no_dump(pod: Pod) -> None:
    dumped(pod)
    first = (pod.work / "content").read_text()
    assert pod.shell(BACKUP_RESTORE_FILE, "put").returncode == 0
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
        assert pod.shell(BACKUP_RESTORE_FILE, "settle").stdout == "0\n"
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
    assert pod.shell(BACKUP_RESTORE_FILE, "put").returncode == 0


def test_a_database_that_does_not_answer_is_named(pod: Pod) -> None:
    pod.environment["PORTAL_DB_HOST"] = "/nowhere"
    ended = pod.shell(DUMP_FILE)
    assert ended.returncode == 1
    assert "no connection to the database: " in ended.stderr
