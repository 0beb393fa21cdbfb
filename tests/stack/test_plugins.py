"""Which plugins of a stack run, what is not loaded, and what the portal may call."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from portal.base.checkout import Checkout
from portal.base.errors import InputError
from portal.checks import findings
from portal.plugins import load
from portal.plugins.record import PluginRecord
from portal.release import composition
from portal.release.config_schemas import ConfigSchemas, read_config_schemas
from tests.support.app_config import NOT_CONNECTED, planned


def accepted(_: object, app: Path) -> ConfigSchemas:
    """What is locked, for whatever set of packages."""
    return read_config_schemas(app / "config-schema.json", "", "")


def record(name: str, **more: Any) -> PluginRecord:
    given = {"id": name, "title": name, "summary": name, "homepage": "https://acme.example", **more}
    return PluginRecord.model_validate(given)


@pytest.fixture
def library(monkeypatch: pytest.MonkeyPatch) -> dict[str, PluginRecord]:
    """A library that a test adds to; the lock is not looked at."""
    records = dict(load.load_plugins())
    monkeypatch.setattr(composition, "load_plugins", lambda: records)
    monkeypatch.setattr("portal.release.release.require_locked", accepted)
    return records


def add(checkout: Checkout, library: dict[str, PluginRecord], *records: PluginRecord) -> None:
    library.update({one.id: one for one in records})
    lines = [f"  - {one.id}" for one in records]
    checkout.portal_file.write_text(
        checkout.portal_file.read_text().replace("plugins:", "\n".join(["plugins:", *lines]))
    )


SHARED = {"frontend": {"@acme/shared": "1.0.0", "@acme/own": "1.0.0"}}


def test_a_package_that_an_enabled_plugin_shares_is_loaded(
    checkout: Checkout, library: dict[str, PluginRecord]
) -> None:
    """Excluding it would take it from both."""
    add(
        checkout,
        library,
        record("one", packages=SHARED),
        record("two", packages={"frontend": {"@acme/shared": "1.0.0"}}),
    )
    data = planned(checkout, {"plugins": {**NOT_CONNECTED, "one": {"enabled": False}}}).app_config.data
    assert data["app"]["packages"] == {"exclude": ["@acme/own"]}
    both = {"one": {"enabled": False}, "two": {"enabled": False}}
    data = planned(checkout, {"plugins": {**NOT_CONNECTED, **both}}).app_config.data
    assert data["app"]["packages"] == {"exclude": ["@acme/own", "@acme/shared"]}


def test_a_plugin_without_a_connection_reaches_its_hosts(checkout: Checkout, library: dict[str, PluginRecord]) -> None:
    """The default-deny policy would cut it off. As the tech radar's."""
    options = {
        "url": {
            "description": "Data",
            "type": "address",
            "required": True,
            "example": "https://radar.acme.example:8443",
        }
    }
    add(checkout, library, record("tech-radar", options=options, hosts=["{url}"]))
    chosen: dict[str, Any] = {**NOT_CONNECTED, "tech-radar": {"url": "https://radar.acme.example:8443"}}
    assert 8443 in planned(checkout, {"plugins": chosen}).resolved.outbound_ports
    chosen["tech-radar"] |= {"enabled": False}
    assert 8443 not in planned(checkout, {"plugins": chosen}).resolved.outbound_ports


def test_a_plugin_that_replaces_another_says_so_in_its_own_file(
    checkout: Checkout, library: dict[str, PluginRecord]
) -> None:
    allow_all = "@backstage/plugin-permission-backend-module-allow-all-policy"
    add(checkout, library, record("rbac", replaces={"backend": {allow_all: None}}))
    assert planned(checkout, {}).app_config.data["backend"]["packages"] == {"exclude": [allow_all]}
    off = {**NOT_CONNECTED, "rbac": {"enabled": False}}
    assert planned(checkout, {"plugins": off}).app_config.data["backend"]["packages"] == "all"


def test_plugins_that_cannot_run_in_one_portal_are_named_once(
    checkout: Checkout, library: dict[str, PluginRecord]
) -> None:
    add(checkout, library, record("one", conflicts=["two"]), record("two", conflicts=["one"]))
    said = [error.sentence for error in findings(planned(checkout, {})) if "in the same portal" in error.sentence]
    assert len(said) == 1
    off = {**NOT_CONNECTED, "two": {"enabled": False}}
    said = [error.sentence for error in findings(planned(checkout, {"plugins": off}))]
    assert not [sentence for sentence in said if "in the same portal" in sentence]


def test_a_record_that_names_a_package_nobody_pins_is_a_sentence(
    checkout: Checkout, library: dict[str, PluginRecord]
) -> None:
    add(checkout, library, record("one", packages={"backend": {"@acme/nowhere": None}}))
    with pytest.raises(InputError, match="@acme/nowhere"):
        planned(checkout, {})
