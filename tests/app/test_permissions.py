"""What the policy in the app's backend decides, as a real Node runs it, with the rules that a stack really has."""

from __future__ import annotations

import json
import subprocess
from typing import Any

import pytest

from portal.base.checkout import Checkout
from portal.plugins.load import load_plugins
from portal.release.config_schemas import ConfigSchemas, read_config_schemas
from tests.components.node import NODE
from tests.support.app_config import planned
from tests.support.checkouts import ROOT
from tests.support.library_portals import plan_with, write_portal

PROGRAM = """
import { readFileSync } from 'node:fs';
import { decide } from '%s';
const questions = JSON.parse(readFileSync(0, 'utf8'));
console.log(JSON.stringify(questions.map(one => decide(one.asked, one.person ?? undefined, one.rules))));
"""
SHARED = {"url": "https://portal.acme.example", "signIn": {"provider": "github"}}
ADA = ["user:default/ada", "group:default/shop"]
ADMIN = ["user:default/grace", "group:default/platform"]

# Every permission of the packages in the image at Backstage 1.55, with its attributes and resource type: from
# plugin-catalog-common, plugin-scaffolder-common and plugin-kubernetes-common, dist/permissions.cjs.js.
ENTITY, TASK = "catalog-entity", "scaffolder-task"
PERMISSIONS: dict[str, tuple[str | None, str | None]] = {
    "catalog.entity.read": ("read", ENTITY),
    "catalog.entity.create": ("create", None),
    "catalog.entity.delete": ("delete", ENTITY),
    "catalog.entity.refresh": ("update", ENTITY),
    "catalog.entity.validate": (None, None),
    "catalog.location.read": ("read", None),
    "catalog.location.create": ("create", None),
    "catalog.location.analyze": (None, None),
    "catalog.location.delete": ("delete", None),
    "catalog.ingestion.read": ("read", None),
    "catalog.ingestion.manage": ("update", None),
    "scaffolder.action.execute": (None, "scaffolder-action"),
    "scaffolder.template.parameter.read": ("read", "scaffolder-template"),
    "scaffolder.template.step.read": ("read", "scaffolder-template"),
    "scaffolder.template.dry-run": (None, None),
    "scaffolder.template.management": (None, None),
    "scaffolder.task.read": ("read", TASK),
    "scaffolder.task.create": ("create", None),
    "scaffolder.task.cancel": (None, TASK),
    "kubernetes.clusters.read": ("read", None),
    "kubernetes.resources.read": ("read", None),
    "kubernetes.proxy": (None, None),
    "plugin-of-tomorrow.thing.launch": ("use", None),
}
READ = {name for name, (action, _) in PERMISSIONS.items() if action == "read"}
OWNED = {"catalog.entity.delete", "catalog.entity.refresh", "scaffolder.task.read", "scaffolder.task.cancel"}
EVERYONE = (READ | {"scaffolder.action.execute", "scaffolder.task.create"}) - OWNED


def asked(name: str) -> dict[str, Any]:
    action, resource = PERMISSIONS[name]
    return {
        "name": name,
        "attributes": {"action": action} if action is not None else {},
        **({"resourceType": resource} if resource is not None else {}),
    }


def decisions(checkout: Checkout, person: list[str] | None, **changes: Any) -> dict[str, Any]:
    """What the policy of a stack decides about every permission."""
    rules: dict[str, Any] = {
        "administrators": [],
        **planned(checkout, changes).app_config.data["portal"]["permissions"],
    }
    found = answers([{"asked": asked(name), "person": person, "rules": rules} for name in PERMISSIONS])
    return dict(zip(PERMISSIONS, found, strict=True))


def answers(questions: list[dict[str, Any]]) -> list[Any]:
    module = (ROOT / "app" / "packages" / "backend" / "src" / "permissions" / "decide.ts").as_uri()
    command = [NODE, "--no-warnings", "--input-type=module", "--eval", PROGRAM % module]
    ended = subprocess.run(command, input=json.dumps(questions), capture_output=True, text=True, check=True)
    return json.loads(ended.stdout)


def named(found: dict[str, Any], result: str) -> set[str]:
    return {name for name, decision in found.items() if decision["result"] == result}


def test_who_is_signed_in_reads_uses_templates_and_has_what_is_theirs(checkout: Checkout) -> None:
    found = decisions(checkout, ADA, **SHARED)
    assert named(found, "ALLOW") == EVERYONE
    assert named(found, "CONDITIONAL") == OWNED
    assert {"kubernetes.proxy", "scaffolder.template.management", "scaffolder.template.dry-run"} <= named(found, "DENY")
    assert "plugin-of-tomorrow.thing.launch" in named(found, "DENY")


def test_what_is_theirs_is_a_condition_that_the_plugin_applies(checkout: Checkout) -> None:
    found = decisions(checkout, ADA, **SHARED)
    assert found["catalog.entity.delete"] == {
        "result": "CONDITIONAL",
        "pluginId": "catalog",
        "resourceType": ENTITY,
        "conditions": {"rule": "IS_ENTITY_OWNER", "resourceType": ENTITY, "params": {"claims": ADA}},
    }
    assert found["scaffolder.task.cancel"]["conditions"]["params"] == {"createdBy": ADA}


@pytest.mark.parametrize("group", [None, "group:default/platform"])
def test_administrators_are_those_of_the_group_that_is_named_and_by_default_nobody(
    checkout: Checkout, group: str | None
) -> None:
    options = {} if group is None else {"permissions": {"administrators": group}}
    plugins = {"plugins": {**options, "sentry": {"enabled": False}, "grafana": {"enabled": False}}}
    found = decisions(checkout, ADMIN, **SHARED, **plugins)
    assert (named(found, "ALLOW") == set(PERMISSIONS)) is (group is not None)
    assert named(decisions(checkout, ADA, **SHARED, **plugins), "ALLOW") == EVERYONE


def test_on_a_private_portal_who_enters_may_do_everything_unless_the_stack_says_no(checkout: Checkout) -> None:
    guest = ["user:development/guest"]
    assert named(decisions(checkout, guest), "ALLOW") == set(PERMISSIONS)
    plugins = {"plugins": {"permissions": {"allowAll": False}}}
    assert named(decisions(checkout, guest, **plugins), "ALLOW") == EVERYONE


def test_what_a_record_keeps_for_administrators_nobody_else_reads(
    checkout: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of whatever type Backstage says that it is: DevTools shows the portal's whole configuration."""
    record = load_plugins()["devtools"]
    assert record.permissions.administrators
    locked = read_config_schemas(checkout.app / "config-schema.json", "", "")

    def accepted(*_: object) -> ConfigSchemas:
        return locked

    monkeypatch.setattr("portal.release.release.require_locked", accepted)
    write_portal(checkout, record)
    rules = {
        "administrators": ["group:default/platform"],
        **plan_with(checkout, record, {}, **SHARED).app_config.data["portal"]["permissions"],
    }
    for person, result in ((ADA, "DENY"), (ADMIN, "ALLOW")):
        read = [
            {"asked": {"name": name, "attributes": {"action": "read"}, **more}, "person": person, "rules": rules}
            for name in record.permissions.administrators
            for more in ({}, {"resourceType": ENTITY})
        ]
        assert {decision["result"] for decision in answers(read)} == {result}


def test_who_is_not_signed_in_may_nothing(checkout: Checkout) -> None:
    assert named(decisions(checkout, None), "DENY") == set(PERMISSIONS)
