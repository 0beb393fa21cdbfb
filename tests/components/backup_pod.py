"""A pod that backs a database up, as folders of this machine: with its scripts, its environment, and a database."""

from __future__ import annotations

import csv
import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from components.backstage.backup_dump import DUMP_FILE
from components.backstage.backup_place import PLACE_FILE
from components.backstage.backup_template import SCRIPTS
from components.backstage.backup_volume import VOLUME
from portal.base.age_key import PrivateKey
from portal.contract import BACKUP_WORK, PORTAL_FOLDER
from tests.components.node import NODE
from tests.components.postgres import PROGRAMS, Server

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

    def __init__(self, folder: Path, database: Server, settings: Mapping[str, object], place: str = VOLUME) -> None:
        self.folder, self.work, self.backups = folder, folder / "work", folder / "backups"
        for made in (self.work, self.backups):
            made.mkdir(exist_ok=True)
        for path, text in {**SCRIPTS, PLACE_FILE: place}.items():
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

    def holds(self, dump: bytes) -> None:
        """As if it had dumped this: a dump without a table."""
        for name, content in (("dump", dump), ("content", b"[]"), ("migrations", b"{}")):
            (self.work / name).write_bytes(content)

    def opened(self, key: Path, encrypted: Path) -> bytes:
        """What is in an encrypted file."""
        plain = self.folder / "plain"
        with encrypted.open("rb") as source, plain.open("wb") as target:
            PrivateKey(key).decrypt(source, target)
        return plain.read_bytes()

    def shell(self, script: str, *words: str) -> subprocess.CompletedProcess[str]:
        return self._run(["sh", str(self.folder / Path(script).name), *words], {})

    def store(self, reason: str, now: str = "2026-11-28T02:00:00.123Z") -> subprocess.CompletedProcess[str]:
        return self._run([str(NODE), str(self.folder / "store.mjs")], {"BACKUP_REASON": reason, "BACKUP_NOW": now})

    def read(self, *words: str) -> subprocess.CompletedProcess[str]:
        return self._run([str(NODE), str(self.folder / "read.mjs"), *words], {})

    def expect(self) -> None:
        """Write down what the dump has, as a restore compares it."""
        tables = json.loads((self.work / "content").read_text())
        with (self.work / "expected").open("w", newline="") as file:
            csv.writer(file).writerows([one[key] for key in ("schema", "table", "rows", "checksum")] for one in tables)

    def _run(self, command: list[str], more: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command,
            cwd=self.folder,
            env={**self.environment, **more},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )


def everything(database: Server) -> list[str]:
    return [row for statement in EVERYTHING for row in database.query(statement)]


def dumped(pod: Pod) -> None:
    ended = pod.shell(DUMP_FILE)
    assert ended.returncode == 0, ended.stderr
    pod.expect()
