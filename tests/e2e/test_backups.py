"""A backup is worth what its restore is: drills, a restore row for row, and the way back over a breaking migration."""

from __future__ import annotations

import base64
import json
import re
import shutil
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from portal.base.process import output
from tests.e2e.bucket import ADDRESS, KEY_ID, SECRET_KEY, serve_bucket
from tests.e2e.bucket import NAME as BUCKET
from tests.e2e.conftest import URL, Workplace
from tests.e2e.database_pod import query
from tests.e2e.derived_image import MODULES, NAME, derive
from tests.e2e.planted import holding, places
from tests.e2e.pods import pods_that_stay
from tests.e2e.test_releases import CATALOG, FIRST, MAKES_A_TABLE, keep, point, records, serving
from tests.support.checkouts import commit_all

pytestmark = pytest.mark.e2e

Measure = Callable[[str, float], None]

DRILL_SECONDS = 60
ENTITIES = 10_000
# As many rows of the search index for each entity as a real one has.
ROWS = 40
# Each has a reference to where it comes from: twice a minute, the catalog deletes what nothing refers to, also while a
# backup is made. All comes in one statement, so that the catalog sees all of it or nothing.
SYNTHETIC = f"""
INSERT INTO catalog.refresh_state
  (entity_id, entity_ref, unprocessed_entity, processed_entity, errors, next_update_at, last_discovery_at)
  SELECT md5('e' || n), 'component:default/drill-' || n, '{{}}', '{{}}', '[]', now() + interval '1 day', now()
  FROM generate_series(1, {ENTITIES}) n;
INSERT INTO catalog.refresh_state_references (source_key, target_entity_ref)
  SELECT 'drill', entity_ref FROM catalog.refresh_state WHERE entity_ref LIKE 'component:default/drill-%';
INSERT INTO catalog.final_entities (entity_id, entity_ref, hash, final_entity)
  SELECT entity_id, entity_ref, 'h', json_build_object('apiVersion', 'backstage.io/v1alpha1', 'kind', 'Component',
    'metadata', json_build_object('name', split_part(entity_ref, '/', 2), 'namespace', 'default', 'uid', entity_id),
    'spec', json_build_object('type', 'service', 'lifecycle', 'production', 'owner', 'guests'))::text
  FROM catalog.refresh_state WHERE entity_ref LIKE 'component:default/drill-%';
INSERT INTO catalog.search (entity_id, key, value, original_value)
  SELECT entity_id, 'metadata.annotations.k' || k, md5(entity_id || k), md5(entity_id || k)
  FROM catalog.refresh_state, generate_series(1, {ROWS}) k WHERE entity_ref LIKE 'component:default/drill-%';
"""
# Of every table of every plugin: rows, and a hash of them in an order that does not depend on where they lie.
TABLES = (
    "SELECT format('%I.%I', nspname, relname) FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace"
    " WHERE relkind = 'r' AND nspowner = 'portal'::regrole ORDER BY 1"
)
# What a portal writes by itself, whatever people do: when it last looked at something, and who is to do it next.
RESTLESS = re.compile(
    r"tasks|knex_migrations_lock|refresh_state|signing|keys|\.events|event_bus|search\.documents|static_assets|user_info"
)
CANARY = "a canary in a row"
# More than one request takes, compressed: hex digits of random numbers.
PART_BYTES = 16 * 2**20
LARGE_ROWS = """
INSERT INTO "user-settings".user_settings SELECT 'user:default/n' || n, 'large', 'note',
  to_json(string_agg(md5(random()::text), '')) FROM generate_series(1, 1000) n, generate_series(1, 1300) m GROUP BY n;
"""


@dataclass(frozen=True)
class Backups:
    """The portal with backups, and the two keys."""

    workplace: Workplace
    key: Path
    other: Path

    def portal(self, *words: str, expected: int = 0) -> Any:
        """What a command answers with `--json`."""
        ended = self.workplace.portal(*words, "--json", expected=expected)
        return ended.said if expected else ended.answer


@pytest.fixture(scope="module")
def backups(workplace: Workplace, tmp_path_factory: pytest.TempPathFactory) -> Generator[Backups]:
    """The stack with backups, deployed."""
    workplace.require(cluster="node", why="images are put into it by hand")
    keys = tmp_path_factory.mktemp("keys")
    public = workplace.portal("backup", "key", str(keys / "own"), "--json").answer["publicKey"]
    workplace.portal("backup", "key", str(keys / "other"))
    file = workplace.checkout.stack_file("local")
    committed = file.read_text()
    file.write_text(f"{committed.rstrip()}\n  portal:backup: {{publicKey: {public}, storage: 1Gi}}\n")
    try:
        workplace.up()
        workplace.require(engine="kubectl", why="what is looked for are its words")
        yield Backups(workplace, keys / "own", keys / "other")
    finally:
        file.write_text(committed)
        # The chapters after this one begin with a checkout that keeps no release.
        shutil.rmtree(workplace.checkout.releases, ignore_errors=True)
        commit_all(workplace.checkout.root)
        workplace.up()


