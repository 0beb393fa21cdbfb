"""What one addition touches: each is done here, in a copy, with as many files as docs/explanation says."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path

import pytest

from docs.generate.schemas import stack_file_schema
from portal.base.checkout import Checkout
from portal.plugins import load
from portal.release.account_records import account_records
from portal.release.release import read_portal
from tests.support.app_config import planned
from tests.support.users_files import ROOT


def accepted(*_: object) -> None:
    """A lock that is not looked at."""


ONELOGIN = """\
id: onelogin
title: OneLogin
summary: Anyone whose account at OneLogin matches a User in the catalog
homepage: https://backstage.io/docs/auth/onelogin/provider
api: core.auth.onelogin
packages:
  backend: {"@backstage/plugin-auth-backend-module-onelogin-provider": null}
options:
  issuer: {description: The issuer, type: address, required: true, example: "https://acme.onelogin.com/oidc/2"}
resolver: emailMatchingUserEntityProfileEmail
secrets:
  ONELOGIN_CLIENT_ID: {description: The client ID of an application, obtain: "OneLogin: Applications"}
  ONELOGIN_CLIENT_SECRET: {description: Its client secret, obtain: "OneLogin: Applications"}
appConfig:
  auth:
    providers:
      onelogin:
        production:
          clientId: {$secret: ONELOGIN_CLIENT_ID}
          clientSecret: {$secret: ONELOGIN_CLIENT_SECRET}
          issuer: "{issuer}"
hosts: ["{issuer}"]
"""

ENGINE = '''\
"""PostgreSQL that a cloud runs."""

from typing import ClassVar, Literal

from portal.models.database.engine import DatabaseSettings


class ManagedDatabaseSettings(DatabaseSettings):
    """PostgreSQL that a cloud runs."""

    engine: Literal["managed"]
    """A database of the cloud's."""

    generated_secrets: ClassVar[tuple[str, ...]] = ("DATABASE_PASSWORD",)
'''

BUILDER = '''

from components.database.connection import DatabaseConnection  # noqa: E402
from portal.models.database.managed import ManagedDatabaseSettings  # noqa: E402


@_build.register
def _managed(settings: ManagedDatabaseSettings, place: InNamespace) -> BuiltDatabase:
    """PostgreSQL that a cloud runs."""
    kept = place.deployment.secrets[DATABASE_PASSWORD]
    made = DatabaseConnection(host="cloud.example", port=5432, database="portal", user="portal", credential=kept)
    return BuiltDatabase(connection=made)
'''

RECORD = """\
import sys
from pathlib import Path
from portal.base.checkout import Checkout
from portal.checks import drawable_plan
from portal.graph.manifests import manifest_files
from portal.graph.program import record_plan
checkout = Checkout(Path(sys.argv[1]))
print("".join(manifest_files(record_plan(checkout, drawable_plan(checkout, "local"))).values()))
"""


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[Path]:
    """A copy of the plugin library, to add to."""
    copy = tmp_path / "library"
    shutil.copytree(load.LIBRARY, copy, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    monkeypatch.setattr(load, "LIBRARY", copy)
    monkeypatch.setattr("portal.release.release.require_locked", accepted)
    readers = (load.load_plugins, load.load_sign_in, load.load_sources)
    for reader in readers:
        reader.cache_clear()
    yield copy
    for reader in readers:
        reader.cache_clear()


def test_a_sign_in_provider_with_settings_is_one_file(library: Path, checkout: Checkout) -> None:
    (library / "signin" / "onelogin.yaml").write_text(ONELOGIN)
    file = checkout.portal_file
    file.write_text(file.read_text().replace("signIn: [oidc]", "signIn: [onelogin]"))
    plan = planned(checkout, {"signIn": {"provider": "onelogin", "issuer": "https://acme.onelogin.com/oidc/2"}})
    provider = plan.app_config.data["auth"]["providers"]["onelogin"]["production"]
    assert provider["issuer"] == "https://acme.onelogin.com/oidc/2"
    assert provider["signIn"] == {"resolvers": [{"resolver": "emailMatchingUserEntityProfileEmail"}]}
    assert {"ONELOGIN_CLIENT_ID", "ONELOGIN_CLIENT_SECRET"} <= set(plan.needs)
    _, _, composition = read_portal(checkout)
    assert "@backstage/plugin-auth-backend-module-onelogin-provider" in composition.backend
    known = account_records(composition)["providers"]
    assert {"id": "onelogin", "title": "OneLogin", "api": "core.auth.onelogin"} in known
    assert "onelogin" in json.dumps(stack_file_schema()["properties"]["config"]["properties"]["portal:signIn"])


def test_a_database_engine_is_its_settings_and_what_builds_it(checkout: Checkout, tmp_path: Path) -> None:
    """Two files here; four with a component of its own and its test."""
    code = tmp_path / "code"
    for package in ("portal", "components", "stacks"):
        shutil.copytree(ROOT / package, code / package, ignore=shutil.ignore_patterns("__pycache__", "Pulumi.*.yaml"))
    (code / "portal" / "models" / "database" / "managed.py").write_text(ENGINE)
    with (code / "stacks" / "database.py").open("a") as file:
        file.write(BUILDER)
    with checkout.stack_file("local").open("a") as file:
        file.write("  portal:database: {engine: managed}\n")
    ended = subprocess.run(
        [sys.executable, "-c", RECORD, str(checkout.root)],
        cwd=code,
        env={**os.environ, "PYTHONPATH": str(code)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    assert "cloud.example" in ended.stdout
    assert "kind: StatefulSet" not in ended.stdout
