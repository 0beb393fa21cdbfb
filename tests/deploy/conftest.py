"""A repository that can be upgraded, and its clone: npm is one of a few packages. Git and the worktree are real."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from portal.base.checkout import Checkout
from portal.base.process import output
from portal.deploy import upgrade as deploy_upgrade
from portal.deploy.upgrade_steps import read_faults
from tests.support.checkouts import code_checkout, commit_all
from tests.support.fake_npm import Packages, use_fake_npm, write_create_app
from tests.support.upgrades import (
    CATALOG,
    COMPOSITION,
    GRAFANA,
    NEXT,
    NOW,
    no_faults,
    stand_in,
)


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository of the product, in which somebody has written the manifest of the next release."""
    checkout = code_checkout(tmp_path_factory.mktemp("origin") / "portal")
    manifest = json.loads((checkout.app / "manifests" / f"{NOW}.json").read_text())
    manifest["backstage"], manifest["packages"][CATALOG] = NEXT, "4.1.0"
    (checkout.app / "manifests" / f"{NEXT}.json").write_text(json.dumps(manifest, indent=2) + "\n")
    (checkout.root / "composition.py").write_text(COMPOSITION)
    commit_all(checkout.root)
    return checkout.root


@pytest.fixture
def clone(origin: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Checkout:
    for who in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{who}_NAME", "Acme")
        monkeypatch.setenv(f"GIT_{who}_EMAIL", "tests@acme.example")
    output(["git", "clone", "--quiet", origin, tmp_path / "clone"])
    checkout = Checkout(tmp_path / "clone")
    packages: Packages = {
        "@backstage/create-app": {"0.9.2": {}, "0.9.3": {}, "0.9.4-next.0": {}},
        GRAFANA: {"0.21.0": {}, "0.22.0": {}},
        "@backstage-community/plugin-sentry": {"1.22.0": {"dependencies": {CATALOG: "^3.0.0"}}},
    }
    registry = use_fake_npm(tmp_path, packages, monkeypatch)
    write_create_app(registry, "0.9.2", NOW, "1.0.0", {"README.md": "Old\nSame\n", ".yarn/releases/y.cjs": "a"})
    write_create_app(registry, "0.9.3", NEXT, "1.1.0", {"README.md": "New\nSame\n", ".yarn/releases/y.cjs": "b"})
    monkeypatch.setattr(deploy_upgrade, "run_portal", stand_in())
    monkeypatch.setattr(deploy_upgrade, "read_faults", no_faults)
    return checkout


@pytest.fixture
def checked(clone: Checkout, monkeypatch: pytest.MonkeyPatch) -> Checkout:
    """The same, with the checks of all stacks, which take seconds."""
    monkeypatch.setattr(deploy_upgrade, "read_faults", read_faults)
    return clone
