"""app-config is a pure function of release and settings, whole, and known before anything runs."""

from __future__ import annotations

import pytest

from portal.base.checkout import Checkout
from portal.base.yaml_document import parse_document
from portal.checks import findings
from portal.plan import load_plan
from tests.support.app_config import NOT_CONNECTED, derived, planned
from tests.support.checkouts import STACKS, give_secrets


def test_one_address_gives_every_address(checkout: Checkout) -> None:
    data = derived(checkout, url="https://portal.acme.example").data
    assert data["app"]["baseUrl"] == data["backend"]["baseUrl"] == data["backend"]["cors"]["origin"]
    assert "upgrade-insecure-requests" not in data["backend"]["csp"]


def test_plain_http_is_not_upgraded_by_browsers(checkout: Checkout) -> None:
    assert derived(checkout).data["backend"]["csp"]["upgrade-insecure-requests"] is False


def test_what_only_a_deployment_knows_is_environment(checkout: Checkout) -> None:
    connection = derived(checkout).data["backend"]["database"]["connection"]
    assert connection["host"] == "${PORTAL_DB_HOST}"
    assert connection["password"] == {"$file": "/etc/portal/secrets/DATABASE_PASSWORD"}


def test_a_plugin_that_is_not_connected_is_configured_but_its_parts_are_off(checkout: Checkout) -> None:
    data = derived(checkout).data
    assert data["sentry"] == {"organization": "acme"}
    assert "proxy" not in data
    assert {"entity-card:sentry/sentry-issues": False} in data["app"]["extensions"]
    assert [entry["service"] for entry in data["portal"]["connections"]] == ["GitHub Actions", "Grafana", "Sentry"]


def test_a_connected_plugin_has_its_secret_in_a_file(checkout: Checkout) -> None:
    config = derived(checkout, plugins={**NOT_CONNECTED, "sentry": {}})
    endpoint = config.data["proxy"]["endpoints"]["/sentry/api"]
    assert endpoint["headers"]["Authorization"] == {"$file": "/etc/portal/secrets/SENTRY_TOKEN"}
    assert "SENTRY_TOKEN" in config.secrets
    assert {"entity-card:sentry/sentry-issues": False} not in config.data["app"]["extensions"]


def test_a_disabled_plugin_is_excluded_and_leaves_only_placeholders(checkout: Checkout) -> None:
    data = derived(checkout, plugins={**NOT_CONNECTED, "sentry": {"enabled": False}}).data
    assert data["app"]["packages"] == {"exclude": ["@backstage-community/plugin-sentry"]}
    assert data["sentry"] == {"organization": "none"}
    assert all(entry["plugin"] != "sentry" for entry in data["portal"]["connections"])


def test_options_of_the_stack_go_over_those_of_the_portal(checkout: Checkout) -> None:
    plugins = {**NOT_CONNECTED, "grafana": {"connected": False, "domain": "https://other.example"}}
    assert derived(checkout, plugins=plugins).data["grafana"]["hosts"][0]["domain"] == "https://other.example"


def test_the_escape_hatch_goes_last(checkout: Checkout) -> None:
    data = derived(checkout, appConfig={"app": {"title": "Other"}, "backend": {"cors": None}}).data
    assert data["app"]["title"] == "Other"
    assert "cors" not in data["backend"]


def test_the_text_is_the_data(checkout: Checkout) -> None:
    config = derived(checkout, plugins={**NOT_CONNECTED, "sentry": {}})
    assert parse_document(config.text.encode(), "app-config.yaml").data == config.data


def test_a_loopback_portal_reaches_nothing_from_the_browser_but_itself(checkout: Checkout) -> None:
    assert derived(checkout).data["backend"]["csp"]["connect-src"] == ["'self'"]


def test_nothing_is_found_in_the_portals_of_the_tests(checkout: Checkout) -> None:
    for stack in STACKS:
        give_secrets(checkout, stack)
    assert {stack: findings(load_plan(checkout, stack)) for stack in STACKS} == {stack: [] for stack in STACKS}


def test_an_account_that_people_link_has_both_its_values_in_files(checkout: Checkout) -> None:
    plan = planned(checkout, {"connect": ["github"], "plugins": {**NOT_CONNECTED, "github-actions": {}}})
    assert plan.app_config.data["auth"]["providers"]["github"] == {
        "production": {
            "clientId": {"$file": "/etc/portal/secrets/GITHUB_CLIENT_ID"},
            "clientSecret": {"$file": "/etc/portal/secrets/GITHUB_CLIENT_SECRET"},
        }
    }
    assert {"GITHUB_CLIENT_ID", "GITHUB_CLIENT_SECRET"} <= plan.app_config.secrets
    assert plan.resolved.providers["github"].outbound_hosts == ("https://github.com", "https://api.github.com")


@pytest.mark.parametrize(
    ("stack", "locations", "expected"),
    [
        ("local", "    - file: content/catalog/all.yaml\n", {"seconds": 10}),
        ("local", "    - url: https://github.com/acme/catalog/blob/main/all.yaml\n", None),
        ("kubernetes", "    - file: content/catalog/all.yaml\n", None),
    ],
)
def test_a_catalog_of_files_is_read_often_in_a_local_stack(
    stack: str, locations: str, expected: object, checkout: Checkout
) -> None:
    """A change is there soon after `portal up`; hosts of repositories are not asked more often than by default."""
    text = checkout.portal_file.read_text()
    checkout.portal_file.write_text(text.replace("    - file: content/catalog/all.yaml\n", locations))
    assert load_plan(checkout, stack).app_config.data["catalog"].get("processingInterval") == expected
