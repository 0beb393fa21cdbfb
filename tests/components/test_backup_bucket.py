"""Backups in a bucket, with a real Node and a stand-in for AWS's client. The real one is in the end-to-end suite."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from components.backstage.backup_bucket import BUCKET
from portal.base.age_key import write_new_key
from tests.components.backup_pod import Pod, dumped
from tests.components.postgres import Server

pytestmark = pytest.mark.no_python

NAME = "20261128T020000Z"
SECRET = "planted-secret-of-the-bucket"
CLIENT = Path(__file__).with_name("s3-client.cjs")
# One more part than fits into one request.
LARGE = 40 * 2**20 + 17


class Bucket(Pod):
    """A pod whose backups are in a bucket."""

    def __init__(self, folder: Path, database: Server, public_key: str) -> None:
        keep = {"daily": 2, "weekly": 0, "releases": 1, "byHand": 1}
        place = {"bucket": "acme", "prefix": "portals/prod", "region": "eu-central-1", "accessKeyId": "AK1"}
        settings = {"stack": "prod", "release": "r-1", "publicKey": public_key, "keep": keep, "place": place}
        super().__init__(folder, database, settings, BUCKET)
        self.service = folder / "service"
        self.objects = self.service / "acme"
        self.objects.mkdir(parents=True)
        (folder / "secret").write_text(f"{SECRET}\n")
        backend = folder / "node_modules" / "@backstage" / "backend-defaults"
        client = backend / "node_modules" / "@aws-sdk" / "client-s3"
        for module in (folder / "packages" / "backend", backend, client):
            module.mkdir(parents=True)
            (module / "package.json").write_text("{}")
        shutil.copy(CLIENT, client / "index.js")
        self.environment |= {"STAND_IN": str(self.service), "BACKUP_SECRET_KEY": str(folder / "secret")}

    def put(self, name: str, text: str = "{}") -> None:
        (self.objects / f"portals%prod%{name}").write_text(text)

    @property
    def names(self) -> list[str]:
        return sorted(path.name.rpartition("%")[2] for path in self.objects.iterdir())

    @property
    def asked(self) -> list[dict[str, str]]:
        return [json.loads(line) for line in (self.service / "asked").read_text().splitlines()]


@pytest.fixture
def bucket(tmp_path: Path, database: Server, key: Path) -> Bucket:
    return Bucket(tmp_path, database, write_new_key(key))


@pytest.mark.parametrize("size", [0, 1000, LARGE])
def test_what_is_read_back_is_what_was_dumped(bucket: Bucket, key: Path, size: int) -> None:
    content = os.urandom(size)
    bucket.holds(content)
    ended = bucket.store("schedule")
    assert ended.returncode == 0, ended.stderr
    assert bucket.names == [f"{NAME}.age", f"{NAME}.json"]
    encrypted = bucket.objects / f"portals%prod%{NAME}.age"
    (told,) = [json.loads(bucket.read("lists").stdout)]
    assert told["dump"]["encryptedBytes"] == encrypted.stat().st_size
    assert bucket.opened(key, encrypted) == content
    assert not (bucket.service / "uploads" / "u1").exists()
    in_parts = [one["name"] for one in bucket.asked].count("UploadPartCommand")
    assert in_parts == (3 if size == LARGE else 0)


def test_the_list_of_a_backup_comes_last_and_goes_first(bucket: Bucket) -> None:
    dumped(bucket)
    for name in ("20261101T020000Z", "20261102T020000Z"):
        bucket.put(f"{name}.age")
        bucket.put(f"{name}.json")
    assert bucket.store("schedule").returncode == 0
    for changed in ("PutObjectCommand", "DeleteObjectCommand"):
        kinds = [Path(one["key"]).suffix for one in bucket.asked if one["name"] == changed]
        assert kinds == ([".age", ".json"] if changed == "PutObjectCommand" else [".json", ".age"])


def test_old_backups_go_by_the_rule_and_nothing_else_does(bucket: Bucket) -> None:
    """In a bucket that has more objects than a page, and objects of others."""
    dumped(bucket)
    for day in range(20, 28):
        for kind in ("age", "json"):
            bucket.put(f"202611{day}T020000Z.{kind}")
    bucket.put("notes.txt")
    others = bucket.objects / "portals%prod-2%20200101T020000Z.age"
    others.write_text("of another stack")
    ended = bucket.store("schedule")
    assert ended.returncode == 0, ended.stderr
    left = ["20261127T020000Z.age", "20261127T020000Z.json", f"{NAME}.age", f"{NAME}.json", "notes.txt"]
    assert [name for name in bucket.names if not name.startswith("2020")] == left
    assert others.exists()


def test_an_upload_that_fails_leaves_no_parts_and_no_backup(bucket: Bucket) -> None:
    bucket.holds(os.urandom(LARGE))
    bucket.environment["FAIL_AT_PART"] = "2"
    ended = bucket.store("schedule")
    assert ended.returncode == 1
    assert "the backup could not be stored: bucket acme: SlowDown: try later" in ended.stderr
    assert bucket.names == []
    assert not (bucket.service / "uploads" / "u1").exists()


def test_only_what_is_a_backups_list_is_listed_and_what_is_missing_is_said(bucket: Bucket) -> None:
    bucket.put("notes.json", "{")
    bucket.put("20261127T020000Z.json", '{"format": 1}')
    bucket.put("20261126T020000Z-before.json", '{"format": 2}')
    listed = bucket.read("lists")
    assert [json.loads(line)["format"] for line in listed.stdout.splitlines()] == [2, 1]
    missing = bucket.read("file", f"{NAME}.age")
    assert missing.returncode == 1
    assert missing.stderr == ("the backups cannot be read: bucket acme: NoSuchKey: The specified key does not exist.\n")


def test_the_key_is_used_and_said_nowhere(bucket: Bucket) -> None:
    dumped(bucket)
    ended = bucket.store("schedule")
    assert {(one["accessKeyId"], one["secretAccessKey"]) for one in bucket.asked} == {("AK1", SECRET)}
    stored = [path.read_bytes() for path in bucket.objects.iterdir()]
    assert not [said for said in (ended.stdout.encode(), ended.stderr.encode(), *stored) if SECRET.encode() in said]


def test_where_nobody_may_delete_backups_are_made_all_the_same(bucket: Bucket) -> None:
    dumped(bucket)
    for name in ("20261101T020000Z", "20261102T020000Z"):
        bucket.put(f"{name}.age")
        bucket.put(f"{name}.json")
    bucket.environment["NO_DELETE"] = "1"
    ended = bucket.store("schedule")
    assert ended.returncode == 0
    assert "old backups could not be deleted: bucket acme: AccessDenied: no" in ended.stderr
    assert f"{NAME}.json" in bucket.names


def test_a_backup_that_is_deleted_meanwhile_hides_no_other(bucket: Bucket) -> None:
    bucket.put("20261127T020000Z.json", '{"format": 1}')
    bucket.put("20261126T020000Z.json", '{"format": 2}')
    bucket.environment["GONE"] = "20261126"
    listed = bucket.read("lists")
    assert (listed.returncode, listed.stdout) == (0, '{"format": 1}')
    bucket.environment["GONE"] = "2026"
    assert "NoSuchKey" in bucket.read("lists").stderr, "if none can be read, it is not said that there is none"
