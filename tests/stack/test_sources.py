"""Sources in a stack: from one host follow its API, its accounts and what may be called."""

from __future__ import annotations

from typing import Any

import pytest

from portal.base.checkout import Checkout
from portal.base.errors import InputError
from portal.models.portal_file import PortalFile
from tests.support.app_config import NOT_CONNECTED, derived, planned

CONNECTED = {**NOT_CONNECTED, "github-actions": {}}
ENTERPRISE = {"github": {"host": "github.acme.example", "credential": "token"}}


def test_github_com_needs_no_address(checkout: Checkout) -> None:
    config = derived(checkout, connect=["github"], plugins=CONNECTED)
    assert config.data["integrations"] == {"github": [{"host": "github.com"}]}
    assert "enterpriseInstanceUrl" not in config.data["auth"]["providers"]["github"]["production"]
    assert config.data["backend"]["csp"]["connect-src"] == ["'self'", "https://api.github.com"]
    assert config.data["backend"]["csp"]["img-src"] == ["'self'", "data:", "https://avatars.githubusercontent.com"]


def test_another_host_is_asked_for_everything(checkout: Checkout) -> None:
    """Nothing is left that would send a token of theirs to github.com."""
    plan = planned(checkout, {"connect": ["github"], "plugins": CONNECTED, "sources": ENTERPRISE})
    config = plan.app_config
    (entry,) = config.data["integrations"]["github"]
    assert entry["apiBaseUrl"] == "https://github.acme.example/api/v3"
    assert config.data["backend"]["csp"]["connect-src"] == ["'self'", "https://github.acme.example"]
    provider = config.data["auth"]["providers"]["github"]["production"]
    assert provider["enterpriseInstanceUrl"] == "https://github.acme.example"
    called = {*plan.resolved.sources["github"].outbound_hosts, *plan.resolved.providers["github"].outbound_hosts}
    assert not [address for address in called if "github.com" in address]


def test_an_address_says_which_port_the_network_lets_out(checkout: Checkout) -> None:
    sources = {"github": {"host": "10.1.2.3", "apiBaseUrl": "http://10.1.2.3:8080/api/v3"}}
    plugins = {**CONNECTED, "sentry": {"address": "http://10.1.2.3:9000"}}
    plan = planned(checkout, {"connect": ["github"], "plugins": plugins, "sources": sources})
    assert plan.resolved.outbound_ports == (80, 8080, 9000)


@pytest.mark.parametrize(
    ("credential", "names"),
    [
        ("none", set[str]()),
        ("token", {"GITHUB_TOKEN"}),
        (
            "app",
            {"GITHUB_APP_ID", "GITHUB_APP_CLIENT_ID", "GITHUB_APP_CLIENT_SECRET", "GITHUB_APP_PRIVATE_KEY"},
        ),
    ],
)
def test_a_credential_is_files_and_exactly_those_secrets(checkout: Checkout, credential: str, names: set[str]) -> None:
    plan = planned(checkout, {"sources": {"github": {"credential": credential}}})
    assert {name for name in plan.app_config.secrets if name.startswith("GITHUB_")} == names
    assert {name for name in plan.needs if name.startswith("GITHUB_")} == names


def test_an_app_is_used_for_the_organizations_installations_only(checkout: Checkout) -> None:
    config = derived(checkout, sources={"github": {"credential": "app"}})
    assert config.data["integrations"]["github"][0]["apps"][0]["allowedInstallationOwners"] == ["acme"]


def test_who_signs_in_with_github_has_a_github_account(checkout: Checkout) -> None:
    """No `connect` besides; and a resolver, without which Backstage lets nobody in."""
    config = derived(checkout, signIn={"provider": "github"}, plugins=CONNECTED)
    provider = config.data["auth"]["providers"]["github"]["production"]
    assert provider["signIn"] == {"resolvers": [{"resolver": "usernameMatchingUserEntityName"}]}
    assert provider["clientId"] == {"$file": "/etc/portal/secrets/GITHUB_CLIENT_ID"}
    assert "guest" not in config.data["auth"]["providers"]
    assert config.data["portal"]["signIn"] == "github"


def test_a_portal_without_sources_reads_no_repository(checkout: Checkout) -> None:
    file = checkout.portal_file
    file.write_text(file.read_text().replace("sources:\n  - github: {organization: acme}\n", ""))
    plan = planned(checkout, {})
    assert "integrations" not in plan.app_config.data
    assert not any(source.outbound_hosts for source in plan.resolved.sources.values())
    with pytest.raises(InputError, match=r"portal\.yaml does not have"):
        derived(checkout, sources=ENTERPRISE)


def test_sources_are_written_as_they_were_read() -> None:
    """A release bundle holds them."""
    given: dict[str, Any] = {"backstage": "1", "organization": "A", "sources": [{"github": {"organization": "a"}}]}
    portal = PortalFile.model_validate(given)
    assert PortalFile.model_validate(portal.model_dump(mode="json", by_alias=True)) == portal
