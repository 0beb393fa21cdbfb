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


OKTA = """\
id: okta
title: Okta
summary: Anyone whose account at Okta matches a User in the catalog
homepage: https://backstage.io/docs/auth/okta/provider
api: core.auth.okta
packages:
  backend: {"@backstage/plugin-auth-backend-module-okta-provider": 0.3.0}
options:
  audience: {description: The organization's address, type: address, required: true, example: "https://acme.okta.com"}
resolver: emailMatchingUserEntityProfileEmail
secrets:
  OKTA_CLIENT_ID: {description: The client ID of an application, obtain: "Okta: Applications"}
  OKTA_CLIENT_SECRET: {description: Its client secret, obtain: "Okta: Applications"}
appConfig:
  auth:
    providers:
      okta:
        production:
          clientId: {$secret: OKTA_CLIENT_ID}
          clientSecret: {$secret: OKTA_CLIENT_SECRET}
          audience: "{audience}"
hosts: ["{audience}"]
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
    (library / "signin" / "okta.yaml").write_text(OKTA)
    file = checkout.portal_file
    file.write_text(file.read_text().replace("signIn: [oidc]", "signIn: [okta]"))
    plan = planned(checkout, {"signIn": {"provider": "okta", "audience": "https://acme.okta.com"}})
    provider = plan.app_config.data["auth"]["providers"]["okta"]["production"]
    assert provider["audience"] == "https://acme.okta.com"
    assert provider["signIn"] == {"resolvers": [{"resolver": "emailMatchingUserEntityProfileEmail"}]}
    assert {"OKTA_CLIENT_ID", "OKTA_CLIENT_SECRET"} <= set(plan.needs)
    _, _, composition = read_portal(checkout)
    assert "@backstage/plugin-auth-backend-module-okta-provider" in composition.backend
    assert {"id": "okta", "title": "Okta", "api": "core.auth.okta"} in account_records(composition)["providers"]
    assert "okta" in json.dumps(stack_file_schema()["properties"]["config"]["properties"]["portal:signIn"])


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
