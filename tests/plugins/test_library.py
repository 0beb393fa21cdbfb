"""Every plugin of the library in a portal: connected, waiting for its service, and switched off."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from portal.base.checkout import Checkout
from portal.base.json_types import is_list, is_mapping
from portal.checks import CHECKS
from portal.checks.people import check_people
from portal.checks.plugin_sources import check_plugin_sources
from portal.plugins.load import load_plugins, load_sources
from portal.plugins.record import PluginRecord
from portal.release.config_schemas import ConfigSchemas, read_config_schemas
from tests.support.library_portals import plan_with, write_portal

OPTIONAL = [record for record in load_plugins().values() if not record.core]
EACH = pytest.mark.parametrize("record", OPTIONAL, ids=lambda record: record.id)
NEEDS_SOURCE = [record for record in OPTIONAL if record.sources]
# The lock of this repository has no schemas and migrations of plugins that portal.yaml does not name.
JUDGED = [check for check in CHECKS if check.id not in {"config-schema", "migrations", "required-secrets"}]


@pytest.fixture
def checkout(checkout: Checkout, monkeypatch: pytest.MonkeyPatch) -> Checkout:
    def accepted(_: object, app: Path) -> ConfigSchemas:
        return read_config_schemas(app / "config-schema.json", "", "")

    monkeypatch.setattr("portal.release.release.require_locked", accepted)
    return checkout


@EACH
def test_a_portal_with_the_examples_of_a_record_is_accepted(record: PluginRecord, checkout: Checkout) -> None:
    """Connected: its app-config is whole, and each secret that it reads is asked for."""
    write_portal(checkout, record)
    accounts = record.connection.accounts if record.connection is not None else ()
    plan = plan_with(checkout, record, {}, connect=list(accounts))
    assert [one.sentence for check in JUDGED for one in check(plan.with_stand_ins())] == []
    assert plan.app_config.secrets <= plan.needs.keys()
    assert [text for text in texts(plan.app_config.data) if re.search(r"(?<!\$)\{[a-z][\w.-]*\}", text)] == []
    for name in record.connection.secrets if record.connection is not None else ():
        assert f"/{name}" in json.dumps(plan.app_config.data)


def texts(value: object) -> list[str]:
    if is_mapping(value):
        return [text for item in value.values() for text in texts(item)]
    if is_list(value):
        return [text for item in value for text in texts(item)]
    return [value] if isinstance(value, str) else []


@EACH
def test_a_plugin_that_waits_for_its_service_has_no_secret_and_shows_no_part_twice(
    record: PluginRecord, checkout: Checkout
) -> None:
    if record.connection is None:
        return
    write_portal(checkout, record)
    plan = plan_with(checkout, record, {"connected": False})
    assert not plan.needs.keys() & record.connection.secrets.keys()
    entries = [one if is_mapping(one) else {one: True} for one in plan.app_config.data["app"]["extensions"]]
    names = [name for one in entries for name in one]
    assert len(names) == len(set(names))
    assert all({name: False} in entries for name in record.connection.extensions)


@EACH
def test_a_plugin_that_is_switched_off_leaves_nothing_but_what_schemas_require(
    record: PluginRecord, checkout: Checkout
) -> None:
    write_portal(checkout, record)
    off = plan_with(checkout, record, {"enabled": False})
    excluded = off.resolved.excluded
    for part in ("frontend", "backend"):
        assert getattr(record.packages, part).keys() <= getattr(excluded, part).keys()
    extensions = json.dumps(off.app_config.data["app"]["extensions"])
    assert not [name for name in record.filters if name in extensions]
    assert [one.sentence for check in JUDGED for one in check(off.with_stand_ins())] == []


@pytest.mark.parametrize("record", NEEDS_SOURCE, ids=lambda record: record.id)
def test_a_plugin_without_its_source_is_told_which(record: PluginRecord, checkout: Checkout) -> None:
    write_portal(checkout, record, sources=False)
    text = checkout.portal_file.read_text()
    checkout.portal_file.write_text(text.replace("sources:\n  - github: {organization: acme}\n", ""))
    plan = plan_with(checkout, record, {}, sources={})
    (name,) = record.sources
    said = [one.sentence for one in check_plugin_sources(plan)]
    assert len(said) == 1
    assert f"write `sources: [{name}" in said[0].replace("Write", "write")
    assert list(check_plugin_sources(plan_with(checkout, record, {"enabled": False}, sources={}))) == []


def test_a_source_needs_what_the_plugin_reads(checkout: Checkout) -> None:
    record = load_plugins()["github-org"]
    write_portal(checkout, record)
    text = checkout.portal_file.read_text()
    checkout.portal_file.write_text(text.replace("  - github: {organization: acme}\n", "  - github\n"))
    (said,) = [one.sentence for one in check_plugin_sources(plan_with(checkout, record, {}))]
    assert "sources.github.organization: got nothing" in said


@pytest.mark.parametrize("credential", [None, "none"])
def test_a_plugin_that_gets_no_answer_without_a_login_needs_one(credential: str | None, checkout: Checkout) -> None:
    """Also in a stack that nobody else can reach: it would fail each time that it looks."""
    record = load_plugins()["github-org"]
    write_portal(checkout, record)
    sources = {"github": {} if credential is None else {"credential": credential}}
    (said,) = [one.sentence for one in check_plugin_sources(plan_with(checkout, record, {}, sources=sources))]
    assert "portal:sources.github.credential" in said
    assert load_sources()["github"].suggested in said


@pytest.mark.parametrize(
    ("plugin", "enters"), [("github-org", True), ("gitlab-org", True), ("github-discovery", False), ("ldap-org", True)]
)
def test_people_come_from_organization_data_and_not_from_repositories(
    plugin: str, checkout: Checkout, *, enters: bool
) -> None:
    record = load_plugins()[plugin]
    write_portal(checkout, record)
    people = checkout.root / "content" / "catalog" / "organization.yaml"
    kept = [part for part in people.read_text().split("---\n") if "kind: User" not in part]
    people.write_text("---\n".join(kept))
    signed_in = {"signIn": {"provider": "oidc", "issuer": "https://id.acme.example"}}
    said = [one.sentence for one in check_people(plan_with(checkout, record, {}, **signed_in))]
    assert (said == []) is enters
    waiting = {"connected": False} if record.connection is not None else {"enabled": False}
    assert list(check_people(plan_with(checkout, record, waiting, **signed_in)))


def test_a_directory_and_a_mail_server_are_let_through_by_the_network(checkout: Checkout) -> None:
    """They are no addresses of HTTP."""
    for name, port in (("ldap-org", 3269), ("notifications-email", 465)):
        record = load_plugins()[name]
        write_portal(checkout, record)
        plan = plan_with(checkout, record, {})
        assert port in plan.resolved.outbound_ports
        inside = plan_with(checkout, record, {"host": "server.tools.svc"})
        assert inside.resolved.outbound_services["tools"] == (port,)
