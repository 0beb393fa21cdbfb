"""A pod that backs a database up, for the tests of what it runs."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

import pytest

from portal.base.age_key import write_new_key
from tests.components.backup_pod import SCHEMAS, SETUP, Pod
from tests.components.postgres import Server, server


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
    keep = {"daily": 7, "weekly": 4, "releases": 2, "byHand": 1}
    return Pod(tmp_path, database, {"stack": "prod", "release": "r-1", "publicKey": write_new_key(key), "keep": keep})