def volumes(workplace: Workplace) -> Path:
    """Where the node keeps the claims. What containerd has beside them comes and goes."""
    return workplace.checkout.node / "volumes"


def content(workplace: Workplace) -> dict[str, list[str]]:
    """Every table but those that are written all the time."""
    names = [name for name in query(workplace.kubectl, TABLES) if not RESTLESS.search(name)]
    hashed = "SELECT count(*), md5(string_agg(t::text, '' ORDER BY t::text)) FROM"
    return {name: query(workplace.kubectl, f"{hashed} {name} t") for name in names}


def test_there_is_a_backup_of_before_the_deployment(backups: Backups) -> None:
    first = backups.portal("backup", "list")["backups"][0]
    assert first["name"].endswith("-before")
    assert first["reason"] == "release"
    assert first["rows"] > 100


def test_a_backup_says_nothing_without_the_key(backups: Backups) -> None:
    """Neither its encrypted file, nor its list, nor what the Job said."""
    workplace = backups.workplace
    row = f"('user:default/acme', 'acme', 'note', '\"{CANARY}\"')"
    query(workplace.kubectl, f'INSERT INTO "user-settings".user_settings VALUES {row} ON CONFLICT DO NOTHING')
    made = backups.portal("backup", "now")
    files = [path for path in volumes(workplace).rglob(f"{made['name']}.*") if path.is_file()]
    assert sorted(path.suffix for path in files) == [".age", ".json"]
    ours = ("--namespace=portal", "--selector=app.kubernetes.io/managed-by=portal")
    stored = [value for item in workplace.kubectl.read("secrets", *ours)["items"] for value in item["data"].values()]
    values = [base64.b64decode(value).decode() for value in stored]
    places = {str(path): path.read_bytes() for path in files}
    logs = ("logs", "--namespace=portal", "--selector=app.kubernetes.io/component=backup", "--all-containers")
    places["what its pods said"] = output(workplace.kubectl.command(*logs)).encode()
    assert holding([CANARY, *values], places.items()) == []
    assert b"user_settings" in places[str(next(path for path in files if path.suffix == ".json"))]


def test_a_drill_takes_a_minute_and_leaves_the_portal_alone(backups: Backups, measure: Measure) -> None:
    """10,000 entities: restored, compared, booted, asked, and gone."""
    workplace = backups.workplace
    backups.portal("backup", "now")
    query(workplace.kubectl, SYNTHETIC)
    backups.portal("backup", "now")
    query(workplace.kubectl, "DELETE FROM catalog.refresh_state WHERE entity_ref LIKE 'component:default/drill-%'")
    pods, before = serving(workplace), content(workplace)
    done = backups.portal("restore", "--drill", "--key", str(backups.key))
    measure("drill of 10,000 entities, seconds", done["seconds"])
    assert done["entities"] >= ENTITIES
    assert done["rows"] > ENTITIES * ROWS
    assert serving(workplace) == pods
    assert content(workplace) == before
    assert not pods_that_stay(workplace.kubectl, "portal", "app.kubernetes.io/component=drill")
    assert done["seconds"] <= DRILL_SECONDS


def test_what_is_not_whole_or_has_another_key_changes_nothing(backups: Backups) -> None:
    workplace = backups.workplace
    pods, before = serving(workplace), content(workplace)
    newest = backups.portal("backup", "list")["backups"][0]["name"]
    said = backups.portal("restore", "--yes", "--key", str(backups.other), expected=1)
    assert "cannot be decrypted with this key" in said
    (file,) = volumes(workplace).rglob(f"{newest}.age")
    whole = file.read_bytes()
    file.write_bytes(whole[:-5000])
    try:
        for words in (("--drill",), ("--yes",)):
            assert "it is damaged" in backups.portal("restore", *words, "--key", str(backups.key), expected=1)
    finally:
        file.write_bytes(whole)
    assert serving(workplace) == pods
    assert content(workplace) == before


def test_a_restore_brings_back_every_row(backups: Backups, measure: Measure) -> None:
    workplace = backups.workplace
    before = content(workplace)
    made = backups.portal("backup", "now")["name"]
    query(workplace.kubectl, 'DELETE FROM "user-settings".user_settings; DELETE FROM scaffolder.tasks')
    query(workplace.kubectl, "DROP TABLE notifications.broadcast CASCADE")
    refused = workplace.portal("restore", made, "--key", str(backups.key), expected=2).said
    assert "everything that local wrote since then will be lost" in refused
    assert "--yes" in refused
    done = backups.portal("restore", made, "--yes", "--key", str(backups.key))
    measure("restore, until the portal works again, seconds", done["seconds"])
    assert {name: rows for name, rows in content(workplace).items() if before.get(name) != rows} == {}
    assert not query(workplace.kubectl, "SELECT nspname FROM pg_namespace WHERE nspname LIKE 'before-restore-%'")
    assert workplace.portal("status", "--json").answer["answers"], URL


@pytest.mark.variation
def test_a_migration_that_breaks_is_left_behind_with_a_backup(
    backups: Backups, measure: Measure, tmp_path: Path
) -> None:
    """`portal rollback` refuses; after a restore of the backup from before the release, it goes back."""
    workplace = backups.workplace
    digest = derive(workplace, tmp_path, {f"{MODULES}/{CATALOG}/migrations/{FIRST}": MAKES_A_TABLE})
    older = keep(workplace, None, lambda names: names)
    newer = keep(workplace, digest, lambda names: (*names, FIRST))
    point(workplace, older)
    workplace.portal("up")
    before = content(workplace)
    point(workplace, newer)
    workplace.portal("up")
    query(workplace.kubectl, 'DELETE FROM "user-settings".user_settings')
    refused = workplace.portal("rollback", "local", expected=1).said
    assert "--leave-stopped" in refused
    (snapshot,) = [one for one in backups.portal("backup", "list")["backups"][:1] if one["reason"] == "release"]
    key = ("--key", str(backups.key))
    first = backups.portal("restore", snapshot["name"], "--yes", "--leave-stopped", *key)
    # The portal is stopped: every table of every plugin is as the backup says, those that it always writes too.
    (file,) = volumes(workplace).rglob(f"{snapshot['name']}.json")
    listed = {f"{one['schema']}.{one['table']}": one["rows"] for one in json.loads(file.read_text())["tables"]}
    names = [name for name in query(workplace.kubectl, TABLES) if not name.startswith('"before-restore-')]
    rows = {name.replace('"', ""): int(query(workplace.kubectl, f"SELECT count(*) FROM {name}")[0]) for name in names}
    assert rows == listed
    back = workplace.portal("rollback", "local", "--to", older, "--restored", "--reason", "a test")
    commit_all(workplace.checkout.root)
    up = workplace.portal("up")
    last = backups.portal("restore", "--discard")
    took = first["seconds"] + back.seconds + up.seconds + last["seconds"]
    measure("back over a migration that breaks, with a restore, seconds", took)
    (record,) = records(workplace).values()
    assert record["release"] == older
    assert query(workplace.kubectl, "SELECT to_regclass('catalog.acme') IS NULL") == ["t"]
    assert {name: rows for name, rows in content(workplace).items() if before.get(name) != rows} == {}
    assert record["image"] != f"{NAME}@{digest}"


@pytest.mark.variation
def test_backups_are_kept_in_a_bucket(backups: Backups, tmp_path: Path) -> None:
    """A service that verifies signatures, and a dump that is larger than one request: stored, listed, and tried out."""
    workplace, began = backups.workplace, time.time()
    file = workplace.checkout.stack_file("local")
    before = file.read_text()
    where = (
        f"{{name: {BUCKET}, prefix: acme/dev, region: us-east-1, endpoint: 'http://{ADDRESS}', accessKeyId: {KEY_ID}}}"
    )
    plain = f"portal:plainHttp: ['http://{ADDRESS}']"
    in_bucket = before.replace("storage: 1Gi}", f"storage: 1Gi, bucket: {where}}}\n  {plain}")
    query(workplace.kubectl, LARGE_ROWS)
    with serve_bucket(tmp_path / "bucket") as bucket:
        try:
            file.write_text(in_bucket)
            assert "BACKUP_SECRET_ACCESS_KEY" in workplace.portal("check", expected=2).said
            workplace.portal("secrets", "set", "BACKUP_SECRET_ACCESS_KEY", given=SECRET_KEY)
            workplace.portal("up")
            made = backups.portal("backup", "now")
            assert made["encryptedBytes"] > PART_BYTES, "it was uploaded in parts"
            first, newest = (one["name"] for one in reversed(backups.portal("backup", "list")["backups"]))
            assert (first[-7:], newest[-5:]) == ("-before", "-hand")
            assert bucket.names == sorted(
                f"acme/dev/{name}.{kind}" for name in (first, newest) for kind in ("age", "json")
            )
            done = backups.portal("restore", "--drill", "--key", str(backups.key))
            assert (done["backup"], done["rows"]) == (newest, made["rows"])
            copied = Path(backups.portal("backup", "copy", "--to", str(tmp_path / "copies"))["file"])
            for file_of_it in (copied, copied.with_suffix(".json")):
                assert file_of_it.read_bytes() == (bucket.objects / "acme" / "dev" / file_of_it.name).read_bytes()
            seen = places(workplace, namespace="portal", stack="local", since=began)
            stored = {name: (bucket.objects / name).read_bytes() for name in bucket.names}
            assert holding([SECRET_KEY], {**seen, **stored}.items()) == []
        finally:
            file.write_text(before)
            workplace.portal("secrets", "remove", "BACKUP_SECRET_ACCESS_KEY")
            query(workplace.kubectl, "DELETE FROM \"user-settings\".user_settings WHERE bucket = 'large'")
